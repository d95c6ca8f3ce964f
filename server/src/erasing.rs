//! 删除: erasing what a record says, by order (Personal Information Protection Law art. 47; DESIGN section 7).
//!
//! The bytes go from the log, the frames, the files and, by way of a row, from every phone; hash, position and order
//! stay, so that everything else is proved as before, and `verify` says "erased by order N". The order is kept beside
//! the files before it is carried out: a crash in between, or a database that is put back to a time before it, costs
//! nothing but that it is carried out at the next start.

use tingfang_core::erasure::ErasureOrder;
use tingfang_core::evidence::is_evidence;
use tingfang_core::id::{DocumentId, OrganisationId, PersonId};
use tingfang_core::people::{Person, Role};
use tingfang_core::phone::ErasedRecord;
use tingfang_core::signature::{PublicKey, Signature};
use tingfang_core::sync::row_kind::RowKind;
use tingfang_core::text::{Language, sentence};
use tokio::runtime::{Builder, Handle};

use crate::app::App;
use crate::case_access::is_related_to_any;
use crate::db::{Db, DbError, Tx};
use crate::files;
use crate::grading;
use crate::identity::SignedIn;
use crate::log;
use crate::problem::{FieldProblem, Problem};
use crate::project;
use crate::store::{
    assignment, attachment, decision, document, erasure, organisation, person, round, server_key, veto,
};

/// The tables in which bytes are overwritten.
const OVERWRITTEN: &[&str] = &["change_log", "frame", "frame_conflict", "record_return", "phone_row"];

/// Orders that what a record says be erased, and carries it out.
///
/// # Errors
/// [`Problem::NotFound`] for what does not exist or may not be seen, [`Problem::NotAllowed`] for who does not direct
/// its organisation, [`Problem::Erased`] for what is erased, [`Problem::Refused`] for what a grade rests on.
pub fn order(
    app: &App,
    signed_in: &SignedIn,
    document: DocumentId,
    reason: &str,
) -> Result<ErasureOrder, Problem> {
    let (key, number, organisation) = app.db.try_read(|tx| {
        let organisation = erasable(tx, signed_in, document)?;
        Ok::<_, Problem>((server_key::signer(tx)?, erasure::next_number(tx)?, organisation))
    })?;
    let order = ErasureOrder {
        number,
        document,
        organisation,
        ordered_by: signed_in.person,
        ordered_at: app.now(),
        reason: reason.to_owned(),
        signature: Signature([0; 64]),
    };
    let order = order.signed(&key);
    waited_for(app.files.keep_order(&order))?;
    let (kept, reader) = (order.clone(), signed_in.clone());
    let done = app.db.try_write(move |tx| {
        // A grade may have come to rest on it meanwhile, or another order may have taken the number.
        erasable(tx, &reader, document)?;
        if erasure::next_number(tx)? != kept.number {
            return Err(Problem::Wait { retry_after_s: 1 });
        }
        Ok(carry_out(tx, &kept)?)
    });
    // It may stand all the same: the line was lost after the commit, or another node has carried it out at its start.
    if let Err(refused) = done
        && app.db.read(|tx| erasure::of_document(tx, document))?.as_ref() != Some(&order)
    {
        waited_for(app.files.take_back_order(&order))?;
        return Err(refused);
    }
    waited_for(files::forget_erased(app))?;
    app.db.scrub(OVERWRITTEN)?;
    tracing::info!(record = %document, order = number, "a record was erased by order");
    Ok(order)
}

/// Carries out the orders that are kept beside the files and that this database does not know: it was put back to a
/// time before them, or a crash came between. Says how many.
///
/// # Errors
/// When the data layer or the store of files fails.
pub fn catch_up(app: &App) -> Result<usize, Problem> {
    let orders = waited_for(app.files.orders())?;
    let caught_up = catch_up_with(&app.db, &orders)?;
    waited_for(files::forget_erased(app))?;
    if caught_up > 0 {
        app.db.scrub(OVERWRITTEN)?;
        tracing::info!(caught_up, "carried out {caught_up} orders to erase that this database did not know");
    }
    Ok(caught_up)
}

/// The same with these orders.
///
/// # Errors
/// When the data layer fails.
pub fn catch_up_with(db: &Db, orders: &[ErasureOrder]) -> Result<usize, DbError> {
    let (keys, known) = db.read(|tx| Ok((server_key::public_keys(tx)?, erasure::documents(tx)?)))?;
    let mut caught_up = 0;
    for order in orders.iter().filter(|order| !known.contains(&order.document)) {
        if !keys.iter().any(|key| order.verify(&PublicKey(*key)).is_ok()) {
            tracing::error!(record = %order.document, "an order to erase is not signed by this server");
            continue;
        }
        let order = order.clone();
        caught_up += db.write(move |tx| {
            if erasure::of_document(tx, order.document)?.is_some() {
                return Ok(0);
            }
            // Only after a crash between keeping an order and carrying it out.
            if rests_on(tx, order.document)? {
                tracing::error!(record = %order.document, "a grade rests on what an order would erase; it waits");
                return Ok(0);
            }
            // Two nodes that gave orders at once, one of which crashed, gave both the same number.
            let number = order.number.max(erasure::next_number(tx)?);
            if number == order.number {
                carry_out(tx, &order)?;
            } else {
                carry_out(tx, &ErasureOrder { number, ..order.clone() }.signed(&server_key::signer(tx)?))?;
            }
            Ok(1)
        })?;
    }
    Ok(caught_up)
}

