//! The phone itself, as an app shows it.

use tingfang_core::clock::Moment;
use tingfang_core::id::DocumentId;
use tingfang_core::phone::{self, ToldStanding};
use tingfang_core::sync::order::DeviceStanding;

/// How the phone itself stands.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct DeviceStatus {
    /// Whether it asks for a PIN when it opens.
    pub has_pin: bool,
    /// Until when it may be used without seeing the server; nothing where the centre has set no lease.
    pub leased_until: Option<Moment>,
    /// When the server has ordered that it be wiped. It first hands in everything, then wipes itself.
    pub wipe_ordered_at: Option<Moment>,
    /// Whether another key signs than that of the enrolment, so that nothing that is written leaves this phone: secure
    /// hardware has lost it and made another, or it was not handed in.
    pub is_other_key: bool,
    /// What the server last said of this device; nothing before the first sync.
    pub told: Option<ToldStanding>,
    /// The court room that it is in.
    pub court_room: Option<CourtRoom>,
    /// Counts the lives of its store: a backup that was put back begins another.
    pub epoch: u32,
    /// The version of the rules by which it decides what its owner may write.
    pub policy_version: u32,
    /// When something on it was last found damaged or missing, and read anew.
    pub repaired_at: Option<Moment>,
}

/// How a device stands with the centre, as far as whoever holds it is told. Labels: section `device_standing`.
#[uniffi::remote(Enum)]
pub enum DeviceStanding {
    /// In use.
    Active,
    /// What it sends is held for a manager, and it is given nothing, until the centre says otherwise. Why the centre
    /// tells its owner, and no screen.
    Suspended,
    /// The same, for good: its owner enrols another.
    Revoked,
}

/// What the server has said of a device, and when.
#[uniffi::remote(Record)]
pub struct ToldStanding {
    /// How it stands.
    pub standing: DeviceStanding,
    /// When the server last said so, by its own clock.
    pub at: Moment,
}

/// The court room that a phone is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Record)]
pub struct CourtRoom {
    /// The record of the attendance.
    pub record: DocumentId,
    /// When its owner came in.
    pub since: Moment,
}

/// What the phone holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Record)]
pub struct Storage {
    /// Bytes of records, tasks and everything else but files.
    pub database_bytes: u64,
    /// Bytes of attached files.
    pub file_bytes: u64,
    /// Bytes of those files that the server has, so that they could be fetched again.
    pub file_bytes_on_server: u64,
    /// How many files.
    pub files: u64,
}

/// What was exported for rescue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Record)]
pub struct Rescued {
    /// How many frames.
    pub frames: u64,
    /// How many files.
    pub files: u64,
    /// How much could not be signed: changes, seals and words on a task. What no earlier frame in the file carries is not in
    /// it, and stays on the phone, to be read and copied. Nothing, but where the phone's key is lost (`OtherKey`).
    pub unsigned: u64,
    /// Whether only the centre can read it; otherwise whoever has the file can, and it is to be carried with care.
    pub is_encrypted: bool,
}

impl From<phone::CourtRoom> for CourtRoom {
    fn from(inside: phone::CourtRoom) -> Self {
        let phone::CourtRoom { record, since } = inside;
        Self { record, since }
    }
}

impl From<phone::Storage> for Storage {
    fn from(storage: phone::Storage) -> Self {
        let phone::Storage { database_bytes, file_bytes, file_bytes_on_server, files } = storage;
        Self { database_bytes, file_bytes, file_bytes_on_server, files }
    }
}

impl From<phone::Rescued> for Rescued {
    fn from(rescued: phone::Rescued) -> Self {
        let phone::Rescued { frames, files, unsigned, is_encrypted } = rescued;
        let count = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
        Self { frames: count(frames), files: count(files), unsigned, is_encrypted }
    }
}
