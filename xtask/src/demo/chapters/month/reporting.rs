//! 庭前报告: asked of every undertaker; most come in time, some late, some never.

use anyhow::Result;
use jiff::civil::{DateTime, Weekday};
use serde_json::json;

use super::super::super::expect::{holds, same, text};
use super::tally::Deed;
use super::{Month, later, moment};

/// A report that was asked for.
#[derive(Clone)]
struct Report {
    nth: usize,
    assignment: String,
    due: DateTime,
    hearing: bool,
}

/// How the undertaker behaves, by their place.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Manner {
    InTime,
    Late,
    Never,
    CannotBeDone,
    PutOff,
}

impl Report {
    fn manner(&self) -> Manner {
        match (self.nth, self.nth % 12) {
            (15, _) => Manner::CannotBeDone,
            (16, _) => Manner::PutOff,
            (_, 2 | 6) => Manner::Late,
            (_, 9) => Manner::Never,
            _ => Manner::InTime,
        }
    }
}

/// Asks every undertaker, the day before the hearing where one is attended.
pub(super) fn plan(month: &mut Month<'_, '_>) -> Result<()> {
    for nth in 0..month.cast.undertakers.len() {
        let undertaker = &month.cast.undertakers[nth];
        let seat = month.seats.iter().find(|seat| seat.undertaker == nth);
        let case = seat.map(|seat| &seat.case).or(undertaker.running.first());
        let Some(case) = case else { continue };
        let due = seat.map_or(month.at(16, (17, 0)), |seat| evening_before(seat.starts));
        let mut wish = json!({
            "kind": "pre_hearing_report", "due_at": moment(due),
            "members": [{ "person": undertaker.person, "duty": "reporter" }],
            "subjects": [{ "case": case, "undertaker": undertaker.id }],
        });
        if let Some(seat) = seat {
            wish["hearing"] = json!(seat.hearing);
        }
        let report = Report { nth, assignment: month.assign(&wish)?, due, hearing: seat.is_some() };
        match report.manner() {
            Manner::Never => {
                let after = later(due, 1, 1);
                month.plan(after, move |month| miss(month, &report));
            }
            Manner::Late => month.plan(later(due, 0, 1), move |month| write(month, &report)),
            Manner::CannotBeDone | Manner::PutOff => {
                month.plan(later(due, 0, -6), move |month| excuse(month, &report));
            }
            Manner::InTime => month.plan(later(due, 0, -5), move |month| write(month, &report)),
        }
    }
    Ok(())
}

/// The end of the working day before.
fn evening_before(at: DateTime) -> DateTime {
    let days = if at.weekday() == Weekday::Monday { -3 } else { -1 };
    later(at, days, 0).date().at(17, 0, 0, 0)
}

fn write(month: &mut Month<'_, '_>, report: &Report) -> Result<()> {
    let login = month.cast.undertakers[report.nth].login.clone();
    let phone = month.phone(&login)?;
    phone.sync()?;
    let record = phone.record(&report.assignment, "pre_hearing_report", None)?;
    let occasion = if report.hearing { "before_hearing" } else { "regular" };
    phone.edit(
        &record,
        &[
            ("--set", format!("facts/occasion={occasion}")),
            ("--set", "facts/file_reading=whole".to_owned()),
            (
                "--add",
                format!(
                    "meetings:at={},place=云川县看守所(虚构),topic=核实指控事实",
                    moment(later(report.due, -5, 0))
                ),
            ),
            ("--append", "evidence=已阅卷，拟申请调取现场监控和证人证言。".to_owned()),
            ("--append", "viewpoint=对定性无异议，量刑情节另行说明。".to_owned()),
            ("--append", "analysis=争议焦点在数额认定与从轻情节。".to_owned()),
        ],
    )?;
    phone.json(&["seal", &record])?;
    phone.sync()?;
    same("whether it is late", month.late(report)?, report.manner() == Manner::Late)?;
    month.did(if report.manner() == Manner::Late { Deed::ReportedLate } else { Deed::Reported });
    let (report, record, soon) = (report.clone(), record, later(report.due, 0, 2));
    month.plan(soon, move |month| check(month, &report, &record));
    Ok(())
}

