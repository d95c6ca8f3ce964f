//! Projections: sealed records as evidence, and the rows that assessors' phones get of it.

pub mod following;
mod missing_reports;

use tingfang_core::clock::LogPosition;
use tingfang_core::evidence::{
    DefaultScore, EvidenceSet, Provenance, ReportCheck, SealedRecord, collect, is_evidence,
};
use tingfang_core::id::{CaseId, DocumentId, PersonId, RoundId, UndertakerId};
use tingfang_core::people::task::TaskState;
use tingfang_core::people::{AssignmentKind, Subject};
use tingfang_core::record::court_visit::CourtVisit;
use tingfang_core::record::document::Document;
use tingfang_core::record::kind::Record;
use tingfang_core::record::shape::RecordKind;
use tingfang_core::rubric::{Rubric, templates};
use tingfang_core::sync::row_kind::RowKind;
use tingfang_core::text::Language;

use self::missing_reports::missing_reports;
use crate::db::{DbError, Tx};
use crate::frozen;
use crate::log;
use crate::store::assignment::Kept as KeptAssignment;
use crate::store::{assignment, change_log, document, legal_case, person, report_check, round, seal};

/// The kind of record that staff check.
const REPORT: &str = "pre_hearing_report";

/// The sealed records that bear on a case, up to a position of the log: evidence and scoresheets.
///
/// # Errors
/// When the data layer fails or a record is damaged.
pub fn sealed_records(
    tx: &Tx,
    case: CaseId,
    until: Option<LogPosition>,
) -> Result<Vec<SealedRecord>, DbError> {
    let mut records = Vec::new();
    for row in document::sealed_of_case(tx, case)? {
        if until.is_none_or(|until| row.sealed_position.is_some_and(|sealed| sealed <= until)) {
            records.extend(sealed_record(tx, &row, until)?);
        }
    }
    Ok(records)
}

/// One sealed record, read at its sealed heads; nothing of one that was erased by order. What was confirmed later than a position of the log
/// is not known yet.
///
/// # Errors
/// When the data layer fails or the record is damaged.
pub fn sealed_record(
    tx: &Tx,
    row: &document::Kept,
    until: Option<LogPosition>,
) -> Result<Option<SealedRecord>, DbError> {
    let Some(kept) = seal::find(tx, row.id)?.filter(|_| row.erased_by.is_none()) else { return Ok(None) };
    let changes = change_log::of_document(tx, row.id)?;
    let opened = Document::from_changes(changes.iter().map(|entry| entry.bytes.as_slice()))
        .map_err(|error| DbError::Damaged(error.to_string()))?;
    let content = opened.content_at(&kept.seal.statement.heads);
    let Some(record) = Record::read(&row.kind, &content) else { return Ok(None) };
    let origin = record.origin();
    let confirmation = seal::confirmation_of(tx, row.id)?
        .filter(|confirmed| until.is_none_or(|until| confirmed.position <= until));
    let provenance = Provenance {
        document: row.id,
        kind: row.kind.clone(),
        heads: kept.seal.statement.heads.iter().map(ToString::to_string).collect(),
        author: kept.person,
        author_name: person::find(tx, kept.person)?.map(|person| person.name).unwrap_or_default(),
        device: kept.device,
        amends: row.amends,
        transcribed_for: row.transcribed_for,
        confirmed: confirmation.map(|kept| kept.sealed),
        sealed: kept.sealed,
        observed_at: origin.observed_at,
    };
    let due_at = row.assignment.map(|id| assignment::find(tx, id)).transpose()?.flatten();
    let check = check_of(tx, row, until)?;
    Ok(Some(SealedRecord {
        provenance,
        record,
        due_at: due_at.and_then(|kept| kept.assignment.due_at),
        check,
    }))
}

/// Who was met on the court visits about a case, as the visitors wrote it down: their names reach no
/// undertaker (DESIGN invariant 14).
///
/// # Errors
/// When the data layer fails or a record is damaged.
pub fn met_of_case(tx: &Tx, case: CaseId) -> Result<Vec<String>, DbError> {
    let mut met = Vec::new();
    for row in document::sealed_of_case(tx, case)?.iter().filter(|row| row.kind == CourtVisit::SHAPE.code) {
        if let Some(SealedRecord { record: Record::CourtVisit(visit), .. }) = sealed_record(tx, row, None)? {
            met.extend(visit.facts.met);
        }
    }
    Ok(met)
}

