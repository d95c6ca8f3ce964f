//! The month's evaluation: two rounds, files reviewed, two assessors each, grades with what every channel said.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use serde_json::{Value, json};

use super::super::super::console::Console;
use super::super::super::expect::{holds, list, same, text};
use super::super::super::handset::person;
use super::super::super::plot::PASSWORD;
use super::super::grading::{rubric_items, score};
use super::attending::Seat;
use super::tally::Deed;
use super::{Month, moment};

/// A round: its rubric, the kinds of case, who reviews, who assesses.
struct Round {
    name: &'static str,
    rubric: &'static str,
    kinds: &'static [&'static str],
    reviewer: &'static str,
    /// Reviews the files too, save those of their own firm.
    of_a_firm: &'static str,
    assessors: [&'static str; 2],
    again: &'static str,
}

const ROUNDS: [Round; 2] = [
    Round {
        name: "12月刑事案件质量评估(演示)",
        rubric: "CRM-TRIAL",
        kinds: &["criminal"],
        reviewer: "assessor3",
        of_a_firm: "assessor1",
        assessors: ["assessor4", "assessor5"],
        again: "assessor8",
    },
    Round {
        name: "12月民事行政案件质量评估(演示)",
        rubric: "CIV-LIT",
        kinds: &["civil", "administrative"],
        reviewer: "assessor8",
        of_a_firm: "assessor2",
        assessors: ["assessor6", "assessor7"],
        again: "assessor5",
    },
];

/// The grades and what each is called.
const GRADES: [(&str, &str); 4] =
    [("excellent", "优秀"), ("good", "良好"), ("qualified", "合格"), ("unqualified", "不合格")];

/// Both rounds, the grades of the month, and one of them explained.
pub(super) fn tell(month: &mut Month<'_, '_>) -> Result<()> {
    month.today = month.at(29, (9, 0)).date();
    month.stage.calendar.go_on_to(month.at(29, (9, 0)))?;
    month.sign_in()?;
    let director = Console::sign_in(month.stage.server.url(), "director", PASSWORD)?;
    let mut rows = Vec::new();
    for round in &ROUNDS {
        let seats: Vec<Seat> = month
            .seats
            .iter()
            .filter(|seat| seat.seen() && round.kinds.contains(&seat.kind.as_str()))
            .cloned()
            .collect();
        rows.extend(evaluate(month, &director, round, &seats)?);
    }
    let mut counted: BTreeMap<&str, usize> = BTreeMap::new();
    for row in &rows {
        *counted.entry(text(row, "/row/grade")?).or_default() += 1;
    }
    same("grades that were given", counted.len(), GRADES.len())?;
    let line: Vec<String> = GRADES
        .iter()
        .map(|(code, name)| format!("{name} {}", counted.get(code).copied().unwrap_or_default()))
        .collect();
    month.stage.narrator.say("本月等次：", "The grades of the month:");
    month.stage.narrator.show(&line.join(" · "));
    explain(month, &rows)
}

fn evaluate(
    month: &mut Month<'_, '_>,
    director: &Console,
    round: &Round,
    seats: &[Seat],
) -> Result<Vec<Value>> {
    let wish = json!({
        "name": round.name, "rubric": round.rubric,
        "cases": seats.iter().map(|seat| json!({ "case": seat.case })).collect::<Vec<_>>(),
    });
    let id = text(&month.plot.manager.post("/rounds", &wish)?, "/id")?.to_owned();
    review(month, round, round.reviewer, &id, seats)?;
    let firm = person(&month.plot.manager, round.of_a_firm)?["provider"].clone();
    let of_others: Vec<Seat> = seats
        .iter()
        .filter(|seat| month.cast.cases[&seat.case]["undertakers"][0]["provider"] != firm)
        .cloned()
        .collect();
    if of_others.len() < seats.len() {
        let people = [month.cast.person(round.of_a_firm)?];
        let own = json!({ "kind": "file_review", "people": people });
        let refused = month.plot.manager.refused(&format!("/rounds/{id}/assignments"), &own)?;
        holds("why not the files of the own firm", &refused.to_string(), "provider")?;
    }
    review(month, round, round.of_a_firm, &id, &of_others)?;
    assess(month, round, &id, seats)?;
    let mut rows = Vec::new();
    for (nth, seat) in seats.iter().enumerate() {
        rows.push(decide(month, director, round, &id, seat, nth)?);
    }
    director.post(&format!("/rounds/{id}/close"), &json!({}))?;
    publish(month, director, round, &id)?;
    Ok(rows)
}

