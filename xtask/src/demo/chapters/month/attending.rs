//! 庭审旁听: two observers each; some hearings cannot be attended, some observers write on paper.

use anyhow::{Context, Result};
use jiff::civil::DateTime;
use serde_json::{Value, json};

use super::super::super::expect::{same, text};
use super::super::super::handset::Handset;
use super::super::super::plot::attendance;
use super::super::attendance::FULL;
use super::tally::Deed;
use super::{Month, in_china, later, moment};

/// How many hearings are attended, each of another undertaker.
const HEARINGS: usize = 18;
/// The most that are attended on one day.
const A_DAY: usize = 2;
/// The first and the last day of them: before it nothing is assigned, after it the round begins.
const DAYS: std::ops::RangeInclusive<i8> = 3..=23;
/// Who chairs. The training of the sixth supervisor has run out.
const CHAIRS: [&str; 5] = ["supervisor1", "supervisor2", "supervisor3", "supervisor4", "supervisor5"];
/// Who comes with them from outside; the last one has no phone and writes on paper.
const OUTSIDE: [&str; 3] = ["observer1", "observer2", "observer3"];
const ON_PAPER: &str = "observer3";
/// How many refusals of the gate are tried.
const CLOSED: usize = 3;

/// A hearing that is attended.
#[derive(Clone)]
pub(super) struct Seat {
    pub(super) assignment: String,
    pub(super) hearing: String,
    pub(super) case: String,
    pub(super) kind: String,
    /// Whose work: the place among the undertakers.
    pub(super) undertaker: usize,
    pub(super) starts: DateTime,
    pub(super) chair: &'static str,
    second: &'static str,
    ending: Ending,
}

/// What becomes of it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ending {
    Attended,
    Adjourned,
    BecameClosed,
    SecondAbsent,
}

impl Seat {
    /// Whether the undertaker's work was seen.
    pub(super) fn seen(&self) -> bool {
        matches!(self.ending, Ending::Attended | Ending::SecondAbsent)
    }
}

/// Asks the gate, assigns, and puts the hearings on the agenda.
pub(super) fn plan(month: &mut Month<'_, '_>) -> Result<()> {
    refuse_closed(month)?;
    // In one order, whatever the server lists first among hearings of one hour.
    let mut hearings = month.plot.hearings.clone();
    hearings.sort_by_key(|hearing| (hearing["starts_at"].to_string(), hearing["case_no"].to_string()));
    for hearing in &hearings {
        if month.seats.len() == HEARINGS {
            break;
        }
        let Some((undertaker, case)) = fits(month, hearing)? else { continue };
        let nth = month.seats.len();
        let starts = in_china(text(hearing, "/starts_at")?)?;
        let chair = month.cast.book(&CHAIRS, starts)?;
        let others: Vec<&'static str> = CHAIRS.iter().copied().filter(|login| *login != chair).collect();
        let second = month.cast.book(if nth.is_multiple_of(2) { &OUTSIDE } else { &others }, starts)?;
        let people = [month.cast.person(chair)?, month.cast.person(second)?];
        let mut wish = attendance(hearing, people)?;
        if second == ON_PAPER {
            let clerk = json!({ "person": month.cast.person("clerk")?, "duty": "clerk" });
            wish["members"].as_array_mut().context("no members")?.push(clerk);
        }
        let ending = match nth {
            5 => Ending::Adjourned,
            8 => Ending::BecameClosed,
            13 => Ending::SecondAbsent,
            _ => Ending::Attended,
        };
        let seat = Seat {
            assignment: month.assign(&wish)?,
            hearing: text(hearing, "/id")?.to_owned(),
            kind: text(&month.cast.cases[&case], "/kind")?.to_owned(),
            case,
            undertaker,
            starts,
            chair,
            second,
            ending,
        };
        month.seats.push(seat.clone());
        month.plan(later(starts, 0, 2), move |month| attend(month, &seat));
    }
    same("hearings attended", month.seats.len(), HEARINGS)
}

/// Whose work in which case a hearing shows, when it may be attended and they are not watched yet.
fn fits(month: &Month<'_, '_>, hearing: &Value) -> Result<Option<(usize, String)>> {
    let case = text(hearing, "/case")?;
    let day = in_china(text(hearing, "/starts_at")?)?.day();
    let open = hearing["gate"]["may_attend"] == true && hearing["kind"] == "trial" && DAYS.contains(&day);
    let undertaker =
        month.cast.undertakers.iter().position(|known| known.running.iter().any(|running| running == case));
    let watched = |undertaker: &usize| month.seats.iter().any(|seat| seat.undertaker == *undertaker);
    let full = month.seats.iter().filter(|seat| seat.starts.day() == day).count() >= A_DAY;
    let free = undertaker.filter(|undertaker| open && !full && !watched(undertaker));
    Ok(free.map(|place| (place, case.to_owned())))
}

