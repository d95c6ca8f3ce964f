//! Records as the console reads them: who may, and what stands in them.

use std::collections::BTreeMap;

use tingfang_core::clock::Moment;
use tingfang_core::id::{DocumentId, PersonId};
use tingfang_core::people::{Role, relation_to_case};
use tingfang_core::record::document::{ChangeHash, Document};
use tingfang_core::sync::gate::{self, Judgement, Operation};

use crate::db::{DbError, Tx};
use crate::identity::SignedIn;
use crate::problem::Problem;
use crate::store::{assignment, case_relation, change_log, document, person, seal};

/// Who reads the records of their organisation. Everybody else reads what they write in.
pub const KEEPERS: &[Role] = &[Role::Manager, Role::Director, Role::Auditor];

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

/// Opens a record for somebody who may read it. Unknown and unseen are the same.
///
/// # Errors
/// [`Problem::NotFound`].
pub fn open(tx: &Tx, reader: &SignedIn, id: DocumentId) -> Result<OpenRecord, Problem> {
    let row = document::find(tx, id)?.ok_or(Problem::NotFound { what: "record" })?;
    if !may_read(tx, reader, &row)? {
        return Err(Problem::NotFound { what: "record" });
    }
    let changes = change_log::of_document(tx, id)?;
    let document = Document::from_changes(changes.iter().map(|entry| entry.bytes.as_slice()))
        .map_err(|error| DbError::Damaged(error.to_string()))?;
    Ok(OpenRecord { seal: seal::find(tx, id)?, row, document, changes })
}

/// Whether somebody may read a record: who manages its organisation and is not related to its case
/// (relation wins over role, DESIGN invariant 15), or who receives it on a phone.
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
    let keeps = reader
        .roles
        .iter()
        .any(|(place, role)| *place == kept.assignment.organisation && KEEPERS.contains(role));
    if !keeps {
        return Ok(false);
    }
    for subject in &kept.assignment.subjects {
        if let Some(ties) = case_relation::ties(tx, subject.case)?
            && relation_to_case(&reader.profile.ties(), &ties).bars()
        {
            return Ok(false);
        }
    }
    Ok(true)
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

/// Who wrote which change, by name.
///
/// # Errors
/// When the data layer fails.
pub fn writers(tx: &Tx, record: &OpenRecord) -> Result<BTreeMap<ChangeHash, (String, Moment)>, DbError> {
    let mut names = BTreeMap::new();
    let mut writers = BTreeMap::new();
    for change in &record.changes {
        if let Some(sender) = change.sender {
            writers.insert(change.hash, (name_of(tx, &mut names, sender.person)?, change.received_at));
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
