//! A tampered phone writes what it may not: refused with a reason, kept, and no harm to later work.

use anyhow::Result;

use super::super::Stage;
use super::super::expect::{holds, number, same};
use super::super::handset::Handset;
use super::super::plot::{Plot, Visit};

/// A policy that lets an observer write anything in an attendance. A phone that carries it offers
/// more than it may; the server judges by its own.
const TAMPERED: &str = r#"version = 1
deny = []
[[allow]]
rule = "anything"
kind = "attendance"
roles = ["supervisor", "outside_observer"]
duties = ["chair", "observer"]
acts = ["begin", "set", "clear", "add", "insert_text", "delete_text"]
paths = ["**"]
"#;

/// One forbidden change, one honest change after it. Hands on the hearing and its record.
pub(in super::super) fn tell(stage: &mut Stage<'_>, plot: &mut Plot) -> Result<(Visit, String)> {
    stage
        .narrator
        .step("越权的改动不被接受，之后的工作不受影响", "A forbidden change is refused; later work arrives");
    let hearings = plot.open_trials()?;
    let used: Vec<&str> = plot.visits.iter().filter_map(|visit| visit.hearing["id"].as_str()).collect();
    let fresh = hearings
        .iter()
        .map(|(hearing, _)| hearing)
        .find(|hearing| hearing["id"].as_str().is_some_and(|id| !used.contains(&id)))
        .cloned();
    let hearing = fresh.ok_or_else(|| anyhow::anyhow!("no hearing is left"))?;
    let (chair, observer) = (plot.visits[0].chair.clone(), plot.visits[0].observer.clone());
    let visit = Visit::assign_again(&plot.manager, &hearing, chair, observer)?;
    let policy = stage.folder.path("tampered-policy.toml").display().to_string();
    std::fs::write(&policy, TAMPERED)?;
    let record = visit.observer.record(&visit.assignment, "attendance", None)?;
    let other = format!("observers/{}=absent", visit.chair.person());
    let refused = visit.observer.refuses(&["edit", &record, "--set", &other])?;
    stage.narrator.say(
        &format!("{}想替组长填写“未到”，手机当场说明不行：", visit.observer.name()),
        "An observer wants to mark the chair absent; the phone says at once that this cannot be:",
    );
    stage.narrator.show(&refused);
    visit.observer.run(&["--policy", &policy, "edit", &record, "--set", &other])?;
    visit.observer.append(&record, "narrative", "之后的正常记录。")?;
    let done = visit.observer.json(&["sync"])?;
    same("items not accepted", number(&done, "/not_accepted")?, 1)?;
    same("records reopened", number(&done, "/reopened")?, 1)?;
    let listed = visit.observer.run(&["refused"])?;
    stage.narrator.say(
        "被篡改的手机照样写了，服务端不接受，原文仍在：",
        "A tampered phone writes it anyway; the server refuses, and the text is kept:",
    );
    stage.narrator.show(&listed);
    holds("the reason", &listed, "absent")?;
    check_later_work(stage, plot, &visit.chair, &record)?;
    Ok((visit, record))
}

fn check_later_work(stage: &Stage<'_>, plot: &Plot, chair: &Handset, record: &str) -> Result<()> {
    chair.sync()?;
    let seen = plot.manager.get(&format!("/records/{record}"))?;
    let narrative = seen.pointer("/content/narrative").and_then(|text| text.as_str()).unwrap_or_default();
    same("the later work on the server", narrative, "之后的正常记录。")?;
    let observers = seen.pointer("/content/observers").cloned().unwrap_or_default();
    same("the forbidden value on the server", observers, serde_json::json!({}))?;
    same("items kept by the server", plot.manager.all("/refused")?.len(), 1)?;
    stage.narrator.checked(
        "越权的值没有进入记录，之后写的内容已入库",
        "the forbidden value is not in the record; what was written after it is",
    );
    Ok(())
}
