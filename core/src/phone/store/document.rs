//! Records: what the phone knows of each besides its changes.

use rusqlite::{Row, named_params, params};

use super::{PhoneError, Reader, Tx};
use crate::id::{AssignmentId, CaseId, DocumentId, PersonId, UndertakerId};

/// A record's row.
#[derive(Clone, Debug)]
pub(crate) struct DocumentRow {
    /// Counts the records of this phone.
    pub(crate) number: i64,
    pub(crate) document: DocumentId,
    /// The kind's code.
    pub(crate) kind: String,
    pub(crate) assignment: Option<AssignmentId>,
    pub(crate) case: Option<CaseId>,
    /// Whose work a single-writer record is about.
    pub(crate) undertaker: Option<UndertakerId>,
    /// The observer whose paper sheet it is a transcript of.
    pub(crate) transcribed_for: Option<PersonId>,
    /// Whether this phone's owner is its one writer.
    pub(crate) own: bool,
    /// `open`, `sealed`, or `locked`: no longer in view, and kept for work that was not sent.
    pub(crate) state: String,
    /// How often it was reopened after a refusal.
    pub(crate) rebase: u32,
    /// Whether a seal was voided by a refusal.
    pub(crate) needs_seal: bool,
    /// When it last changed on this phone, in milliseconds.
    pub(crate) touched_at: i64,
    /// What lists need of its content; nothing when something came in that nobody has looked at.
    pub(crate) seen: Option<Seen>,
}

/// What lists need of a record's content.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Seen {
    /// Whether the owner has said that they are done with their part of a shared record.
    pub(crate) own_part_is_done: bool,
    /// The record that it amends.
    pub(crate) amends: Option<DocumentId>,
}

/// A record to be added.
pub(crate) struct NewDocument<'a> {
    pub(crate) document: DocumentId,
    pub(crate) kind: &'a str,
    pub(crate) assignment: Option<AssignmentId>,
    pub(crate) case: Option<CaseId>,
    pub(crate) undertaker: Option<UndertakerId>,
    pub(crate) transcribed_for: Option<PersonId>,
    pub(crate) own: bool,
    pub(crate) touched_at: i64,
}

pub(super) const SELECT: &str = "select document_no, document_id, kind, assignment_id, case_id, undertaker_id, \
     transcribed_for_id, own, state, rebase, needs_seal, touched_at, own_part_done, amends_id from document";

const INSERT: &str = "insert into document (document_id, kind, assignment_id, case_id, undertaker_id,
         transcribed_for_id, own, touched_at, rebase)
     values (:document, :kind, :assignment, :case, :undertaker, :transcribed_for, :own, :touched_at,
         coalesce((select rebase + 1 from left_record where document_id = :document), 0))";

/// How often a record that is not here was written anew before it left, and once more: what is written in it from
/// now on is by an actor that was never used. 0 for one that was never here.
pub(crate) fn fresh_rebase(reader: &Reader, document: DocumentId) -> Result<u32, PhoneError> {
    let sql = "select coalesce((select rebase + 1 from left_record where document_id = ?1), 0) as rebase";
    super::only(reader, "looking for a record that left", sql, [document.as_bytes()], |row| row.get("rebase"))
}

/// Whether any record has ever left.
pub(crate) fn any_has_left(reader: &Reader) -> Result<bool, PhoneError> {
    let sql = "select exists (select 1 from left_record) as some";
    super::only(reader, "looking for records that left", sql, [], |row| row.get("some"))
}

/// Adds a record.
pub(crate) fn insert(tx: &Tx<'_>, new: &NewDocument<'_>) -> Result<(), PhoneError> {
    insert_by(tx, "starting a record", INSERT, new)
}

/// Adds a record that came from the server; one that is there stays as it is.
pub(crate) fn insert_if_new(tx: &Tx<'_>, new: &NewDocument<'_>) -> Result<(), PhoneError> {
    let sql = format!("{INSERT} on conflict (document_id) do nothing");
    insert_by(tx, "storing a page", &sql, new)
}

