//! A small round: files reviewed, assessed by two, graded, paid; one grade explained.

use anyhow::{Context, Result};
use serde_json::{Value, json};

use super::super::Stage;
use super::super::console::Console;
use super::super::expect::{holds, list, number, same, text};
use super::super::handset::{Handset, person};
use super::super::plot::Plot;

/// How each case's file meets the items, in turn.
const MARKS: [&[&str]; 4] = [&["full"], &["mostly"], &["mostly", "half"], &["little"]];
/// The grades that come of it.
const GRADES: [&str; 4] = ["excellent", "good", "qualified", "unqualified"];

/// From the files to the money.
pub(in super::super) fn tell(stage: &mut Stage<'_>, plot: &mut Plot) -> Result<()> {
    stage.narrator.step(
        "小型评估批次：案卷检查、两人独立评分、定级、补贴",
        "A small round: file review, two assessors, grades, subsidies",
    );
    let cases: Vec<String> = plot
        .visits
        .iter()
        .map(|visit| text(&visit.hearing, "/case").map(str::to_owned))
        .collect::<Result<_>>()?;
    let wish = json!({
        "name": "2026年第四季度案件质量评估(演示)", "rubric": "CRM-TRIAL",
        "cases": cases.iter().map(|case| json!({ "case": case })).collect::<Vec<_>>(),
    });
    let round = text(&plot.manager.post("/rounds", &wish)?, "/id")?.to_owned();
    review(stage, plot, &round, &cases)?;
    assess(stage, plot, &round, &cases)?;
    let rows = decide(stage, plot, &round, &cases)?;
    let closed = plot.director.post(&format!("/rounds/{round}/close"), &json!({}))?;
    same("the round", text(&closed, "/state")?, "closed")?;
    stage.narrator.say("等次与补贴：", "Grades and subsidies:");
    stage.narrator.show(&table(&rows)?);
    explain(stage, &plot.manager, &rows[2])
}

fn review(stage: &Stage<'_>, plot: &Plot, round: &str, cases: &[String]) -> Result<()> {
    let reviewer = Handset::of(stage, &plot.manager, "assessor3")?;
    let work = json!({ "kind": "file_review", "people": [reviewer.person()] });
    let assignment = plot.manager.post(&format!("/rounds/{round}/assignments"), &work)?;
    reviewer.sync()?;
    let items = rubric_items(&plot.manager, "CRM-TRIAL")?;
    same("items of the rubric", items.len(), 24)?;
    for (case, marks) in cases.iter().zip(MARKS) {
        let record = reviewer.record(text(&assignment, "/id")?, "file_review", Some(case))?;
        let fields: Vec<(String, &str)> = items
            .iter()
            .zip(marks.iter().cycle())
            .map(|(item, mark)| (format!("marks/{item}"), *mark))
            .collect();
        let fields: Vec<(&str, &str)> = fields.iter().map(|(path, value)| (path.as_str(), *value)).collect();
        reviewer.set(&record, &fields)?;
        reviewer.run(&["seal", &record])?;
    }
    reviewer.sync()?;
    Ok(())
}

/// The ids of a rubric's items, out of its text.
pub(super) fn rubric_items(manager: &Console, id: &str) -> Result<Vec<String>> {
    let rubrics = manager.get("/rubrics")?;
    let rubric = list(&rubrics, "")?.iter().find(|rubric| rubric["id"] == id).context("no such rubric")?;
    let tree: toml::Table = text(rubric, "/text")?.parse()?;
    let mut ids = Vec::new();
    collect_ids(&toml::Value::Table(tree), &mut ids);
    let series = id.split('-').next().unwrap_or(id);
    ids.retain(|id| id.starts_with(series) && id.contains('.'));
    ids.sort();
    ids.dedup();
    Ok(ids)
}

fn collect_ids(value: &toml::Value, into: &mut Vec<String>) {
    match value {
        toml::Value::Table(table) => {
            into.extend(table.get("id").and_then(toml::Value::as_str).map(str::to_owned));
            table.values().for_each(|child| collect_ids(child, into));
        }
        toml::Value::Array(children) => children.iter().for_each(|child| collect_ids(child, into)),
        _ => {}
    }
}

