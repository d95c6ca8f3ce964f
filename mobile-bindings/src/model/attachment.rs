//! Attachments, mirrored.

use tingfang_core::clock::Moment;
use tingfang_core::id::EntryId;
use tingfang_core::phone::{self, FileState};
use tingfang_core::record::attachment::{AttachmentPurpose, ContentDigest, MediaType};

use crate::error::TingfangError;

/// What an attachment shows. Labels: section `attachment_purpose`.
#[uniffi::remote(Enum)]
pub enum AttachmentPurpose {
    /// A sheet of paper.
    Scan,
    /// A place or a thing.
    Photo,
    /// A conversation, with the consent of who speaks.
    Sound,
    /// A paper that was made on a computer.
    Paper,
}

/// Of which kind a file is. Labels: section `media_type`.
#[uniffi::remote(Enum)]
pub enum MediaType {
    /// A JPEG picture.
    Jpeg,
    /// A PNG picture.
    Png,
    /// A WebP picture.
    Webp,
    /// A PDF paper.
    Pdf,
    /// Sound in an MPEG-4 container.
    M4a,
    /// MP3 sound.
    Mp3,
}

/// Where a file stands between phone and server. Labels: section `file_state`.
#[uniffi::remote(Enum)]
pub enum FileState {
    /// On this phone, and to be sent.
    Waiting,
    /// All was sent; the server's word is still to come.
    Sent,
    /// The server has said that it has it.
    Stored,
    /// The server does not take it.
    Refused,
    /// Attached on another phone, which has not handed it in yet.
    Awaited,
}

/// A file to be attached.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct NewAttachment {
    /// What it shows.
    pub purpose: AttachmentPurpose,
    /// Of which kind it is.
    pub media_type: MediaType,
    /// Its name.
    pub name: String,
    /// When it was made; now when it is left out.
    #[uniffi(default = None)]
    pub made_at: Option<Moment>,
}

/// An attachment of a record.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct Attachment {
    /// The entry in the record.
    pub entry: EntryId,
    /// The file: the SHA-256 digest of its bytes.
    pub digest: ContentDigest,
    /// How large it is.
    pub size_bytes: u64,
    /// Of which kind it is.
    pub media_type: MediaType,
    /// What it shows.
    pub purpose: AttachmentPurpose,
    /// Its name.
    pub name: String,
    /// Whether it was taken back.
    pub withdrawn: bool,
    /// Where it stands between phone and server.
    pub state: FileState,
    /// Whether it is on this phone; otherwise it can be fetched once it is stored.
    pub is_here: bool,
    /// How many of its bytes the server has, while it is on its way.
    pub sent_bytes: u64,
    /// Why the server does not take it: a code. Labels: section `field_problem`.
    pub reason: Option<String>,
}

/// How far a fetch is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, uniffi::Record)]
pub struct FetchProgress {
    /// How many bytes are here.
    pub fetched_bytes: u64,
    /// How many there are.
    pub size_bytes: u64,
}

/// How a fetch ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum FetchEnd {
    /// The file is on this phone.
    Complete,
    /// It was cancelled. The next one goes on.
    Cancelled,
}

uniffi::custom_type!(
    /// The SHA-256 digest of a file, in hexadecimal digits.
    ContentDigest, String, { remote, lower: |digest| digest.to_string(), try_lift: |text| Ok(parse(&text)?) }
);

fn parse(text: &str) -> Result<ContentDigest, TingfangError> {
    text.parse().map_err(|_| TingfangError::bad_argument("that is no digest of a file"))
}

impl From<phone::FetchProgress> for FetchProgress {
    fn from(progress: phone::FetchProgress) -> Self {
        let phone::FetchProgress { fetched_bytes, size_bytes } = progress;
        Self { fetched_bytes, size_bytes }
    }
}

impl From<NewAttachment> for phone::NewAttachment {
    fn from(new: NewAttachment) -> Self {
        let NewAttachment { purpose, media_type, name, made_at } = new;
        Self { purpose, media_type, name, made_at }
    }
}

impl From<phone::AttachmentRow> for Attachment {
    fn from(row: phone::AttachmentRow) -> Self {
        let phone::AttachmentRow { attached, state, is_here, sent_bytes, reason } = row;
        Self {
            entry: attached.entry,
            digest: attached.digest,
            size_bytes: attached.size_bytes,
            media_type: attached.media_type,
            purpose: attached.purpose,
            name: attached.name,
            withdrawn: attached.withdrawn,
            state,
            is_here,
            sent_bytes,
            reason: Some(reason).filter(|reason| !reason.is_empty()),
        }
    }
}
