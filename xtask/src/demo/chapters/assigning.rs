//! Two observers are sent to an open hearing; a colleague of the undertaker is not.

use anyhow::{Context, Result};
use serde_json::json;

use super::super::Stage;
use super::super::expect::{list, same, text};
use super::super::handset::person;
use super::super::plot::{Plot, Visit, attendance};

/// Who attends which hearing of the story, the chair first.
const OBSERVERS: [[&str; 2]; 4] = [
    ["supervisor1", "supervisor2"],
    ["supervisor3", "observer1"],
    ["supervisor4", "observer2"],
    ["supervisor5", "clerk"],
];

/// Tries a colleague, then assigns.
pub(in super::super) fn tell(stage: &mut Stage<'_>, plot: &mut Plot) -> Result<()> {
    stage.narrator.step("指派旁听，关联人员应当回避", "Observers are assigned; who is related stands aside");
    let trials = plot.open_trials()?;
    let colleague = person(&plot.manager, "assessor1")?;
    let (first, case) = trials
        .iter()
        .find(|(_, case)| case["undertakers"][0]["provider"] == colleague["provider"])
        .context("no trial of the colleague's provider")?;
    refuse_colleague(stage, plot, first, &colleague)?;
    let others = trials.iter().filter(|(_, other)| other["id"] != case["id"]).map(|(hearing, _)| hearing);
    for (hearing, people) in std::iter::once(first).chain(others).zip(OBSERVERS) {
        plot.visits.push(Visit::assign(stage, &plot.manager, hearing, people)?);
    }
    same("attendances assigned", plot.visits.len(), OBSERVERS.len())?;
    let visit = &plot.visits[0];
    stage.narrator.say(
        &format!(
            "已指派 {} 次旁听，每次两人。每人凭一次性绑定码登记手机，同步后看到自己的任务，例如{}：",
            plot.visits.len(),
            visit.chair.name()
        ),
        &format!(
            "{} attendances assigned, two observers each; each enrolled a phone by a one-time code and sees the task:",
            plot.visits.len()
        ),
    );
    stage.narrator.show(&visit.chair.run(&["tasks"])?);
    for phone in plot.visits.iter().flat_map(|visit| [&visit.chair, &visit.observer]) {
        same("tasks on a phone", list(&phone.json(&["tasks"])?, "")?.len(), 1)?;
    }
    Ok(())
}

/// Somebody of the undertaker's own firm wants to observe.
fn refuse_colleague(
    stage: &Stage<'_>,
    plot: &Plot,
    hearing: &serde_json::Value,
    colleague: &serde_json::Value,
) -> Result<()> {
    let (id, name) = (text(colleague, "/id")?, text(colleague, "/name")?);
    let organisation = text(colleague, "/roles/0/organisation")?;
    let role = json!({ "role": "outside_observer", "organisation": organisation });
    plot.admin.post(&format!("/people/{id}/roles"), &role)?;
    let chair = text(&person(&plot.manager, "supervisor1")?, "/id")?.to_owned();
    let problem = plot.manager.refused("/assignments", &attendance(hearing, [&chair, id])?)?;
    let errors = list(&problem, "/errors")?;
    let related = errors.iter().find(|error| error["code"] == "observer_same_provider");
    let related = related.with_context(|| format!("the relation was not refused: {problem}"))?;
    same("whom it is about", text(related, "/field")?, "members[1].person")?;
    stage.narrator.say(
        &format!("{name}也是旁听人，但与承办人同所，不能旁听这一案："),
        &format!("{name} may observe, but belongs to the undertaker's own firm: refused for this case"),
    );
    let lines: Vec<String> = errors
        .iter()
        .map(|error| Ok(format!("{}办法：{}", text(error, "/detail")?, text(error, "/fix")?)))
        .collect::<Result<_>>()?;
    stage.narrator.show(&lines.join("\n"));
    Ok(())
}
