//! 办案跟踪与案头工作: notices, contacts and tracking cards, complaints at the desk, discussions, an inspection.

use anyhow::{Context, Result};
use serde_json::json;

use super::super::super::expect::holds;
use super::super::super::handset::Handset;
use super::tally::Deed;
use super::{Month, later, moment};

/// Whose running cases are followed: places among the undertakers.
const FOLLOWED: [usize; 6] = [0, 4, 8, 12, 16, 20];
/// Complaints at the desk, with their ground and whether they are signed.
const COMPLAINTS: [(i8, &str, bool); 3] =
    [(8, "progress_not_told", true), (15, "below_standard", true), (22, "other", false)];
/// Whose cases are discussed: cases that are heard late in the month.
const DISCUSSED: [(i8, &str); 2] = [(10, "complicated"), (18, "doubtful_evidence_or_law")];

/// A case that is followed.
#[derive(Clone)]
struct Follow {
    assignment: String,
    case: String,
}

/// Puts everything that is no hearing, visit or report on the agenda.
pub(super) fn plan(month: &mut Month<'_, '_>) -> Result<()> {
    for nth in FOLLOWED {
        follow(month, nth)?;
    }
    receive(month)?;
    for (nth, (day, ground)) in DISCUSSED.into_iter().enumerate() {
        month.plan(month.at(day, (16, 0)), move |month| discuss(month, nth, ground));
    }
    month.plan(month.at(14, (9, 0)), inspect);
    Ok(())
}

/// The notice in the first week, two contacts, and the card at the end.
fn follow(month: &mut Month<'_, '_>, nth: usize) -> Result<()> {
    let undertaker = &month.cast.undertakers[nth];
    let seats = &month.seats;
    let case = undertaker.running.iter().find(|case| seats.iter().all(|seat| seat.case != **case));
    let case = case.context("no other running case")?.clone();
    let assignment = month.assign(&json!({
        "kind": "follow_up", "subjects": [{ "case": case, "undertaker": undertaker.id }],
        "members": [{ "person": month.cast.person("supervisor6")?, "duty": "lead" }],
    }))?;
    let follow = Follow { assignment, case };
    let day = 3 + i8::try_from(nth / 4)?;
    let to_notice = follow.clone();
    month.plan(month.at(day, (11, 0)), move |month| {
        let phone = month.phone("supervisor6")?;
        phone.sync()?;
        let record = phone.record(&to_notice.assignment, "notice", Some(&to_notice.case))?;
        let at = moment(later(month.today.at(11, 0, 0, 0), 0, 0));
        phone.set(
            &record,
            &[
                ("delivery/topic", "rights_and_duties"),
                ("delivery/way", "post"),
                ("delivery/delivered_at", &at),
                ("delivery/proof", "receipt"),
            ],
        )?;
        month.done(&phone, &record, Deed::Notice)
    });
    for (day, with) in [(day + 6, "undertaker"), (day + 13, "recipient")] {
        let to_contact = follow.clone();
        month.plan(month.at(day, (15, 30)), move |month| contact(month, &to_contact, with));
    }
    month.plan(month.at(24, (10, 0)), move |month| card(month, &follow));
    Ok(())
}

fn contact(month: &mut Month<'_, '_>, follow: &Follow, with: &str) -> Result<()> {
    let phone = month.phone("supervisor6")?;
    let record = phone.record(&follow.assignment, "progress_contact", Some(&follow.case))?;
    let at = moment(month.today.at(15, 30, 0, 0));
    phone.set(&record, &[("facts/at", &at), ("facts/with", with), ("facts/way", "phone")])?;
    phone.append(&record, "progress", "已按期约见受援人，正在准备开庭。")?;
    month.done(&phone, &record, Deed::Contact)
}

fn card(month: &mut Month<'_, '_>, follow: &Follow) -> Result<()> {
    let phone = month.phone("supervisor6")?;
    let record = phone.record(&follow.assignment, "tracking_card", None)?;
    let (issued, returned) = (moment(month.at(3, (11, 0))), moment(month.today.at(9, 0, 0, 0)));
    phone.edit(
        &record,
        &[
            ("--set", format!("facts/issued_at={issued}")),
            ("--set", format!("facts/returned_at={returned}")),
            ("--set", "facts/recipient_mark=signature".to_owned()),
            ("--add", "steps:step=meeting,tick=yes".to_owned()),
            ("--add", "steps:step=told,tick=yes".to_owned()),
            ("--add", "steps:step=fee,tick=no".to_owned()),
        ],
    )?;
    month.done(&phone, &record, Deed::Card)
}

