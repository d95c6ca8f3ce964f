//! Files that are on their way: how much came, and where the pieces lie.

use tingfang_core::clock::Moment;
use tingfang_core::id::{DeviceId, PersonId, UploadId};
use tingfang_core::record::attachment::{ContentDigest, MediaType};

use super::attachment::digest_in;
use crate::db::{DbError, Row, Tx};
use crate::params;

/// An upload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Its id.
    pub id: UploadId,
    /// The device that sends.
    pub device: DeviceId,
    /// Whose it is.
    pub person: PersonId,
    /// What the digest of the whole is said to be.
    pub digest: ContentDigest,
    /// How large the whole is said to be.
    pub size_bytes: u64,
    /// Of which kind it is said to be.
    pub media_type: MediaType,
    /// What came so far, without a gap.
    pub received_bytes: u64,
    /// Whether the file is here.
    pub is_finished: bool,
    /// When it began.
    pub begun_at: Moment,
}

/// A piece of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Where it begins in the file.
    pub starts_at: u64,
    /// How large it is.
    pub size_bytes: u64,
    /// The object that holds it.
    pub object: String,
}

const SELECT: &str = "select upload_id, device_id, person_id, digest, size_bytes, media_type, received_bytes,
    is_finished, begun_at from upload";

/// Begins an upload.
pub fn insert(tx: &Tx, kept: &Kept) -> Result<(), DbError> {
    tx.execute(
        "insert into upload (upload_id, device_id, person_id, digest, size_bytes, media_type, received_bytes,
             is_finished, begun_at, touched_at)
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?9)",
        params![
            kept.id,
            kept.device,
            kept.person,
            &kept.digest.0[..],
            kept.size_bytes,
            kept.media_type.code(),
            kept.received_bytes,
            kept.is_finished,
            kept.begun_at
        ],
    )?;
    Ok(())
}

/// The upload with this id.
pub fn find(tx: &Tx, id: UploadId) -> Result<Option<Kept>, DbError> {
    tx.query_one(&format!("{SELECT} where upload_id = ?1"), params![id], read)
}

/// The bytes that a person's unfinished uploads will have.
pub fn bytes_under_way(tx: &Tx, person: PersonId) -> Result<u64, DbError> {
    let sql = "select size_bytes from upload where person_id = ?1 and is_finished = 0";
    let sizes: Vec<u64> = tx.query(sql, params![person], |row| row.get("size_bytes"))?;
    Ok(sizes.iter().sum())
}

/// Notes a piece that came. False when something else came first: the piece does not begin where the
/// file ends now.
pub fn add_part(tx: &Tx, id: UploadId, part: &Part, now: Moment) -> Result<bool, DbError> {
    let moved = tx.execute(
        "update upload set received_bytes = received_bytes + ?3, touched_at = ?4
         where upload_id = ?1 and received_bytes = ?2",
        params![id, part.starts_at, part.size_bytes, now],
    )?;
    if moved == 0 {
        return Ok(false);
    }
    tx.execute(
        "insert into upload_part (upload_id, starts_at, size_bytes, object) values (?1, ?2, ?3, ?4)",
        params![id, part.starts_at, part.size_bytes, &part.object],
    )?;
    Ok(true)
}

/// The pieces in their order.
pub fn parts(tx: &Tx, id: UploadId) -> Result<Vec<Part>, DbError> {
    let sql = "select starts_at, size_bytes, object from upload_part where upload_id = ?1 order by starts_at";
    tx.query(sql, params![id], |row| {
        Ok(Part {
            starts_at: row.get("starts_at")?,
            size_bytes: row.get("size_bytes")?,
            object: row.get("object")?,
        })
    })
}

/// The uploads of a file, finished or not.
pub fn of_file(tx: &Tx, digest: ContentDigest) -> Result<Vec<UploadId>, DbError> {
    let sql = "select upload_id from upload where digest = ?1 order by upload_id";
    tx.query(sql, params![&digest.0[..]], |row| row.get("upload_id"))
}

/// Notes that the file is here; its pieces are needed no more.
pub fn set_finished(tx: &Tx, id: UploadId) -> Result<(), DbError> {
    tx.execute("delete from upload_part where upload_id = ?1", params![id])?;
    tx.execute("update upload set is_finished = 1 where upload_id = ?1", params![id])?;
    Ok(())
}

/// Forgets an upload, whole or not.
pub fn remove(tx: &Tx, id: UploadId) -> Result<(), DbError> {
    tx.execute("delete from upload_part where upload_id = ?1", params![id])?;
    tx.execute("delete from upload where upload_id = ?1", params![id])?;
    Ok(())
}

/// Uploads of which nothing has come since a moment; some of them at a time.
pub fn stale(tx: &Tx, before: Moment) -> Result<Vec<UploadId>, DbError> {
    let sql = "select upload_id from upload where touched_at < ?1 order by touched_at limit 100";
    tx.query(sql, params![before], |row| row.get("upload_id"))
}

fn read(row: &Row) -> Result<Kept, DbError> {
    Ok(Kept {
        id: row.get("upload_id")?,
        device: row.get("device_id")?,
        person: row.get("person_id")?,
        digest: digest_in(row, "digest")?,
        size_bytes: row.get("size_bytes")?,
        media_type: row.code("media_type", MediaType::from_code)?,
        received_bytes: row.get("received_bytes")?,
        is_finished: row.get("is_finished")?,
        begun_at: row.get("begun_at")?,
    })
}
