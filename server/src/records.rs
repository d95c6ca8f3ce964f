//! Records as the console reads them: who may, and what stands in them.

mod claimed;
pub mod doubtful;
pub mod held;
pub mod proof;
pub mod report_state;
pub mod unlinked;

use std::collections::BTreeMap;

use tingfang_core::clock::Moment;
use tingfang_core::id::{DeviceId, DocumentId, OrganisationId, PersonId};
use tingfang_core::people::{Assignment, Duty, Member, Role};
use tingfang_core::policy::Visibility;
use tingfang_core::record::document::{ChangeHash, Document};
use tingfang_core::sync::gate::{self, Judgement, Operation};

use crate::case_access::{self, is_any_secret, is_related_to_any, secret_keepers};
use crate::db::{DbError, Tx};
use crate::identity::SignedIn;
use crate::problem::Problem;
use crate::store::{assignment, change_log, device, document, person, quarantine, role_grant, seal};

/// Who lists the records of their organisation; which of them each reads, the table says ([`Visibility`]).
/// Everybody else reads what they write in.
pub fn keepers() -> &'static [Role] {
    Visibility::shipped().record_readers()
}

/// A record, opened.
pub struct OpenRecord {
    /// Its row.
    pub row: document::Kept,
    /// Its document.
    pub document: Document,
    /// Its changes, in log order.
    pub changes: Vec<change_log::Entry>,
    /// Its seal.
    pub seal: Option<seal::Kept>,
    /// Its observer's confirmation, when it is a transcript.
    pub confirmation: Option<seal::Kept>,
}

/// A change in the history of a record.
pub struct HistoryEntry {
    /// The change.
    pub change: change_log::Entry,
    /// Its writer's name; nothing for a derived change.
    pub writer: Option<String>,
    /// What it did.
    pub operations: Vec<Operation>,
}

/// Who wrote a change, where and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Writer {
    /// The writer's name.
    pub name: String,
    /// The device.
    pub device: DeviceId,
    /// What its owner calls the device.
    pub device_name: String,
    /// It was written after this.
    pub not_before: Option<Moment>,
    /// When the server received it.
    pub received_at: Moment,
}

/// Opens a record for somebody who may read it. Unknown and unseen are the same.
///
/// # Errors
/// [`Problem::NotFound`], and [`Problem::Erased`] for what was erased by order.
pub fn open(tx: &Tx, reader: &SignedIn, id: DocumentId) -> Result<OpenRecord, Problem> {
    let row = document::find(tx, id)?.ok_or(Problem::NotFound { what: "record" })?;
    if !may_read(tx, reader, &row)? {
        return Err(Problem::NotFound { what: "record" });
    }
    if let Some(order) = row.erased_by {
        return Err(Problem::Erased { order });
    }
    let changes = change_log::of_document(tx, id)?;
    let document = Document::from_changes(changes.iter().map(|entry| entry.bytes.as_slice()))
        .map_err(|error| DbError::Damaged(error.to_string()))?;
    let (seal, confirmation) = (seal::find(tx, id)?, seal::confirmation_of(tx, id)?);
    Ok(OpenRecord { row, document, changes, seal, confirmation })
}

/// Whether somebody may read a record: who manages its organisation, is not related to its case
/// (relation wins over role, DESIGN invariant 15) and owes no sheet of the same kind on it, or who
/// receives it on a phone.
///
/// # Errors
/// When the data layer fails.
pub fn may_read(tx: &Tx, reader: &SignedIn, row: &document::Kept) -> Result<bool, DbError> {
    if document::is_reader(tx, row.id, reader.person)? {
        return Ok(true);
    }
    let Some(kept) = row.assignment.map(|id| assignment::find(tx, id)).transpose()?.flatten() else {
        return Ok(false);
    };
    let is_sealed = row.sealed_position.is_some();
    let is_secret = is_any_secret(tx, &kept.assignment)?;
    let keeps = reader.roles.iter().any(|(place, role)| {
        *place == kept.assignment.organisation
            && Visibility::shipped().reads(*role, &row.kind, is_sealed)
            && (!is_secret || secret_keepers().contains(role))
    });
    if !keeps {
        return Ok(false);
    }
    Ok(!is_related_to_any(tx, reader, &kept.assignment)? && !is_walled_off(tx, reader.person, row)?)
}

/// Whether what is about a record is there for somebody by the cases that it is about: those of the record, or of what its
/// beginning claims where the server does not have it. One that names no work is about no case.
///
/// # Errors
/// When the data layer fails.
pub fn is_open_to(tx: &Tx, reader: &SignedIn, id: DocumentId) -> Result<bool, DbError> {
    let known = document::find(tx, id)?;
    let Some(row) = known.map_or_else(|| claimed::record(tx, id), |known| Ok(Some(known)))? else {
        return Ok(true);
    };
    let kept = row.assignment.map(|id| assignment::find(tx, id)).transpose()?.flatten();
    match (kept, row.case) {
        (Some(kept), _) => case_access::is_all_open_to(tx, reader, &kept.assignment),
        (None, Some(case)) => case_access::is_open_to(tx, reader, case),
        (None, None) => Ok(true),
    }
}

/// Whether somebody manages the organisation that a record was made for, and may have a say in it: who
/// wrote it, and who is related to its case, has none, whatever the role.
///
/// # Errors
/// [`Problem::NotAllowed`] for who does not manage it, [`Problem::NotFound`] for who has no say.
pub fn manages(tx: &Tx, reader: &SignedIn, row: &document::Kept) -> Result<OrganisationId, Problem> {
    let kept = row.assignment.map(|id| assignment::find(tx, id)).transpose()?.flatten();
    let kept = kept.ok_or(Problem::NotFound { what: "record" })?;
    reader.require_in(kept.assignment.organisation, &[Role::Manager])?;
    if row.writer == Some(reader.person) || is_related_to_any(tx, reader, &kept.assignment)? {
        return Err(Problem::NotFound { what: "record" });
    }
    Ok(kept.assignment.organisation)
}

