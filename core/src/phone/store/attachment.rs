//! Files that records on this phone name, and how far each has come on its way to the server.

use rusqlite::{Row, params};

use super::{PhoneError, Reader, Tx};
use crate::id::DocumentId;
use crate::record::attachment::{ContentDigest, MediaType};

/// How far a file has come on its way to the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum UploadState {
    /// It came from the server.
    None,
    /// It is to be sent, or being sent.
    Waiting,
    /// All was sent; the server's word that it is stored is still to come.
    Sent,
    /// The server has said that it is stored.
    Stored,
    /// The server does not take it.
    Refused,
}

impl UploadState {
    const ALL: [Self; 5] = [Self::None, Self::Waiting, Self::Sent, Self::Stored, Self::Refused];

    const fn code(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Waiting => "waiting",
            Self::Sent => "sent",
            Self::Stored => "stored",
            Self::Refused => "refused",
        }
    }

    fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.code() == code)
    }
}

/// A file.
#[derive(Clone, Debug)]
pub(crate) struct FileRow {
    pub(crate) digest: ContentDigest,
    pub(crate) size_bytes: u64,
    pub(crate) media_type: MediaType,
    pub(crate) document: DocumentId,
    pub(crate) is_here: bool,
    pub(crate) upload: UploadState,
    pub(crate) url: Option<String>,
    pub(crate) sent_bytes: u64,
    pub(crate) is_unsure: bool,
    pub(crate) reason: String,
}

const SELECT: &str = "select digest, size_bytes, media_type, document_id, is_here, upload, url, sent_bytes,
    is_unsure, reason from attachment";

/// Notes a file of a record. One that is known keeps what is known of it, but for what is new: that it is
/// here, and that it is to be sent.
pub(crate) fn save(tx: &Tx<'_>, file: &FileRow) -> Result<(), PhoneError> {
    super::run(
        tx,
        "noting a file",
        "insert into attachment (digest, size_bytes, media_type, document_id, is_here, upload)
         values (?1, ?2, ?3, ?4, ?5, ?6)
         on conflict (digest) do update set is_here = max(is_here, excluded.is_here),
             upload = case when upload in ('none', 'refused') then excluded.upload else upload end",
        params![
            file.digest.0,
            file.size_bytes,
            file.media_type.code(),
            file.document.as_bytes(),
            file.is_here,
            file.upload.code()
        ],
    )?;
    let sql = "insert into attachment_use (document_id, digest) values (?1, ?2) on conflict do nothing";
    super::run(tx, "noting who has a file", sql, params![file.document.as_bytes(), file.digest.0])?;
    Ok(())
}

/// What is known of a file.
pub(crate) fn find(reader: &Reader, digest: ContentDigest) -> Result<Option<FileRow>, PhoneError> {
    let sql = format!("{SELECT} where digest = ?1");
    super::first(reader, "reading a file's row", &sql, [digest.0], read)
}

/// The files to be sent: one that is on its way before one that is not, the smaller first.
pub(crate) fn to_send(reader: &Reader) -> Result<Vec<FileRow>, PhoneError> {
    let sql = format!("{SELECT} where upload = 'waiting' order by url is null, size_bytes, digest");
    super::all(reader, "looking for a file to send", &sql, [], read)
}

/// The files that are on this phone and, as far as it knows, not on the server.
pub(crate) fn unsent(reader: &Reader) -> Result<Vec<FileRow>, PhoneError> {
    let sql = format!("{SELECT} where is_here = 1 and upload in ('waiting', 'sent') order by digest");
    super::all(reader, "listing unsent files", &sql, [], read)
}

/// How many files are to be sent, and how many bytes of them the server does not have.
pub(crate) fn waiting(reader: &Reader) -> Result<(u64, u64), PhoneError> {
    let sql = "select count(*) as files, coalesce(sum(size_bytes - sent_bytes), 0) as bytes from attachment
               where upload = 'waiting'";
    super::only(reader, "counting files to send", sql, [], |row| Ok((row.get("files")?, row.get("bytes")?)))
}

/// What of files lies on this phone.
pub(crate) struct Held {
    pub(crate) files: u64,
    pub(crate) bytes: u64,
    /// Of files that the server has.
    pub(crate) bytes_on_server: u64,
}

/// How many files lie on this phone, and how large they are.
pub(crate) fn held(reader: &Reader) -> Result<Held, PhoneError> {
    let sql = "select count(*) as files, coalesce(sum(size_bytes), 0) as bytes,
                   coalesce(sum(case when upload in ('stored', 'none') and r.position > 0 and r.body <> 'null'
                       then size_bytes else 0 end), 0) as stored
               from attachment left join server_row r on r.kind = 'attachment' and r.row_key = lower(hex(digest))
               where is_here = 1";
    super::only(reader, "counting files", sql, [], |row| {
        Ok(Held { files: row.get("files")?, bytes: row.get("bytes")?, bytes_on_server: row.get("stored")? })
    })
}

/// Every file whose row is here, and whether it is here as a whole.
pub(crate) fn places(reader: &Reader) -> Result<Vec<(ContentDigest, bool)>, PhoneError> {
    let sql = "select digest, is_here from attachment";
    super::all(reader, "listing files", sql, [], |row| {
        Ok((ContentDigest(row.get("digest")?), row.get("is_here")?))
    })
}

