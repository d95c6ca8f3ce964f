//! 回访受援人: one recipient of every undertaker, with the numbers that are wrong, the calls that nobody takes,
//! the visits at home, and a recipient who may not be called at just any time.

use anyhow::{Context, Result};
use jiff::civil::DateTime;
use serde_json::json;

use super::super::super::expect::{holds, list, same, text};
use super::super::super::handset::Handset;
use super::tally::Deed;
use super::{Month, in_china, later, moment};

/// Who visits and calls; the sixth, whose training as an observer has run out, does the most of it.
const VISITORS: [&str; 6] =
    ["supervisor6", "supervisor1", "supervisor2", "supervisor3", "supervisor4", "supervisor5"];

/// A visit that was assigned.
#[derive(Clone)]
struct Visit {
    nth: usize,
    assignment: String,
    case: String,
    during: bool,
    at: DateTime,
    lead: &'static str,
    companion: Option<&'static str>,
}

/// What the visitors meet with, by the undertaker's place.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Meeting {
    Connects,
    NoAnswerFirst,
    WrongNumber,
    Refuses,
    NeverAnswers,
    AtRisk,
    AtHome,
    AtHomeLate,
    SpeaksOfMoney,
}

impl Visit {
    fn meeting(nth: usize) -> Meeting {
        match nth {
            4 | 17 => Meeting::Refuses,
            5 => Meeting::AtRisk,
            7 => Meeting::AtHome,
            9 => Meeting::AtHomeLate,
            10 => Meeting::NeverAnswers,
            11 => Meeting::SpeaksOfMoney,
            _ if nth % 6 == 1 => Meeting::NoAnswerFirst,
            _ if nth % 6 == 2 => Meeting::WrongNumber,
            _ => Meeting::Connects,
        }
    }
}

/// Assigns a visit for every undertaker: during the case after its hearing, or after its end.
pub(super) fn plan(month: &mut Month<'_, '_>) -> Result<()> {
    for nth in 0..month.cast.undertakers.len() {
        let meeting = Visit::meeting(nth);
        let undertaker = &month.cast.undertakers[nth];
        // What is said of money is looked into for itself: its case is in no round of this month.
        let seat = month
            .seats
            .iter()
            .find(|seat| seat.undertaker == nth && seat.seen() && meeting != Meeting::SpeaksOfMoney);
        let Some(case) = seat.map(|seat| &seat.case).or(undertaker.ended.first()).cloned() else { continue };
        let (during, id) = (seat.is_some(), undertaker.id.clone());
        let day = 4 + i8::try_from(nth / 2)?;
        let at = seat.map_or(month.at(day, (9, 40)), |seat| later(seat.starts, 1, 0));
        let at = super::working_day(at.date().at(9, 40, 0, 0));
        let lead = VISITORS[nth % VISITORS.len()];
        let companion = matches!(meeting, Meeting::AtHome | Meeting::AtHomeLate)
            .then(|| VISITORS[(nth + 1) % VISITORS.len()]);
        let mut recipient = json!({
            "name": format!("受援人{}(化名)", nth + 1), "phone": format!("1390000{nth:04}"),
            "address": "云川县某镇(虚构)", "groups": [],
        });
        if meeting == Meeting::AtRisk {
            recipient["groups"] = json!(["woman"]);
            recipient["safe_contact"] = json!({
                "number": "13911110000", "from_minute": 540, "until_minute": 690,
                "code_word": "社区问卷", "note": "有他人接听时只说打错了",
            });
        }
        month.plot.manager.put(&format!("/cases/{case}/recipients"), &json!([recipient]))?;
        let mut members = vec![json!({ "person": month.cast.person(lead)?, "duty": "lead" })];
        if let Some(companion) = companion {
            members.push(json!({ "person": month.cast.person(companion)?, "duty": "visitor" }));
        }
        let assignment = month.assign(&json!({
            "kind": "return_visit", "stage": if during { "during" } else { "after" }, "members": members,
            "subjects": [{ "case": case, "undertaker": id }], "due_at": moment(month.at(28, (17, 0))),
        }))?;
        let visit = Visit { nth, assignment, case, during, at, lead, companion };
        month.plan(at, move |month| first(month, &visit));
    }
    Ok(())
}

