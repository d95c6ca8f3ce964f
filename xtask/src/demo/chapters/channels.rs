//! The other channels: a recipient at risk is visited, a court is asked, an undertaker reports.

use anyhow::{Context, Result};
use serde_json::{Value, json};

use super::super::Stage;
use super::super::console::Console;
use super::super::expect::{holds, list, same, text};
use super::super::handset::{Handset, person};
use super::super::plot::{PASSWORD, Plot};

/// What is asked after the case, with what the recipient answers.
const ANSWERS: &[(&str, &str)] = &[
    ("answers/RTV-01", "dissatisfied"),
    ("answers/RTV-02", "basically"),
    ("answers/RTV-03", "satisfied"),
    ("answers/RTV-05", "basically"),
    ("answers/RTV-06", "yes"),
    ("answers/RTV-07", "late"),
    ("answers/RTV-08", "yes"),
    ("answers/RTV-09", "not_sure"),
    ("answers/RTV-10", "yes"),
    ("answers/RTV-12", "yes"),
    ("answers/RTV-15", "yes"),
];

/// A case of the undertaker who reports, outside of the evaluation round.
struct Subject {
    case: String,
    undertaker: String,
}

impl Subject {
    fn assign(&self, plot: &Plot, wish: &Value) -> Result<String> {
        let mut wish = wish.clone();
        wish["subjects"] = json!([{ "case": self.case, "undertaker": self.undertaker }]);
        Ok(text(&plot.manager.post("/assignments", &wish)?, "/id")?.to_owned())
    }
}

/// Return visit, court visit and pre-hearing report.
pub(in super::super) fn tell(stage: &mut Stage<'_>, plot: &mut Plot) -> Result<()> {
    let undertaker = text(&person(&plot.manager, "undertaker1")?, "/undertaker")?.to_owned();
    let cases = plot.manager.all(&format!("/cases?undertaker={undertaker}"))?;
    let watched: Vec<&str> = plot.visits.iter().filter_map(|visit| visit.hearing["case"].as_str()).collect();
    let free = cases.iter().find(|case| {
        case["id"].as_str().is_some_and(|id| !watched.contains(&id)) && case["flags"]["secret"] == false
    });
    let case = text(free.context("every case of undertaker1 is watched")?, "/id")?.to_owned();
    let subject = Subject { case, undertaker };
    visit_recipient(stage, plot, &subject)?;
    ask_court(stage, plot, &subject)?;
    report(stage, plot, &subject)
}

fn visit_recipient(stage: &mut Stage<'_>, plot: &Plot, subject: &Subject) -> Result<()> {
    stage.narrator.step(
        "回访处境危险的受援人：先看安全联系规则，再看电话",
        "A recipient at risk is called: the rules of safe contact come before the number",
    );
    let contact = json!([{
        "name": "某甲(化名)", "phone": "13800000000", "address": "云川县某村(虚构)", "groups": ["woman"],
        "safe_contact": { "number": "13900000000", "from_minute": 0, "until_minute": 1440,
            "code_word": "图书馆还书", "note": "接电话的不是本人时，不说来意" },
    }]);
    plot.manager.put(&format!("/cases/{}/recipients", subject.case), &contact)?;
    let (lead, second) = (&plot.visits[0].chair, &plot.visits[0].observer);
    let members = json!([
        { "person": lead.person(), "duty": "lead" }, { "person": second.person(), "duty": "visitor" },
    ]);
    let wish = json!({ "kind": "return_visit", "stage": "after", "members": members });
    let assignment = subject.assign(plot, &wish)?;
    lead.sync()?;
    second.sync()?;
    let before = lead.run(&["contacts", &assignment])?;
    stage.narrator.show(&before);
    holds("the rules", &before, "图书馆还书")?;
    same("a number before the rules were read", before.contains("13900000000"), false)?;
    let after = lead.run(&["contacts", &assignment, "--rules-read"])?;
    holds("the safe number", &after, "13900000000")?;
    same("the number that is not safe", after.contains("13800000000"), false)?;

    let record = lead.record(&assignment, "return_visit", None)?;
    attempt(lead, &record, "no_answer")?;
    let plan = lead.run(&["show", &record])?;
    stage.narrator.show(&plan);
    holds("the retry plan", &plan, "下次联系：2026-11-20 14:00")?;
    attempt(second, &second.record(&assignment, "return_visit", None)?, "connected")?;
    second.sync()?;
    lead.sync()?;
    let facts = [("facts/way", "phone"), ("facts/respondent", "recipient"), ("facts/notice_read", "true")];
    lead.set(&record, &facts)?;
    lead.set(&record, &[("facts/verification", "call_record"), ("money/amount_fen", "20000")])?;
    let wrong = lead.refuses(&["edit", &record, "--set", "answers/RTV-01=excellent"])?;
    stage.narrator.show(&wrong);
    holds("the answers that there are", &wrong, "dissatisfied")?;
    lead.set(&record, ANSWERS)?;
    lead.json(&["seal", &record])?;
    lead.sync()?;
    let complaints = plot.manager.all("/complaints")?;
    let opened = complaints.iter().find(|complaint| complaint["record"] == record.as_str());
    same("the complaint", text(opened.context("no complaint was opened")?, "/ground")?, "took_money")?;
    let shown = lead.run(&["show", &record])?;
    stage.narrator.show(&shown);
    holds("an answer in words", &shown, "承办人服务态度：不满意")?;
    let lawyer = Console::sign_in(stage.server.url(), "undertaker1", PASSWORD)?;
    same("complaints for the undertaker", lawyer.get("/complaints").is_err(), true)?;
    same("the record for the undertaker", lawyer.get(&format!("/records/{record}")).is_err(), true)?;
    stage.narrator.checked(
        "收受财物的反映另立投诉，不计分，承办人看不到",
        "what is said about money became a complaint of its own: it scores nothing, and the undertaker does not see it",
    );
    Ok(())
}

