//! An observer is taken off while his phone is away: what he had written waits, and a manager decides on it.

use anyhow::Result;
use serde_json::json;

use super::super::Stage;
use super::super::expect::{holds, number, same, text};
use super::super::plot::{Plot, Visit};

/// One decision to let in, one to keep out.
pub(in super::super) fn tell(stage: &mut Stage<'_>, plot: &Plot, visit: &Visit, record: &str) -> Result<()> {
    stage.narrator.step(
        "离线期间被撤换：所写内容待裁，由管理人员决定",
        "Taken off while offline: what was written is held, and a manager decides",
    );
    let (observer, chair) = (&visit.observer, &visit.chair);
    observer.append(record, "narrative", "撤换之前写的。")?;
    observer.append(record, "deliberation", "合议时的意见。")?;
    let members = |observer: &str| {
        let members = json!({ "members": [
            { "person": chair.person(), "duty": "chair" }, { "person": observer, "duty": "observer" },
        ] });
        plot.manager.put(&format!("/assignments/{}/members", visit.assignment), &members)
    };
    members(plot.visits[1].observer.person())?;
    let done = observer.json(&["sync"])?;
    same("whether something was not accepted", number(&done, "/not_accepted")? > 0, true)?;
    let waits = plot.manager.all("/refused")?;
    let held: Vec<_> = waits.iter().filter(|item| item["verdict"] == "held").collect();
    same("what waits for a decision", held.len(), 1)?;
    stage.narrator.say(
        &format!("{}并不知道自己已被撤换；手机同步后，内容没有丢，也没有混入记录：", observer.name()),
        "The observer could not know; nothing is lost, and nothing entered the record:",
    );
    stage.narrator.show(text(held[0], "/reason")?);
    let listed = observer.run(&["refused"])?;
    holds("what he reads on his phone", &listed, "撤换之前写的。")?;
    stage.narrator.say(
        "他的手机上列着尚未采纳的内容和原因，文字可以复制：",
        "His phone lists what is not accepted yet, and why; the text can be copied:",
    );
    stage.narrator.show(&listed);
    let decision = json!({ "outcome": "accepted", "reason": "庭审时仍是旁听人" });
    let decided = plot.manager.post(&format!("/refused/{}/decision", text(held[0], "/id")?), &decision)?;
    same("the decision", text(&decided, "/decision/outcome")?, "accepted")?;
    chair.sync()?;
    let seen = plot.manager.get(&format!("/records/{record}"))?;
    holds("the narrative", text(&seen, "/content/narrative")?, "撤换之前写的。")?;
    same("what rests on it came with it", text(&seen, "/content/deliberation")?, "合议时的意见。")?;
    // He is needed after all, and goes on with the same phone.
    members(observer.person())?;
    observer.sync()?;
    let listed = observer.json(&["refused"])?;
    let waits = listed.as_array().into_iter().flatten().filter(|item| item["verdict"] == "held");
    same("what still waits on his phone", waits.count(), 0)?;
    stage.narrator.checked(
        "管理人员裁定予以采纳，连同之后的内容一并入库，裁定载入台账",
        "the manager lets it in with what was written after it; the decision stands in the ledger",
    );
    Ok(())
}
