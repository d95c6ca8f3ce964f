//! The server's answer, as it is taken.

use std::ops::Range;

use super::Progress;
use crate::sync::wire::SyncResponse;

/// The server's answer to the last request, which was checked and is taken part by part.
///
/// What belongs together is taken together: everything that was said of what the phone sent with the first part, and
/// how far the phone has read with the last. Between two parts whoever records is let in. A phone that dies there asks
/// for the same once more.
#[derive(Debug)]
pub struct Answer {
    pub(super) response: SyncResponse,
    /// How many of its rows were taken.
    pub(super) rows: usize,
    /// How many of its documents were taken.
    pub(super) documents: usize,
    /// Whether everything is read anew after it, as was found when its first part was taken.
    pub(super) reads_anew: Option<bool>,
    /// How far the sync has come with what was taken.
    pub(super) progress: Progress,
}

impl Answer {
    /// How far the sync has come with the parts that were taken.
    pub fn so_far(&self) -> Progress {
        self.progress.clone()
    }

    pub(super) fn new(response: SyncResponse) -> Self {
        let progress = Progress { retry_after_s: response.retry_after_s, ..Progress::default() };
        Self { response, rows: 0, documents: 0, reads_anew: None, progress }
    }

    /// The rows and the documents of the next part, which holds about so many rows and changes.
    pub(super) fn next_part(&self, most: usize) -> (Range<usize>, Range<usize>) {
        let rows = self.rows..self.response.rows.len().min(self.rows.saturating_add(most));
        let mut room = most.saturating_sub(rows.len());
        let mut end = self.documents;
        if rows.end == self.response.rows.len() {
            while let Some(document) = self.response.documents.get(end).filter(|_| room > 0) {
                room = room.saturating_sub(document.changes.len().max(1));
                end += 1;
            }
        }
        (rows, self.documents..end)
    }

    /// Whether nothing comes after these.
    pub(super) fn ends_with(&self, rows: &Range<usize>, documents: &Range<usize>) -> bool {
        rows.end == self.response.rows.len() && documents.end == self.response.documents.len()
    }
}
