//! 附件 attachments: scans, photos and sound that a record names by their content.
//!
//! A record holds the digest of a file, never its bytes: the seal covers the digest, and the bytes
//! follow when the line allows it. From inside a hearing nothing is attached, ever (domain 0.4): records
//! of a hearing have room for scans of paper only ([`PaperScan`]), and that after the observer has left.

use super::kind::Record;
use super::shape::{ContainerType, Entries, ShortText};
use super::value::Node;
use crate::clock::Moment;
use crate::id::EntryId;
use crate::{codes, field_group};

mod digest;
mod rules;

pub use digest::{ByteCount, ContentDigest, InvalidDigest};
pub use rules::{AttachmentProblem, AttachmentRules};

/// The container in which every kind keeps its attachments.
pub const CONTAINER: &str = "attachments";

codes! {
    /// What an attached file shows 附件类别.
    AttachmentPurpose as "attachment_purpose" {
        /// A sheet of paper.
        Scan = "scan",
        /// A place or a thing.
        Photo = "photo",
        /// A conversation, with the consent of who speaks.
        Sound = "sound",
        /// A paper that was made on a computer.
        Paper = "paper",
    }

    /// Of which kind a file is 文件格式.
    MediaType as "media_type" {
        Jpeg = "image/jpeg",
        Png = "image/png",
        Webp = "image/webp",
        Pdf = "application/pdf",
        M4a = "audio/mp4",
        Mp3 = "audio/mpeg",
    }

    /// Of which kind a scanned sheet is: no sound, so that a record of a hearing cannot hold any.
    ScanMedia as "scan_media" {
        Jpeg = "image/jpeg",
        Png = "image/png",
        Pdf = "application/pdf",
    }
}

impl MediaType {
    /// Whether a file that begins with these bytes can be of this kind: the first twelve tell.
    pub fn fits(self, beginning: &[u8]) -> bool {
        let at =
            |from: usize, wanted: &[u8]| beginning.get(from..).is_some_and(|rest| rest.starts_with(wanted));
        match self {
            Self::Jpeg => at(0, &[0xff, 0xd8, 0xff]),
            Self::Png => at(0, b"\x89PNG\r\n\x1a\n"),
            Self::Webp => at(0, b"RIFF") && at(8, b"WEBP"),
            Self::Pdf => at(0, b"%PDF-"),
            Self::M4a => at(4, b"ftyp"),
            // A tag, or the eleven set bits that begin a frame of sound.
            Self::Mp3 => at(0, b"ID3") || matches!(beginning, [0xff, second, ..] if second & 0xe0 == 0xe0),
        }
    }

    /// How many bytes [`fits`](Self::fits) looks at.
    pub const TELLING_BYTES: u64 = 12;
}

field_group! {
    /// An attached file.
    Attachment {
        /// The digest of its bytes, by which it is found.
        digest: ContentDigest,
        /// How large it is.
        size_bytes: ByteCount,
        /// Of which kind it is.
        media_type: MediaType,
        /// What it shows.
        purpose: AttachmentPurpose,
        /// Its name.
        name: ShortText,
        /// When it was made.
        made_at: Moment,
        /// Taken back by its writer; entries are never removed.
        withdrawn: bool,
    }

    /// A scanned sheet of paper in a record of a hearing.
    PaperScan {
        /// The digest of its bytes, by which it is found.
        digest: ContentDigest,
        /// How large it is.
        size_bytes: ByteCount,
        /// Of which kind it is.
        media_type: ScanMedia,
        /// Its name.
        name: ShortText,
        /// When it was scanned: after the observer has left.
        made_at: Moment,
        /// Taken back by its writer; entries are never removed.
        withdrawn: bool,
    }
}

/// An attachment of any record, complete.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attached {
    /// Its entry in the record.
    pub entry: EntryId,
    /// The digest of its bytes.
    pub digest: ContentDigest,
    /// How large it is.
    pub size_bytes: u64,
    /// Of which kind it is.
    pub media_type: MediaType,
    /// What it shows.
    pub purpose: AttachmentPurpose,
    /// Its name.
    pub name: String,
    /// When it was made.
    pub made_at: Option<Moment>,
    /// Whether its writer took it back.
    pub withdrawn: bool,
}

/// The attachments that a record names. An entry without digest, size or type names nothing.
pub fn attached(kind: &str, content: &Node) -> Vec<Attached> {
    let container = content.get(CONTAINER);
    if AttachmentRules::shipped().is_after_leaving(kind) {
        let scans = <Entries<PaperScan> as ContainerType>::read(container);
        return scans.into_iter().filter_map(|(entry, scan)| Attached::of_scan(entry, scan)).collect();
    }
    let files = <Entries<Attachment> as ContainerType>::read(container);
    files.into_iter().filter_map(|(entry, file)| Attached::of_file(entry, file)).collect()
}

impl Attached {
    fn of_file(entry: EntryId, file: Attachment) -> Option<Self> {
        Some(Self {
            entry,
            digest: file.digest?,
            size_bytes: file.size_bytes?.bytes(),
            media_type: file.media_type?,
            purpose: file.purpose?,
            name: file.name.unwrap_or_default(),
            made_at: file.made_at,
            withdrawn: file.withdrawn == Some(true),
        })
    }

    fn of_scan(entry: EntryId, scan: PaperScan) -> Option<Self> {
        let media_type = MediaType::from_code(scan.media_type?.code())?;
        let (digest, size_bytes) = (scan.digest, scan.size_bytes);
        let (name, made_at, withdrawn) = (scan.name, scan.made_at, scan.withdrawn);
        let purpose = Some(AttachmentPurpose::Scan);
        let media_type = Some(media_type);
        let file = Attachment { digest, size_bytes, media_type, purpose, name, made_at, withdrawn };
        Self::of_file(entry, file)
    }
}

/// Whether the observers of an attendance have left the court room, as far as its record says: nothing
/// is scanned before. Who never came in has nothing to leave.
pub fn has_left(attendance: &Record) -> bool {
    let Record::Attendance(attendance) = attendance else { return false };
    let facts = &attendance.facts;
    facts.left_at.is_some() || (facts.arrived_at.is_none() && facts.outcome.is_some())
}
