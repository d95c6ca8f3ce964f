//! Changes that follow one another in a frame: what one person wrote in one record in one go. Nearly always all of
//! them are fine, and then one proof of the gate is enough for all.

use tingfang_core::id::DocumentId;
use tingfang_core::record::document::Actor;
use tingfang_core::record::size;
use tingfang_core::sync::actor;
use tingfang_core::sync::frame::Item;
use tingfang_core::sync::gate::{Passage, Passed};

use super::judging::{Decision, Judge};
use super::questions::Questions;
use super::working::{Working, WorkingSet};

/// With how many operations a run is proved, and the next one begins: what the proof holds in memory grows with them.
const MOST_OPERATIONS: u64 = 20_000;

impl Judge<'_> {
    /// Judges the items of a frame, in their order.
    pub(super) fn judge_all(&self, set: &mut WorkingSet, items: &[Item]) -> Vec<Decision> {
        let mut decisions = Vec::with_capacity(items.len());
        while let Some(first) = items.get(decisions.len()) {
            let Some(run) = Run::at_the_beginning_of(&items[decisions.len()..]) else {
                decisions.push(self.judge(set, first));
                continue;
            };
            let accepted = self.take_run(set, &run);
            // What is wrong with one of them, and what that means for the others, is told one by one.
            decisions.extend(accepted.unwrap_or_else(|| {
                let items = &items[decisions.len()..][..run.changes.len()];
                items.iter().map(|item| self.judge(set, item)).collect()
            }));
        }
        decisions
    }

    /// Takes in as much of a run as is proved at once. Nothing when any of that is not plainly fine: then nothing
    /// has been taken in.
    fn take_run(&self, set: &mut WorkingSet, run: &Run<'_>) -> Option<Vec<Decision>> {
        if !self.device_is_active || set.has_copies(run.document) {
            return None;
        }
        let working = set.get(run.document)?;
        let actor = actor::derive(self.origin.device, run.document, self.origin.epoch, run.rebase);
        let passed = self.pass(working, actor, run)?;
        if working.has_too_many_branches(&passed, (actor, self.writer.person)) {
            return None;
        }
        let changes = passed.changes.clone();
        working.take_in(passed, (actor, self.writer.person));
        let accepted = |change| Decision::Change { document: run.document, change, actor };
        Some(changes.into_iter().map(accepted).collect())
    }

    fn pass(&self, working: &Working, actor: Actor, run: &Run<'_>) -> Option<Passed> {
        let identity = working.identity(self.tenant);
        let mut passage = Passage::new(&working.document, &working.history, working.shape);
        let (mut operations, mut bytes) = (0, working.bytes);
        for change in &run.changes {
            let mut questions = Questions::new(self, working, &identity, actor);
            let made = passage.examine(actor, change, |operation| questions.ask(operation)).ok()?;
            (operations, bytes) = (operations + made.len() as u64, bytes + change.len());
            // Where there is room for all of them, each has room.
            if size::is_full_with(working.document.operations() + operations, bytes, true) {
                return None;
            }
            if operations >= MOST_OPERATIONS {
                break;
            }
        }
        passage.prove().ok()
    }
}

/// The longest row of changes of one record under one actor.
struct Run<'i> {
    document: DocumentId,
    rebase: u32,
    changes: Vec<&'i [u8]>,
}

impl<'i> Run<'i> {
    /// The one that begins these items; nothing when there are not two of them.
    fn at_the_beginning_of(items: &'i [Item]) -> Option<Self> {
        let Item::Change { document, rebase, .. } = items.first()? else { return None };
        let belonging = items.iter().map_while(|item| match item {
            Item::Change { document: other, rebase: under, bytes }
                if (other, under) == (document, rebase) =>
            {
                Some(bytes.as_slice())
            }
            _ => None,
        });
        let changes: Vec<_> = belonging.collect();
        (changes.len() > 1).then_some(Self { document: *document, rebase: *rebase, changes })
    }
}
