//! Documents: what the server knows of a record besides its changes, and who receives it.

use tingfang_core::clock::{LogPosition, Moment};
use tingfang_core::id::{AssignmentId, CaseId, DocumentId, OrganisationId, PersonId, UndertakerId};

use super::filter::Filter;
use crate::db::{DbError, Row, Tx};
use crate::params;

/// A document's row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// The document.
    pub id: DocumentId,
    /// The kind's code.
    pub kind: String,
    /// The schema version that it was begun with.
    pub schema_version: u32,
    /// The assignment that it answers.
    pub assignment: Option<AssignmentId>,
    /// The case of a single-writer record.
    pub case: Option<CaseId>,
    /// Whose work a single-writer record is about.
    pub undertaker: Option<UndertakerId>,
    /// The observer whose paper sheet it is a transcript of.
    pub transcribed_for: Option<PersonId>,
    /// Its one writer; nothing for a shared record.
    pub writer: Option<PersonId>,
    /// The sealed record that it amends.
    pub amends: Option<DocumentId>,
    /// Who began it.
    pub begun_by: PersonId,
    /// Where in the log it began.
    pub begun_position: LogPosition,
    /// Where in the log it was sealed.
    pub sealed_position: Option<LogPosition>,
    /// Counts what was accepted.
    pub revision: u64,
    /// When it last changed.
    pub changed_at: Moment,
    /// The order by which what it says was erased.
    pub erased_by: Option<u64>,
}

impl Kept {
    /// Whether somebody may say that this is what they wrote on paper: the observer of a clerk's
    /// sealed transcript.
    pub fn is_confirmable_by(&self, person: PersonId) -> bool {
        self.sealed_position.is_some() && self.transcribed_for == Some(person)
    }
}

const SELECT: &str = "select document_id, kind, schema_version, assignment_id, legal_case_id, undertaker_id,
    transcribed_for_id, writer_id, amends_id, begun_by, begun_seq, sealed_seq, revision, changed_at,
    (select order_no from erasure e where e.document_id = document.document_id) as erased_by from document";

/// Adds a document.
pub fn insert(tx: &Tx, document: &Kept) -> Result<(), DbError> {
    tx.execute(
        "insert into document (document_id, kind, schema_version, assignment_id, legal_case_id,
             undertaker_id, transcribed_for_id, writer_id, amends_id, begun_by, begun_seq, revision, changed_at)
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
        params![
            document.id,
            &document.kind,
            document.schema_version,
            document.assignment,
            document.case,
            document.undertaker,
            document.transcribed_for,
            document.writer,
            document.amends,
            document.begun_by,
            document.begun_position,
            document.revision,
            document.changed_at
        ],
    )?;
    Ok(())
}

/// The document with this id.
pub fn find(tx: &Tx, id: DocumentId) -> Result<Option<Kept>, DbError> {
    tx.query_one(&format!("{SELECT} where document_id = ?1"), params![id], read)
}

/// Notes that something was accepted. False when the revision is not the expected one.
pub fn advance(tx: &Tx, id: DocumentId, from: u64, to: u64, now: Moment) -> Result<bool, DbError> {
    let changed = tx.execute(
        "update document set revision = ?3, changed_at = ?4 where document_id = ?1 and revision = ?2",
        params![id, from, to, now],
    )?;
    Ok(changed > 0)
}

/// Notes that a document was sealed.
pub fn set_sealed(tx: &Tx, id: DocumentId, position: LogPosition) -> Result<(), DbError> {
    tx.execute("update document set sealed_seq = ?2 where document_id = ?1", params![id, position])?;
    Ok(())
}

/// Lets a person receive the document from a position on. Nothing happens when they do already, or there is nothing
/// left of it.
pub fn add_reader(tx: &Tx, id: DocumentId, person: PersonId, position: LogPosition) -> Result<(), DbError> {
    tx.execute(
        "insert into document_reader (document_id, person_id, added_seq)
         select ?1, ?2, ?3 where not exists
             (select 1 from document_reader where document_id = ?1 and person_id = ?2 and removed_seq is null)
             and not exists (select 1 from erasure where document_id = ?1)",
        params![id, person, position],
    )?;
    Ok(())
}

