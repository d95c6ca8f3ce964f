//! Attachments on the phone: taking files in, listing and reading them.

use std::io::Read;

use super::records::open_record;
use super::store::attachment::{self, FileRow, UploadState};
use super::store::document::{self, DocumentRow};
use super::store::server_row;
use super::vault::Taken;
use super::{Phone, PhoneError};
use crate::clock::Moment;
use crate::codes;
use crate::gather::map_of;
use crate::id::{DocumentId, EntryId};
use crate::policy::Act;
use crate::record::attachment::{
    Attached, AttachmentPurpose, AttachmentRules, ByteCount, CONTAINER, ContentDigest, MediaType, attached,
    has_left,
};
use crate::record::common::ScanState;
use crate::record::edit::{Edit, FieldPath};
use crate::record::kind::Record;
use crate::record::shape::ScalarType;
use crate::record::value::Scalar;
use crate::sync::row_kind::RowKind;

codes! {
    /// Where a file stands between phone and server.
    FileState as "file_state" {
        /// On this phone, and to be sent.
        Waiting = "waiting",
        /// All was sent; the server's word is still to come.
        Sent = "sent",
        /// The server has said that it has it.
        Stored = "stored",
        /// The server does not take it.
        Refused = "refused",
        /// Attached on another phone, which has not handed it in yet.
        Awaited = "awaited",
    }
}

/// A file to be attached.
#[derive(Clone, Debug)]
pub struct NewAttachment {
    /// What it shows.
    pub purpose: AttachmentPurpose,
    /// Of which kind it is.
    pub media_type: MediaType,
    /// Its name.
    pub name: String,
    /// When it was made; now when it is left out.
    pub made_at: Option<Moment>,
}

/// An attachment in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttachmentRow {
    /// What the record says of it.
    pub attached: Attached,
    /// Where it stands between phone and server.
    pub state: FileState,
    /// Whether it can be read on this phone; otherwise it can be fetched once it is stored.
    pub is_here: bool,
    /// How many of its bytes the server has, while it is on its way.
    pub sent_bytes: u64,
    /// Why the server does not take it: the code of its problem.
    pub reason: String,
}

impl Phone {
    /// Attaches a file to a record. File and record are on the disk when this returns; the file is sent
    /// after the record. The same file is not attached twice.
    ///
    /// # Errors
    /// When the record takes no such file, it is too large or of another kind than it is said to be, an
    /// observer has not left the hearing, or the policy does not allow it. Then nothing is kept.
    pub fn attach(
        &mut self,
        document: DocumentId,
        new: &NewAttachment,
        from: &mut dyn Read,
    ) -> Result<EntryId, PhoneError> {
        self.check_outside()?;
        let row = self.row(document)?;
        let rules = AttachmentRules::shipped();
        let present = self.attached_to(&row)?;
        let standing = present.iter().filter(|attached| !attached.withdrawn);
        rules.check_kind(&row.kind, new.purpose, new.media_type, standing.clone().count())?;
        if rules.is_after_leaving(&row.kind) && !self.may_scan(&row)? {
            return Err(PhoneError::NotAllowed { rule: "scan_after_leaving".to_owned() });
        }
        let entry: EntryId = self.minter.mint();
        let path = FieldPath::new([CONTAINER, &entry.to_string()]);
        self.check_allowed(&self.facts(&row)?, &row.kind, Act::Add, &path, None)?;
        let mut beginning = Vec::new();
        (&mut *from)
            .take(MediaType::TELLING_BYTES)
            .read_to_end(&mut beginning)
            .map_err(|source| PhoneError::File { doing: "reading what is to be attached", source })?;
        rules.check_size(new.media_type, beginning.len() as u64)?;
        AttachmentRules::check_beginning(new.media_type, &beginning)?;
        let most_bytes = rules.most_bytes_of(new.media_type);
        let mut whole = (&beginning[..]).chain(from);
        let taken = self.vault.take_in(&mut whole, self.minter.random(), most_bytes)?;
        if let Some(known) = standing.clone().find(|attached| attached.digest == taken.digest) {
            return Ok(known.entry);
        }
        let written = self.write_attachment(&row, entry, new, taken);
        if written.is_err() {
            self.sweep_files()?;
        }
        written.map(|()| entry)
    }

