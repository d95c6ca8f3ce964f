//! What may be attached to which record, and how large it may be: data that a centre replaces.

use std::sync::OnceLock;

use serde::Deserialize;

use super::{AttachmentPurpose, MediaType};
use crate::data_file;
use crate::text::{Language, label, sentence};

const SHIPPED: &str = include_str!("../../../data/attachments.toml");

/// The rules of attachments.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AttachmentRules {
    /// Counts the rules.
    pub version: u32,
    /// The most attachments of one record.
    pub most_per_record: usize,
    media: Vec<MediaRule>,
    purpose: Vec<PurposeRule>,
    kind: Vec<KindRule>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct MediaRule {
    r#type: MediaType,
    most_bytes: u64,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PurposeRule {
    purpose: AttachmentPurpose,
    media: Vec<MediaType>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct KindRule {
    kind: String,
    purposes: Vec<AttachmentPurpose>,
    /// Whether it is a record of a hearing: it takes scans, after the observer has left.
    #[serde(default)]
    after_leaving: bool,
}

/// Why a file cannot be attached, with what would be taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AttachmentProblem {
    /// The kind of record takes none.
    #[error("a {kind} takes no attachments")]
    KindTakesNone {
        /// The kind of record.
        kind: String,
    },
    /// The kind of record takes other things.
    #[error("a {kind} takes no {purpose}; it takes {taken}")]
    PurposeNotTaken {
        /// The kind of record.
        kind: String,
        /// What was to be attached.
        purpose: AttachmentPurpose,
        /// What it takes.
        taken: String,
    },
    /// A file of that kind does not show such a thing.
    #[error("a {purpose} is no {media}; it is one of {taken}")]
    MediaNotTaken {
        /// What was to be attached.
        purpose: AttachmentPurpose,
        /// Of which kind it was.
        media: MediaType,
        /// What would be taken.
        taken: String,
    },
    /// It is too large.
    #[error("the file has {size_bytes} bytes; at most {most_bytes} are taken of {media}")]
    TooLarge {
        /// How large it is.
        size_bytes: u64,
        /// How large it may be.
        most_bytes: u64,
        /// Of which kind it is.
        media: MediaType,
    },
    /// There is nothing in it.
    #[error("the file is empty")]
    Empty,
    /// Its bytes are of another kind.
    #[error("the file does not begin like a file of {media}; say of which kind it is")]
    OtherKind {
        /// Of which kind it was said to be.
        media: MediaType,
    },
    /// The record has as many as it takes.
    #[error("the record has {most} attachments already, the most that it takes")]
    TooMany {
        /// The most.
        most: usize,
    },
}

impl AttachmentProblem {
    /// The stable code: its key in the locale section `attachment_problem`.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::KindTakesNone { .. } => "kind_takes_none",
            Self::PurposeNotTaken { .. } => "purpose_not_taken",
            Self::MediaNotTaken { .. } => "media_not_taken",
            Self::TooLarge { .. } => "too_large",
            Self::Empty => "empty",
            Self::OtherKind { .. } => "other_kind",
            Self::TooMany { .. } => "too_many",
        }
    }

    /// The problem as a sentence that says what would be taken.
    pub fn sentence(&self, language: Language) -> String {
        let kind_name = |kind: &str| label(language, "kind", kind).unwrap_or(kind).to_owned();
        let (what, taken) = match self {
            Self::KindTakesNone { kind } => (kind_name(kind), String::new()),
            Self::PurposeNotTaken { kind, purpose, taken } => {
                (format!("{} · {}", kind_name(kind), purpose.label(language)), taken.clone())
            }
            Self::MediaNotTaken { media, taken, .. } => (media.label(language).to_owned(), taken.clone()),
            Self::TooLarge { size_bytes, most_bytes, .. } => (size_bytes.to_string(), most_bytes.to_string()),
            Self::Empty => (String::new(), String::new()),
            Self::OtherKind { media } => (media.label(language).to_owned(), String::new()),
            Self::TooMany { most } => (String::new(), most.to_string()),
        };
        sentence(language, "attachment_problem", self.code(), &[("what", &what), ("taken", &taken)])
    }
}

