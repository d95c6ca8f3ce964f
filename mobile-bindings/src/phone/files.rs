//! 附件 scans, photos and sound that belong to a record.

use std::fs::File;
use std::io::{ErrorKind, Read, Write};
use std::path::Path;

use tingfang_core::id::{DocumentId, EntryId};
use tingfang_core::phone;
use tingfang_core::record::attachment::ContentDigest;

use super::Tingfang;
use crate::error::TingfangError;
use crate::listener::Change;
use crate::model::attachment::{Attachment, NewAttachment};

/// How many bytes are handed on at once.
const STEP_BYTES: u64 = 1024 * 1024;

#[uniffi::export]
impl Tingfang {
    /// Attaches a file at a path to a record. File and record are on the disk, the file encrypted, when this
    /// returns; the app takes its own copy away. The file goes to the server after the record. The same file is
    /// not attached twice. Not for the main thread: the whole file is read.
    ///
    /// Throws `BadArgument` when the record takes no such file or it is too large, `NotAllowed` before an observer
    /// has left the hearing, `InCourtRoom` inside.
    pub fn attach(
        &self,
        record: DocumentId,
        attachment: NewAttachment,
        path: String,
    ) -> Result<EntryId, TingfangError> {
        let mut file = File::open(&path).map_err(|error| unusable("reading the file", &error))?;
        self.attach_from(record, attachment, &mut file)
    }

    /// The same with the bytes themselves, for what the app never wrote into a file.
    pub fn attach_bytes(
        &self,
        record: DocumentId,
        attachment: NewAttachment,
        bytes: Vec<u8>,
    ) -> Result<EntryId, TingfangError> {
        self.attach_from(record, attachment, &mut bytes.as_slice())
    }

    /// The attachments of a record, in the order in which they were added.
    pub fn attachments(&self, record: DocumentId) -> Result<Vec<Attachment>, TingfangError> {
        let rows = self.read(|phone| phone.attachments(record))?;
        Ok(rows.into_iter().map(Attachment::from).collect())
    }

    /// Writes an attached file, decrypted, to a path; the app takes it away after showing it.
    ///
    /// Throws `BadArgument` when it is not on this phone (fetch it first) or something is at the path already, and
    /// `Store` when the disk fails or is full; then nothing is left at the path.
    pub fn write_attachment(
        &self,
        record: DocumentId,
        digest: ContentDigest,
        path: String,
    ) -> Result<(), TingfangError> {
        // A file that is not here leaves nothing at the path.
        let mut bytes = self.read_step(record, digest, 0)?;
        written_anew(Path::new(&path), |file| {
            let mut offset = 0;
            while !bytes.is_empty() {
                file.write_all(&bytes).map_err(|error| failed("writing the file", &error))?;
                offset += bytes.len() as u64;
                bytes = self.read_step(record, digest, offset)?;
            }
            Ok(())
        })
    }

    /// Takes the bytes of an attached file off this phone, to make room. The record keeps the file, and a fetch brings
    /// it back. A file that is not here stays so.
    ///
    /// Throws `NotOnServer` when the server has not said that it has the file, `BadArgument` when the record names
    /// no such file.
    pub fn free_attachment(&self, record: DocumentId, digest: ContentDigest) -> Result<(), TingfangError> {
        self.written(|phone| phone.free_attachment(record, digest).map(|()| record)).map(|_| ())
    }
}

impl Tingfang {
    fn attach_from(
        &self,
        record: DocumentId,
        attachment: NewAttachment,
        from: &mut dyn Read,
    ) -> Result<EntryId, TingfangError> {
        let new = phone::NewAttachment::from(attachment);
        let entry = self.with(|phone| phone.attach(record, &new, from))?;
        self.listeners.tell(Change::Record { record });
        Ok(entry)
    }

    fn read_step(
        &self,
        record: DocumentId,
        digest: ContentDigest,
        offset: u64,
    ) -> Result<Vec<u8>, TingfangError> {
        let step = || self.read(|phone| phone.read_attachment(record, digest, offset, STEP_BYTES));
        // It may have been taken off the phone in this moment; then the next one says so.
        step()
            .or_else(|error| if matches!(error, TingfangError::Damaged { .. }) { step() } else { Err(error) })
    }
}

/// Writes a fresh file; one that is there is not written over. What could not be written to its end is taken away, so
/// that the next try finds the path free.
pub(super) fn written_anew<T>(
    path: &Path,
    write: impl FnOnce(&mut File) -> Result<T, TingfangError>,
) -> Result<T, TingfangError> {
    let mut file = File::create_new(path).map_err(|error| unusable("making the file", &error))?;
    let written = write(&mut file).and_then(|written| {
        file.sync_all().map_err(|error| failed("writing the file", &error))?;
        Ok(written)
    });
    drop(file);
    if written.is_err() {
        // Why it was not written says more than that it cannot be taken away.
        let _ = std::fs::remove_file(path);
    }
    written
}

/// A path that cannot be opened: a mistake of the app, or the disk.
fn unusable(doing: &str, error: &std::io::Error) -> TingfangError {
    match error.kind() {
        ErrorKind::NotFound
        | ErrorKind::AlreadyExists
        | ErrorKind::PermissionDenied
        | ErrorKind::IsADirectory
        | ErrorKind::NotADirectory
        | ErrorKind::InvalidInput
        | ErrorKind::InvalidFilename
        | ErrorKind::ReadOnlyFilesystem => TingfangError::bad_argument(format!("{doing}: {error}")),
        _ => failed(doing, error),
    }
}

/// A disk that fails or is full, which no app can mend.
fn failed(doing: &str, error: &std::io::Error) -> TingfangError {
    TingfangError::Store { reason: format!("{doing}: {error}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_not_be_written_to_its_end_leaves_the_path_free() {
        let path = std::env::temp_dir().join(format!("tingfang-written-anew-{}", std::process::id()));
        let full = written_anew(&path, |file| {
            file.write_all(b"half of it").map_err(|error| failed("writing", &error))?;
            Err::<(), _>(failed("writing the file", &ErrorKind::StorageFull.into()))
        });
        assert_eq!(full.expect_err("no room").code(), "store");
        assert!(!path.exists(), "half a file would stand in the way");
        written_anew(&path, |file| file.write_all(b"all").map_err(|error| failed("writing", &error)))
            .expect("the path is free");
        let again = written_anew(&path, |_| Ok(()));
        assert_eq!(again.expect_err("not over what is there").code(), "bad_argument");
        assert_eq!(std::fs::read(&path).expect("still there"), b"all");
        std::fs::remove_file(&path).expect("there");
    }

    #[test]
    fn a_path_is_the_apps_and_a_full_disk_is_nobodys_mistake() {
        let of = |kind: ErrorKind| unusable("making the file", &kind.into()).code();
        assert_eq!(of(ErrorKind::NotFound), "bad_argument");
        assert_eq!(of(ErrorKind::AlreadyExists), "bad_argument");
        assert_eq!(of(ErrorKind::StorageFull), "store");
        assert_eq!(of(ErrorKind::QuotaExceeded), "store");
    }
}
