//! What a client says of a file before it sends it: the header `Upload-Metadata` of tus.

use axum::http::HeaderMap;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use tingfang_core::id::DocumentId;
use tingfang_core::record::attachment::{AttachmentRules, ContentDigest, MediaType};

use crate::problem::{FieldProblem, Problem};

/// What is said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Metadata {
    /// `sha256`: the digest of the whole.
    pub(super) digest: ContentDigest,
    /// `filetype`: of which kind it is.
    pub(super) media_type: MediaType,
    /// `document`: the record that names it.
    pub(super) document: Option<DocumentId>,
}

impl Metadata {
    /// Reads the header; keys that are not known are passed over.
    pub(super) fn read(headers: &HeaderMap) -> Result<Self, Problem> {
        let unreadable = || Problem::field("Upload-Metadata", "metadata");
        let text =
            headers.get("upload-metadata").ok_or_else(unreadable)?.to_str().map_err(|_| unreadable())?;
        let value = |key: &str| {
            let mut pairs = text.split(',').filter_map(|pair| pair.trim().split_once(' '));
            let (_, value) = pairs.find(|(known, _)| *known == key)?;
            String::from_utf8(STANDARD.decode(value.trim()).ok()?).ok()
        };
        let digest = value("sha256").unwrap_or_default();
        let digest = digest.parse().map_err(|_| Problem::field("sha256", "not_a_digest"))?;
        let said = value("filetype").unwrap_or_default();
        let media_type = MediaType::from_code(&said)
            .ok_or_else(|| Problem::Invalid(vec![not_taken(&said, MediaType::ALL.iter().copied())]))?;
        Ok(Self { digest, media_type, document: value("document").and_then(|id| id.parse().ok()) })
    }

    /// That records of a kind do not take this, and what they take.
    pub(super) fn not_taken(&self, kind: &str) -> FieldProblem {
        let rules = AttachmentRules::shipped();
        let taken = MediaType::ALL.iter().copied().filter(|media| rules.takes_media(kind, *media));
        not_taken(self.media_type.code(), taken)
    }
}

fn not_taken(given: &str, taken: impl Iterator<Item = MediaType>) -> FieldProblem {
    let taken = taken.map(MediaType::code).collect::<Vec<_>>().join(", ");
    let given: String = given.chars().take(80).collect();
    FieldProblem::new("filetype", "media_not_taken").with("given", given).with("taken", taken)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Metadata, Problem> {
        let mut headers = HeaderMap::new();
        headers.insert("upload-metadata", text.parse().expect("a header"));
        Metadata::read(&headers)
    }

    fn pair(key: &str, value: &str) -> String {
        format!("{key} {}", STANDARD.encode(value))
    }

    #[test]
    fn it_is_read_whatever_else_stands_there() {
        let digest = "ab".repeat(32);
        let text = [
            pair("filename", "判决书.pdf"),
            pair("sha256", &digest),
            "empty".to_owned(),
            pair("filetype", "application/pdf"),
        ];
        let read = read(&text.join(", ")).expect("metadata");
        assert_eq!((read.digest.to_string(), read.media_type, read.document), (digest, MediaType::Pdf, None));
    }

    #[test]
    fn what_is_wrong_is_named() {
        let named = |text: &str| match read(text) {
            Err(Problem::Invalid(fields)) => fields[0].field.clone(),
            other => panic!("{other:?}"),
        };
        assert_eq!(named("sha256 !!!"), "sha256");
        assert_eq!(named(&pair("sha256", "AB")), "sha256");
        let digest = pair("sha256", &"ab".repeat(32));
        assert_eq!(named(&digest), "filetype");
        assert_eq!(named(&format!("{digest},{}", pair("filetype", "video/mp4"))), "filetype");
        assert!(matches!(Metadata::read(&HeaderMap::new()), Err(Problem::Invalid(_))));
    }
}