/// Who receives the document now.
pub fn readers(tx: &Tx, id: DocumentId) -> Result<Vec<PersonId>, DbError> {
    tx.query(
        "select person_id from document_reader where document_id = ?1 and removed_seq is null
         order by person_id",
        params![id],
        |row| row.get("person_id"),
    )
}

/// Whether a person receives the document now.
pub fn is_reader(tx: &Tx, id: DocumentId, person: PersonId) -> Result<bool, DbError> {
    let found = tx.query_one(
        "select 1 as one from document_reader
         where document_id = ?1 and person_id = ?2 and removed_seq is null",
        params![id, person],
        |row| row.get::<i64>("one"),
    )?;
    Ok(found.is_some())
}

/// Ends somebody's view of every document of an assignment, from a position on.
pub fn remove_reader_of_assignment(
    tx: &Tx,
    assignment: AssignmentId,
    person: PersonId,
    position: LogPosition,
) -> Result<(), DbError> {
    tx.execute(
        "update document_reader set removed_seq = ?3 where person_id = ?2 and removed_seq is null
             and document_id in (select document_id from document where assignment_id = ?1)",
        params![assignment, person, position],
    )?;
    Ok(())
}

/// Ends everybody's view of a document, from a position on.
pub fn remove_readers(tx: &Tx, id: DocumentId, position: LogPosition) -> Result<(), DbError> {
    let sql = "update document_reader set removed_seq = ?2 where document_id = ?1 and removed_seq is null";
    tx.execute(sql, params![id, position])?;
    Ok(())
}

/// Documents that come into a person's view between two positions, with where they do.
pub fn entering(
    tx: &Tx,
    person: PersonId,
    (after, until): (LogPosition, LogPosition),
    limit: u32,
) -> Result<Vec<(LogPosition, DocumentId)>, DbError> {
    tx.query(
        "select added_seq, document_id from document_reader
         where person_id = ?1 and added_seq > ?2 and added_seq <= ?3
             and (removed_seq is null or removed_seq > ?3)
         order by added_seq, document_id limit ?4",
        params![person, after, until, limit],
        |row| Ok((row.get("added_seq")?, row.get("document_id")?)),
    )
}

/// Documents that leave a person's view between two positions, and do not come back before the second. Who
/// reads anew, from the very beginning, is told of all that have ever left: a phone may hold them still.
pub fn leaving(
    tx: &Tx,
    person: PersonId,
    (after, until): (LogPosition, LogPosition),
) -> Result<Vec<DocumentId>, DbError> {
    tx.query(
        "select distinct document_id from document_reader r where person_id = ?1 and removed_seq > ?2
             and removed_seq <= ?3 and (added_seq <= ?2 or ?2 = 0)
             and not exists (select 1 from document_reader back where back.document_id = r.document_id
                 and back.person_id = ?1 and back.added_seq <= ?3
                 and (back.removed_seq is null or back.removed_seq > ?3))
         order by document_id",
        params![person, after, until],
        |row| row.get("document_id"),
    )
}

/// Whether a document has left a person's view at some time: then nothing of it may be on their phone.
pub fn has_left(tx: &Tx, id: DocumentId, person: PersonId) -> Result<bool, DbError> {
    let sql = "select 1 as one from document_reader
         where document_id = ?1 and person_id = ?2 and removed_seq is not null";
    Ok(tx.query_one(sql, params![id, person], |row| row.get::<i64>("one"))?.is_some())
}

/// Every document of an assignment.
pub fn of_assignment(tx: &Tx, assignment: AssignmentId) -> Result<Vec<Kept>, DbError> {
    tx.query(&format!("{SELECT} where assignment_id = ?1 order by begun_seq"), params![assignment], read)
}