/// What staff have said of a report and of those that it amends, up to a position of the log: the last
/// answer to each question. Amending a report does not take back what was said of it.
fn check_of(
    tx: &Tx,
    row: &document::Kept,
    until: Option<LogPosition>,
) -> Result<Option<ReportCheck>, DbError> {
    if row.kind != REPORT {
        return Ok(None);
    }
    let mut checks = Vec::new();
    let mut next = Some(row.clone());
    while let Some(row) = next {
        checks.extend(report_check::of_document(tx, row.id)?);
        next = row.amends.map(|amended| document::find(tx, amended)).transpose()?.flatten();
    }
    checks.sort_by_key(|check| check.position);
    let known = checks.into_iter().filter(|check| until.is_none_or(|until| check.position <= until));
    Ok(known.fold(None, |so_far: Option<ReportCheck>, check| {
        let mut answers = so_far.map(|so_far| so_far.answers).unwrap_or_default();
        answers.extend(check.answers);
        Some(ReportCheck { by: check.person, answers })
    }))
}

/// The evidence on an undertaker's work in a case, by the rubrics of a round.
///
/// # Errors
/// When the data layer fails.
pub fn evidence(
    tx: &Tx,
    held: &round::Kept,
    case: CaseId,
    undertaker: UndertakerId,
    until: Option<LogPosition>,
) -> Result<EvidenceSet, DbError> {
    let mut records = sealed_records(tx, case, until)?;
    records.retain(|sealed| is_evidence(&sealed.provenance.kind));
    let frozen = frozen::of_round(tx, held)?;
    // What became due while the round goes on is for the next one: the evidence does not change by the
    // clock alone.
    let missing = missing_reports(tx, Subject { case, undertaker }, held.created_at, until)?;
    Ok(collect(&frozen.rubric, &frozen.sheet, case, undertaker, &records, &missing))
}

/// A record was sealed, or erased by order: assessors of its cases get the evidence anew.
///
/// # Errors
/// When the data layer fails.
pub fn on_sealed(tx: &Tx, id: DocumentId) -> Result<(), DbError> {
    let Some(row) = document::find(tx, id)?.filter(|row| is_evidence(&row.kind)) else { return Ok(()) };
    let mut cases: Vec<CaseId> = row.case.into_iter().collect();
    if let (None, Some(assignment)) = (row.case, row.assignment) {
        let kept = assignment::find(tx, assignment)?;
        cases.extend(kept.iter().flat_map(|kept| &kept.assignment.subjects).map(|subject| subject.case));
    }
    evidence_changed(tx, cases)
}

/// The evidence on some cases is another than before: assessors of these cases get it anew.
///
/// # Errors
/// When the data layer fails.
pub fn evidence_changed(tx: &Tx, mut cases: Vec<CaseId>) -> Result<(), DbError> {
    cases.sort_unstable();
    cases.dedup();
    for case in cases {
        for (round_id, undertaker) in round::open_of_case(tx, case)? {
            for assessor in assessors(tx, round_id, case)? {
                publish_evidence(tx, assessor, round_id, case, undertaker)?;
            }
        }
    }
    Ok(())
}

/// An assignment was called off. A report that is not asked for any more is not missing.
///
/// # Errors
/// When the data layer fails.
pub fn on_called_off(tx: &Tx, kept: &KeptAssignment) -> Result<(), DbError> {
    if kept.assignment.kind != AssignmentKind::PreHearingReport {
        return Ok(());
    }
    evidence_changed(tx, kept.assignment.subjects.iter().map(|subject| subject.case).collect())
}

/// Publishes what the members of an assignment need beside the task: rubrics and evidence.
///
/// # Errors
/// When the data layer fails.
pub fn on_assigned(tx: &Tx, kept: &KeptAssignment) -> Result<(), DbError> {
    let assignment = &kept.assignment;
    let present = assignment.members.iter().filter(|member| member.span.until.is_none());
    let members: Vec<PersonId> = present.map(|member| member.person).collect();
    if assignment.kind == AssignmentKind::Attendance {
        let body = rubric_row(templates().observer_sheet());
        for member in &members {
            log::publish(tx, *member, RowKind::Rubric, "observer_sheet", &body)?;
        }
    }
    for form in &templates().questionnaires {
        // A questionnaire has the code of its channel, and that of the records that answer it.
        // Who is asked to report has no use for the form by which staff check it.
        let asks = assignment.kind.record_kinds().contains(&form.channel.code());
        if !asks || assignment.kind.asks_the_undertaker() {
            continue;
        }
        let body = serde_json::to_value(form).map_err(|error| DbError::damaged("a questionnaire", &error))?;
        for member in &members {
            log::publish(tx, *member, RowKind::Questionnaire, form.channel.code(), &body)?;
        }
    }
    let Some(held) = assignment.round.map(|id| round::find(tx, id)).transpose()?.flatten() else {
        return Ok(());
    };
    let body = rubric_row(&frozen::of_round(tx, &held)?.rubric);
    for member in &members {
        log::publish(tx, *member, RowKind::Rubric, &held.rubric_hash, &body)?;
        // Who has nothing to score any more has no use for it, and of a case that turned out secret nothing leaves.
        if assignment.kind.scores() && kept.state == TaskState::Open {
            for subject in &assignment.subjects {
                publish_evidence(tx, *member, held.id, subject.case, subject.undertaker)?;
            }
        }
    }
    Ok(())
}

