//! What an app shows of sync.

use tingfang_core::clock::Moment;
use tingfang_core::phone::{self, Progress, Status};

/// After how many seconds without an answer a request is given up, unless the app says otherwise.
pub(crate) const PATIENCE_S: u32 = 60;

/// How a sync is to go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Record)]
pub struct SyncOptions {
    /// After how many seconds without an answer a request is given up.
    #[uniffi(default = 60)]
    pub patience_s: u32,
    /// Whether files are sent too; where a connection costs, text alone may go.
    #[uniffi(default = true)]
    pub send_files: bool,
}

/// How far a sync is.
#[derive(Clone, Debug, PartialEq, Eq, Default, uniffi::Record)]
pub struct SyncProgress {
    /// How many items the server has taken into its log in this sync.
    pub stored: u64,
    /// How many changes came from the server in this sync.
    pub pulled: u64,
    /// Items that are not on the server yet.
    pub waiting: u64,
    /// How many files the server has got in this sync.
    pub files_sent: u64,
    /// Files that the server does not have yet.
    pub files_waiting: u64,
    /// How many bytes of them it does not have.
    pub file_bytes_waiting: u64,
}

/// How a sync ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, uniffi::Enum)]
pub enum SyncEnd {
    /// Everything that the server takes and gives has gone both ways. The files of a revoked phone it does not take.
    #[default]
    Complete,
    /// It was cancelled. The next one goes on.
    Cancelled,
    /// The server asks to wait before the next, or a file comes no further.
    Later {
        /// How many seconds.
        retry_after_s: u32,
    },
    /// What needs no signature has gone both ways, and the rest stays on the phone: another key signs than that of the
    /// enrolment (`DeviceStatus.is_other_key`).
    OtherKey,
}

/// What a sync has done.
#[derive(Clone, Debug, PartialEq, Eq, Default, uniffi::Record)]
pub struct SyncReport {
    /// How it ended.
    pub end: SyncEnd,
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
    /// How many files the server has got.
    pub files_sent: u64,
    /// How many files it does not take; the records' attachments say why.
    pub files_refused: u64,
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

impl Default for SyncOptions {
    fn default() -> Self {
        Self { patience_s: PATIENCE_S, send_files: true }
    }
}

impl SyncReport {
    /// Adds what one answer of the server has brought.
    pub(crate) fn add(&mut self, step: Progress) {
        let Progress {
            more: _,
            stored,
            not_accepted,
            pulled,
            rejected,
            reopened,
            addenda,
            retry_after_s: _,
            wiped,
        } = step;
        let count = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
        self.stored += count(stored);
        self.not_accepted += count(not_accepted);
        self.pulled += count(pulled);
        self.reopened += count(reopened);
        self.addenda += count(addenda);
        self.rejected.extend(rejected);
        self.wiped |= wiped;
    }
}

impl From<Status> for SyncStatus {
    fn from(status: Status) -> Self {
        let Status { waiting, stored, not_accepted, records, files_waiting, file_bytes_waiting, synced_at } =
            status;
        Self { waiting, stored, not_accepted, records, files_waiting, file_bytes_waiting, synced_at }
    }
}
