//! Sending files to the server, by the protocol tus 1.0: begin, ask how much came, send the rest.
//!
//! How far a file has come is on the disk, so an upload goes on after the app was killed. Text goes
//! first: while anything of a record waits, no file is sent.

use std::collections::BTreeSet;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::http::{HttpAnswer, HttpCall};
use super::store::attachment::{self, FileRow};
use super::store::{frame, item};
use super::vault::Taken;
use super::{Phone, PhoneError};
use crate::erasure::ERASED;
use crate::record::attachment::ContentDigest;

/// Where uploads begin.
const UPLOADS: &str = "/api/v1/attachments/uploads";
/// The most bytes of one request. The server keeps what came of a request that was cut, so it need not
/// be small; it is read into memory.
const MOST_BYTES: u64 = 1024 * 1024;
/// The status by which the server says that the bytes are not what their digest says.
const OTHER_DIGEST: u16 = 460;

/// A step of an upload.
#[derive(Clone, Debug)]
pub struct UploadCall {
    /// The file.
    pub digest: ContentDigest,
    /// What to send.
    pub call: HttpCall,
    step: Step,
}

#[cfg(test)]
impl UploadCall {
    /// The first step of a file's way.
    pub(super) const fn begins(digest: ContentDigest, call: HttpCall) -> Self {
        Self { digest, call, step: Step::Begin }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Begin,
    Ask,
    Send,
}

/// How far an upload has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UploadProgress {
    /// The server has so many bytes.
    Sent {
        /// The file.
        digest: ContentDigest,
        /// How many bytes the server has.
        sent_bytes: u64,
        /// How many there are.
        size_bytes: u64,
    },
    /// The server does not take the file.
    Refused {
        /// The file.
        digest: ContentDigest,
        /// The code of the server's problem.
        reason: String,
    },
    /// The server asks to wait, or is not well.
    Later {
        /// How long, in seconds; nothing where it does not say, as somebody in between does who has no answer for
        /// this file.
        retry_after_s: Option<u32>,
    },
}

/// After how many seconds a device that is not active asks again whether its files are taken.
const INACTIVE_FOR_S: u32 = 3600;

impl Phone {
    /// The next step of an upload, passing over files that are left for later; nothing when no other is to be sent,
    /// or records go first.
    pub(super) fn next_upload_but(
        &mut self,
        left: &BTreeSet<ContentDigest>,
    ) -> Result<Option<UploadCall>, PhoneError> {
        self.check_outside()?;
        let reader = self.store.reader();
        if item::any_draft(reader)? || frame::any_waits(reader)? {
            return Ok(None);
        }
        let mut waiting = attachment::to_send(reader)?.into_iter();
        let Some(file) = waiting.find(|file| !left.contains(&file.digest)) else { return Ok(None) };
        let digest = file.digest;
        let taken = Taken { digest, size_bytes: file.size_bytes };
        let (step, call) = match &file.url {
            None => (Step::Begin, begin(&file)),
            Some(url) if file.is_unsure => (Step::Ask, ask(url)),
            Some(url) => match self.vault.read(taken, file.sent_bytes, MOST_BYTES) {
                Ok(bytes) => (Step::Send, send(url, file.sent_bytes, bytes)),
                Err(PhoneError::DamagedFile) => {
                    self.note("giving up a damaged file", |tx| {
                        attachment::set_here(tx, digest, false)?;
                        attachment::set_refused(tx, digest, "damaged_on_phone")
                    })?;
                    return self.next_upload_but(left);
                }
                Err(error) => return Err(error),
            },
        };
        if step == Step::Send {
            self.note("sending a file", |tx| attachment::set_unsure(tx, digest))?;
        }
        Ok(Some(UploadCall { digest, call, step }))
    }