/// The first attempt.
fn first(month: &mut Month<'_, '_>, visit: &Visit) -> Result<()> {
    let phone = month.phone(visit.lead)?;
    phone.sync()?;
    let record = phone.record(&visit.assignment, "return_visit", None)?;
    match Visit::meeting(visit.nth) {
        Meeting::Connects | Meeting::SpeaksOfMoney => talk(month, visit, &phone, &record, "phone"),
        Meeting::AtRisk => {
            let before = phone.run(&["contacts", &visit.assignment])?;
            holds("the rules", &before, "社区问卷")?;
            same("a number before the rules", before.contains("13911110000"), false)?;
            holds(
                "the safe number",
                &phone.run(&["contacts", &visit.assignment, "--rules-read"])?,
                "13911110000",
            )?;
            month.did(Deed::AtRisk);
            talk(month, visit, &phone, &record, "phone")
        }
        Meeting::Refuses => {
            month.attempt(&phone, &record, visit.at, "refused")?;
            month.did(Deed::Refused);
            finish(&phone, &record)
        }
        Meeting::NoAnswerFirst | Meeting::NeverAnswers => again(month, visit, &phone, &record, visit.at),
        Meeting::WrongNumber => {
            let outcome = if visit.nth.is_multiple_of(4) { "number_void" } else { "not_the_person" };
            month.attempt(&phone, &record, visit.at, outcome)?;
            month.did(Deed::WrongNumber);
            same("what is next", next(&phone, &record)?.0.as_str(), "another_way")?;
            phone.sync()?;
            // The manager finds another number in the file.
            let known = json!([{ "name": "受援人(化名)", "phone": format!("1380000{:04}", visit.nth), "groups": [] }]);
            month.plot.manager.put(&format!("/cases/{}/recipients", visit.case), &known)?;
            let (visit, record) = (visit.clone(), record);
            month.plan(later(visit.at, 1, 1), move |month| {
                let phone = month.phone(visit.lead)?;
                phone.sync()?;
                let shown = phone.run(&["contacts", &visit.assignment])?;
                holds("the other number", &shown, &format!("1380000{:04}", visit.nth))?;
                talk(month, &visit, &phone, &record, "phone")
            });
            Ok(())
        }
        Meeting::AtHome | Meeting::AtHomeLate => set_out(month, visit, &phone, &record),
    }
}

/// Nobody answers; the plan says when to try again, and when it is enough.
fn again(
    month: &mut Month<'_, '_>,
    visit: &Visit,
    phone: &Handset,
    record: &str,
    at: DateTime,
) -> Result<()> {
    month.attempt(phone, record, at, "no_answer")?;
    match next(phone, record)? {
        (kind, Some(at)) if kind == "at" => {
            let (visit, record) = (visit.clone(), record.to_owned());
            month.plan(at, move |month| {
                let phone = month.phone(visit.lead)?;
                match Visit::meeting(visit.nth) {
                    Meeting::NeverAnswers => again(month, &visit, &phone, &record, super::working_day(at)),
                    _ => talk(month, &visit, &phone, &record, "phone"),
                }
            });
            Ok(())
        }
        (kind, _) => {
            same("what is next", kind.as_str(), "given_up")?;
            month.did(Deed::GivenUp);
            finish(phone, record)
        }
    }
}

/// Two go to the recipient's home, and say when they will be back.
fn set_out(month: &mut Month<'_, '_>, visit: &Visit, phone: &Handset, record: &str) -> Result<()> {
    let companion = visit.companion.context("two go")?;
    let (out, back) = (later(visit.at, 0, 0), later(visit.at, 0, 2));
    phone.edit(
        record,
        &[
            ("--set", format!("home/companion={}", month.cast.person(companion)?)),
            ("--set", format!("home/set_out_at={}", moment(out))),
            ("--set", format!("home/expected_back_at={}", moment(back))),
        ],
    )?;
    phone.sync()?;
    month.did(Deed::HomeVisit);
    let late = Visit::meeting(visit.nth) == Meeting::AtHomeLate;
    let home = later(back, 0, if late { 1 } else { -1 });
    let (visit, record) = (visit.clone(), record.to_owned());
    month.plan(home, move |month| {
        same("whether the centre is alerted", month.alerted(&record)?, late)?;
        if late {
            month.did(Deed::Alert);
        }
        let phone = month.phone(visit.lead)?;
        phone.set(&record, &[("home/back_at", &moment(home))])?;
        talk(month, &visit, &phone, &record, "home")?;
        same("whether the centre is alerted when they are back", month.alerted(&record)?, false)
    });
    Ok(())
}