/// Notes where the server takes a file.
pub(crate) fn set_begun(tx: &Tx<'_>, digest: ContentDigest, url: &str) -> Result<(), PhoneError> {
    let sql = "update attachment set url = ?2, sent_bytes = 0, is_unsure = 0 where digest = ?1";
    super::run(tx, "beginning an upload", sql, params![digest.0, url])?;
    Ok(())
}

/// Notes that bytes are about to leave, and that nobody knows yet how many will come.
pub(crate) fn set_unsure(tx: &Tx<'_>, digest: ContentDigest) -> Result<(), PhoneError> {
    super::run(tx, "sending a file", "update attachment set is_unsure = 1 where digest = ?1", [digest.0])?;
    Ok(())
}

/// Notes how much of a file the server has.
pub(crate) fn set_sent(tx: &Tx<'_>, digest: ContentDigest, sent_bytes: u64) -> Result<(), PhoneError> {
    let sql = "update attachment set sent_bytes = ?2, is_unsure = 0,
                   upload = case when ?2 >= size_bytes then 'sent' else upload end where digest = ?1";
    super::run(tx, "noting what was sent", sql, params![digest.0, sent_bytes])?;
    Ok(())
}

/// Notes that an upload is to begin again.
pub(crate) fn begin_again(tx: &Tx<'_>, digest: ContentDigest) -> Result<(), PhoneError> {
    let sql = "update attachment set url = null, sent_bytes = 0, is_unsure = 0 where digest = ?1";
    super::run(tx, "beginning an upload again", sql, [digest.0])?;
    Ok(())
}

/// Notes that the server does not take a file, and why.
pub(crate) fn set_refused(tx: &Tx<'_>, digest: ContentDigest, reason: &str) -> Result<(), PhoneError> {
    let sql = "update attachment set upload = 'refused', url = null, reason = ?2 where digest = ?1";
    super::run(tx, "noting a refused file", sql, params![digest.0, reason])?;
    Ok(())
}

/// Notes the server's word that a file is stored.
pub(crate) fn set_stored(tx: &Tx<'_>, digest: ContentDigest) -> Result<(), PhoneError> {
    let sql = "update attachment set upload = 'stored', url = null, sent_bytes = size_bytes, is_unsure = 0
               where digest = ?1 and upload <> 'none'";
    super::run(tx, "noting a stored file", sql, [digest.0])?;
    Ok(())
}

/// The server was put back to an older state: what it had of files it may not have now. One that was taken off this
/// phone since is another's to send.
pub(crate) fn send_again(tx: &Tx<'_>) -> Result<(), PhoneError> {
    let sql = "update attachment set upload = case is_here when 1 then 'waiting' else 'none' end, url = null,
                   sent_bytes = 0, is_unsure = 0 where upload in ('sent', 'stored')";
    super::run(tx, "sending files again", sql, [])?;
    Ok(())
}

/// Notes that a file is whole on this phone, or is not any more.
pub(crate) fn set_here(tx: &Tx<'_>, digest: ContentDigest, is_here: bool) -> Result<(), PhoneError> {
    let sql = "update attachment set is_here = ?2 where digest = ?1";
    super::run(tx, "noting where a file is", sql, params![digest.0, is_here])?;
    Ok(())
}

/// Whether a record has files that the server does not have yet.
pub(crate) fn any_unsent(reader: &Reader, document: DocumentId) -> Result<bool, PhoneError> {
    let sql = "select exists (select 1 from attachment_use u join attachment a on a.digest = u.digest
               where u.document_id = ?1 and a.upload in ('waiting', 'sent')) as unsent";
    super::only(reader, "looking for unsent files", sql, [document.as_bytes()], |row| row.get("unsent"))
}

/// Forgets the files of a record, but for those that another record has as well.
pub(crate) fn remove_of(tx: &Tx<'_>, document: DocumentId) -> Result<(), PhoneError> {
    let doing = "forgetting files";
    super::run(tx, doing, "delete from attachment_use where document_id = ?1", [document.as_bytes()])?;
    let sql = "delete from attachment where not exists
               (select 1 from attachment_use u where u.digest = attachment.digest)";
    super::run(tx, doing, sql, [])?;
    Ok(())
}

fn read(row: &Row<'_>) -> rusqlite::Result<FileRow> {
    let (media, upload): (String, String) = (row.get("media_type")?, row.get("upload")?);
    Ok(FileRow {
        digest: ContentDigest(row.get("digest")?),
        size_bytes: row.get("size_bytes")?,
        // Both were written by this module; a later version's word reads as the most careful one.
        media_type: MediaType::from_code(&media).unwrap_or(MediaType::Pdf),
        document: DocumentId::from_bytes(row.get("document_id")?),
        is_here: row.get("is_here")?,
        upload: UploadState::from_code(&upload).unwrap_or(UploadState::Waiting),
        url: row.get("url")?,
        sent_bytes: row.get("sent_bytes")?,
        is_unsure: row.get("is_unsure")?,
        reason: row.get("reason")?,
    })
}
