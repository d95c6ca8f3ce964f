//! Signed frames. They are kept after they were answered: a restored server asks for them again.

use rusqlite::{named_params, params};

use super::{PhoneError, Reader, Tx};
use crate::sync::frame::{Frame, FrameHash};
use crate::sync::wire::LastFrame;

/// The number of the newest frame of an epoch; 0 when there is none.
pub(crate) fn newest(reader: &Reader, epoch: u32) -> Result<u64, PhoneError> {
    let sql = "select coalesce(max(number), 0) as newest from frame where epoch = ?1";
    super::only(reader, "reading the newest frame", sql, [epoch], |row| row.get("newest"))
}

/// The hash of a frame.
pub(crate) fn hash(reader: &Reader, epoch: u32, number: u64) -> Result<Option<FrameHash>, PhoneError> {
    let sql = "select hash from frame where epoch = ?1 and number = ?2";
    super::first(reader, "reading the frame before", sql, params![epoch, number], |row| {
        row.get("hash").map(FrameHash)
    })
}

/// The last frame of an epoch that was answered.
pub(crate) fn last_answered(reader: &Reader, epoch: u32) -> Result<Option<LastFrame>, PhoneError> {
    let sql = "select number, hash from frame where epoch = ?1 and state = 'answered'
         order by number desc limit 1";
    super::first(reader, "reading the last answered frame", sql, [epoch], |row| {
        Ok(LastFrame { number: row.get("number")?, hash: row.get("hash").map(FrameHash)? })
    })
}

/// Keeps a frame that waits for its answer.
pub(crate) fn insert(tx: &Tx<'_>, epoch: u32, number: u64, frame: &Frame) -> Result<(), PhoneError> {
    super::run(
        tx,
        "keeping a frame",
        "insert into frame (epoch, number, hash, bytes) values (:epoch, :number, :hash, :bytes)",
        named_params! {
            ":epoch": epoch, ":number": number, ":hash": frame.hash().0, ":bytes": frame.to_bytes(),
        },
    )?;
    Ok(())
}

/// The frames that wait for an answer, the oldest first, as long as `fits` takes their sizes.
pub(crate) fn waiting(
    reader: &Reader,
    mut fits: impl FnMut(usize) -> bool,
) -> Result<Vec<Vec<u8>>, PhoneError> {
    super::all_while(
        reader,
        "reading the outbox",
        "select bytes from frame where state = 'waiting' order by epoch, number",
        |row| row.get("bytes"),
        |bytes: &Vec<u8>| fits(bytes.len()),
    )
}

/// One frame.
pub(crate) fn bytes(reader: &Reader, epoch: u32, number: u64) -> Result<Option<Vec<u8>>, PhoneError> {
    let sql = "select bytes from frame where epoch = ?1 and number = ?2";
    super::first(reader, "reading a frame", sql, params![epoch, number], |row| row.get("bytes"))
}

/// Epoch and number of every frame of the epochs before this one, in order.
pub(crate) fn before_epoch(reader: &Reader, epoch: u32) -> Result<Vec<(u32, u64)>, PhoneError> {
    let sql = "select epoch, number from frame where epoch < ?1 order by epoch, number";
    super::all(reader, "reading frames", sql, [epoch], |row| Ok((row.get("epoch")?, row.get("number")?)))
}

/// The frames of an epoch, in order.
pub(crate) fn of_epoch(reader: &Reader, epoch: u32) -> Result<Vec<Vec<u8>>, PhoneError> {
    let sql = "select bytes from frame where epoch = ?1 order by number";
    super::all(reader, "reading frames", sql, [epoch], |row| row.get("bytes"))
}

/// The frames of earlier epochs that were never answered, in order.
pub(crate) fn abandoned(reader: &Reader) -> Result<Vec<Vec<u8>>, PhoneError> {
    let sql = "select bytes from frame where state = 'abandoned' order by epoch, number";
    super::all(reader, "reading frames", sql, [], |row| row.get("bytes"))
}

/// Whether any frame waits for an answer.
pub(crate) fn any_waits(reader: &Reader) -> Result<bool, PhoneError> {
    let sql = "select exists (select 1 from frame where state = 'waiting') as waits";
    super::only(reader, "looking for frames to send", sql, [], |row| row.get("waits"))
}

/// Notes that a frame was answered.
pub(crate) fn set_answered(tx: &Tx<'_>, epoch: u32, number: u64) -> Result<(), PhoneError> {
    let sql = "update frame set state = 'answered' where epoch = ?1 and number = ?2";
    super::run(tx, "marking a frame as answered", sql, params![epoch, number])?;
    Ok(())
}

/// Lets the answered frames after a number wait again. True when there were any.
pub(crate) fn send_again_after(tx: &Tx<'_>, epoch: u32, number: u64) -> Result<bool, PhoneError> {
    let again = super::run(
        tx,
        "sending archived frames again",
        "update frame set state = 'waiting' where epoch = ?1 and number > ?2 and state = 'answered'",
        params![epoch, number],
    )?;
    Ok(again > 0)
}

/// Gives up the frames that wait: they are of an epoch that ended.
pub(crate) fn abandon_waiting(tx: &Tx<'_>) -> Result<(), PhoneError> {
    let sql = "update frame set state = 'abandoned' where state = 'waiting'";
    super::run(tx, "abandoning frames", sql, [])?;
    Ok(())
}