fn insert_by(tx: &Tx<'_>, doing: &'static str, sql: &str, new: &NewDocument<'_>) -> Result<(), PhoneError> {
    let values = named_params! {
        ":document": new.document.as_bytes(),
        ":kind": new.kind,
        ":assignment": new.assignment.map(|id| *id.as_bytes()),
        ":case": new.case.map(|id| *id.as_bytes()),
        ":undertaker": new.undertaker.map(|id| *id.as_bytes()),
        ":transcribed_for": new.transcribed_for.map(|id| *id.as_bytes()),
        ":own": new.own,
        ":touched_at": new.touched_at,
    };
    super::run(tx, doing, sql, values)?;
    Ok(())
}

/// The row of a record.
pub(crate) fn find(reader: &Reader, document: DocumentId) -> Result<Option<DocumentRow>, PhoneError> {
    let sql = format!("{SELECT} where document_id = ?1");
    super::first(reader, "reading a record's row", &sql, [document.as_bytes()], read)
}

/// The records that answer an assignment.
pub(crate) fn of_assignment(
    reader: &Reader,
    assignment: AssignmentId,
) -> Result<Vec<DocumentId>, PhoneError> {
    let sql = "select document_id from document where assignment_id = ?1 order by document_no";
    super::all(reader, "reading the records of a task", sql, [assignment.as_bytes()], |row| {
        row.get("document_id").map(DocumentId::from_bytes)
    })
}

/// What is asked of a record to know how far its task has come.
#[derive(Clone, Debug)]
pub(crate) struct RecordPlace {
    /// The kind's code.
    pub(crate) kind: String,
    /// The case and whose work in it a record of one writer is about.
    pub(crate) about: (Option<CaseId>, Option<UndertakerId>),
    /// The observer whose paper sheet it is a transcript of.
    pub(crate) transcribed_for: Option<PersonId>,
    pub(crate) is_sealed: bool,
}

/// The rows of the records that answer an assignment.
pub(crate) fn rows_of_assignment(
    reader: &Reader,
    assignment: AssignmentId,
) -> Result<Vec<DocumentRow>, PhoneError> {
    let sql = format!("{SELECT} where assignment_id = ?1 order by document_no");
    super::all(reader, "reading the records of a task", &sql, [assignment.as_bytes()], read)
}

/// The records that answer an assignment, with what is asked of them to know how far it has come.
pub(crate) fn places_of_assignment(
    reader: &Reader,
    assignment: AssignmentId,
) -> Result<Vec<RecordPlace>, PhoneError> {
    Ok(rows_of_assignment(reader, assignment)?.iter().map(RecordPlace::from).collect())
}

impl From<&DocumentRow> for RecordPlace {
    fn from(row: &DocumentRow) -> Self {
        Self {
            kind: row.kind.clone(),
            about: (row.case, row.undertaker),
            transcribed_for: row.transcribed_for,
            is_sealed: row.state == "sealed",
        }
    }
}

/// The sealed records of the same kind that answer the same assignment about the same work.
pub(crate) fn sealed_beside(reader: &Reader, row: &DocumentRow) -> Result<Vec<DocumentRow>, PhoneError> {
    let sql = format!(
        "{SELECT} where assignment_id = ?1 and kind = ?2 and document_id <> ?3 and state = 'sealed'
             and case_id is ?4 and undertaker_id is ?5"
    );
    super::all(
        reader,
        "looking for amendments",
        &sql,
        params![
            row.assignment.map(|id| *id.as_bytes()),
            row.kind,
            row.document.as_bytes(),
            row.case.map(|id| *id.as_bytes()),
            row.undertaker.map(|id| *id.as_bytes())
        ],
        read,
    )
}

/// A page of records, the last touched first, after this time of touch and number.
pub(crate) fn page(reader: &Reader, after: (i64, i64), limit: u32) -> Result<Vec<DocumentRow>, PhoneError> {
    let sql = format!(
        "{SELECT} where (touched_at, document_no) < (?1, ?2)
         order by touched_at desc, document_no desc limit ?3"
    );
    super::all(reader, "listing records", &sql, params![after.0, after.1, limit], read)
}

/// The sealed transcripts of a person's paper after this number, in the order in which they came onto this phone.
pub(crate) fn sealed_transcripts(
    reader: &Reader,
    person: PersonId,
    after: i64,
) -> Result<Vec<DocumentRow>, PhoneError> {
    let sql = format!(
        "{SELECT} where transcribed_for_id = ?1 and state = 'sealed' and document_no > ?2 order by document_no"
    );
    super::all(reader, "listing transcripts", &sql, params![person.as_bytes(), after], read)
}

