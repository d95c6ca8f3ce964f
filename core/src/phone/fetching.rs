//! Fetching attached files that are not on this phone, when somebody wants to see one, and taking them off it again.
//!
//! Bytes are asked for in pieces; what has come is on the disk, encrypted, and a fetch that was cut goes
//! on. A file is shown only when its bytes are what the record's digest says.

use super::http::{HttpAnswer, HttpCall};
use super::store::attachment::{self, FileRow, UploadState};
use super::store::server_row;
use super::vault::PART_BYTES;
use super::{Phone, PhoneError};
use crate::id::DocumentId;
use crate::record::attachment::{ContentDigest, MediaType};
use crate::sync::row_kind::RowKind;

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
        &self,
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

    /// Takes the bytes of a file off this phone, to make room. The record keeps the file, and it can be fetched again.
    /// One that is not here stays so.
    ///
    /// # Errors
    /// [`PhoneError::FileNotOnServer`] when nobody has said that the server has it, or it does not any more; when
    /// the record does not name it, or the store fails.
    pub fn free_attachment(&mut self, document: DocumentId, digest: ContentDigest) -> Result<(), PhoneError> {
        self.named(document, digest)?;
        let reader = self.store.reader();
        let known = attachment::find(reader, digest)?.filter(|file| file.is_here);
        if let Some(file) = known {
            // What was fetched here once a server that was put back may not have any more.
            let is_kept = matches!(file.upload, UploadState::Stored | UploadState::None)
                && server_row::is_told(reader, RowKind::Attachment, &digest.to_string())?;
            if !is_kept {
                return Err(PhoneError::FileNotOnServer(digest));
            }
            // After a crash in between the file is swept when the phone opens.
            self.store.write("freeing a file", |tx| attachment::set_here(tx, digest, false))?;
        }
        self.vault.remove(digest)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::AssignmentId;
    use crate::people::{AssignmentKind, Duty};
    use crate::phone::testing::{phone, row, task};
    use crate::phone::{About, AttachmentRow, FileState, NewAttachment};
    use crate::record::attachment::AttachmentPurpose;

    const BYTES: &[u8] = b"\xff\xd8\xff\xe0 a photo";

    /// A phone with a photo in a return visit.
    fn with_photo(folder: &std::path::Path) -> (Phone, DocumentId, ContentDigest) {
        let mut phone = phone(folder);
        let visit = AssignmentId::from_bytes([5; 16]);
        let told = task(visit, AssignmentKind::ReturnVisit, Duty::Lead);
        phone.store.write("testing", |tx| server_row::save(tx, &told, None)).expect("stored");
        let record = phone.start(visit, "return_visit", About::default()).expect("begun");
        let (purpose, media_type) = (AttachmentPurpose::Photo, MediaType::Jpeg);
        let photo = NewAttachment { purpose, media_type, name: "照片.jpg".to_owned(), made_at: None };
        phone.attach(record, &photo, &mut &*BYTES).expect("taken");
        let digest = only(&phone, record).attached.digest;
        (phone, record, digest)
    }

    fn only(phone: &Phone, record: DocumentId) -> AttachmentRow {
        phone.attachments(record).expect("listed").remove(0)
    }

    /// The server says that it has the file.
    fn tell_stored(phone: &mut Phone, digest: ContentDigest) {
        let told = phone.store.write("testing", |tx| {
            server_row::save(tx, &row(RowKind::Attachment, digest, "{}"), None)?;
            attachment::set_stored(tx, digest)
        });
        told.expect("stored");
    }

    #[test]
    fn a_file_leaves_the_phone_once_the_server_has_it_and_comes_back() {
        let folder = tempfile::tempdir().expect("a folder");
        let (mut phone, record, digest) = with_photo(folder.path());
        let size = BYTES.len() as u64;
        let refused = phone.free_attachment(record, digest);
        assert!(matches!(refused, Err(PhoneError::FileNotOnServer(of)) if of == digest), "{refused:?}");
        let held = phone.storage().expect("counted");
        assert_eq!((held.files, held.file_bytes, held.file_bytes_on_server), (1, size, 0));

        tell_stored(&mut phone, digest);
        assert_eq!(phone.storage().expect("counted").file_bytes_on_server, size);
        phone.free_attachment(record, digest).expect("the server has it");
        phone.free_attachment(record, digest).expect("it is off already");
        let held = phone.storage().expect("counted");
        assert_eq!((held.files, held.file_bytes, held.file_bytes_on_server), (0, 0, 0));
        let files = std::fs::read_dir(folder.path().join("phone.files")).expect("a folder");
        assert_eq!(files.count(), 0, "nothing is left on the disk");
        let file = only(&phone, record);
        assert_eq!((file.state, file.is_here), (FileState::Stored, false));
        let elsewhere = phone.read_attachment(record, digest, 0, size);
        assert!(matches!(elsewhere, Err(PhoneError::FileElsewhere(_))), "{elsewhere:?}");

        let call = phone.next_fetch(record, digest).expect("outside").expect("it is to be fetched");
        let answer = HttpAnswer { status: 206, headers: Vec::new(), body: BYTES.to_vec() };
        phone.take_fetched(&call, &answer).expect("its bytes");
        assert_eq!(phone.read_attachment(record, digest, 0, size).expect("here again"), BYTES);
        assert_eq!(only(&phone, record).state, FileState::Stored);
    }

    #[test]
    fn what_a_server_that_was_put_back_may_not_have_stays_and_what_was_freed_is_awaited() {
        let folder = tempfile::tempdir().expect("a folder");
        let (mut phone, record, digest) = with_photo(folder.path());
        tell_stored(&mut phone, digest);
        let put_back = |phone: &mut Phone| {
            let doubted = phone.store.write("testing", |tx| {
                attachment::send_again(tx)?;
                server_row::doubt_all(tx)
            });
            doubted.expect("stored");
        };
        put_back(&mut phone);
        let refused = phone.free_attachment(record, digest);
        assert!(matches!(refused, Err(PhoneError::FileNotOnServer(_))), "{refused:?}");

        tell_stored(&mut phone, digest);
        phone.free_attachment(record, digest).expect("the server has it after all");
        put_back(&mut phone);
        phone.store.write("testing", server_row::remove_doubted).expect("stored");
        assert_eq!(phone.storage().expect("counted").files, 0);
        assert_eq!(only(&phone, record).state, FileState::Awaited, "this phone cannot send it");
    }
}
