//! What an app shows of sync.

use tingfang_core::clock::Moment;
use tingfang_core::phone::{self, Progress, Status};

/// What a sync, or one answer of the server, has done.
#[derive(Clone, Debug, PartialEq, Eq, Default, uniffi::Record)]
pub struct SyncProgress {
    /// Whether another request should follow at once.
    pub more: bool,
    /// How many items the server now holds in its log.
    pub stored: u64,
    /// How many items were not accepted; `refused()` lists them.
    pub not_accepted: u64,
    /// How many changes came from the server.
    pub pulled: u64,
    /// How many records were reopened after a refusal; the work that came later was carried over.
    pub reopened: u64,
    /// Addenda that were begun for what came too late for the seal of a shared record.
    pub addenda: u64,
    /// Why frames were not taken, as codes.
    pub rejected: Vec<String>,
    /// How many seconds the server asks to wait before the next request.
    pub retry_after_s: Option<u32>,
    /// Whether the phone was wiped by the server's order: nothing is left on it, and it is to be enrolled anew.
    pub wiped: bool,
}

/// The state of sync as a whole.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct SyncStatus {
    /// Items that are not on the server yet.
    pub waiting: u64,
    /// Items that the server holds.
    pub stored: u64,
    /// Items that were not accepted.
    pub not_accepted: u64,
    /// Records on this phone.
    pub records: u64,
    /// Files that the server does not have yet.
    pub files_waiting: u64,
    /// How many bytes of them it does not have.
    pub file_bytes_waiting: u64,
    /// When the phone last read everything, by the server's clock.
    pub synced_at: Option<Moment>,
}

/// What comes of a checkpoint that somebody has shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum Compared {
    /// It is the one that this phone has.
    Same,
    /// The server is asked with the next sync.
    Asked,
    /// So many wait to be asked for that there is no room; sync first.
    SyncFirst,
    /// It cannot be of the same history as what this phone has: the server has told two.
    Contradicts,
    /// Another server has signed it, or another history of this one.
    OfAnother,
}

impl From<phone::Compared> for Compared {
    fn from(compared: phone::Compared) -> Self {
        match compared {
            phone::Compared::Same => Self::Same,
            phone::Compared::Asked => Self::Asked,
            phone::Compared::SyncFirst => Self::SyncFirst,
            phone::Compared::Contradicts => Self::Contradicts,
            phone::Compared::OfAnother => Self::OfAnother,
        }
    }
}

/// Where and how a request is posted.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct Endpoint {
    /// The address.
    pub url: String,
    /// The content type.
    pub content_type: String,
}

impl SyncProgress {
    /// Adds what came after.
    pub(crate) fn add(&mut self, next: Self) {
        let Self { more, stored, not_accepted, pulled, reopened, addenda, rejected, retry_after_s, wiped } =
            next;
        self.more = more;
        self.stored += stored;
        self.not_accepted += not_accepted;
        self.pulled += pulled;
        self.reopened += reopened;
        self.addenda += addenda;
        self.rejected.extend(rejected);
        self.retry_after_s = retry_after_s;
        self.wiped |= wiped;
    }
}

impl From<Progress> for SyncProgress {
    fn from(progress: Progress) -> Self {
        let Progress {
            more,
            stored,
            not_accepted,
            pulled,
            rejected,
            reopened,
            addenda,
            retry_after_s,
            wiped,
        } = progress;
        let count = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
        Self {
            more,
            stored: count(stored),
            not_accepted: count(not_accepted),
            pulled: count(pulled),
            reopened: count(reopened),
            addenda: count(addenda),
            rejected,
            retry_after_s,
            wiped,
        }
    }
}

impl From<Status> for SyncStatus {
    fn from(status: Status) -> Self {
        let Status { waiting, stored, not_accepted, records, files_waiting, file_bytes_waiting, synced_at } =
            status;
        Self { waiting, stored, not_accepted, records, files_waiting, file_bytes_waiting, synced_at }
    }
}
