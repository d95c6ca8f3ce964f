//! Two observers record one hearing without a network, meet in one record, and settle their conflict.

use anyhow::Result;

use super::super::Stage;
use super::super::expect::{holds, list, same, text};
use super::super::plot::{Plot, Visit};

/// The observer sheet's items with the points that make them full, in hundredths.
pub(super) const FULL: [i64; 9] = [1000, 1500, 1500, 1000, 2000, 1500, 500, 500, 500];

/// What each hearing's observers give, in percent of every item.
const SHARES: [i64; 4] = [100, 90, 70, 40];

/// Everything that happens at the four hearings.
pub(in super::super) fn tell(stage: &mut Stage<'_>, plot: &mut Plot) -> Result<()> {
    stage
        .narrator
        .step("断网：两名旁听人各自记录同一次庭审", "No network: two observers record one hearing apart");
    stage.server.stop()?;
    stage.narrator.say("服务端已停止，手机照常工作。", "The server is stopped; the phones go on working.");
    let first = &plot.visits[0];
    let record = apart(stage, first)?;
    stage.server.start_again()?;
    stage.narrator.say("服务端恢复，两台手机先后同步。", "The server is back; both phones sync.");
    meet(stage, first, &record)?;
    for (visit, share) in plot.visits.iter().zip(SHARES) {
        finish(visit, share)?;
    }
    stage.narrator.checked(
        "四次旁听的共同记录和八份独立评分表都已封存并入库",
        "four shared records and eight independent sheets are sealed and stored on the server",
    );
    same("records on the server", plot.manager.all("/records?kind=observer_sheet")?.len(), 8)?;
    Ok(())
}

/// Both write while nobody can reach anybody.
fn apart(stage: &Stage<'_>, visit: &Visit) -> Result<String> {
    let chairs = visit.chair.record(&visit.assignment, "attendance", None)?;
    let observers = visit.observer.record(&visit.assignment, "attendance", None)?;
    same("the record that two phones begin without having met", &chairs, &observers)?;
    visit.chair.set(&chairs, &[("facts/outcome", "attended"), ("facts/device_permission", "not_allowed")])?;
    visit.chair.append(&chairs, "narrative", "辩护人围绕鉴定意见充分质证。")?;
    visit.observer.set(&chairs, &[("facts/outcome", "adjourned")])?;
    visit.observer.append(&chairs, "deliberation", "合议认为发问有针对性。")?;
    let refused = visit.chair.refuses(&["sync"])?;
    stage.narrator.show(&refused);
    holds("what a phone says without a network", &refused, "保存在本机")?;
    Ok(chairs)
}

/// The conflict is shown with both values, who wrote them, when and on which device; the chair
/// settles it.
fn meet(stage: &Stage<'_>, visit: &Visit, record: &str) -> Result<()> {
    for phone in [&visit.chair, &visit.observer, &visit.chair] {
        phone.sync()?;
    }
    let shown = visit.chair.run(&["conflicts", record])?;
    stage.narrator.say(
        "两人对同一事实写了不同答案，都保留，并写明何人、何时、何设备：",
        "Two different answers to one fact: both are kept, with who wrote them, when, and on which device:",
    );
    stage.narrator.show(&shown);
    for wanted in ["已旁听", "延期", visit.observer.name()] {
        holds("the conflict", &shown, wanted)?;
    }
    visit.chair.json(&["resolve", record, "facts/outcome", "attended"])?;
    visit.chair.sync()?;
    visit.observer.sync()?;
    same("conflicts left", list(&visit.observer.json(&["conflicts", record])?, "")?.len(), 0)?;
    stage.narrator.say(
        &format!("组长{}裁定为“已旁听”，另一台手机同步后一致。", visit.chair.name()),
        "The chair settles it; the other phone agrees after its sync.",
    );
    Ok(())
}

/// Presence, done, own sheets, seals.
fn finish(visit: &Visit, share: i64) -> Result<()> {
    let record = visit.chair.record(&visit.assignment, "attendance", None)?;
    let presence = format!("presence/{}", visit.undertaker.0);
    visit.chair.set(&record, &[("facts/outcome", "attended"), (presence.as_str(), "on_time")])?;
    visit.observer.record(&visit.assignment, "attendance", None)?;
    for phone in [&visit.observer, &visit.chair] {
        phone.set(&record, &[("observers/self", "done")])?;
        let sheet = phone.record(&visit.assignment, "observer_sheet", None)?;
        let points: Vec<(String, String)> = FULL
            .iter()
            .enumerate()
            .map(|(index, full)| (format!("points/HRG-0{}", index + 1), (full * share / 100).to_string()))
            .collect();
        let points: Vec<(&str, &str)> =
            points.iter().map(|(path, value)| (path.as_str(), value.as_str())).collect();
        phone.set(&sheet, &points)?;
        phone.run(&["seal", &sheet])?;
        phone.sync()?;
    }
    visit.chair.sync()?;
    visit.chair.run(&["seal", &record])?;
    visit.chair.sync()?;
    let shown = visit.chair.json(&["show", &record])?;
    same("the record's seal", shown["sealed"].as_bool(), Some(true))?;
    same("the record's state", text(&shown, "/sync")?, "stored")
}