/// Whether the sheet of another is hidden from somebody who owes one of the same kind on the same
/// case: nobody learns another's scores before all are in (DESIGN invariant 14), whatever the role.
fn is_walled_off(tx: &Tx, reader: PersonId, row: &document::Kept) -> Result<bool, DbError> {
    let is_independent = Visibility::shipped().is_independent(&row.kind);
    let (true, Some(case)) = (is_independent, row.case) else { return Ok(false) };
    if row.writer == Some(reader) {
        return Ok(false);
    }
    for kept in assignment::of_case(tx, case)? {
        let asks = kept.assignment.kind.record_kinds().contains(&row.kind.as_str());
        let takes_part = kept.assignment.members.iter().any(|member| {
            member.person == reader && member.span.until.is_none() && writes(member.duty, &row.kind)
        });
        if asks && takes_part && !all_sealed(tx, &kept.assignment, &row.kind)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether everybody who takes part has sealed the sheet of this kind that they owe on each subject. That of an
/// observer who wrote on paper is the one that a clerk has entered for them.
fn all_sealed(tx: &Tx, assignment: &Assignment, kind: &str) -> Result<bool, DbError> {
    let sheets = document::of_assignment(tx, assignment.id)?;
    let sealed =
        |row: &&document::Kept| row.kind == kind && row.amends.is_none() && row.sealed_position.is_some();
    let sealed: Vec<_> = sheets.iter().filter(sealed).collect();
    let takes_part = |member: &&Member| member.span.until.is_none() && writes(member.duty, kind);
    let mut owe = assignment.members.iter().filter(takes_part);
    Ok(owe.all(|member| {
        assignment.subjects.iter().all(|subject| {
            sealed.iter().any(|row| {
                row.transcribed_for.or(row.writer) == Some(member.person)
                    && (row.case, row.undertaker) == (Some(subject.case), Some(subject.undertaker))
            })
        })
    }))
}

/// Whether a member with this duty owes a sheet of this kind of their own.
fn writes(duty: Duty, kind: &str) -> bool {
    match duty {
        Duty::Assessor => kind == "scoresheet",
        Duty::Chair | Duty::Observer => kind == "observer_sheet",
        _ => false,
    }
}

/// Whether somebody may read an item that was not accepted: who sent it, and who may read the record
/// that it is about. Of a record that the server does not know, who could read what its beginning claims; where that
/// names no work, who manages an organisation of the sender's.
///
/// # Errors
/// When the data layer fails.
pub fn may_read_refused(tx: &Tx, reader: &SignedIn, item: &quarantine::Kept) -> Result<bool, DbError> {
    if item.person == reader.person {
        return Ok(true);
    }
    let known = document::find(tx, item.document)?;
    if let Some(record) = known.map_or_else(|| claimed::record(tx, item.document), |known| Ok(Some(known)))? {
        return may_read(tx, reader, &record);
    }
    let grants = role_grant::held(tx, item.person)?;
    Ok(grants.iter().any(|grant| reader.require_in(grant.organisation, keepers()).is_ok()))
}

/// The history of a record: every change with its writer and what it did.
///
/// # Errors
/// When the data layer fails or the record is damaged.
pub fn history(tx: &Tx, record: &OpenRecord) -> Result<Vec<HistoryEntry>, Problem> {
    let shape = record.document.shape().map_err(|error| DbError::Damaged(error.to_string()))?;
    let mut before: Option<Document> = None;
    let mut names = BTreeMap::new();
    let mut entries = Vec::with_capacity(record.changes.len());
    for change in &record.changes {
        let writer = match change.sender {
            Some(sender) => Some(name_of(tx, &mut names, sender.person)?),
            None => None,
        };
        let operations = match (&before, &writer) {
            // Each change passes the gate again, which tells what it does.
            (Some(document), Some(_)) => {
                gate::admit(document, shape, change.actor, &change.bytes, |_| Judgement::Allow)
                    .map(|admitted| admitted.operations)
                    .unwrap_or_default()
            }
            _ => Vec::new(),
        };
        let document = before.get_or_insert_with(|| Document::from_changes([]).expect("an empty document"));
        document.apply([change.bytes.as_slice()]).map_err(|error| DbError::Damaged(error.to_string()))?;
        entries.push(HistoryEntry { change: change.clone(), writer, operations });
    }
    Ok(entries)
}

/// Who wrote which change, on which device, and when.
///
/// # Errors
/// When the data layer fails.
pub fn writers(tx: &Tx, record: &OpenRecord) -> Result<BTreeMap<ChangeHash, Writer>, DbError> {
    let mut names = BTreeMap::new();
    let mut writers = BTreeMap::new();
    for change in &record.changes {
        if let Some(sender) = change.sender {
            let writer = Writer {
                name: name_of(tx, &mut names, sender.person)?,
                device: sender.device,
                device_name: device::find(tx, sender.device)?.map(|device| device.name).unwrap_or_default(),
                not_before: sender.not_before,
                received_at: change.received_at,
            };
            writers.insert(change.hash, writer);
        }
    }
    Ok(writers)
}

/// A person's name, looked up once.
///
/// # Errors
/// When the data layer fails.
pub fn name_of(tx: &Tx, known: &mut BTreeMap<PersonId, String>, id: PersonId) -> Result<String, DbError> {
    if let Some(name) = known.get(&id) {
        return Ok(name.clone());
    }
    let name = person::find(tx, id)?.map(|person| person.name).unwrap_or_default();
    known.insert(id, name.clone());
    Ok(name)
}
