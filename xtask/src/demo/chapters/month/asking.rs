//! 征询司法机关意见: a few visits and one letter, each about several undertakers.

use anyhow::Result;
use serde_json::json;

use super::attending::Seat;
use super::tally::Deed;
use super::{Month, later, moment};

/// The days on which an organ is asked, and how: the last one by letter.
const ASKED: [(i8, &str); 4] =
    [(8, "many_undertakers"), (11, "many_undertakers"), (16, "after_hearing"), (24, "by_letter")];

/// Puts the visits on the agenda: who is asked about follows from the hearings that are over by then.
pub(super) fn plan(month: &mut Month<'_, '_>) -> Result<()> {
    let mut from = 1;
    for (nth, (day, purpose)) in ASKED.into_iter().enumerate() {
        let heard: Vec<Seat> = month
            .seats
            .iter()
            .filter(|seat| seat.seen() && (from..day).contains(&seat.starts.day()))
            .cloned()
            .collect();
        from = day;
        month.plan(month.at(day, (14, 30)), move |month| ask(month, nth, purpose, &heard));
    }
    Ok(())
}

fn ask(month: &mut Month<'_, '_>, nth: usize, purpose: &str, heard: &[Seat]) -> Result<()> {
    if heard.is_empty() {
        return Ok(());
    }
    let login = ["supervisor6", "supervisor2", "supervisor4", "supervisor5"][nth % 4];
    let subjects: Vec<_> = heard
        .iter()
        .map(|seat| json!({ "case": seat.case, "undertaker": month.cast.undertakers[seat.undertaker].id }))
        .collect();
    let mut wish = json!({
        "kind": "court_visit", "subjects": subjects, "note": "云川县人民法院(虚构)",
        "members": [{ "person": month.cast.person(login)?, "duty": "lead" }],
    });
    if purpose == "after_hearing" {
        wish["hearing"] = json!(heard[0].hearing);
    }
    let assignment = month.assign(&wish)?;
    let phone = month.phone(login)?;
    phone.sync()?;
    let record = phone.record(&assignment, "court_visit", None)?;
    let at = month.at(ASKED[nth].0, (15, 0));
    let mut edits = vec![
        ("--set", "facts/organ_kind=court".to_owned()),
        ("--set", "facts/organ=云川县人民法院(虚构)".to_owned()),
        ("--set", format!("facts/purpose={purpose}")),
    ];
    if purpose == "by_letter" {
        edits.push(("--set", format!("facts/letter_sent_at={}", moment(later(at, -6, 0)))));
        edits.push(("--set", format!("facts/replied_at={}", moment(later(at, 0, -1)))));
    } else {
        edits.push(("--set", format!("facts/visited_at={}", moment(later(at, 0, -1)))));
    }
    for seat in heard {
        let undertaker = &month.cast.undertakers[seat.undertaker];
        let rating = match undertaker.quality {
            90.. => "good",
            75..90 => "fairly_good",
            50..75 => "average",
            _ => "poor",
        };
        let filing = if undertaker.quality < 70 { "late" } else { "in_time" };
        edits.push((
            "--add",
            format!(
                "lines:case={},undertaker={},manners={rating},skill={rating},dedication={rating},\
                 filing={filing},adoption=pending",
                seat.case, undertaker.id
            ),
        ));
        month.tally.count(Deed::Opinion);
    }
    phone.edit(&record, &edits)?;
    phone.json(&["seal", &record])?;
    phone.sync()?;
    month.did(Deed::CourtAsked);
    Ok(())
}