fn assess(stage: &Stage<'_>, plot: &Plot, round: &str, cases: &[String]) -> Result<()> {
    let phones =
        [Handset::of(stage, &plot.manager, "assessor4")?, Handset::of(stage, &plot.manager, "assessor5")?];
    let people: Vec<&str> = phones.iter().map(Handset::person).collect();
    let work = json!({ "kind": "assessment", "people": people });
    let assignment = plot.manager.post(&format!("/rounds/{round}/assignments"), &work)?;
    for (index, phone) in phones.iter().enumerate() {
        phone.sync()?;
        for case in cases {
            let evidence = phone.json(&["evidence", text(&assignment, "/id")?, "--case", case])?;
            let sheet = phone.record(text(&assignment, "/id")?, "scoresheet", Some(case))?;
            score(phone, &sheet, &evidence, index == 1)?;
        }
        phone.sync()?;
    }
    stage.narrator.say(
        &format!("{}、{}在手机上逐项查看依据，接受默认分或者说明理由后调整，各自封存。", phones[0].name(), phones[1].name()),
        "Two assessors see the evidence on their phones, accept the default points or adjust them with a reason, and seal.",
    );
    Ok(())
}

/// Accepts every default; the second assessor adjusts one item with a reason.
pub(super) fn score(phone: &Handset, sheet: &str, evidence: &Value, adjusts: bool) -> Result<()> {
    let mut fields: Vec<(String, String)> = Vec::new();
    for item in list(evidence, "/items")? {
        let id = text(item, "/id")?;
        let default = item["default"].as_i64();
        let (decision, points) = match default {
            Some(points) if adjusts && id == "CRM-4.1" && points >= 50 => ("adjusted", Some(points - 50)),
            _ => ("accepted", default),
        };
        fields.push((format!("decisions/{id}"), decision.to_owned()));
        fields.extend(points.map(|points| (format!("points/{id}"), points.to_string())));
        if decision == "adjusted" {
            fields.push((format!("reasons/{id}"), "辩护观点稍欠展开".to_owned()));
        }
    }
    let fields: Vec<(&str, &str)> =
        fields.iter().map(|(path, value)| (path.as_str(), value.as_str())).collect();
    phone.set(sheet, &fields)?;
    phone.run(&["seal", sheet]).map(|_| ())
}

fn decide(stage: &Stage<'_>, plot: &Plot, round: &str, cases: &[String]) -> Result<Vec<Value>> {
    let mut rows = Vec::new();
    for (case, grade) in cases.iter().zip(GRADES) {
        let proposed = plot.manager.post(&format!("/rounds/{round}/grades"), &json!({ "case": case }))?;
        let id = text(&proposed, "/row/id")?.to_owned();
        same("the grade", text(&proposed, "/row/grade")?, grade)?;
        if grade == "unqualified" {
            let refused = plot.director.refused(&format!("/grades/{id}/finalise"), &json!({}))?;
            same("why it is not final", text(&refused, "/errors/0/code")?, "re_review_first")?;
            let stop = &list(&proposed, "/stops")?[0];
            stage.narrator.say(
                &format!("拟不合格的一件不能直接终定：{}", text(stop, "/zh")?),
                &format!("the intended unqualified one may not become final yet: {}", text(stop, "/en")?),
            );
            review_again(stage, plot, round, case, &id)?;
        }
        plot.manager.post(&format!("/grades/{id}/representation"), &json!({}))?;
        let answer = json!({ "statement": "无异议", "answer": "已阅" });
        plot.manager.post(&format!("/grades/{id}/representation/answer"), &answer)?;
        plot.director.post(&format!("/grades/{id}/finalise"), &json!({}))?;
        let shown = plot.manager.get(&format!("/grades/{id}"))?;
        same("where the decision stands", text(&shown, "/row/state")?, "final")?;
        rows.push(shown);
    }
    same("subsidy lines", plot.manager.all(&format!("/subsidy-lines?round={round}"))?.len(), 4)?;
    Ok(rows)
}

