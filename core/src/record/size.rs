//! How large a record may get before more of it waits for a person.
//!
//! A record is opened whole wherever it is read or judged: one without end would stop every phone that has it. The
//! phone takes no more text and no more entries into a full one, and says so. What comes all the same, written before
//! somebody could know, is held and not refused; a manager who lets it in has seen that it is meant. What ends a
//! record, its fields and states, has as much room again.

use super::document::Document;

/// The most operations: one for each character that was typed, and each field that was set. A long hearing has some
/// 20,000.
pub const MAX_OPERATIONS: u64 = 100_000;

/// The most bytes of all changes together.
pub const MAX_BYTES: usize = 16 * 1024 * 1024;

/// The rule by which more is held.
pub const TOO_LARGE: &str = "record_too_large";

/// Whether a record, whose changes have so many bytes, takes no more by itself of what lengthens it, or of anything.
pub fn is_full(document: &Document, bytes: usize, lengthens: bool) -> bool {
    is_full_with(document.operations(), bytes, lengthens)
}

/// The same of a record of so many operations.
pub const fn is_full_with(operations: u64, bytes: usize, lengthens: bool) -> bool {
    let rooms = if lengthens { 1 } else { 2 };
    operations >= rooms * MAX_OPERATIONS || bytes >= rooms as usize * MAX_BYTES
}

/// The most changes of one person that stand beside each other, none of them resting on another. A phone rests each
/// of its changes on all that it knows; who leaves thousands side by side makes every later change name them all, until
/// nobody's fits any more.
pub const MAX_BRANCHES: usize = 32;

/// The rule by which more is held.
pub const TOO_MANY_BRANCHES: &str = "too_many_branches";