/// The recipient answers.
fn talk(month: &mut Month<'_, '_>, visit: &Visit, phone: &Handset, record: &str, way: &str) -> Result<()> {
    let quality = month.cast.undertakers[visit.nth].quality;
    month.attempt(phone, record, visit.at, "connected")?;
    let satisfied = match quality {
        90.. => "very_satisfied",
        70..90 => "satisfied",
        50..70 => "basically",
        _ => "dissatisfied",
    };
    let money = Visit::meeting(visit.nth) == Meeting::SpeaksOfMoney;
    let guardian = visit.nth % 9 == 3;
    let verification = if way == "home" { "signature" } else { "call_record" };
    let mut edits = vec![
        ("--set", format!("facts/way={way}")),
        ("--set", format!("facts/respondent={}", if guardian { "guardian" } else { "recipient" })),
        ("--set", "facts/notice_read=true".to_owned()),
        ("--set", format!("facts/verification={verification}")),
    ];
    let mut answers = vec![
        ("RTV-01", satisfied),
        ("RTV-02", satisfied),
        ("RTV-03", if quality < 50 { "basically" } else { satisfied }),
        ("RTV-05", satisfied),
        ("RTV-06", if money { "yes" } else { "no" }),
        ("RTV-07", if quality < 70 { "late" } else { "in_time" }),
        ("RTV-08", "yes"),
        ("RTV-09", if visit.nth.is_multiple_of(5) { "not_sure" } else { "yes" }),
        ("RTV-10", "yes"),
        ("RTV-15", "yes"),
    ];
    if !visit.during {
        answers.push(("RTV-12", "yes"));
    }
    edits.extend(answers.iter().map(|(question, answer)| ("--set", format!("answers/{question}={answer}"))));
    if money {
        edits.push(("--set", "money/amount_fen=50000".to_owned()));
        edits.push(("--set", "money/detail=称承办人收取交通费".to_owned()));
    }
    phone.edit(record, &edits)?;
    finish(phone, record)?;
    month.did(Deed::Reached);
    if money {
        let complaints = month.plot.manager.all("/complaints")?;
        let opened = complaints.iter().any(|row| row["record"] == record);
        same("a complaint of its own", opened, true)?;
        month.did(Deed::MoneyAlleged);
    }
    Ok(())
}

fn finish(phone: &Handset, record: &str) -> Result<()> {
    phone.json(&["seal", record])?;
    phone.sync().map(|_| ())
}

/// What is to be done next, as the phone says.
fn next(phone: &Handset, record: &str) -> Result<(String, Option<DateTime>)> {
    let shown = phone.json(&["show", record])?;
    let at = shown.pointer("/next_attempt/at").and_then(|at| at.as_str()).map(in_china).transpose()?;
    Ok((text(&shown, "/next_attempt/next")?.to_owned(), at))
}

impl Month<'_, '_> {
    /// Whether the centre is told that the visitors of this record are not back.
    fn alerted(&self, record: &str) -> Result<bool> {
        let alerts = self.plot.manager.get("/alerts")?;
        Ok(list(&alerts, "/not_back")?.iter().any(|row| row["record"] == record))
    }

    fn attempt(&mut self, phone: &Handset, record: &str, at: DateTime, outcome: &str) -> Result<()> {
        let entry = format!("attempts:at={},way=phone,outcome={outcome}", moment(at));
        phone.edit(record, &[("--add", entry)])?;
        self.did(Deed::Attempted);
        Ok(())
    }
}