/// The manager reads it: most are accepted, some come back, some go to discussion.
fn check(month: &mut Month<'_, '_>, report: &Report, record: &str) -> Result<()> {
    let quality = month.cast.undertakers[report.nth].quality;
    match report.nth % 8 {
        1 => {
            let notes = json!({ "notes": [{ "field": "analysis", "text": "请补充对量刑建议的意见" }] });
            month.plot.manager.post(&format!("/records/{record}/returns"), &notes)?;
            month.did(Deed::ReportReturned);
            let (report, record) = (report.clone(), record.to_owned());
            let answer = later(report.due, 0, 3);
            month.plan(answer, move |month| amend(month, &report, &record));
            Ok(())
        }
        5 => month.judge(record, json!({ "state": "sent_to_discussion", "note": "案情复杂，提请讨论" })),
        3 => month.judge(record, json!({ "state": "read" })),
        _ => {
            let answer = |least: i64| if quality >= least { "met" } else { "partly" };
            let answers = json!({ "PHR-02": answer(60), "PHR-03": answer(70), "PHR-04": answer(85) });
            month.judge(record, json!({ "state": "accepted", "answers": answers }))
        }
    }
}

/// What was returned is answered by an amendment.
fn amend(month: &mut Month<'_, '_>, report: &Report, record: &str) -> Result<()> {
    let login = month.cast.undertakers[report.nth].login.clone();
    let phone = month.phone(&login)?;
    phone.sync()?;
    holds("why it comes back", &phone.run(&["returned"])?, "量刑建议")?;
    let amended = text(&phone.json(&["amend", record, "--reason", "按退回意见补充"])?, "/record")?.to_owned();
    phone.append(&amended, "analysis", "对量刑建议拟提出异议，理由附后。")?;
    phone.json(&["seal", &amended])?;
    phone.sync()?;
    let answers = json!({ "PHR-02": "met", "PHR-03": "met", "PHR-04": "met" });
    month.judge(&amended, json!({ "state": "accepted", "answers": answers }))
}

/// Nothing has come: that is derived, nobody enters it.
fn miss(month: &mut Month<'_, '_>, report: &Report) -> Result<()> {
    let state = if report.hearing { "missing" } else { "overdue" };
    same("how it stands", month.state(report)?.as_str(), state)?;
    month.did(Deed::ReportMissing);
    Ok(())
}

/// The undertaker says why nothing can come, or not yet.
fn excuse(month: &mut Month<'_, '_>, report: &Report) -> Result<()> {
    let login = month.cast.undertakers[report.nth].login.clone();
    let phone = month.phone(&login)?;
    phone.sync()?;
    let until = moment(later(report.due, 0, 2));
    let (said, deed): (&[&str], _) = match report.manner() {
        Manner::PutOff => {
            (&["postponed", "--reason", "会见安排顺延", "--until", until.as_str()], Deed::PutOff)
        }
        _ => (&["impossible", "--reason", "受援人已另行委托律师，援助即将终止"], Deed::CannotBeDone),
    };
    phone.json(&[&["report", &report.assignment], said].concat())?;
    phone.sync()?;
    month.did(deed);
    if report.manner() == Manner::PutOff {
        // The manager agrees: what is written within the new time is not late.
        let path = format!("/assignments/{}/due-date", report.assignment);
        month.plot.manager.put(&path, &json!({ "due_at": until }))?;
        let report = report.clone();
        month.plan(later(report.due, 0, 1), move |month| write(month, &report));
    }
    Ok(())
}

impl Month<'_, '_> {
    fn judge(&self, record: &str, check: serde_json::Value) -> Result<()> {
        self.plot.manager.post(&format!("/records/{record}/checks"), &check).map(|_| ())
    }

    fn listed(&self, report: &Report) -> Result<serde_json::Value> {
        let all = self.plot.manager.all("/pre-hearing-reports")?;
        let found = all.into_iter().find(|row| row["assignment"] == report.assignment.as_str());
        Ok(found.unwrap_or_default())
    }

    fn state(&self, report: &Report) -> Result<String> {
        Ok(text(&self.listed(report)?, "/state")?.to_owned())
    }

    fn late(&self, report: &Report) -> Result<bool> {
        Ok(self.listed(report)?["late"] == true)
    }
}