/// What is published of a round: numbers by body, and nobody's name.
fn publish(month: &Month<'_, '_>, director: &Console, round: &Round, id: &str) -> Result<()> {
    let wish = json!({
        "title": format!("关于{}情况的通报", round.name),
        "problems": "部分案卷阅卷摘录偏少；个别庭前会见时间偏短。",
        "demands": "请各承办单位于次月十日前报送整改情况。",
    });
    let published = director.post(&format!("/rounds/{id}/bulletins"), &wish)?;
    let printed = text(&published, "/text")?;
    holds("the foot of the bulletin", printed, "tingfang/")?;
    month.stage.narrator.say(
        "主任发布通报：只计终定等次，按承办单位列明，不出现任何人名；文末的检查点可用手机核对：",
        "The director publishes a bulletin: final grades alone, by body, nobody's name; at its foot a checkpoint:",
    );
    month.stage.narrator.show(printed);
    Ok(())
}

/// Every file is reviewed: the marks follow the work.
fn review(month: &mut Month<'_, '_>, round: &Round, reviewer: &str, id: &str, seats: &[Seat]) -> Result<()> {
    let phone = month.phone(reviewer)?;
    let cases: Vec<&str> = seats.iter().map(|seat| seat.case.as_str()).collect();
    let work = json!({ "kind": "file_review", "people": [phone.person()], "cases": cases });
    let assigned = month.plot.manager.post(&format!("/rounds/{id}/assignments"), &work)?;
    let assignment = text(&assigned, "/id")?;
    phone.sync()?;
    let items = rubric_items(&month.plot.manager, round.rubric)?;
    for seat in seats {
        let marks: &[&str] = match month.cast.undertakers[seat.undertaker].quality {
            95.. => &["full"],
            85..95 => &["full", "mostly"],
            70..85 => &["mostly"],
            50..70 => &["mostly", "half"],
            _ => &["little"],
        };
        let record = phone.record(assignment, "file_review", Some(&seat.case))?;
        let marks: Vec<(&str, String)> = items
            .iter()
            .zip(marks.iter().cycle())
            .map(|(item, mark)| ("--set", format!("marks/{item}={mark}")))
            .collect();
        phone.edit(&record, &marks)?;
        phone.json(&["seal", &record])?;
    }
    phone.sync().map(|_| ())
}

/// Two assessors see what every channel said, and score.
fn assess(month: &mut Month<'_, '_>, round: &Round, id: &str, seats: &[Seat]) -> Result<()> {
    let phones = [month.phone(round.assessors[0])?, month.phone(round.assessors[1])?];
    let people: Vec<&str> = phones.iter().map(|phone| phone.person()).collect();
    let work = json!({ "kind": "assessment", "people": people });
    let assigned = month.plot.manager.post(&format!("/rounds/{id}/assignments"), &work)?;
    let assignment = text(&assigned, "/id")?;
    for phone in &phones {
        phone.sync()?;
        for seat in seats {
            let evidence = phone.json(&["evidence", assignment, "--case", &seat.case])?;
            let sheet = phone.record(assignment, "scoresheet", Some(&seat.case))?;
            score(phone, &sheet, &evidence, false)?;
        }
        phone.sync()?;
    }
    Ok(())
}

/// Proposed, told to the undertaker, heard, final.
fn decide(
    month: &mut Month<'_, '_>,
    director: &Console,
    round: &Round,
    id: &str,
    seat: &Seat,
    nth: usize,
) -> Result<Value> {
    let manager = month.plot.manager.clone();
    let proposed = manager.post(&format!("/rounds/{id}/grades"), &json!({ "case": seat.case }))?;
    let grade = text(&proposed, "/row/id")?.to_owned();
    if text(&proposed, "/row/grade")? == "unqualified" {
        review_again(month, round, id, seat, &grade)?;
    }
    manager.post(&format!("/grades/{grade}/representation"), &json!({}))?;
    let answer = if nth == 0 && round.rubric == "CRM-TRIAL" {
        json!({ "response": respond(month, seat)?, "answer": "经复核，第二项已按三次会见计分，维持" })
    } else {
        json!({ "statement": "无异议", "answer": "已阅" })
    };
    manager.post(&format!("/grades/{grade}/representation/answer"), &answer)?;
    director.post(&format!("/grades/{grade}/finalise"), &json!({}))?;
    manager.get(&format!("/grades/{grade}"))
}

