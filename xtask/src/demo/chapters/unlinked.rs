//! A supervisor who is in court without a task records all the same; a manager links it afterwards.

use anyhow::Result;
use serde_json::json;

use super::super::Stage;
use super::super::expect::{holds, list, same, text};
use super::super::plot::Plot;

/// One attendance that nobody had asked for.
pub(in super::super) fn tell(stage: &mut Stage<'_>, plot: &mut Plot) -> Result<()> {
    stage.narrator.step(
        "没有任务的记录先保存，由管理人员关联",
        "A record that no task asks for is kept, and a manager links it",
    );
    let (phone, assignment) = (&plot.visits[1].chair, plot.visits[1].assignment.as_str());
    let started = phone.json(&["record", "--without-task", "--kind", "attendance"])?;
    let record = text(&started, "/record")?.to_owned();
    phone.append(&record, "narrative", "到庭后临时补充旁听。")?;
    let early = phone.refuses(&["seal", &record])?;
    stage.narrator.show(&early);
    holds("why it cannot be sealed yet", &early, "关联")?;
    phone.json(&["sync"])?;

    let waiting = plot.manager.get("/records/unlinked")?;
    same("records that wait for a link", list(&waiting, "")?.len(), 1)?;
    same("the one that waits", text(&waiting, "/0/record")?, record.as_str())?;
    same("what stands in it", text(&waiting, "/0/content/narrative")?, "到庭后临时补充旁听。")?;
    stage.narrator.say(
        &format!("{}在法庭记录时没有任务；管理人员看到内容，关联到庭审任务：", phone.name()),
        "The manager reads what waits and links it to the assignment of the hearing:",
    );
    let wish = json!({ "assignment": assignment });
    let linked = plot.manager.post(&format!("/records/{record}/link"), &wish)?;
    same("the linked record's assignment", text(&linked, "/row/assignment")?, assignment)?;
    phone.sync()?;
    phone.sync()?;
    let shown = phone.run(&["show", &record])?;
    stage.narrator.show(&shown);
    holds("the record on the phone", &shown, "已入库")?;
    same("records that wait for a link", list(&plot.manager.get("/records/unlinked")?, "")?.len(), 0)?;
    stage.narrator.checked(
        "记录有自己的编号，没有并入别的记录",
        "the record keeps its own id and was merged into no other",
    );
    Ok(())
}