/// What the law closes is not assigned, whoever asks.
fn refuse_closed(month: &mut Month<'_, '_>) -> Result<()> {
    let closed: Vec<Value> = month
        .plot
        .hearings
        .iter()
        .filter(|hearing| hearing["gate"]["may_attend"] == false)
        .take(CLOSED)
        .cloned()
        .collect();
    for hearing in &closed {
        let people = [month.cast.person("supervisor1")?, month.cast.person("observer1")?];
        month.plot.manager.refused("/assignments", &attendance(hearing, people)?)?;
        month.did(Deed::GateRefused);
    }
    Ok(())
}

fn attend(month: &mut Month<'_, '_>, seat: &Seat) -> Result<()> {
    let chair = month.phone(seat.chair)?;
    chair.sync()?;
    let record = chair.record(&seat.assignment, "attendance", None)?;
    let outcome = match seat.ending {
        Ending::Attended | Ending::SecondAbsent => "attended",
        Ending::Adjourned => "adjourned",
        Ending::BecameClosed => "became_closed",
    };
    let mut facts = vec![
        ("--set", format!("facts/outcome={outcome}")),
        ("--set", format!("facts/arrived_at={}", moment(later(seat.starts, 0, 0)))),
        ("--set", format!("facts/left_at={}", moment(later(seat.starts, 0, 2)))),
        ("--set", "facts/device_permission=stored_at_security".to_owned()),
        ("--set", "observers/self=done".to_owned()),
    ];
    let undertaker = &month.cast.undertakers[seat.undertaker];
    let (person, quality) = (month.cast.person(seat.second)?.to_owned(), undertaker.quality);
    if seat.seen() {
        let presence = if quality < 50 { "late" } else { "on_time" };
        facts.push(("--set", format!("presence/{}={presence}", undertaker.id)));
        facts.push(("--append", "narrative=法庭调查、辩论均到场，发问和质证情况已记入评分表。".to_owned()));
    }
    match (seat.second, seat.ending) {
        (_, Ending::SecondAbsent) => {
            facts.push(("--set", format!("observers/{person}=absent")));
            let reason = ["--reason", "另一名旁听人当日未到", "--absent", &person];
            chair.json(&[&["report", &seat.assignment, "member_absent"], &reason[..]].concat())?;
        }
        (ON_PAPER, _) => facts.push(("--set", format!("observers/{person}=on_paper"))),
        (second, _) => observe(&month.phone(second)?, seat, quality)?,
    }
    chair.edit(&record, &facts)?;
    if seat.seen() {
        fill_sheet(&chair, seat, None, quality)?;
    }
    chair.sync()?;
    chair.json(&["seal", &record])?;
    chair.sync()?;
    if seat.second == ON_PAPER && seat.seen() {
        let seat = seat.clone();
        let office = seat.starts.date().at(16, 30, 0, 0);
        month.plan(later(office, 1, 0), move |month| enter(month, &seat, &person, quality));
    }
    month.did(if seat.seen() { Deed::Attended } else { Deed::NotHeard });
    Ok(())
}

/// The other observer's part.
fn observe(phone: &Handset, seat: &Seat, quality: i64) -> Result<()> {
    phone.sync()?;
    let record = phone.record(&seat.assignment, "attendance", None)?;
    phone.edit(&record, &[("--set", "observers/self=done".to_owned())])?;
    if seat.seen() {
        fill_sheet(phone, seat, None, quality - 2)?;
    }
    phone.sync().map(|_| ())
}

/// Every item of the sheet at so many percent, and the seal.
fn fill_sheet(phone: &Handset, seat: &Seat, paper_of: Option<&str>, percent: i64) -> Result<()> {
    let mut start = vec!["record", &seat.assignment, "--kind", "observer_sheet"];
    start.extend(paper_of.iter().flat_map(|person| ["--for-observer", *person]));
    let sheet = text(&phone.json(&start)?, "/record")?.to_owned();
    let points: Vec<(&str, String)> = FULL
        .iter()
        .enumerate()
        .map(|(index, full)| ("--set", format!("points/HRG-0{}={}", index + 1, full * percent / 100)))
        .collect();
    phone.edit(&sheet, &points)?;
    phone.json(&["seal", &sheet]).map(|_| ())
}

/// On the next day the clerk enters what was written on paper.
fn enter(month: &mut Month<'_, '_>, seat: &Seat, observer: &str, quality: i64) -> Result<()> {
    let clerk = month.phone("clerk")?;
    clerk.sync()?;
    fill_sheet(&clerk, seat, Some(observer), quality - 1)?;
    clerk.sync()?;
    month.did(Deed::PaperEntered);
    Ok(())
}
