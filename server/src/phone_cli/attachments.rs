//! Attachments in the terminal: attaching, listing, sending after the text, fetching.

use std::fs::File;
use std::path::Path;

use serde_json::json;
use tingfang_core::id::DocumentId;
use tingfang_core::phone::{
    AttachmentRow, FileState, NewAttachment, PhoneError, Progress, Status, UploadProgress, UploadRound,
};
use tingfang_core::record::attachment::{AttachmentPurpose, ContentDigest, MediaType};
use tingfang_core::text::{Language, label, sentence};

use super::work::Desk;
use super::{Answer, PhoneCliError, reference, transport};

/// What became of files in one sync.
#[derive(Debug, Default)]
pub(super) struct Sending {
    /// How many the server has now.
    pub(super) sent: usize,
    refused: Vec<(ContentDigest, String)>,
    later_s: Option<u32>,
    /// Whether the phone was wiped once it had handed in all files.
    pub(super) wiped: bool,
}

/// The endings of names by which a format is told.
const ENDINGS: &[(&str, MediaType)] = &[
    ("jpg", MediaType::Jpeg),
    ("jpeg", MediaType::Jpeg),
    ("png", MediaType::Png),
    ("webp", MediaType::Webp),
    ("pdf", MediaType::Pdf),
    ("m4a", MediaType::M4a),
    ("mp3", MediaType::Mp3),
];

impl Sending {
    fn note(&mut self, progress: UploadProgress) {
        match progress {
            UploadProgress::Sent { sent_bytes, size_bytes, .. } => {
                self.sent += usize::from(sent_bytes == size_bytes);
            }
            UploadProgress::Refused { digest, reason } => self.refused.push((digest, reason)),
            UploadProgress::Later { .. } => {}
        }
    }
}

impl Desk {
    pub(super) fn attach(
        &mut self,
        record: &str,
        path: &Path,
        purpose: &str,
        media: Option<&str>,
    ) -> Result<Answer, PhoneCliError> {
        let record = reference::record(&self.phone, record)?;
        let purpose = AttachmentPurpose::from_code(purpose).ok_or_else(|| PhoneCliError::NotLike {
            given: purpose.to_owned(),
            example: "scan, photo, sound, paper",
        })?;
        let media_type = media_of(path, media)?;
        let unusable = |source| PhoneCliError::File { path: path.display().to_string(), source };
        let mut file = File::open(path).map_err(unusable)?;
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let new = NewAttachment { purpose, media_type, name: name.clone(), made_at: None };
        let entry = self.phone.attach(record, &new, &mut file)?;
        let rows = self.phone.attachments(record)?;
        let row = rows.iter().find(|row| row.attached.entry == entry);
        let size = row.map_or(0, |row| row.attached.size_bytes);
        let digest = row.map(|row| row.attached.digest);
        let values = [("name", name.as_str()), ("size", &bytes_text(size))];
        let text = sentence(self.language, "phone", "attached", &values);
        Ok(Answer { text, json: json!({ "entry": entry, "digest": digest, "size_bytes": size }) })
    }

    pub(super) fn files(&self, record: &str) -> Result<Answer, PhoneCliError> {
        let record = reference::record(&self.phone, record)?;
        let rows = self.phone.attachments(record)?;
        let mut lines: Vec<String> = rows.iter().map(|row| line_of(row, self.language)).collect();
        if lines.is_empty() {
            lines.push(sentence(self.language, "phone", "no_files", &[]));
        }
        let json = rows.iter().map(|row| {
            json!({
                "entry": row.attached.entry, "digest": row.attached.digest, "name": row.attached.name,
                "size_bytes": row.attached.size_bytes, "media_type": row.attached.media_type,
                "purpose": row.attached.purpose, "state": row.state, "is_here": row.is_here,
                "sent_bytes": row.sent_bytes, "reason": row.reason,
            })
        });
        Ok(Answer { text: lines.join("\n"), json: json.collect::<Vec<_>>().into() })
    }

    pub(super) fn fetch(&mut self, record: &str, digest: &str, to: &Path) -> Result<Answer, PhoneCliError> {
        let record = reference::record(&self.phone, record)?;
        let digest = self.file_of(record, digest)?;
        while let Some(call) = self.phone.next_fetch(record, digest)? {
            let answer = transport::call(&self.connection, &call.call)?;
            self.phone.take_fetched(&call, &answer)?;
        }
        let unusable = |source| PhoneCliError::File { path: to.display().to_string(), source };
        let mut out = File::create(to).map_err(unusable)?;
        let (mut offset, step) = (0, 1024 * 1024);
        loop {
            let bytes = self.phone.read_attachment(record, digest, offset, step)?;
            if bytes.is_empty() {
                break;
            }
            std::io::Write::write_all(&mut out, &bytes).map_err(unusable)?;
            offset += bytes.len() as u64;
        }
        let path = to.display().to_string();
        let values = [("file", digest.to_string()), ("path", path.clone())];
        let values: Vec<(&str, &str)> = values.iter().map(|(key, value)| (*key, value.as_str())).collect();
        let text = sentence(self.language, "phone", "fetched", &values);
        Ok(Answer { text, json: json!({ "digest": digest, "size_bytes": offset, "path": path }) })
    }

