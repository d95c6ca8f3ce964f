//! How large a record may get before more of it waits for a person.
//!
//! A record is opened whole wherever it is read or judged: one without end would stop every phone that has it. What
//! comes on top of a full one is held and not refused, and the phone says so before it is written; a manager who lets
//! it in has seen that it is meant.

use super::document::Document;

/// The most operations: one for each character that was typed, and each field that was set. A long hearing has some
/// 20,000.
pub const MAX_OPERATIONS: u64 = 100_000;

/// The most bytes of all changes together.
pub const MAX_BYTES: usize = 16 * 1024 * 1024;

/// The rule by which more is held.
pub const TOO_LARGE: &str = "record_too_large";

/// Whether a record, whose changes have so many bytes, takes no more by itself.
pub fn is_full(document: &Document, bytes: usize) -> bool {
    document.operations() >= MAX_OPERATIONS || bytes >= MAX_BYTES
}