impl AttachmentRules {
    /// The rules that this version ships.
    pub fn shipped() -> &'static Self {
        static RULES: OnceLock<AttachmentRules> = OnceLock::new();
        RULES.get_or_init(|| data_file::read(SHIPPED).expect("a test reads the shipped rules"))
    }

    /// Whether records of this kind are of a hearing: they take scans of paper only, and those after the
    /// observer has left.
    pub fn is_after_leaving(&self, kind: &str) -> bool {
        self.rule_of(kind).is_some_and(|rule| rule.after_leaving)
    }

    /// What records of this kind take; nothing for a kind that takes none.
    pub fn purposes_of(&self, kind: &str) -> &[AttachmentPurpose] {
        self.rule_of(kind).map_or(&[], |rule| &rule.purposes)
    }

    /// Whether records of this kind take such files at all.
    pub fn takes_media(&self, kind: &str, media: MediaType) -> bool {
        let taken = self.purposes_of(kind);
        self.purpose.iter().any(|rule| taken.contains(&rule.purpose) && rule.media.contains(&media))
    }

    /// How large a file of this kind may be, in bytes.
    pub fn most_bytes_of(&self, media: MediaType) -> u64 {
        self.media.iter().find(|rule| rule.r#type == media).map_or(0, |rule| rule.most_bytes)
    }

    /// How large any file may be, in bytes.
    pub fn most_bytes(&self) -> u64 {
        self.media.iter().map(|rule| rule.most_bytes).max().unwrap_or_default()
    }

    /// Whether such a thing may be attached to a record that has so many already.
    ///
    /// # Errors
    /// The first rule that stands against it.
    pub fn check_kind(
        &self,
        kind: &str,
        purpose: AttachmentPurpose,
        media: MediaType,
        present: usize,
    ) -> Result<(), AttachmentProblem> {
        let taken = self.purposes_of(kind);
        if taken.is_empty() {
            return Err(AttachmentProblem::KindTakesNone { kind: kind.to_owned() });
        }
        if !taken.contains(&purpose) {
            let taken = list(taken.iter().map(|taken| taken.code()));
            return Err(AttachmentProblem::PurposeNotTaken { kind: kind.to_owned(), purpose, taken });
        }
        let known = self.purpose.iter().find(|rule| rule.purpose == purpose);
        let taken = known.map_or(&[][..], |rule| &rule.media);
        if !taken.contains(&media) {
            let taken = list(taken.iter().map(|taken| taken.code()));
            return Err(AttachmentProblem::MediaNotTaken { purpose, media, taken });
        }
        if present >= self.most_per_record {
            return Err(AttachmentProblem::TooMany { most: self.most_per_record });
        }
        Ok(())
    }

    /// Whether a file of this kind may be so large.
    ///
    /// # Errors
    /// [`AttachmentProblem::Empty`] or [`AttachmentProblem::TooLarge`].
    pub fn check_size(&self, media: MediaType, size_bytes: u64) -> Result<(), AttachmentProblem> {
        let most_bytes = self.most_bytes_of(media);
        match size_bytes {
            0 => Err(AttachmentProblem::Empty),
            size if size > most_bytes => Err(AttachmentProblem::TooLarge { size_bytes, most_bytes, media }),
            _ => Ok(()),
        }
    }

    /// Whether a file's beginning is that of its kind.
    ///
    /// # Errors
    /// [`AttachmentProblem::OtherKind`].
    pub fn check_beginning(media: MediaType, beginning: &[u8]) -> Result<(), AttachmentProblem> {
        if media.fits(beginning) { Ok(()) } else { Err(AttachmentProblem::OtherKind { media }) }
    }

    fn rule_of(&self, kind: &str) -> Option<&KindRule> {
        self.kind.iter().find(|rule| rule.kind == kind)
    }
}