fn attempt(phone: &Handset, record: &str, outcome: &str) -> Result<()> {
    let entry = format!("attempts:at=2026-11-20T10:00+08:00,way=phone,outcome={outcome}");
    phone.json(&["edit", record, "--add", &entry]).map(|_| ())
}

fn ask_court(stage: &mut Stage<'_>, plot: &Plot, subject: &Subject) -> Result<()> {
    stage.narrator.step(
        "走访人民法院，一次征询多名承办人的意见",
        "A court is visited once and asked about several undertakers",
    );
    let lead = &plot.visits[0].chair;
    let other = &plot.visits[0];
    let mut wish = json!({
        "kind": "court_visit", "note": "云川县人民法院(虚构)刑事审判庭",
        "members": [{ "person": lead.person(), "duty": "lead" }],
    });
    wish["subjects"] = json!([
        { "case": subject.case, "undertaker": subject.undertaker },
        { "case": other.hearing["case"], "undertaker": other.undertaker.0 },
    ]);
    let assignment = text(&plot.manager.post("/assignments", &wish)?, "/id")?.to_owned();
    lead.sync()?;
    let record = lead.record(&assignment, "court_visit", None)?;
    lead.set(&record, &[("facts/organ_kind", "court"), ("facts/organ", "云川县人民法院(虚构)")])?;
    lead.set(
        &record,
        &[("facts/purpose", "many_undertakers"), ("facts/visited_at", "2026-11-18T10:00+08:00")],
    )?;
    let line = format!(
        "lines:case={},undertaker={},manners=good,skill=average,dedication=good,filing=in_time,adoption=part",
        subject.case, subject.undertaker
    );
    lead.json(&["edit", &record, "--add", &line])?;
    lead.json(&["seal", &record])?;
    lead.sync()?;
    let shown = lead.run(&["show", &record])?;
    stage.narrator.show(&shown);
    holds("the opinion", &shown, "部分采纳")
}

fn report(stage: &mut Stage<'_>, plot: &Plot, subject: &Subject) -> Result<()> {
    stage.narrator.step(
        "承办人提交庭前报告；退回补充，以更正答复，再采纳",
        "An undertaker reports before the hearing; the report is returned, answered by an amendment, accepted",
    );
    let lawyer = Handset::of(stage, &plot.manager, "undertaker1")?;
    let wish = json!({
        "kind": "pre_hearing_report", "due_at": "2099-01-01T00:00:00Z",
        "members": [{ "person": lawyer.person(), "duty": "reporter" }],
    });
    let assignment = subject.assign(plot, &wish)?;
    lawyer.sync()?;
    same("how it stands", state_of(plot, &assignment)?.as_str(), "due")?;
    let record = lawyer.record(&assignment, "pre_hearing_report", None)?;
    lawyer.set(&record, &[("facts/occasion", "before_hearing"), ("facts/file_reading", "whole")])?;
    lawyer.append(&record, "evidence", "已申请调取监控录像。")?;
    lawyer.append(&record, "viewpoint", "不构成共同犯罪。")?;
    let early = lawyer.refuses(&["seal", &record])?;
    stage.narrator.show(&early);
    lawyer.append(&record, "analysis", "争议焦点在主观明知。")?;
    lawyer.json(&["seal", &record])?;
    lawyer.sync()?;
    same("how it stands", state_of(plot, &assignment)?.as_str(), "submitted")?;

    let notes = json!({ "notes": [{ "field": "evidence", "text": "请写明证人姓名以外的取证情况" }] });
    plot.manager.post(&format!("/records/{record}/returns"), &notes)?;
    same("how it stands", state_of(plot, &assignment)?.as_str(), "returned")?;
    lawyer.sync()?;
    let told = lawyer.run(&["returned"])?;
    stage.narrator.show(&told);
    holds("why it comes back", &told, "取证情况")?;
    let amended =
        text(&lawyer.json(&["amend", &record, "--reason", "按退回意见补充"])?, "/record")?.to_owned();
    lawyer.append(&amended, "evidence", "已走访现场并制作笔录。")?;
    lawyer.json(&["seal", &amended])?;
    lawyer.sync()?;
    let check =
        json!({ "state": "accepted", "answers": { "PHR-02": "met", "PHR-03": "met", "PHR-04": "partly" } });
    plot.manager.post(&format!("/records/{amended}/checks"), &check)?;
    same("how it stands", state_of(plot, &assignment)?.as_str(), "accepted")?;
    let compared = plot.manager.get(&format!("/cases/{}/cross-check", subject.case))?;
    let said = list(&compared, "/0/questions")?.iter().find(|question| question["question"] == "PHR-03");
    let said = text(said.context("the viewpoint is not compared")?, "/said/0/text")?;
    same("the viewpoint in the cross-check", said, "不构成共同犯罪。")?;
    stage.narrator.checked(
        "是否按时、是否未报由系统推算；庭前所报与庭上所见可以并排对照",
        "on time, late and missing are derived; what was said stands beside what was seen",
    );
    Ok(())
}

fn state_of(plot: &Plot, assignment: &str) -> Result<String> {
    let reports = plot.manager.all("/pre-hearing-reports")?;
    let found = reports.iter().find(|report| report["assignment"] == assignment);
    Ok(text(found.context("the report is not listed")?, "/state")?.to_owned())
}
