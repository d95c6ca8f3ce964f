//! Attached files: those whose bytes are here, who handed them in, and which records name them.

use tingfang_core::clock::Moment;
use tingfang_core::id::{DeviceId, DocumentId, PersonId};
use tingfang_core::record::attachment::{Attached, ContentDigest, MediaType};

use crate::db::{DbError, Row, Tx};
use crate::params;

/// A file whose bytes are whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// The digest of its bytes.
    pub digest: ContentDigest,
    /// How large it is.
    pub size_bytes: u64,
    /// Of which kind it is.
    pub media_type: MediaType,
    /// Whether there is a small picture of it.
    pub has_thumbnail: bool,
    /// When its last byte came.
    pub stored_at: Moment,
}

/// Who handed in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Source {
    /// The person.
    pub person: PersonId,
    /// The device.
    pub device: DeviceId,
    /// When.
    pub received_at: Moment,
}

const SELECT: &str = "select digest, size_bytes, media_type, has_thumbnail, stored_at from attachment";

/// Notes that a file is here. False when it was before.
pub fn insert(tx: &Tx, kept: &Kept) -> Result<bool, DbError> {
    let added = tx.execute(
        "insert into attachment (digest, size_bytes, media_type, has_thumbnail, stored_at)
         values (?1, ?2, ?3, ?4, ?5) on conflict (digest) do nothing",
        params![
            &kept.digest.0[..],
            kept.size_bytes,
            kept.media_type.code(),
            kept.has_thumbnail,
            kept.stored_at
        ],
    )?;
    Ok(added > 0)
}

/// The file with this digest.
pub fn find(tx: &Tx, digest: ContentDigest) -> Result<Option<Kept>, DbError> {
    tx.query_one(&format!("{SELECT} where digest = ?1"), params![&digest.0[..]], read)
}

/// Every file, one after the other.
pub fn all(tx: &Tx) -> Result<Vec<Kept>, DbError> {
    tx.query(&format!("{SELECT} order by digest"), params![], read)
}

/// Notes who has handed in a file.
pub fn add_source(tx: &Tx, digest: ContentDigest, source: Source) -> Result<(), DbError> {
    tx.execute(
        "insert into attachment_source (digest, person_id, device_id, received_at)
         values (?1, ?2, ?3, ?4) on conflict (digest, person_id) do nothing",
        params![&digest.0[..], source.person, source.device, source.received_at],
    )?;
    Ok(())
}

/// Whether somebody has handed in this file.
pub fn is_source(tx: &Tx, digest: ContentDigest, person: PersonId) -> Result<bool, DbError> {
    let sql = "select 1 as one from attachment_source where digest = ?1 and person_id = ?2";
    let found: Option<i64> = tx.query_one(sql, params![&digest.0[..], person], |row| row.get("one"))?;
    Ok(found.is_some())
}

/// Says which files a record names, in the place of what was known of it.
pub fn set_uses(tx: &Tx, document: DocumentId, attached: &[Attached]) -> Result<(), DbError> {
    for one in attached {
        tx.execute(
            "insert into attachment_use (document_id, entry_id, digest, size_bytes, withdrawn)
             values (?1, ?2, ?3, ?4, ?5)
             on conflict (document_id, entry_id) do update set digest = excluded.digest,
                 size_bytes = excluded.size_bytes, withdrawn = excluded.withdrawn",
            params![document, one.entry, &one.digest.0[..], one.size_bytes, one.withdrawn],
        )?;
    }
    Ok(())
}

/// The records that name a file.
pub fn users(tx: &Tx, digest: ContentDigest) -> Result<Vec<DocumentId>, DbError> {
    let sql = "select distinct document_id from attachment_use where digest = ?1 order by document_id";
    tx.query(sql, params![&digest.0[..]], |row| row.get("document_id"))
}

/// Whether a file belongs to a record: the record names it, and somebody who has or had the record, or one that
/// it amends, has handed the file in. To name the digest of a file that others have handed in gives nobody the
/// file, nor the knowledge that it is here.
pub fn belongs_to(tx: &Tx, document: DocumentId, digest: ContentDigest) -> Result<bool, DbError> {
    let sql = "with recursive line (document_id) as (
             select document_id from document where document_id = ?1
             union select earlier.amends_id from document earlier
                 join line on line.document_id = earlier.document_id where earlier.amends_id is not null)
         select count(*) as sources from attachment_use u
             join attachment_source s on s.digest = u.digest
             join document_reader r on r.person_id = s.person_id
             join line on line.document_id = r.document_id
         where u.document_id = ?1 and u.digest = ?2";
    let sources: Option<i64> =
        tx.query_one(sql, params![document, &digest.0[..]], |row| row.get("sources"))?;
    Ok(sources.unwrap_or(0) > 0)
}

/// The files that a record names.
pub fn of_document(tx: &Tx, document: DocumentId) -> Result<Vec<ContentDigest>, DbError> {
    let sql = "select distinct digest from attachment_use where document_id = ?1 order by digest";
    tx.query(sql, params![document], |row| digest_in(row, "digest"))
}

/// The files that records name of which nothing is left, and no other record does.
pub fn only_of_erased(tx: &Tx) -> Result<Vec<ContentDigest>, DbError> {
    let sql = "select distinct digest from attachment_use u
         where document_id in (select document_id from erasure) and not exists
             (select 1 from attachment_use o where o.digest = u.digest
                 and o.document_id not in (select document_id from erasure)) order by digest";
    tx.query(sql, &[], |row| digest_in(row, "digest"))
}

/// The order by which a file was erased that only erased records name.
pub fn erased_by(tx: &Tx, digest: ContentDigest) -> Result<Option<u64>, DbError> {
    let sql = "select max(e.order_no) as order_no from attachment_use u
         left join erasure e on e.document_id = u.document_id where u.digest = ?1
         group by u.digest having count(*) = count(e.order_no)";
    let found = tx.query_one(sql, params![&digest.0[..]], |row| row.get::<Option<u64>>("order_no"))?;
    Ok(found.flatten())
}

/// Forgets that a file is here, and who has handed it in.
pub fn forget(tx: &Tx, digest: ContentDigest) -> Result<(), DbError> {
    tx.execute("delete from attachment_source where digest = ?1", params![&digest.0[..]])?;
    tx.execute("delete from attachment where digest = ?1", params![&digest.0[..]])?;
    Ok(())
}

/// How many files are named by records and are not here. Of what was erased none is waited for.
pub fn awaited(tx: &Tx) -> Result<u64, DbError> {
    let sql = "select count(distinct u.digest) as files from attachment_use u
               where not exists (select 1 from attachment a where a.digest = u.digest)
                   and u.document_id not in (select document_id from erasure)";
    Ok(tx.query_one(sql, params![], |row| row.get("files"))?.unwrap_or(0))
}

pub(super) fn digest_in(row: &Row, name: &str) -> Result<ContentDigest, DbError> {
    let bytes: Vec<u8> = row.get(name)?;
    let digest = <[u8; 32]>::try_from(bytes).map(ContentDigest);
    digest.map_err(|_| DbError::Damaged("a digest of a file has not 32 bytes".to_owned()))
}

fn read(row: &Row) -> Result<Kept, DbError> {
    Ok(Kept {
        digest: digest_in(row, "digest")?,
        size_bytes: row.get("size_bytes")?,
        media_type: row.code("media_type", MediaType::from_code)?,
        has_thumbnail: row.get("has_thumbnail")?,
        stored_at: row.get("stored_at")?,
    })
}