    fn file_of(&self, record: DocumentId, text: &str) -> Result<ContentDigest, PhoneCliError> {
        let rows = self.phone.attachments(record)?;
        let fits = |row: &&AttachmentRow| row.attached.digest.to_string().starts_with(text);
        let mut found: Vec<ContentDigest> = rows.iter().filter(fits).map(|row| row.attached.digest).collect();
        found.dedup();
        match found[..] {
            [digest] => Ok(digest),
            _ => Err(PhoneCliError::NotOne { wanted: "file", given: text.to_owned(), count: found.len() }),
        }
    }

    /// Sends files until none waits that can be sent now. Then reads once more, for the
    /// server's word that they are stored.
    pub(super) fn send_files(&mut self) -> Result<Sending, PhoneCliError> {
        let (mut sending, mut round) = (Sending::default(), UploadRound::default());
        let mut trouble = None;
        while let Some(step) = round.next(&mut self.phone)? {
            let answer = transport::call(&self.connection, &step.call)?;
            trouble = match round.take(&mut self.phone, &step, &answer) {
                Err(error @ PhoneError::BadResponse { .. }) if round.passes_over(&step) => Some(error),
                progress => {
                    sending.note(progress?);
                    None
                }
            };
        }
        if let Some(error) = trouble {
            return Err(error.into());
        }
        sending.later_s = round.retry_after_s();
        if sending.sent > 0 {
            let mut told = Progress::default();
            self.exchange(&mut told)?;
            sending.wiped = told.wiped;
        }
        Ok(sending)
    }

    /// What is to be said of files after a sync: nothing when there were none.
    pub(super) fn files_text(&self, sending: &Sending, status: &Status) -> Vec<String> {
        let say = |key: &str, values: &[(&str, &str)]| sentence(self.language, "phone", key, values);
        let mut lines = Vec::new();
        if sending.sent > 0 || status.files_waiting > 0 {
            lines.push(say(
                "files_sent",
                &[
                    ("sent", &sending.sent.to_string()),
                    ("waiting", &status.files_waiting.to_string()),
                    ("bytes", &bytes_text(status.file_bytes_waiting)),
                ],
            ));
        }
        for (digest, reason) in &sending.refused {
            let reason = label(self.language, "field_problem", reason).unwrap_or(reason);
            lines.push(say("file_refused", &[("file", &digest.to_string()), ("reason", reason)]));
        }
        lines.extend(sending.later_s.map(|seconds| say("files_later", &[("seconds", &seconds.to_string())])));
        lines
    }
}

fn line_of(row: &AttachmentRow, language: Language) -> String {
    let say = |key: &str, values: &[(&str, &str)]| sentence(language, "phone", key, values);
    let attached = &row.attached;
    let mut state = row.state.label(language).to_owned();
    if row.state == FileState::Waiting && row.sent_bytes > 0 {
        state.push_str(&say("file_sent", &[("sent", &bytes_text(row.sent_bytes))]));
    }
    let here = if row.is_here { say("file_here", &[]) } else { String::new() };
    let values = [
        ("file", &attached.digest.to_string()[..12]),
        ("purpose", attached.purpose.label(language)),
        ("name", &attached.name),
        ("size", &bytes_text(attached.size_bytes)),
        ("state", &state),
        ("here", &here),
    ];
    say("file_line", &values)
}

fn media_of(path: &Path, given: Option<&str>) -> Result<MediaType, PhoneCliError> {
    let by_name = || {
        let ending = path.extension()?.to_str()?.to_ascii_lowercase();
        ENDINGS.iter().find(|(known, _)| *known == ending).map(|(_, media)| *media)
    };
    let found = match given {
        Some(code) => MediaType::from_code(code),
        None => by_name(),
    };
    found.ok_or_else(|| PhoneCliError::UnknownType {
        path: path.display().to_string(),
        known: MediaType::CODES.join(", "),
    })
}

/// A size as people read it.
fn bytes_text(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => format!("{}.{} kB", bytes / 1_000, bytes % 1_000 / 100),
        _ => format!("{}.{} MB", bytes / 1_000_000, bytes % 1_000_000 / 100_000),
    }
}