    /// Takes the answer to a step. Without an answer nothing is to be called: the next step asks.
    pub(super) fn take_upload_answer(
        &mut self,
        call: &UploadCall,
        answer: &HttpAnswer,
    ) -> Result<UploadProgress, PhoneError> {
        let bad = |reason: String| PhoneError::BadResponse { reason };
        let digest = call.digest;
        let file = attachment::find(self.store.reader(), digest)?.ok_or(PhoneError::NoSuchFile(digest))?;
        let offset = answer.number("upload-offset").filter(|sent| *sent <= file.size_bytes);
        let sent = match (call.step, answer.status) {
            (_, 408 | 429 | 500..=599) => {
                let asked = answer.number("retry-after").and_then(|seconds| u32::try_from(seconds).ok());
                return Ok(UploadProgress::Later { retry_after_s: asked });
            }
            // Frozen: until a person has looked its files stay with it. An answer to HEAD has no body to say so.
            (step, 403)
                if step == Step::Ask || answer.problem_code().as_deref() == Some("device_inactive") =>
            {
                return Ok(UploadProgress::Later { retry_after_s: Some(INACTIVE_FOR_S) });
            }
            (_, _) if answer.header("tus-resumable").is_none() => {
                return Err(bad(format!("status {} and no word of uploads", answer.status)));
            }
            (Step::Begin, 201) => {
                let url = answer.header("location").and_then(path_of);
                let url = url.ok_or_else(|| bad("the upload has no address".to_owned()))?;
                let sent = offset.unwrap_or(0);
                self.note("beginning an upload", |tx| {
                    attachment::set_begun(tx, digest, &url)?;
                    attachment::set_sent(tx, digest, sent)
                })?;
                sent
            }
            (Step::Ask, 200 | 204) | (Step::Send, 204) => {
                let sent = offset.ok_or_else(|| bad("the answer does not say how much came".to_owned()))?;
                self.note("noting what was sent", |tx| attachment::set_sent(tx, digest, sent))?;
                sent
            }
            // Somebody else sent to it as well; the next step asks.
            (Step::Send, 409) => file.sent_bytes,
            // The record that names it was erased by order; its row is still to come, or never does, because the phone is
            // lost.
            (_, 410) if answer.problem_code().as_deref() == Some(ERASED) => {
                return self.give_up_upload(digest, ERASED);
            }
            (Step::Ask | Step::Send, 404 | 410) => {
                self.note("beginning again", |tx| attachment::begin_again(tx, digest))?;
                0
            }
            (_, OTHER_DIGEST) => {
                let taken = Taken { digest, size_bytes: file.size_bytes };
                if !self.vault.is_whole(taken)? {
                    return self.give_up_upload(digest, "damaged_on_phone");
                }
                self.note("beginning again", |tx| attachment::begin_again(tx, digest))?;
                0
            }
            (_, 413 | 415 | 422) => {
                let reason = answer.problem_code().unwrap_or_else(|| answer.status.to_string());
                return self.give_up_upload(digest, &reason);
            }
            (_, status) => return Err(bad(format!("status {status} to an upload"))),
        };
        Ok(UploadProgress::Sent { digest, sent_bytes: sent, size_bytes: file.size_bytes })
    }

    fn give_up_upload(&mut self, digest: ContentDigest, reason: &str) -> Result<UploadProgress, PhoneError> {
        self.note("noting a refused file", |tx| attachment::set_refused(tx, digest, reason))?;
        Ok(UploadProgress::Refused { digest, reason: reason.to_owned() })
    }

    fn note(
        &mut self,
        doing: &'static str,
        work: impl FnOnce(&super::store::Tx<'_>) -> Result<(), PhoneError>,
    ) -> Result<(), PhoneError> {
        self.store.write(doing, work)
    }
}

fn begin(file: &FileRow) -> HttpCall {
    let described = [
        ("sha256", file.digest.to_string()),
        ("filetype", file.media_type.code().to_owned()),
        ("document", file.document.to_string()),
    ];
    let metadata = described.map(|(key, value)| format!("{key} {}", STANDARD.encode(value))).join(",");
    let headers = vec![tus(), ("upload-length", file.size_bytes.to_string()), ("upload-metadata", metadata)];
    HttpCall { method: "POST", path: UPLOADS.to_owned(), headers, body: Vec::new() }
}

fn ask(url: &str) -> HttpCall {
    HttpCall { method: "HEAD", path: url.to_owned(), headers: vec![tus()], body: Vec::new() }
}

fn send(url: &str, offset: u64, body: Vec<u8>) -> HttpCall {
    let headers = vec![
        tus(),
        ("upload-offset", offset.to_string()),
        ("content-type", "application/offset+octet-stream".to_owned()),
    ];
    HttpCall { method: "PATCH", path: url.to_owned(), headers, body }
}

fn tus() -> (&'static str, String) {
    ("tus-resumable", "1.0.0".to_owned())
}

/// The path of an address. It is used under the address that the phone was enrolled with, whatever host
/// it names: a token goes to no other.
fn path_of(location: &str) -> Option<String> {
    let path = match location.split_once("://") {
        Some((_, rest)) => &rest[rest.find('/')?..],
        None => location,
    };
    path.starts_with('/').then(|| path.to_owned())
}

#[cfg(test)]
mod tests {
    use super::path_of;

    #[test]
    fn an_upload_stays_with_the_server_that_the_phone_knows() {
        assert_eq!(path_of("https://elsewhere.example/up/1").as_deref(), Some("/up/1"));
        assert_eq!(path_of("/up/1").as_deref(), Some("/up/1"));
        assert_eq!(path_of("up/1"), None);
        assert_eq!(path_of("https://elsewhere.example"), None);
    }
}
