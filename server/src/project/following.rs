//! What follows from a record: a complaint from what is said about money, the answer to a return, and
//! what is known of a visit at home.

use tingfang_core::clock::{LogPosition, Moment};
use tingfang_core::id::{DocumentId, Minter, OrganisationId};
use tingfang_core::phone::ReturnedRecord;
use tingfang_core::record::Record;
use tingfang_core::record::attachment::attached;
use tingfang_core::record::complaint_intake::{ComplaintGround, ComplaintIntake, ComplaintWay};
use tingfang_core::record::document::Document;
use tingfang_core::record::pre_hearing_report::{CheckState, CheckedReport};
use tingfang_core::record::return_visit::ReturnVisit;
use tingfang_core::record::scoresheet::VetoCode;
use tingfang_core::record::shape::RecordKind;
use tingfang_core::rubric::{Channel, Questionnaire, templates};
use tingfang_core::sync::row_kind::RowKind;

use crate::db::{DbError, Tx};
use crate::files;
use crate::log;
use crate::planning;
use crate::store::home_visit::HomeVisit;
use crate::store::{assignment, attachment, complaint, document, home_visit, person, record_return};

/// A record has changed: which files it names, and what it says of a visit at home, is known at once, not
/// only when it is sealed.
///
/// # Errors
/// When the data layer fails.
pub fn on_changed(tx: &Tx, row: &document::Kept, content: &Document) -> Result<(), DbError> {
    let named = attached(&row.kind, &content.content());
    if !named.is_empty() {
        attachment::set_uses(tx, row.id, &named)?;
        // A file may be here before the record that names it.
        named.iter().try_for_each(|file| files::publish_stored(tx, file.digest, &[]))?;
    }
    let Some(assignment) = row.assignment.filter(|_| row.kind == ReturnVisit::SHAPE.code) else {
        return Ok(());
    };
    let Some(Record::ReturnVisit(visit)) = Record::read(&row.kind, &content.content()) else { return Ok(()) };
    // Most visits are by telephone; one whose time was taken back is not waited for any more.
    if visit.home.expected_back_at.is_none() && !home_visit::is_known(tx, row.id)? {
        return Ok(());
    }
    let (expected_back_at, back_at) = (visit.home.expected_back_at, visit.home.back_at);
    home_visit::set(tx, &HomeVisit { document: row.id, assignment, expected_back_at, back_at })
}

/// A record was sealed at a position: complaints are opened and returns are answered.
///
/// # Errors
/// When the data layer fails.
pub fn on_sealed(
    tx: &Tx,
    id: DocumentId,
    position: LogPosition,
    minter: &Minter,
    now: Moment,
) -> Result<(), DbError> {
    let Some(row) = document::find(tx, id)? else { return Ok(()) };
    if let Some(amended) = row.amends {
        record_return::answer(tx, amended, id, position)?;
        publish_returned(tx, amended)?;
    }
    if ![ReturnVisit::SHAPE.code, ComplaintIntake::SHAPE.code].contains(&row.kind.as_str()) {
        return Ok(());
    }
    if let Some(kept) = row.assignment.map(|id| assignment::find(tx, id)).transpose()?.flatten() {
        planning::task::publish_recipients(tx, &kept)?;
    }
    let Some(sealed) = super::sealed_record(tx, &row, None)? else { return Ok(()) };
    let Some((ground, way)) = complained_of(&sealed.record) else { return Ok(()) };
    let Some(organisation) = organisation_of(tx, &row)? else { return Ok(()) };
    if was_complained_of(tx, &row)? {
        return Ok(());
    }
    let (case, undertaker) = match &sealed.record {
        Record::ReturnVisit(visit) => (visit.subject.case, visit.subject.undertaker),
        _ => (row.case, row.undertaker),
    };
    let kept = complaint::Kept {
        id: minter.mint(),
        organisation,
        document: id,
        case,
        undertaker,
        ground,
        way,
        position,
        opened_at: now,
    };
    complaint::insert(tx, &kept)
}

/// Whether a record, or one that it amends, has opened a complaint: an amendment says more of the same.
fn was_complained_of(tx: &Tx, row: &document::Kept) -> Result<bool, DbError> {
    let mut next = Some(row.clone());
    while let Some(row) = next {
        if complaint::of_document(tx, row.id)?.is_some() {
            return Ok(true);
        }
        // An amendment names a record that was there before it, so the line ends.
        next = row.amends.map(|amended| document::find(tx, amended)).transpose()?.flatten();
    }
    Ok(false)
}

fn organisation_of(tx: &Tx, row: &document::Kept) -> Result<Option<OrganisationId>, DbError> {
    let kept = row.assignment.map(|id| assignment::find(tx, id)).transpose()?.flatten();
    Ok(kept.map(|kept| kept.assignment.organisation))
}

/// What a record complains of, and how. What is said about money is a complaint, not a score
/// (domain 7.2; 10.3, rule 8).
fn complained_of(record: &Record) -> Option<(ComplaintGround, ComplaintWay)> {
    match record {
        Record::ComplaintIntake(intake) => {
            Some((intake.facts.ground?, intake.facts.way.unwrap_or(ComplaintWay::Oral)))
        }
        Record::ReturnVisit(visit) if speaks_of_money(visit) => {
            Some((ComplaintGround::TookMoney, ComplaintWay::ReturnVisit))
        }
        _ => None,
    }
}

/// Whether an answer alleges that money was taken, by the questionnaire that ships, or something about
/// money is written down. A questionnaire that asks it under another id leaves the written words.
fn speaks_of_money(visit: &ReturnVisit) -> bool {
    let form = templates().questionnaires.iter().find(|form| form.channel == Channel::ReturnVisit);
    let alleges = |form: &Questionnaire| {
        visit.answers.iter().any(|(question, code)| {
            form.question(question)
                .and_then(|question| question.answers.get(&code.0))
                .is_some_and(|answer| answer.raises == Some(VetoCode::TookBenefit))
        })
    };
    form.is_some_and(alleges) || visit.money.amount_fen.is_some() || visit.money.detail.is_some()
}

/// Tells the writers of a sealed record that it was returned, or that the return was answered.
///
/// # Errors
/// When the data layer fails.
pub fn publish_returned(tx: &Tx, id: DocumentId) -> Result<(), DbError> {
    let (Some(row), Some(last)) = (document::find(tx, id)?, record_return::of_document(tx, id)?.pop()) else {
        return Ok(());
    };
    let by = person::find(tx, last.person)?.map(|person| person.name).unwrap_or_default();
    let told = ReturnedRecord {
        document: id,
        kind: row.kind.clone(),
        notes: last.notes,
        by,
        at: last.returned_at,
        answered_by: last.answered_by,
    };
    let body = serde_json::to_value(&told).map_err(|error| DbError::damaged("a return", &error))?;
    // A shared record is put right by who leads; the others see why it comes back.
    for reader in document::readers(tx, id)? {
        log::publish(tx, reader, RowKind::Returned, &id.to_string(), &body)?;
    }
    Ok(())
}

/// Tells who reads a sealed report, its writer among them, what staff have said of it.
///
/// # Errors
/// When the data layer fails.
pub fn publish_checked(tx: &Tx, id: DocumentId, state: CheckState) -> Result<(), DbError> {
    let told = CheckedReport { document: id, state };
    let body = serde_json::to_value(told).map_err(|error| DbError::damaged("a check", &error))?;
    for reader in document::readers(tx, id)? {
        log::publish(tx, reader, RowKind::Checked, &id.to_string(), &body)?;
    }
    Ok(())
}
