//! Proving the data anew: every signature, chain, hash, document, seal and grade.
//!
//! Nothing here trusts a column that can be computed. Frames are checked against device keys and
//! against each other, the log against the frames, documents against the gate, seals against the
//! content at their heads, the rows of rounds and grades against the ledger, and what was decided
//! against all of that.

mod audit;
mod decisions;
mod devices;
mod documents;
mod erasures;
mod files;
mod frames;
mod ledger;
mod policies;
mod shelf;

use serde::Serialize;
use tingfang_core::id::DocumentId;

use crate::app::App;
use crate::db::{Db, DbError};
use crate::log;

/// What was checked and what differs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Frames whose signature, hash and chain were checked.
    pub frames: u64,
    /// Changes of the log that were checked against their frames.
    pub changes: u64,
    /// Documents that were built anew through the gate.
    pub documents: u64,
    /// Seals that were checked at their heads.
    pub seals: u64,
    /// Items that were not accepted and whose bytes are still there.
    pub kept_items: u64,
    /// Grades that were computed anew.
    pub grades: u64,
    /// Ledger entries whose chain was checked.
    pub ledger_entries: u64,
    /// Leaves of the audit log that were checked.
    pub audit_leaves: u64,
    /// Attached files whose bytes were checked against their digests.
    pub attachments: u64,
    /// Files that records name and that no phone has handed in yet.
    pub awaited_attachments: u64,
    /// Records of which nothing is left, by order.
    pub erased: Vec<Erased>,
    /// What differs.
    pub differences: Vec<Difference>,
}

/// A record that was erased by order: what it said cannot be proved any more; that it was there, whose it was, and that
/// it was sealed, can.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Erased {
    /// The number of the order.
    pub order: u64,
    /// The record.
    pub record: DocumentId,
}

/// Something that is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// What it is about, for instance `frame` or `seal`; a key of the locale section `verify`.
    pub what: &'static str,
    /// Which one.
    pub which: String,
    /// What is wrong with it; a key of the locale section `verify`.
    pub problem: &'static str,
}

impl Report {
    /// Notes a difference.
    pub fn differs(&mut self, what: &'static str, which: impl std::fmt::Display, problem: &'static str) {
        self.differences.push(Difference { what, which: which.to_string(), problem });
    }

    /// Whether everything is as it should be.
    pub fn is_clean(&self) -> bool {
        self.differences.is_empty()
    }
}

/// Proves the data anew. What cannot be read at all counts as a difference too.
///
/// # Errors
/// Only when the data cannot be opened for reading.
pub fn verify(db: &Db) -> Result<Report, DbError> {
    let mut report = Report::default();
    let steps: [(&'static str, Step); 6] = [
        ("file", check_file),
        ("frame", check_records),
        ("ledger", ledger::check),
        ("policy", policies::check),
        ("audit_leaf", audit::check),
        ("grade", decisions::check),
    ];
    for (what, step) in steps {
        // One consistent state for each step; a writer may go on meanwhile.
        let outcome = db.read(|tx| {
            let mut found = Report::default();
            step(tx, &mut found)?;
            Ok(found)
        });
        match outcome {
            Ok(found) => report.absorb(found),
            Err(error) => report.differs(what, error, "unreadable"),
        }
    }
    Ok(report)
}

/// Proves the data and the bytes of attached files anew. Blocks; call it off the async threads.
///
/// # Errors
/// Only when the data cannot be opened for reading.
pub fn verify_with_files(app: &App) -> Result<Report, DbError> {
    let mut report = verify(&app.db)?;
    files::check(app, &mut report)?;
    Ok(report)
}

type Step = fn(&crate::db::Tx, &mut Report) -> Result<(), DbError>;

/// The engine's own checks of the file.
fn check_file(tx: &crate::db::Tx, report: &mut Report) -> Result<(), DbError> {
    for complaint in tx.integrity_complaints()? {
        report.differs("file", complaint, "damaged");
    }
    if log::is_behind(tx)? {
        report.differs("file", "log_head", "place");
    }
    Ok(())
}

/// Devices, frames and documents, in one state: each is held against the others.
fn check_records(tx: &crate::db::Tx, report: &mut Report) -> Result<(), DbError> {
    let devices = devices::check(tx, report)?;
    let origins = frames::check(tx, &devices, report)?;
    documents::check(tx, &devices, &origins, report)
}

impl Report {
    fn absorb(&mut self, other: Self) {
        self.frames += other.frames;
        self.changes += other.changes;
        self.documents += other.documents;
        self.seals += other.seals;
        self.kept_items += other.kept_items;
        self.grades += other.grades;
        self.ledger_entries += other.ledger_entries;
        self.audit_leaves += other.audit_leaves;
        self.attachments += other.attachments;
        self.awaited_attachments += other.awaited_attachments;
        self.erased.extend(other.erased);
        self.differences.extend(other.differences);
    }
}