/// Erases in the database.
///
/// # Errors
/// When the data layer fails.
pub fn carry_out(tx: &Tx, order: &ErasureOrder) -> Result<(), DbError> {
    let id = order.document;
    let concerned = erasure::concerned(tx, id)?;
    erasure::insert(tx, order)?;
    let leftovers = erasure::erase_bytes(tx, id)?;
    for digest in attachment::only_of_erased(tx)? {
        attachment::forget(tx, digest)?;
        log::withdraw_all(tx, RowKind::Attachment, &digest.to_string())?;
    }
    grading::record_erased(tx, known_to_ledger(tx, order)?, order, &leftovers)?;
    let Some(row) = document::find(tx, id)? else { return Ok(()) };
    // Whoever has judged something on what the record said judges again.
    document::advance(tx, id, row.revision, row.revision + 1, row.changed_at)?;
    document::remove_readers(tx, id, log::next_position(tx)?)?;
    for person in concerned {
        tell(tx, person, order, &row.kind)?;
        log::withdraw(tx, person, RowKind::Returned, &id.to_string())?;
    }
    project::on_sealed(tx, id)
}

/// Tells somebody's phones of an order: they erase what they have of the record.
///
/// # Errors
/// When the data layer fails.
pub fn tell(tx: &Tx, person: PersonId, order: &ErasureOrder, kind: &str) -> Result<(), DbError> {
    let (document, order, ordered_at) = (order.document, order.number, order.ordered_at);
    let told = ErasedRecord { document, kind: kind.to_owned(), order, ordered_at };
    let told = serde_json::to_value(told).map_err(|error| DbError::damaged("an order", &error))?;
    log::publish(tx, person, RowKind::Erasure, &document.to_string(), &told).map(|_| ())
}

/// Whether a grade or a ruling on a veto rests on a record.
fn rests_on(tx: &Tx, id: DocumentId) -> Result<bool, DbError> {
    Ok(decision::any_rests_on(tx, id)? || veto::any_names(tx, id)?)
}

/// In whose ledger an order stands. A server that was put back may know neither its organisation nor who gave it: then
/// it is the first organisation's matter, and who gave it is somebody without a name or an account.
fn known_to_ledger(tx: &Tx, order: &ErasureOrder) -> Result<OrganisationId, DbError> {
    if person::find(tx, order.ordered_by)?.is_none() {
        let name = sentence(Language::Zh, "erasure", "unknown_person", &[]);
        person::save(tx, &Person::unknown(order.ordered_by, name))?;
    }
    if organisation::find(tx, order.organisation)?.is_some() {
        return Ok(order.organisation);
    }
    let first = organisation::all(tx)?.into_iter().next();
    Ok(first.ok_or_else(|| DbError::Damaged("there is no organisation".to_owned()))?.id)
}

/// Whether somebody may have a record erased, and in whose ledger that stands: who directs its organisation, has not
/// written it, and is not related to its case. Not while a grade rests on it: who was graded may ask for years how it
/// came about (DESIGN section 8), and the law lets what must be kept be kept (art. 47, second paragraph).
fn erasable(tx: &Tx, reader: &SignedIn, id: DocumentId) -> Result<OrganisationId, Problem> {
    let not_there = Problem::NotFound { what: "record" };
    let Some(row) = document::find(tx, id)? else { return Err(not_there) };
    let Some(kept) = row.assignment.map(|id| assignment::find(tx, id)).transpose()?.flatten() else {
        return Err(not_there);
    };
    reader.require_in(kept.assignment.organisation, &[Role::Director])?;
    if row.writer == Some(reader.person) || is_related_to_any(tx, reader, &kept.assignment)? {
        return Err(not_there);
    }
    if let Some(order) = row.erased_by {
        return Err(Problem::Erased { order });
    }
    // What is written for a round, or is evidence in one that is open, is what its grades are made of.
    let mut is_graded_by = kept.assignment.round.is_some() || rests_on(tx, id)?;
    for subject in &kept.assignment.subjects {
        is_graded_by |= is_evidence(&row.kind) && !round::open_of_case(tx, subject.case)?.is_empty();
    }
    if is_graded_by {
        return Err(Problem::Refused(vec![FieldProblem::new("record", "under_a_grade")]));
    }
    Ok(kept.assignment.organisation)
}

/// Waits for the store of files: in the program's own runtime, or, where a command runs without one, in one for this
/// alone.
pub(crate) fn waited_for<T>(work: impl Future<Output = T>) -> T {
    match Handle::try_current() {
        Ok(handle) => handle.block_on(work),
        Err(_) => Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(work),
    }
}