    fn write_attachment(
        &mut self,
        row: &DocumentRow,
        entry: EntryId,
        new: &NewAttachment,
        taken: Taken,
    ) -> Result<(), PhoneError> {
        let size = ByteCount::new(taken.size_bytes);
        let fields = [
            ("digest", Some(taken.digest.to_scalar())),
            ("size_bytes", size.map(|size| size.to_scalar())),
            ("media_type", Some(new.media_type.to_scalar())),
            ("name", Some(Scalar::Text(new.name.clone()))),
            ("made_at", Some(new.made_at.unwrap_or_else(|| self.now()).to_scalar())),
            // What a record of a hearing takes are scans, and it says so by its shape.
            ("purpose", (!is_after_leaving(row)).then(|| new.purpose.to_scalar())),
        ];
        let fields = fields.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
        let add = Edit::Add { container: CONTAINER.to_owned(), entry, fields: map_of(fields) };
        let mut edits = vec![add];
        if new.purpose == AttachmentPurpose::Scan && self.awaits_scan(row)? {
            edits.push(Edit::set(["origin", "scan"], ScanState::Attached.to_scalar()));
        }
        let file = FileRow {
            digest: taken.digest,
            size_bytes: taken.size_bytes,
            media_type: new.media_type,
            document: row.document,
            is_here: true,
            upload: UploadState::Waiting,
            url: None,
            sent_bytes: 0,
            is_unsure: false,
            reason: String::new(),
        };
        self.edit_with(row.document, &edits, |tx| attachment::save(tx, &file))
    }

    /// The attachments of a record, in the order in which they were added.
    ///
    /// # Errors
    /// When there is no such record, or it is damaged.
    pub fn attachments(&self, document: DocumentId) -> Result<Vec<AttachmentRow>, PhoneError> {
        let row = self.row(document)?;
        self.attached_to(&row)?.into_iter().map(|attached| self.attachment_row(attached)).collect()
    }

    fn attachment_row(&self, attached: Attached) -> Result<AttachmentRow, PhoneError> {
        let reader = self.store.reader();
        let on_server =
            server_row::body(reader, RowKind::Attachment, &attached.digest.to_string())?.is_some();
        let known = attachment::find(reader, attached.digest)?;
        let state = match known.as_ref().map(|file| file.upload) {
            Some(UploadState::Waiting) => FileState::Waiting,
            Some(UploadState::Sent) => FileState::Sent,
            Some(UploadState::Refused) => FileState::Refused,
            Some(UploadState::Stored) => FileState::Stored,
            Some(UploadState::None) | None if on_server => FileState::Stored,
            Some(UploadState::None) | None => FileState::Awaited,
        };
        Ok(AttachmentRow {
            state,
            is_here: known.as_ref().is_some_and(|file| file.is_here),
            sent_bytes: known.as_ref().map_or(0, |file| file.sent_bytes),
            reason: known.map(|file| file.reason).unwrap_or_default(),
            attached,
        })
    }

    /// Reads bytes of an attached file, at most so many, from an offset.
    ///
    /// # Errors
    /// When the record does not name it, it is not on this phone, or it is damaged.
    pub fn read_attachment(
        &self,
        document: DocumentId,
        digest: ContentDigest,
        offset_bytes: u64,
        most_bytes: u64,
    ) -> Result<Vec<u8>, PhoneError> {
        let taken = self.named(document, digest)?;
        let known = attachment::find(self.store.reader(), digest)?;
        if !known.is_some_and(|file| file.is_here) {
            return Err(PhoneError::FileElsewhere(digest));
        }
        self.vault.read(taken, offset_bytes.min(taken.size_bytes), most_bytes)
    }

    /// A file that a record names.
    pub(super) fn named(&self, document: DocumentId, digest: ContentDigest) -> Result<Taken, PhoneError> {
        let row = self.row(document)?;
        let found = self.attached_to(&row)?.into_iter().find(|attached| attached.digest == digest);
        let attached = found.ok_or(PhoneError::NoSuchFile(digest))?;
        Ok(Taken { digest, size_bytes: attached.size_bytes })
    }

    pub(super) fn attached_to(&self, row: &DocumentRow) -> Result<Vec<Attached>, PhoneError> {
        let opened = open_record(self.store.reader(), row.document)?;
        Ok(attached(&row.kind, &opened.content()))
    }

    /// Whether paper of a hearing may be scanned: its observers have left. A clerk was never inside.
    fn may_scan(&self, row: &DocumentRow) -> Result<bool, PhoneError> {
        if row.transcribed_for.is_some() {
            return Ok(true);
        }
        let Some(assignment) = row.assignment else { return Ok(false) };
        let attendance = DocumentId::shared(self.profile.tenant, assignment);
        let Some(attendance) = document::find(self.store.reader(), attendance)? else { return Ok(false) };
        let opened = open_record(self.store.reader(), attendance.document)?;
        Ok(Record::read(&attendance.kind, &opened.content()).is_some_and(|record| has_left(&record)))
    }

    fn awaits_scan(&self, row: &DocumentRow) -> Result<bool, PhoneError> {
        let opened = open_record(self.store.reader(), row.document)?;
        let record = Record::read(&row.kind, &opened.content());
        Ok(record.is_some_and(|record| record.origin().scan == Some(ScanState::Pending)))
    }

    /// Drops files that no record on this phone has, and those that were taken off it.
    pub(super) fn sweep_files(&self) -> Result<(), PhoneError> {
        self.vault.sweep(&attachment::places(self.store.reader())?)
    }
}

fn is_after_leaving(row: &DocumentRow) -> bool {
    AttachmentRules::shipped().is_after_leaving(&row.kind)
}
