//! Changes on their way through the gate: of one document, one after the other.

use automerge::Change;

use super::history::History;
use super::operation::Places;
use super::{Judgement, Operation, Rejection, guarded, parse, proof};
use crate::record::document::{Actor, Document, RawChange};
use crate::record::shape::KindShape;

/// Changes of one document that have passed the first three steps and wait for the proof.
///
/// The proof costs as much as the document is long, so what one writer has made in one go is proved together. The
/// document as it is between two of its changes is not looked at then. It can be kept all the same: no operation refers
/// to one that comes after it, and each change comes out of the document that is proved byte for byte.
#[derive(Debug)]
pub struct Passage<'d> {
    base: &'d Document,
    shape: &'d KindShape,
    history: History,
    places: Places,
    examined: Vec<Change>,
}

/// Changes that have passed, and the document with them.
#[derive(Debug)]
pub struct Passed {
    /// The changes, in their order.
    pub changes: Vec<RawChange>,
    /// The document after them.
    pub document: Document,
    /// Its history.
    pub history: History,
}

impl<'d> Passage<'d> {
    /// For changes that are to follow this document, which has this history.
    pub fn new(base: &'d Document, history: &History, shape: &'d KindShape) -> Self {
        let places = Places::of(base, shape);
        Self { base, shape, history: history.clone(), places, examined: Vec::new() }
    }

    /// Takes one more change through steps 1 to 3. `actor` is the one that the sender must have used; `judge` is
    /// asked for each operation. Gives what the change does.
    ///
    /// # Errors
    /// Why it is not let through. Then the passage is over: what was examined before it passes without it, anew.
    pub fn examine(
        &mut self,
        actor: Actor,
        bytes: &[u8],
        mut judge: impl FnMut(&Operation) -> Judgement,
    ) -> Result<Vec<Operation>, Rejection> {
        let change = parse(bytes)?;
        let line = self.history.check(actor, &change)?;
        let operations = guarded(|| {
            let expanded = proof::canonical(&change)?;
            let operations = self.places.resolve(self.shape, &expanded)?;
            let mut held = None;
            for operation in &operations {
                match judge(operation) {
                    Judgement::Allow => {}
                    Judgement::Refuse(rule) => return Err(Rejection::Refused { rule }),
                    Judgement::Hold(rule) => held = Some(rule),
                }
            }
            held.map_or(Ok(operations), |rule| Err(Rejection::Held { rule }))
        })?;
        self.history.put(line);
        self.examined.push(change);
        Ok(operations)
    }

    /// Step 4, for all that was examined.
    ///
    /// # Errors
    /// When they do no good together. Which one it is, each one tells alone.
    pub fn prove(self) -> Result<Passed, Rejection> {
        let document = guarded(|| proof::apply(self.base, &self.examined))?;
        let raw =
            |change: &Change| RawChange { hash: change.hash().into(), bytes: change.raw_bytes().to_vec() };
        Ok(Passed { changes: self.examined.iter().map(raw).collect(), document, history: self.history })
    }
}