/// An intended unqualified grade: others review the case again, and somebody goes to look.
fn review_again(stage: &Stage<'_>, plot: &Plot, round: &str, case: &str, grade: &str) -> Result<()> {
    plot.manager.post(&format!("/grades/{grade}/re-review"), &json!({}))?;
    let first = person(&plot.manager, "assessor4")?;
    let work = json!({ "kind": "re_review", "cases": [case], "people": [text(&first, "/id")?] });
    let refused = plot.manager.refused(&format!("/rounds/{round}/assignments"), &work)?;
    same("why not the first assessor", text(&refused, "/errors/0/code")?, "took_part")?;
    let phone = Handset::of(stage, &plot.manager, "assessor6")?;
    let work = json!({ "kind": "re_review", "cases": [case], "people": [phone.person()] });
    let assignment = plot.manager.post(&format!("/rounds/{round}/assignments"), &work)?;
    phone.sync()?;
    let evidence = phone.json(&["evidence", text(&assignment, "/id")?, "--case", case])?;
    let sheet = phone.record(text(&assignment, "/id")?, "scoresheet", Some(case))?;
    score(&phone, &sheet, &evidence, false)?;
    phone.sync()?;
    let proposed = plot.manager.post(&format!("/rounds/{round}/grades"), &json!({ "case": case }))?;
    let stops = list(&proposed, "/stops")?;
    same("what is left to do", stops.len(), 1)?;
    stage.narrator.say(
        &format!("由未参加初评的{}复评后：{}", phone.name(), text(&stops[0], "/zh")?),
        &format!("after a re-review by somebody who took no part before: {}", text(&stops[0], "/en")?),
    );
    // The day on which the server says that it was proposed: today.
    let today = text(&proposed, "/row/decided_at")?.split('T').next().unwrap_or_default();
    let check = json!({
        "checked_on": today, "place": "承办律师事务所",
        "finding": "会见、阅卷均无原始记录，与案卷检查一致。",
    });
    let checked = plot.manager.post(&format!("/grades/{grade}/spot-checks"), &check)?;
    same("what stops it still", list(&checked, "/stops")?.len(), 0)?;
    stage.narrator.say(
        "管理人员到承办单位实地核实，记入台账；至此可以告知承办人并终定。",
        "A manager went to look and the ledger keeps it; now the undertaker is heard and the grade may become final.",
    );
    Ok(())
}

fn table(rows: &[Value]) -> Result<String> {
    let mut lines = Vec::new();
    for row in rows {
        let grade = match text(row, "/row/grade")? {
            "excellent" => "优秀",
            "good" => "良好",
            "qualified" => "合格",
            _ => "不合格",
        };
        let score = number(row, "/row/score")?;
        let money = row.pointer("/subsidy_lines/0/amount_yuan").and_then(Value::as_str).unwrap_or("—");
        lines.push(format!(
            "{}  {}  {:>3}.{:02}  {grade}  终定  {money} 元",
            text(row, "/row/case_no")?,
            text(row, "/row/undertaker_name")?,
            score / 100,
            score % 100
        ));
    }
    Ok(lines.join("\n"))
}

fn explain(stage: &Stage<'_>, manager: &Console, row: &Value) -> Result<()> {
    let explanation = text(row, "/explanation/zh")?;
    let full: Vec<&str> = explanation.lines().collect();
    stage.narrator.say(
        "其中一件，从等次一直讲到记录、设备和时间（节选）：",
        "One grade, explained down to records, devices and times (an excerpt):",
    );
    let court = full.iter().position(|line| line.contains("CRM-5 ")).unwrap_or(0);
    let records = full.iter().position(|line| line.contains("设备")).unwrap_or(0);
    let part = |from: usize, lines: usize| {
        full.iter().skip(from).take(lines).copied().collect::<Vec<_>>().join("\n")
    };
    stage.narrator.show(&[part(0, 8), part(court, 7), part(records, 10)].join("\n  …\n"));
    holds("the explanation", explanation, "设备")?;
    let public = manager.get(&format!("/grades/{}?view=public", text(row, "/row/id")?))?;
    let hidden = person(manager, "assessor4")?;
    let name = text(&hidden, "/name")?;
    if text(&public, "/explanation/zh")?.contains(name) {
        anyhow::bail!("the public view names an assessor");
    }
    Ok(())
}
