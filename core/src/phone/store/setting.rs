//! Single values that the phone remembers.

use rusqlite::params;

use super::{PhoneError, Reader, Tx};

/// Their names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Setting {
    /// The server's newest beacon.
    Beacon,
    /// Two checkpoints of the audit log that do not go together.
    BrokenHistory,
    /// The newest checkpoint of the audit log.
    Checkpoint,
    /// Checkpoints that others have shown, for which a proof is asked.
    CheckpointsOfOthers,
    /// When everything on the phone was last held against the server.
    ComparedAt,
    /// How far the phone has read.
    Cursor,
    /// The epoch in which this database lives.
    Epoch,
    /// The latest time that the phone has known.
    NewestTime,
    /// The hearing in whose court room the phone is, and since when.
    CourtRoom,
    /// The last checkpoints of histories that the server has ended, as text.
    FormerCheckpoints,
    /// The digest of the last request; an answer must answer it.
    LastRequest,
    /// The epoch of the server's log.
    LogEpoch,
    /// The next page of a pull that is under way.
    Page,
    /// The newest version of the policy that the server has given, signed.
    Policy,
    /// Set while the phone reads everything anew after an old backup came back.
    Recovering,
    /// When something was found damaged or missing, and read anew.
    RepairedAt,
    /// Set while everything is read anew for that, to the newest frame that had been cut by then.
    Repairing,
    /// Set once the rows that lists are made of say by what they are ordered.
    RowsListed,
    /// The public key under which the server has taken a frame: that of the enrolment, where the key store does not say.
    SignsWith,
    /// How the server last said that this device stands.
    Standing,
    /// When the phone last had read everything.
    SyncedAt,
    /// Set once the tasks stand in the lists.
    TasksListed,
    /// The terms on which the phone is used.
    Terms,
    /// Set while what was erased may still stand in the log of the store's last writes, because somebody was reading.
    Unsettled,
    /// Set while the last request said that the phone wipes itself on the answer.
    Wiping,
    /// The server's order to wipe the phone.
    WipeOrder,
}

impl Setting {
    const fn name(self) -> &'static str {
        match self {
            Self::Beacon => "beacon",
            Self::BrokenHistory => "broken_history",
            Self::Checkpoint => "checkpoint",
            Self::CheckpointsOfOthers => "checkpoints_of_others",
            Self::ComparedAt => "compared_at",
            Self::CourtRoom => "court_room",
            Self::Cursor => "cursor",
            Self::Epoch => "epoch",
            Self::FormerCheckpoints => "former_checkpoints",
            Self::LastRequest => "last_request",
            Self::LogEpoch => "log_epoch",
            Self::NewestTime => "newest_time",
            Self::Page => "page",
            Self::Policy => "policy",
            Self::Recovering => "recovering",
            Self::RepairedAt => "repaired_at",
            Self::Repairing => "repairing",
            Self::RowsListed => "rows_listed",
            Self::SignsWith => "signs_with",
            Self::Standing => "standing",
            Self::SyncedAt => "synced_at",
            Self::TasksListed => "tasks_listed",
            Self::Terms => "terms",
            Self::Unsettled => "unsettled",
            Self::Wiping => "wiping",
            Self::WipeOrder => "wipe_order",
        }
    }
}

/// The value, if it is set.
pub(crate) fn read(reader: &Reader, setting: Setting) -> Result<Option<Vec<u8>>, PhoneError> {
    let sql = "select value from setting where name = ?1";
    super::first(reader, "reading a setting", sql, [setting.name()], |row| row.get("value"))
}

/// Whether it is set.
pub(crate) fn is_set(reader: &Reader, setting: Setting) -> Result<bool, PhoneError> {
    Ok(read(reader, setting)?.is_some())
}

/// Sets the value.
pub(crate) fn write(tx: &Tx<'_>, setting: Setting, value: &[u8]) -> Result<(), PhoneError> {
    super::run(
        tx,
        "writing a setting",
        "insert into setting (name, value) values (?1, ?2)
         on conflict (name) do update set value = excluded.value",
        params![setting.name(), value],
    )?;
    Ok(())
}

/// Forgets the value.
pub(crate) fn forget(tx: &Tx<'_>, setting: Setting) -> Result<(), PhoneError> {
    super::run(tx, "dropping a setting", "delete from setting where name = ?1", [setting.name()])?;
    Ok(())
}

/// The newest frame that had been cut when everything began to be read anew; nothing when it is not.
pub(crate) fn repairing(reader: &Reader) -> Result<Option<u64>, PhoneError> {
    let kept = read(reader, Setting::Repairing)?;
    Ok(kept.map(|bytes| <[u8; 8]>::try_from(bytes).map_or(0, u64::from_le_bytes)))
}

/// Notes that everything is read anew, after the frames up to this one, which may be sent again.
pub(crate) fn set_repairing(tx: &Tx<'_>, newest: u64) -> Result<(), PhoneError> {
    write(tx, Setting::Repairing, &newest.to_le_bytes())
}