/// Takes back from somebody the evidence that they were to score by.
///
/// # Errors
/// When the data layer fails.
pub fn withdraw_evidence(tx: &Tx, kept: &KeptAssignment, person: PersonId) -> Result<(), DbError> {
    let Some(round) = kept.assignment.round.filter(|_| kept.assignment.kind.scores()) else { return Ok(()) };
    for subject in &kept.assignment.subjects {
        let key = evidence_key(round, subject.case, subject.undertaker);
        log::publish(tx, person, RowKind::Evidence, &key, &serde_json::Value::Null)?;
    }
    Ok(())
}

fn evidence_key(round: RoundId, case: CaseId, undertaker: UndertakerId) -> String {
    format!("{round}/{case}/{undertaker}")
}

fn rubric_row(rubric: &Rubric) -> serde_json::Value {
    let items: Vec<serde_json::Value> = rubric
        .items
        .iter()
        .map(|item| {
            serde_json::json!({ "id": item.id, "zh": item.label.zh, "en": item.label.en, "points": item.points })
        })
        .collect();
    serde_json::json!({ "id": rubric.id, "hash": rubric.hash().to_string(), "name": rubric.name, "items": items })
}

fn assessors(tx: &Tx, round_id: RoundId, case: CaseId) -> Result<Vec<PersonId>, DbError> {
    let open = assignment::of_round(tx, round_id)?.into_iter().filter(|kept| {
        kept.state == TaskState::Open
            && kept.assignment.kind.scores()
            && kept.assignment.subjects.iter().any(|subject| subject.case == case)
    });
    let mut people: Vec<PersonId> = open
        .flat_map(|kept| kept.assignment.members)
        .filter(|member| member.span.until.is_none())
        .map(|member| member.person)
        .collect();
    people.sort_unstable();
    people.dedup();
    Ok(people)
}

fn publish_evidence(
    tx: &Tx,
    assessor: PersonId,
    round_id: RoundId,
    case: CaseId,
    undertaker: UndertakerId,
) -> Result<(), DbError> {
    let Some(held) = round::find(tx, round_id)? else { return Ok(()) };
    let found = evidence(tx, &held, case, undertaker, None)?;
    let case_rubric = frozen::of_round(tx, &held)?.rubric;
    let case_no = legal_case::find(tx, case)?.map(|case| case.case_no).unwrap_or_default();
    let mut items = Vec::new();
    let mut texts = [String::new(), String::new()];
    for (item, on_item) in case_rubric.items.iter().zip(&found.items) {
        let lines = [Language::Zh, Language::En].map(|language| {
            let pieces: Vec<String> =
                on_item.pieces.iter().map(|piece| piece.sentence(&case_rubric, language)).collect();
            pieces.join("\n    ")
        });
        let default = on_item.default.points();
        let state = match on_item.default {
            DefaultScore::Scored { .. } => "scored",
            DefaultScore::NotApplicable { .. } => "not_applicable",
        };
        for ((text, line), language) in texts.iter_mut().zip(&lines).zip([Language::Zh, Language::En]) {
            let shown = default.map_or_else(
                || tingfang_core::text::sentence(language, "item_state", "not_applicable", &[]),
                |points| format!("{}.{:02}", points.0 / 100, points.0 % 100),
            );
            let full = format!("{}.{:02}", item.points.0 / 100, item.points.0 % 100);
            text.push_str(&format!("{} {}: {shown} / {full}\n", item.id, item.label.get(language)));
            if !line.is_empty() {
                text.push_str(&format!("    {line}\n"));
            }
        }
        items.push(serde_json::json!({
            "id": item.id, "zh": item.label.zh, "en": item.label.en, "max_points": item.points,
            "default": default, "state": state, "text_zh": lines[0], "text_en": lines[1],
        }));
    }
    let [text_zh, text_en] = texts;
    let body = serde_json::json!({
        "round": round_id, "case": case, "case_no": case_no, "undertaker": undertaker,
        "rubric": held.rubric_hash, "items": items, "text_zh": text_zh, "text_en": text_en,
    });
    log::publish(tx, assessor, RowKind::Evidence, &evidence_key(round_id, case, undertaker), &body)?;
    Ok(())
}