/// Every sealed document that bears on a case: its own records, and the shared ones of its
/// assignments. In log order.
pub fn sealed_of_case(tx: &Tx, case: CaseId) -> Result<Vec<Kept>, DbError> {
    tx.query(
        &format!(
            "{SELECT} where sealed_seq is not null and (legal_case_id = ?1 or (writer_id is null
                 and assignment_id in
                     (select assignment_id from assignment_subject where legal_case_id = ?1)))
             order by begun_seq"
        ),
        params![case],
        read,
    )
}

/// What a list of records is narrowed to.
#[derive(Clone, Debug, Default)]
pub struct Narrowing {
    /// Only records of this kind.
    pub kind: Option<String>,
    /// Only records of this assignment.
    pub assignment: Option<AssignmentId>,
    /// Only records of this case.
    pub case: Option<CaseId>,
    /// Only records of this writer.
    pub writer: Option<PersonId>,
    /// Only records of assignments of these organisations.
    pub organisations: Option<Vec<OrganisationId>>,
    /// Only records that this person receives.
    pub reader: Option<PersonId>,
}

/// One page of documents, in the order in which they were begun.
pub fn page(
    tx: &Tx,
    narrowing: &Narrowing,
    after: Option<LogPosition>,
    limit: u32,
) -> Result<Vec<Kept>, DbError> {
    let mut filter = Filter::default();
    filter.equals("kind", narrowing.kind.as_deref());
    filter.equals("assignment_id", narrowing.assignment);
    filter.equals("legal_case_id", narrowing.case);
    filter.equals("writer_id", narrowing.writer);
    filter.compare("begun_seq", ">", after);
    if let Some(organisations) = &narrowing.organisations {
        let places = filter.places(organisations.iter().copied());
        filter.condition(format!(
            "assignment_id in (select assignment_id from assignment where organisation_id in ({places}))"
        ));
    }
    if let Some(reader) = narrowing.reader {
        let place = filter.place(reader);
        filter.condition(format!(
            "document_id in (select document_id from document_reader
                 where person_id = {place} and removed_seq is null)"
        ));
    }
    tx.query(&filter.select(SELECT, "begun_seq", limit), filter.values(), read)
}

/// Addenda to shared records of assignments of these organisations that are not sealed yet, the last one first.
pub fn open_addenda(tx: &Tx, organisations: &[OrganisationId], limit: u32) -> Result<Vec<Kept>, DbError> {
    let mut filter = Filter::default();
    let places = filter.places(organisations.iter().copied());
    filter.condition(format!(
        "amends_id is not null and writer_id is null and sealed_seq is null and assignment_id in
             (select assignment_id from assignment where organisation_id in ({places}))"
    ));
    tx.query(&filter.select(SELECT, "begun_seq desc", limit), filter.values(), read)
}

/// Every document, in the order in which they were begun, one after the other.
pub fn for_each(tx: &Tx, mut each: impl FnMut(Kept) -> Result<(), DbError>) -> Result<(), DbError> {
    tx.for_each(&format!("{SELECT} order by begun_seq"), &[], |row| each(read(row)?))
}

fn read(row: &Row) -> Result<Kept, DbError> {
    Ok(Kept {
        id: row.get("document_id")?,
        kind: row.get("kind")?,
        schema_version: row.get("schema_version")?,
        assignment: row.get("assignment_id")?,
        case: row.get("legal_case_id")?,
        undertaker: row.get("undertaker_id")?,
        transcribed_for: row.get("transcribed_for_id")?,
        writer: row.get("writer_id")?,
        amends: row.get("amends_id")?,
        begun_by: row.get("begun_by")?,
        begun_position: row.get("begun_seq")?,
        sealed_position: row.get("sealed_seq")?,
        revision: row.get("revision")?,
        changed_at: row.get("changed_at")?,
        erased_by: row.get("erased_by")?,
    })
}
