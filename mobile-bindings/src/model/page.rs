//! Pages of lists, mirrored.

use tingfang_core::phone::{self, OwnResult, Page, Place, ReturnedRecord};

use super::record::{RecordRow, RefusedItem};
use crate::error::TingfangError;

/// A page of what the server did not accept.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct RefusedPage {
    /// The items, the newest first.
    pub items: Vec<RefusedItem>,
    /// Where the next page begins; nothing when this was the last.
    pub next: Option<String>,
}

/// A page of the owner's records that were returned.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct ReturnedPage {
    /// The records, what waits longest first.
    pub items: Vec<ReturnedRecord>,
    /// Where the next page begins; nothing when this was the last.
    pub next: Option<String>,
}

/// A page of the grades of the owner's own work.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct ResultPage {
    /// The grades, the last one first.
    pub items: Vec<OwnResult>,
    /// Where the next page begins; nothing when this was the last.
    pub next: Option<String>,
}

/// A page of the records that a search has found.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct FoundPage {
    /// The records, the last that came onto this phone first.
    pub items: Vec<RecordRow>,
    /// Where the next page begins; nothing when this was the last.
    pub next: Option<String>,
}

/// A page of the copies of the owner's paper that wait for their word.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct ToConfirmPage {
    /// The sealed copies, what came first onto this phone first.
    pub items: Vec<RecordRow>,
    /// Where the next page begins; nothing when this was the last.
    pub next: Option<String>,
}

/// Reads `next` of the page before.
pub(crate) fn place(after: Option<String>) -> Result<Option<Place>, TingfangError> {
    let read = |text: String| {
        Place::from_text(&text).ok_or_else(|| TingfangError::bad_argument("after is no place"))
    };
    after.map(read).transpose()
}

fn text(next: Option<Place>) -> Option<String> {
    next.map(|place| place.to_text())
}

impl From<Page<phone::RefusedItem>> for RefusedPage {
    fn from(page: Page<phone::RefusedItem>) -> Self {
        let Page { items, next } = page;
        Self { items: items.into_iter().map(RefusedItem::from).collect(), next: text(next) }
    }
}

impl From<Page<ReturnedRecord>> for ReturnedPage {
    fn from(page: Page<ReturnedRecord>) -> Self {
        let Page { items, next } = page;
        Self { items, next: text(next) }
    }
}

impl From<Page<OwnResult>> for ResultPage {
    fn from(page: Page<OwnResult>) -> Self {
        let Page { items, next } = page;
        Self { items, next: text(next) }
    }
}

impl From<Page<phone::RecordRow>> for FoundPage {
    fn from(page: Page<phone::RecordRow>) -> Self {
        let Page { items, next } = page;
        Self { items: items.into_iter().map(RecordRow::from).collect(), next: text(next) }
    }
}

impl From<Page<phone::RecordRow>> for ToConfirmPage {
    fn from(page: Page<phone::RecordRow>) -> Self {
        let Page { items, next } = page;
        Self { items: items.into_iter().map(RecordRow::from).collect(), next: text(next) }
    }
}