fn list<'c>(codes: impl Iterator<Item = &'c str>) -> String {
    codes.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::attachment::CONTAINER;
    use crate::record::kind::KINDS;
    use crate::record::shape::{ContainerShape, ScalarKind};

    #[test]
    fn a_hearing_takes_scans_of_paper_and_nothing_else() {
        let rules = AttachmentRules::shipped();
        for kind in ["attendance", "observer_sheet"] {
            let refused = |purpose, media| rules.check_kind(kind, purpose, media, 0).is_err();
            assert!(refused(AttachmentPurpose::Photo, MediaType::Jpeg));
            assert!(refused(AttachmentPurpose::Sound, MediaType::M4a));
            assert!(refused(AttachmentPurpose::Scan, MediaType::Mp3));
            assert_eq!(rules.check_kind(kind, AttachmentPurpose::Scan, MediaType::Jpeg, 0), Ok(()));
        }
    }

    #[test]
    fn the_shape_of_a_kind_has_room_for_what_its_rule_says_and_for_no_sound_from_a_hearing() {
        let rules = AttachmentRules::shipped();
        for kind in KINDS {
            let container = kind.container(CONTAINER);
            assert_eq!(container.is_some(), !rules.purposes_of(kind.code).is_empty(), "{}", kind.code);
            let Some(ContainerShape::Entries(fields)) = container.map(|container| container.shape) else {
                continue;
            };
            let takes_sound = fields.iter().any(
                |field| matches!(field.kind, ScalarKind::Code { codes, .. } if codes.contains(&"audio/mp4")),
            );
            assert_eq!(takes_sound, !rules.is_after_leaving(kind.code), "{}", kind.code);
        }
    }

    #[test]
    fn what_is_not_taken_is_told_with_what_would_be() {
        let rules = AttachmentRules::shipped();
        let told = |kind, purpose, media, present| {
            rules.check_kind(kind, purpose, media, present).expect_err("not taken").to_string()
        };
        let (scan, photo) = (AttachmentPurpose::Scan, AttachmentPurpose::Photo);
        assert_eq!(told("scoresheet", scan, MediaType::Jpeg, 0), "a scoresheet takes no attachments");
        assert_eq!(
            told("court_visit", photo, MediaType::Jpeg, 0),
            "a court_visit takes no photo; it takes scan, paper"
        );
        assert_eq!(
            told("inspection", photo, MediaType::Pdf, 0),
            "a photo is no application/pdf; it is one of image/jpeg, image/png, image/webp"
        );
        assert!(told("inspection", photo, MediaType::Jpeg, 60).contains("60 attachments"));
        let large = rules.check_size(MediaType::Jpeg, 20_000_001).expect_err("too large").to_string();
        assert_eq!(large, "the file has 20000001 bytes; at most 20000000 are taken of image/jpeg");
        assert_eq!(rules.check_size(MediaType::Jpeg, 0), Err(AttachmentProblem::Empty));
    }

    #[test]
    fn a_file_begins_like_its_kind() {
        let beginnings: [(MediaType, &[u8]); 6] = [
            (MediaType::Jpeg, b"\xff\xd8\xff\xe0....JFIF"),
            (MediaType::Png, b"\x89PNG\r\n\x1a\n...."),
            (MediaType::Webp, b"RIFF\x10\0\0\0WEBP"),
            (MediaType::Pdf, b"%PDF-1.7...."),
            (MediaType::M4a, b"\0\0\0\x20ftypM4A "),
            (MediaType::Mp3, b"ID3\x04........"),
        ];
        for (media, beginning) in beginnings {
            for asked in MediaType::ALL {
                assert_eq!(asked.fits(beginning), *asked == media, "{media} as {asked}");
            }
            assert!(!media.fits(b""));
            assert!(!media.fits(b"<html>"));
        }
        assert!(MediaType::Mp3.fits(&[0xff, 0xfb, 0x90, 0]), "a frame of sound without a tag");
    }

    #[test]
    fn every_purpose_and_every_medium_has_its_rule() {
        let rules = AttachmentRules::shipped();
        for media in MediaType::ALL {
            assert!(rules.most_bytes_of(*media) > 0, "{media}");
        }
        for purpose in AttachmentPurpose::ALL {
            assert!(rules.purpose.iter().any(|rule| rule.purpose == *purpose), "{purpose}");
        }
    }
}