/// So many of the records that changed since they were last indexed.
pub(crate) fn stale(reader: &Reader, limit: u32) -> Result<Vec<DocumentRow>, PhoneError> {
    super::all(reader, "indexing", &format!("{SELECT} where stale = 1 limit ?1"), [limit], read)
}

/// How many records there are.
pub(crate) fn count(reader: &Reader) -> Result<u64, PhoneError> {
    let sql = "select count(*) as records from document";
    super::only(reader, "counting records", sql, [], |row| row.get("records"))
}

/// Notes that a record changed here, with the text by which it is found and what lists need of it.
pub(crate) fn set_touched(
    tx: &Tx<'_>,
    document: DocumentId,
    now_millis: i64,
    search_text: &str,
    seen: Seen,
) -> Result<(), PhoneError> {
    // The last touched comes first in lists, also when the clock stands still or goes back.
    let sql =
        "update document set touched_at = max(?2, (select coalesce(max(touched_at), 0) + 1 from document))
         where document_id = ?1";
    super::run(tx, "indexing a record", sql, params![document.as_bytes(), now_millis])?;
    set_indexed(tx, document, search_text, seen)
}

/// Keeps the text by which a record is found and what lists need of it, without touching its place in them.
pub(crate) fn set_indexed(
    tx: &Tx<'_>,
    document: DocumentId,
    search_text: &str,
    seen: Seen,
) -> Result<(), PhoneError> {
    let sql = "update document set stale = 0, search_text = ?2, own_part_done = ?3, amends_id = ?4
         where document_id = ?1";
    let amends = seen.amends.map(|id| *id.as_bytes());
    let values = params![document.as_bytes(), search_text, seen.own_part_is_done, amends];
    super::run(tx, "indexing a record", sql, values)?;
    Ok(())
}

/// Notes that a record changed elsewhere; it is indexed when somebody searches.
pub(crate) fn set_stale(tx: &Tx<'_>, document: DocumentId, now_millis: i64) -> Result<(), PhoneError> {
    let sql = "update document set stale = 1, own_part_done = null, touched_at = ?2 where document_id = ?1";
    super::run(tx, "storing a page", sql, params![document.as_bytes(), now_millis])?;
    Ok(())
}

/// Notes that a record says again what had been taken out of it; it is indexed when somebody searches.
pub(crate) fn set_unseen(tx: &Tx<'_>, document: DocumentId) -> Result<(), PhoneError> {
    let sql = "update document set stale = 1, own_part_done = null where document_id = ?1";
    super::run(tx, "storing a late verdict", sql, [document.as_bytes()])?;
    Ok(())
}

/// Notes that a record may be seen again.
pub(crate) fn unlock(tx: &Tx<'_>, document: DocumentId) -> Result<(), PhoneError> {
    let sql = "update document set state = 'open' where document_id = ?1 and state = 'locked'";
    super::run(tx, "unlocking a record", sql, [document.as_bytes()])?;
    Ok(())
}

/// Notes that a record is sealed. One that left the view stays locked; that it is sealed is told when it comes back.
pub(crate) fn set_sealed(tx: &Tx<'_>, document: DocumentId) -> Result<(), PhoneError> {
    let sql =
        "update document set state = case state when 'locked' then 'locked' else 'sealed' end, needs_seal = 0
         where document_id = ?1";
    super::run(tx, "sealing", sql, [document.as_bytes()])?;
    Ok(())
}

/// Notes what a record without a task was linked to.
pub(crate) fn link(
    tx: &Tx<'_>,
    document: DocumentId,
    assignment: AssignmentId,
    (case, undertaker): (Option<CaseId>, Option<UndertakerId>),
) -> Result<(), PhoneError> {
    super::run(
        tx,
        "linking a record",
        "update document set assignment_id = ?2, case_id = ?3, undertaker_id = ?4, newly_linked = 1
         where document_id = ?1 and assignment_id is null",
        params![
            document.as_bytes(),
            assignment.as_bytes(),
            case.map(|id| *id.as_bytes()),
            undertaker.map(|id| *id.as_bytes())
        ],
    )?;
    Ok(())
}