/// The clerk takes down complaints, some of them without a name.
fn receive(month: &mut Month<'_, '_>) -> Result<()> {
    let clerk = json!([{ "person": month.cast.person("clerk")?, "duty": "staff" }]);
    let wish = json!({ "kind": "reception", "organisation": month.cast.centre, "members": clerk });
    let assignment = month.assign(&wish)?;
    for (day, ground, signed) in COMPLAINTS {
        let assignment = assignment.clone();
        month.plan(month.at(day, (10, 30)), move |month| {
            let phone = month.phone("clerk")?;
            phone.sync()?;
            let record = phone.record(&assignment, "complaint_intake", None)?;
            let at = moment(month.today.at(10, 0, 0, 0));
            let who = if signed { "facts/complainant_name=某人(化名)" } else { "facts/unnamed=true" };
            phone.edit(
                &record,
                &[
                    ("--set", format!("facts/ground={ground}")),
                    ("--set", "facts/way=oral".to_owned()),
                    ("--set", format!("facts/received_at={at}")),
                    ("--set", who.to_owned()),
                    ("--append", "account=来访人口述，已当面宣读无误。".to_owned()),
                ],
            )?;
            month.done(&phone, &record, Deed::Complaint)
        });
    }
    Ok(())
}

/// A case is talked over by the centre's lawyers.
fn discuss(month: &mut Month<'_, '_>, nth: usize, ground: &str) -> Result<()> {
    let undertaker = &month.cast.undertakers[nth + 5];
    let case = undertaker.running.first().context("no running case")?;
    let assignment = month.assign(&json!({
        "kind": "discussion", "subjects": [{ "case": case, "undertaker": undertaker.id }],
        "members": [
            { "person": month.cast.person("manager2")?, "duty": "chair" },
            { "person": month.cast.person("director")?, "duty": "participant" },
        ],
    }))?;
    let (chair, participant) = (month.phone("manager2")?, month.phone("director")?);
    participant.sync()?;
    let shared = participant.record(&assignment, "discussion", None)?;
    participant.edit(
        &shared,
        &[
            ("--set", "members/self=signed".to_owned()),
            ("--add", "opinions:stance=agrees,text=同意承办人方案".to_owned()),
        ],
    )?;
    participant.sync()?;
    chair.sync()?;
    let record = chair.record(&assignment, "discussion", None)?;
    chair.edit(
        &record,
        &[
            ("--set", format!("facts/ground={ground}")),
            ("--set", format!("facts/held_at={}", moment(month.today.at(15, 0, 0, 0)))),
            ("--set", "members/self=signed".to_owned()),
            ("--add", "opinions:stance=reserves,text=建议补充证据后再定".to_owned()),
            ("--append", "scheme=申请调取原始监控，庭前会议提出异议。".to_owned()),
        ],
    )?;
    month.done(&chair, &record, Deed::Discussion)
}

/// The centre looks at itself, by the standard of institutions.
fn inspect(month: &mut Month<'_, '_>) -> Result<()> {
    let assignment = month.assign(&json!({
        "kind": "inspection", "inspected": month.cast.centre, "organisation": month.cast.centre,
        "members": [
            { "person": month.cast.person("supervisor6")?, "duty": "lead" },
            { "person": month.cast.person("supervisor1")?, "duty": "inspector" },
        ],
    }))?;
    let phone = month.phone("supervisor6")?;
    phone.sync()?;
    let record = phone.record(&assignment, "inspection", None)?;
    phone.edit(
        &record,
        &[
            ("--set", "facts/way=self_check".to_owned()),
            ("--set", format!("facts/began_at={}", moment(month.today.at(9, 0, 0, 0)))),
            ("--set", "points/CTR-1=2400".to_owned()),
            ("--set", "points/CTR-2=2000".to_owned()),
            ("--set", "points/CTR-3=1900".to_owned()),
            ("--set", "points/CTR-4=1500".to_owned()),
            ("--set", "facts/result=to_rectify".to_owned()),
        ],
    )?;
    holds("what it comes to", &phone.run(&["show", &record])?, "78.00／100.00 分，未达到 80.00 分")?;
    month.done(&phone, &record, Deed::Inspection)
}

impl Month<'_, '_> {
    /// Sealed, sent, and counted.
    pub(super) fn done(&mut self, phone: &Handset, record: &str, deed: Deed) -> Result<()> {
        phone.json(&["seal", record])?;
        phone.sync()?;
        self.did(deed);
        Ok(())
    }
}
