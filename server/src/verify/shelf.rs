//! The frames that were opened last: the changes of a document mostly stand in few of them.

use std::collections::VecDeque;
use std::rc::Rc;

use tingfang_core::id::DeviceId;
use tingfang_core::sync::frame::{Frame, Item};
use tingfang_core::sync::verdict::Verdict;

use crate::db::{DbError, Tx};
use crate::store::frame;

/// How many frames stay open; each is 256 KiB at most.
const MOST_OPEN: usize = 32;

type Place = (DeviceId, u32, u64);

/// A frame that was opened.
pub(super) struct Opened {
    pub(super) kept: frame::Kept,
    frame: Frame,
}

/// The frames that were opened last.
#[derive(Default)]
pub(super) struct Shelf(VecDeque<(Place, Option<Rc<Opened>>)>);

impl Opened {
    /// Its items with their verdicts.
    pub(super) fn items(&self) -> impl Iterator<Item = (&Item, &Verdict)> {
        self.frame.items.iter().zip(self.kept.verdicts.iter().flatten())
    }
}

impl Shelf {
    /// A frame; nothing when there is none, or it cannot be read.
    pub(super) fn frame(&mut self, tx: &Tx, place: Place) -> Result<Option<Rc<Opened>>, DbError> {
        if let Some((_, found)) = self.0.iter().find(|(known, _)| *known == place) {
            return Ok(found.clone());
        }
        let found = frame::find(tx, place.0, place.1, place.2)?.and_then(|kept| {
            let frame = Frame::from_bytes(&kept.bytes).ok()?;
            Some(Rc::new(Opened { kept, frame }))
        });
        if self.0.len() == MOST_OPEN {
            self.0.pop_front();
        }
        self.0.push_back((place, found.clone()));
        Ok(found)
    }
}