/// An intended unqualified grade: somebody who took no part reviews again, and a manager goes to look.
fn review_again(month: &mut Month<'_, '_>, round: &Round, id: &str, seat: &Seat, grade: &str) -> Result<()> {
    let manager = month.plot.manager.clone();
    manager.post(&format!("/grades/{grade}/re-review"), &json!({}))?;
    let phone = month.phone(round.again)?;
    let work = json!({ "kind": "re_review", "cases": [seat.case], "people": [phone.person()] });
    let assigned = manager.post(&format!("/rounds/{id}/assignments"), &work)?;
    phone.sync()?;
    let evidence = phone.json(&["evidence", text(&assigned, "/id")?, "--case", &seat.case])?;
    let sheet = phone.record(text(&assigned, "/id")?, "scoresheet", Some(&seat.case))?;
    score(&phone, &sheet, &evidence, false)?;
    phone.sync()?;
    manager.post(&format!("/rounds/{id}/grades"), &json!({ "case": seat.case }))?;
    let check = json!({
        "checked_on": month.today.to_string(), "place": "承办律师事务所",
        "finding": "会见、阅卷均无原始记录，与案卷检查一致。",
    });
    manager.post(&format!("/grades/{grade}/spot-checks"), &check).map(|_| ())
}

/// An undertaker answers from their own phone: the record that says so.
fn respond(month: &mut Month<'_, '_>, seat: &Seat) -> Result<String> {
    let undertaker = &month.cast.undertakers[seat.undertaker];
    let login = undertaker.login.clone();
    let assignment = month.assign(&json!({
        "kind": "response", "due_at": moment(month.at(31, (17, 0))),
        "subjects": [{ "case": seat.case, "undertaker": undertaker.id }],
        "members": [{ "person": undertaker.person, "duty": "respondent" }],
    }))?;
    let phone = month.phone(&login)?;
    phone.sync()?;
    let record = phone.record(&assignment, "response", None)?;
    phone.set(&record, &[("facts/answers", "representation")])?;
    phone.append(&record, "statement", "会见三次均有笔录，请复核第二项。")?;
    month.done(&phone, &record, Deed::Response)?;
    Ok(record)
}

/// The grade on which the most channels spoke, with what came from where, and the cross-check of its case.
fn explain(month: &mut Month<'_, '_>, rows: &[Value]) -> Result<()> {
    let channels = |row: &Value| -> usize {
        let explanation = row["explanation"]["zh"].as_str().unwrap_or_default();
        CHANNELS.iter().filter(|channel| explanation.contains(**channel)).count()
    };
    let row = rows.iter().max_by_key(|row| channels(row)).context("no grade")?;
    let explanation = text(row, "/explanation/zh")?;
    for channel in CHANNELS {
        holds("the explanation of the grade", explanation, channel)?;
    }
    let lines: Vec<&str> = explanation.lines().collect();
    month.stage.narrator.say(
        "其中一件，哪个渠道说了什么，一条一条可查（节选）：",
        "One of them: what each channel said, item by item (an excerpt):",
    );
    let from = lines.iter().position(|line| line.trim() == "各渠道").unwrap_or(0);
    let court = lines.iter().position(|line| line.contains("征询办案机关 ")).unwrap_or(from);
    let shown =
        [&lines[..1], &lines[from..lines.len().min(from + 8)], &["  …"], &lines[court - 2..court + 1]];
    month.stage.narrator.show(&shown.concat().join("\n"));
    let assessor = text(&person(&month.plot.manager, "assessor4")?, "/name")?.to_owned();
    let public = month.plot.manager.get(&format!("/grades/{}?view=public", text(row, "/row/id")?))?;
    same("an assessor's name in public", text(&public, "/explanation/zh")?.contains(&assessor), false)?;
    let compared = month.plot.manager.get(&format!("/cases/{}/cross-check", text(row, "/row/case")?))?;
    same("the cross-check has its questions", list(&compared, "/0/questions")?.is_empty(), false)
}

/// The channels that speak of an undertaker's work, by the names that an explanation gives them.
const CHANNELS: [&str; 5] = ["庭审旁听［", "案卷检查［", "回访受援人［", "征询办案机关［", "庭前报告［"];