/// The records that were linked, and do not hold yet what their task knows.
pub(crate) fn newly_linked(reader: &Reader) -> Result<Vec<DocumentRow>, PhoneError> {
    let sql = format!("{SELECT} where newly_linked = 1 order by document_no");
    super::all(reader, "looking for linked records", &sql, [], read)
}

/// Notes that a linked record holds what its task knows.
pub(crate) fn set_opened(tx: &Tx<'_>, document: DocumentId) -> Result<(), PhoneError> {
    let sql = "update document set newly_linked = 0 where document_id = ?1";
    super::run(tx, "opening a linked record", sql, [document.as_bytes()])?;
    Ok(())
}

/// Notes that a seal is void, and must be given again. A record that left the view stays locked, and one of which
/// the server has taken a seal stays sealed, unless that is in doubt after a restore.
pub(crate) fn set_unsealed(tx: &Tx<'_>, document: DocumentId) -> Result<(), PhoneError> {
    let sql =
        "update document set state = case state when 'locked' then 'locked' else 'open' end, needs_seal = 1
         where document_id = ?1 and not exists (select 1 from server_row where kind = 'seal' and row_key = ?2
             and position > 0)";
    super::run(tx, "voiding a seal", sql, params![document.as_bytes(), document.to_string()])?;
    Ok(())
}

/// Notes how often a record was reopened.
pub(crate) fn set_rebase(tx: &Tx<'_>, document: DocumentId, rebase: u32) -> Result<(), PhoneError> {
    let sql = "update document set rebase = ?2 where document_id = ?1";
    super::run(tx, "reopening a record", sql, params![document.as_bytes(), rebase])?;
    Ok(())
}

/// Keeps a record that left the view, for its unsent work.
pub(crate) fn set_locked(tx: &Tx<'_>, document: DocumentId) -> Result<(), PhoneError> {
    let sql = "update document set state = 'locked' where document_id = ?1";
    super::run(tx, "locking a record that left", sql, [document.as_bytes()])?;
    Ok(())
}

/// The records that left the view and are kept for work that the server did not have.
pub(crate) fn locked(reader: &Reader) -> Result<Vec<DocumentId>, PhoneError> {
    let sql = "select document_id from document where state = 'locked' order by document_no";
    super::all(reader, "looking for records that left", sql, [], |row| {
        row.get("document_id").map(DocumentId::from_bytes)
    })
}

/// Removes a record's row. How often it was written anew stays known.
pub(crate) fn remove(tx: &Tx<'_>, document: DocumentId) -> Result<(), PhoneError> {
    let sql = "insert or replace into left_record (document_id, rebase)
         select document_id, rebase from document where document_id = ?1";
    super::run(tx, "removing a record that left", sql, [document.as_bytes()])?;
    let sql = "delete from document where document_id = ?1";
    super::run(tx, "removing a record that left", sql, [document.as_bytes()])?;
    Ok(())
}

pub(super) fn read(row: &Row<'_>) -> rusqlite::Result<DocumentRow> {
    let amends = row.get::<_, Option<[u8; 16]>>("amends_id")?.map(DocumentId::from_bytes);
    let own_part_done: Option<bool> = row.get("own_part_done")?;
    Ok(DocumentRow {
        seen: own_part_done.map(|own_part_is_done| Seen { own_part_is_done, amends }),
        number: row.get("document_no")?,
        document: DocumentId::from_bytes(row.get("document_id")?),
        kind: row.get("kind")?,
        assignment: row.get::<_, Option<[u8; 16]>>("assignment_id")?.map(AssignmentId::from_bytes),
        case: row.get::<_, Option<[u8; 16]>>("case_id")?.map(CaseId::from_bytes),
        undertaker: row.get::<_, Option<[u8; 16]>>("undertaker_id")?.map(UndertakerId::from_bytes),
        transcribed_for: row.get::<_, Option<[u8; 16]>>("transcribed_for_id")?.map(PersonId::from_bytes),
        own: row.get("own")?,
        state: row.get("state")?,
        rebase: row.get("rebase")?,
        needs_seal: row.get("needs_seal")?,
        touched_at: row.get("touched_at")?,
    })
}
