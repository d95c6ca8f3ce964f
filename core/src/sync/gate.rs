//! The ingestion gate: what a change of unknown origin passes before it touches a document.
//!
//! Automerge is no validator: forged changes can make it panic, or be taken in and then make the
//! saved document unreadable. So the server takes a change in four steps, each of which may refuse:
//!
//! 1. **Header**: cheap rules that cannot panic: chunk type, size, what its columns claim, checksum, actor, sequence,
//!    dependencies, first operation number, no author, no time, no message, no extra bytes.
//! 2. **Canonical**: decoding and encoding again must give the same bytes.
//! 3. **Operations**: each one is resolved to a path and judged: first by the kind's shape, then by
//!    the policy that the caller hands in. Never by the visible effect of a merge, which can hide a
//!    forbidden value behind a conflict.
//! 4. **Proof**: applied to a fork, saved, loaded again, compared; the change must come out of the
//!    loaded document byte for byte. Changes that follow one another are proved together.
//!
//! A panic in steps 2 to 4 counts as malformed. The fork is dropped, the base is never touched.

mod history;
mod operation;
mod passage;
mod proof;
mod runs;
mod words;

use std::panic::{AssertUnwindSafe, catch_unwind};

use automerge::Change;

pub use history::History;
pub use operation::{Action, Operation};
pub use passage::{Passage, Passed};
pub(super) use words::words_of;

use crate::record::document::{Actor, ChangeHash, Document, RawChange};
use crate::record::shape::KindShape;

/// The most bytes of one change.
pub const MAX_CHANGE_BYTES: usize = 64 * 1024;
/// The most operations in one change.
pub const MAX_OPERATIONS: usize = 5_000;

/// Why a change is not let through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rejection {
    /// It is in the document already.
    Duplicate,
    /// It rests on a change that the document does not have.
    Blocked {
        /// The first such change.
        by: ChangeHash,
    },
    /// It is no well-formed change.
    Malformed {
        /// What is wrong, as a stable code.
        code: &'static str,
    },
    /// It is well formed, but the policy or the kind's shape does not allow it.
    Refused {
        /// The rule.
        rule: String,
    },
    /// It was allowed when its writer last heard from the server, and is not any more.
    Held {
        /// The rule.
        rule: String,
    },
}

/// A change that passed, and the document with it.
#[derive(Debug)]
pub struct Admitted {
    /// The change.
    pub change: RawChange,
    /// The document after it.
    pub document: Document,
    /// What the change does.
    pub operations: Vec<Operation>,
}

/// What the policy says of one operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Judgement {
    /// Go on.
    Allow,
    /// Not allowed, by this rule.
    Refuse(String),
    /// A person has to decide, by this rule.
    Hold(String),
}

/// Puts one change through the gate.
///
/// `actor` is the one that the sender must have used. `judge` is asked for each operation.
///
/// # Errors
/// Why the change is not let through. The base is unchanged in any case.
pub fn admit(
    base: &Document,
    shape: &KindShape,
    actor: Actor,
    bytes: &[u8],
    judge: impl FnMut(&Operation) -> Judgement,
) -> Result<Admitted, Rejection> {
    let mut passage = Passage::new(base, &History::of(base), shape);
    let operations = passage.examine(actor, bytes, judge)?;
    let Passed { document, changes, .. } = passage.prove()?;
    let change = changes.into_iter().next().expect("the one that was examined");
    Ok(Admitted { change, document, operations })
}

/// The hash that a change's bytes claim, when they can be read at all. For keeping what was not
/// let through under a name.
pub fn claimed_hash(bytes: &[u8]) -> Option<ChangeHash> {
    parse(bytes).ok().map(|change| change.hash().into())
}

/// The actor that a change's bytes claim, when they can be read at all. For showing what a copy of it says.
pub fn claimed_actor(bytes: &[u8]) -> Option<Actor> {
    parse(bytes).ok()?.actor_id().to_bytes().try_into().ok().map(Actor)
}

/// Reads a change of unknown origin, which claims no more operations than are taken.
pub(super) fn read(bytes: &[u8]) -> Result<Change, Rejection> {
    runs::check(bytes)?;
    guarded(|| Change::try_from(bytes).map_err(|_| malformed("unreadable")))
}

const fn malformed(code: &'static str) -> Rejection {
    Rejection::Malformed { code }
}

/// The chunk type of an uncompressed change; a compressed one may be a bomb.
const PLAIN_CHANGE: u8 = 1;

fn parse(bytes: &[u8]) -> Result<Change, Rejection> {
    if bytes.len() > MAX_CHANGE_BYTES {
        return Err(malformed("too_large"));
    }
    if bytes.get(8) != Some(&PLAIN_CHANGE) {
        return Err(malformed("chunk_type"));
    }
    let change = read(bytes)?;
    // The parser does not check the checksum, which is the beginning of the hash.
    if bytes[4..8] != change.hash().0[..4] {
        return Err(malformed("checksum"));
    }
    if change.raw_bytes() != bytes {
        return Err(malformed("trailing_bytes"));
    }
    Ok(change)
}

thread_local! {
    static IN_GATE: std::cell::Cell<bool> = const { std::cell::Cell::new(false) };
}

/// Keeps panics inside the gate from being printed as crashes: there they are findings. Call once
/// in a server's `main`.
pub fn quiet_panics() {
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        if !IN_GATE.get() {
            before(info);
        }
    }));
}

/// Runs work whose panics are expected, without printing them when [`quiet_panics`] was called.
pub fn hushed<T>(work: impl FnOnce() -> T) -> T {
    // Hushed work may hush a part of itself.
    let before = IN_GATE.replace(true);
    let result = work();
    IN_GATE.set(before);
    result
}

fn guarded<T>(work: impl FnOnce() -> Result<T, Rejection>) -> Result<T, Rejection> {
    hushed(|| catch_unwind(AssertUnwindSafe(work))).unwrap_or(Err(malformed("panic")))
}
