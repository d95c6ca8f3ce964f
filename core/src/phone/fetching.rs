//! Fetching attached files that are not on this phone, when somebody wants to see one.
//!
//! Bytes are asked for in pieces; what has come is on the disk, encrypted, and a fetch that was cut goes
//! on. A file is shown only when its bytes are what the record's digest says.

use super::http::{HttpAnswer, HttpCall};
use super::store::attachment::{self, FileRow, UploadState};
use super::vault::PART_BYTES;
use super::{Phone, PhoneError};
use crate::id::DocumentId;
use crate::record::attachment::{ContentDigest, MediaType};

/// The bytes of one request: whole parts of the file at rest.
const PIECE_BYTES: u64 = 16 * PART_BYTES;

/// A step of a fetch.
#[derive(Clone, Debug)]
pub struct FetchCall {
    /// The record.
    pub document: DocumentId,
    /// The file.
    pub digest: ContentDigest,
    /// What to send.
    pub call: HttpCall,
    offset: u64,
}

/// How far a fetch has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FetchProgress {
    /// How many bytes are here.
    pub fetched_bytes: u64,
    /// How many there are.
    pub size_bytes: u64,
}

impl Phone {
    /// The next step of fetching a file; nothing when it is here.
    ///
    /// # Errors
    /// When the record does not name it, or the store fails.
    pub fn next_fetch(
        &mut self,
        document: DocumentId,
        digest: ContentDigest,
    ) -> Result<Option<FetchCall>, PhoneError> {
        self.check_outside()?;
        let taken = self.named(document, digest)?;
        if attachment::find(self.store.reader(), digest)?.is_some_and(|file| file.is_here) {
            return Ok(None);
        }
        let offset = self.vault.fetched(digest).min(taken.size_bytes / PART_BYTES * PART_BYTES);
        let last = (offset + PIECE_BYTES).min(taken.size_bytes) - 1;
        let call = HttpCall {
            method: "GET",
            path: format!("/api/v1/sync/records/{document}/attachments/{digest}"),
            headers: vec![("range", format!("bytes={offset}-{last}"))],
            body: Vec::new(),
        };
        Ok(Some(FetchCall { document, digest, call, offset }))
    }

    /// What to ask for the small picture of a file, as JPEG: a list shows it before anybody fetches the file.
    ///
    /// # Errors
    /// When the record does not name the file, or the store fails.
    pub fn thumbnail_call(
        &self,
        document: DocumentId,
        digest: ContentDigest,
    ) -> Result<HttpCall, PhoneError> {
        self.check_outside()?;
        self.named(document, digest)?;
        let path = format!("/api/v1/sync/records/{document}/attachments/{digest}/thumbnail");
        Ok(HttpCall { method: "GET", path, headers: Vec::new(), body: Vec::new() })
    }

    /// Takes the answer to a step.
    ///
    /// # Errors
    /// When the answer is not what was asked for, or the bytes are not the file's; then it begins anew.
    pub fn take_fetched(
        &mut self,
        call: &FetchCall,
        answer: &HttpAnswer,
    ) -> Result<FetchProgress, PhoneError> {
        let bad = |reason: String| PhoneError::BadResponse { reason };
        let (document, digest) = (call.document, call.digest);
        let row = self.row(document)?;
        let found = self.attached_to(&row)?.into_iter().find(|attached| attached.digest == digest);
        let attached = found.ok_or(PhoneError::NoSuchFile(digest))?;
        let taken = self.named(document, digest)?;
        if answer.status != 206 {
            let said = answer.problem_code().unwrap_or_default();
            return Err(bad(format!("status {} to a fetch {said}", answer.status)));
        }
        let wanted = (taken.size_bytes - call.offset).min(PIECE_BYTES);
        let came = answer.body.len() as u64;
        if came > wanted {
            return Err(bad("more came than was asked for".to_owned()));
        }
        // Of a piece that was cut, whole parts are kept.
        let kept = if came == wanted { came } else { came / PART_BYTES * PART_BYTES };
        let kept_bytes = usize::try_from(kept).unwrap_or(answer.body.len());
        self.vault.add_fetched(taken, self.minter.random(), call.offset, &answer.body[..kept_bytes])?;
        let fetched_bytes = call.offset + kept;
        if fetched_bytes < taken.size_bytes {
            self.note_file(&row_of(document, digest, &attached.media_type, taken.size_bytes, false))?;
        } else if self.vault.end_fetch(taken)? {
            self.note_file(&row_of(document, digest, &attached.media_type, taken.size_bytes, true))?;
        } else {
            return Err(bad("the bytes are not the file's".to_owned()));
        }
        Ok(FetchProgress { fetched_bytes, size_bytes: taken.size_bytes })
    }

    fn note_file(&mut self, file: &FileRow) -> Result<(), PhoneError> {
        self.store.write("noting a fetched file", |tx| attachment::save(tx, file))
    }
}

const fn row_of(
    document: DocumentId,
    digest: ContentDigest,
    media_type: &MediaType,
    size_bytes: u64,
    is_here: bool,
) -> FileRow {
    FileRow {
        digest,
        size_bytes,
        media_type: *media_type,
        document,
        is_here,
        upload: UploadState::None,
        url: None,
        sent_bytes: 0,
        is_unsure: false,
        reason: String::new(),
    }
}
