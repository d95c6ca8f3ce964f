//! Taking the server's answer: verdicts, rows and changes, stored in one transaction with the
//! token that says how far the phone has read.

use super::store::change::{self, ChangeDetails};
use super::store::document::{self, NewDocument};
use super::store::item::{self, ItemPlace, SentItem};
use super::store::setting::{self, Setting};
use super::store::{Tx, frame, search, server_row};
use super::{Authorship, Phone, PhoneError};
use crate::clock::{Interval, LogPosition};
use crate::id::{DeviceId, DocumentId};
use crate::people::Task;
use crate::people::task::TaskState;
use crate::record::document::RawChange;
use crate::sync::gate::claimed_hash;
use crate::sync::verdict::Verdict;
use crate::sync::wire::{self, FrameRejection, PulledChange, PulledDocument, Row, SyncResponse, Writer};

/// Why the server did not take a frame that contradicts what this phone is known to have signed.
const CONTRADICTIONS: [&str; 2] = ["equivocation", "chain"];

/// How far a sync has come.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Progress {
    /// Whether another request should follow at once.
    pub more: bool,
    /// Items that the server now holds in its log.
    pub stored: usize,
    /// Items that were refused, held or malformed.
    pub not_accepted: usize,
    /// Changes that came from the server.
    pub pulled: usize,
    /// Frames that the server did not take, with the code of each reason.
    pub rejected: Vec<String>,
    /// Records that were reopened from their accepted heads.
    pub reopened: usize,
    /// How long the server asks to wait, in seconds.
    pub retry_after_s: Option<u32>,
}

impl Phone {
    /// Takes the answer to the last request.
    ///
    /// # Errors
    /// When the answer is not the enrolled server's or not to this request, or the store fails;
    /// then nothing of it is kept, and the request can be made again.
    pub fn take_response(&mut self, bytes: &[u8]) -> Result<Progress, PhoneError> {
        let bad = |reason: String| PhoneError::BadResponse { reason };
        let response =
            wire::decode_response(bytes, &self.profile.server).map_err(|error| bad(error.to_string()))?;
        if setting::read(self.store.reader(), Setting::LastRequest)?.as_deref() != Some(&response.answers) {
            return Err(bad("it answers another request".to_owned()));
        }
        response.beacon.verify(&self.profile.server).map_err(|error| bad(error.to_string()))?;
        let mut progress = self.apply(&response)?;
        if response.rejections.iter().any(|rejection| CONTRADICTIONS.contains(&&*rejection.code)) {
            // The server knows another past of this phone: somebody has copied it, or put an old copy
            // back. What is here and not there is said anew, and a person on the server decides.
            self.begin_epoch()?;
            progress.more = true;
            return Ok(progress);
        }
        if response.page.is_none() {
            progress.reopened = self.reopen_where_needed()?;
            self.open_linked()?;
        }
        progress.more = response.page.is_some() || response.restart || self.has_work(&response.rejections)?;
        Ok(progress)
    }

    fn apply(&mut self, response: &SyncResponse) -> Result<Progress, PhoneError> {
        let (own, epoch) = (self.profile.device, self.secrets.epoch);
        let now = self.clock.now().as_millis();
        self.store.write("storing the server's answer", |tx| {
            let mut progress = Progress { retry_after_s: response.retry_after_s, ..Progress::default() };
            for answered in &response.verdicts {
                for (index, verdict) in answered.verdicts.iter().enumerate() {
                    let place = ItemPlace { epoch, frame: answered.number, index };
                    apply_verdict(tx, place, verdict, &mut progress)?;
                }
                frame::set_answered(tx, epoch, answered.number)?;
            }
            progress.rejected = response.rejections.iter().map(|rejection| rejection.code.clone()).collect();
            resend_after(tx, epoch, response.last_frame.number)?;
            for row in &response.rows {
                store_row(tx, row)?;
                if row.kind == "verdict" {
                    apply_late_verdict(tx, own, row, now)?;
                }
            }
            for pulled in &response.documents {
                progress.pulled += store_document(tx, pulled, &response.writers, now)?;
            }
            for document in &response.leave {
                leave(tx, *document)?;
            }
            store_tokens(tx, response)?;
            Ok(progress)
        })
    }

    fn has_work(&self, rejections: &[FrameRejection]) -> Result<bool, PhoneError> {
        if !rejections.is_empty() {
            return Ok(false);
        }
        let reader = self.store.reader();
        Ok(item::any_draft(reader)? || frame::any_waits(reader)?)
    }
}

fn store_tokens(tx: &Tx<'_>, response: &SyncResponse) -> Result<(), PhoneError> {
    let beacon = minicbor::to_vec(&response.beacon).expect("encoding into memory cannot fail");
    setting::write(tx, Setting::Beacon, &beacon)?;
    setting::write(tx, Setting::LogEpoch, response.log_epoch.as_bytes())?;
    if response.restart {
        setting::forget(tx, Setting::Cursor)?;
        return setting::forget(tx, Setting::Page);
    }
    match (&response.page, &response.cursor) {
        (Some(page), _) => setting::write(tx, Setting::Page, &page.0),
        (None, Some(cursor)) => {
            setting::write(tx, Setting::Cursor, &cursor.0)?;
            setting::write(tx, Setting::SyncedAt, &response.beacon.at.as_millis().to_le_bytes())?;
            setting::forget(tx, Setting::Page)
        }
        (None, None) => Ok(()),
    }
}

fn apply_verdict(
    tx: &Tx<'_>,
    place: ItemPlace,
    verdict: &Verdict,
    progress: &mut Progress,
) -> Result<(), PhoneError> {
    let Some(sent) = item::at(tx, place)? else { return Ok(()) };
    if verdict.is_stored() {
        progress.stored += 1;
    } else if !matches!(verdict, Verdict::Blocked { .. }) {
        progress.not_accepted += 1;
    }
    settle(tx, &sent, verdict)
}

/// What became of an item after its frame was answered: it came in after all, or a person has decided
/// that it stays out, and says why.
fn apply_late_verdict(tx: &Tx<'_>, own: DeviceId, row: &Row, now_millis: i64) -> Result<(), PhoneError> {
    let body: serde_json::Value = serde_json::from_str(&row.body).unwrap_or_default();
    let number = |key: &str| body.get(key).and_then(serde_json::Value::as_u64);
    if let Some((document, assignment)) = id_in(&body, "record").zip(id_in(&body, "assignment")) {
        document::link(tx, document, assignment, (id_in(&body, "case"), id_in(&body, "undertaker")))?;
    }
    let (Some(epoch), Some(frame), Some(index)) = (number("epoch"), number("frame"), number("item")) else {
        return Ok(());
    };
    let (Ok(epoch), Ok(index)) = (u32::try_from(epoch), usize::try_from(index)) else { return Ok(()) };
    // Another phone of the same person hears of it too.
    if id_in(&body, "device") != Some(own) {
        return Ok(());
    }
    let Some(sent) = item::at(tx, ItemPlace { epoch, frame, index })? else { return Ok(()) };
    match number("position") {
        Some(position) => {
            // The record may have been reopened without it; then it stands in it again.
            item::take_up(tx, sent.number)?;
            if let Some(hash) = sent.hash {
                change::take_up(tx, sent.document, hash)?;
                item::give_up_copies(tx, sent.document, hash)?;
                document::set_stale(tx, sent.document, now_millis)?;
            }
            settle(tx, &sent, &Verdict::Accepted { position: LogPosition(position) })
        }
        // The row has the reason in words.
        None => item::decide_against(tx, sent.number),
    }
}

fn id_in<T: std::str::FromStr>(body: &serde_json::Value, key: &str) -> Option<T> {
    body.get(key)?.as_str()?.parse().ok()
}

fn settle(tx: &Tx<'_>, sent: &SentItem, verdict: &Verdict) -> Result<(), PhoneError> {
    let status = if verdict.is_stored() { "accepted" } else { verdict.name() };
    let blocked_by = if let Verdict::Blocked { by } = verdict { Some(*by) } else { None };
    item::settle(tx, sent.number, status, verdict.reason().unwrap_or(""), blocked_by)?;
    match (sent.kind.as_str(), verdict) {
        // A seal that was given again takes the place of the one that was not accepted.
        ("seal", verdict) if verdict.is_stored() => {
            item::supersede_seals(tx, sent.document)?;
        }
        ("seal", Verdict::Blocked { .. }) => {}
        // The record is open again, and its owner is asked to look and to seal anew.
        ("seal", _) => document::set_unsealed(tx, sent.document)?,
        _ => {}
    }
    let Some(hash) = sent.hash else { return Ok(()) };
    let position = match verdict {
        Verdict::Accepted { position } | Verdict::Duplicate { position } => Some(*position),
        _ => None,
    };
    change::settle(tx, sent.document, hash, status, position)
}

/// A server that was restored from a backup holds fewer frames than it answered: the phone sends
/// the archived ones again, and what the server had forgotten is stored anew.
fn resend_after(tx: &Tx<'_>, epoch: u32, last: u64) -> Result<(), PhoneError> {
    if frame::send_again_after(tx, epoch, last)? {
        item::set_framed_after(tx, epoch, last)?;
        change::set_framed_after(tx, epoch, last)?;
    }
    Ok(())
}

fn store_row(tx: &Tx<'_>, row: &Row) -> Result<(), PhoneError> {
    server_row::save(tx, row)?;
    match row.kind.as_str() {
        // The server's countersigned word that a record is sealed, whoever sealed it.
        "seal" => match row.key.parse::<DocumentId>() {
            Ok(sealed) => {
                item::settle_statements(tx, sealed, "seal")?;
                document::set_sealed(tx, sealed)
            }
            Err(_) => Ok(()),
        },
        // The same of a transcript's confirmation.
        "confirmation" => match row.key.parse::<DocumentId>() {
            Ok(confirmed) => item::settle_statements(tx, confirmed, "confirm"),
            Err(_) => Ok(()),
        },
        // What stood against records of the task may be gone.
        "task" => match serde_json::from_str::<Task>(&row.body) {
            Ok(task) if task.state == TaskState::Open => {
                let records = document::of_assignment(tx, task.assignment)?;
                records.into_iter().try_for_each(|record| item::begin_again(tx, record))
            }
            _ => Ok(()),
        },
        _ => Ok(()),
    }
}

fn store_document(
    tx: &Tx<'_>,
    pulled: &PulledDocument,
    writers: &[Writer],
    now_millis: i64,
) -> Result<usize, PhoneError> {
    if let Some(kind) = &pulled.kind {
        let new = NewDocument {
            document: pulled.document,
            kind,
            assignment: pulled.assignment,
            case: pulled.case,
            undertaker: pulled.undertaker,
            transcribed_for: pulled.transcribed_for,
            own: pulled.own,
            touched_at: now_millis,
        };
        document::insert_if_new(tx, &new)?;
        if pulled.sealed {
            document::set_sealed(tx, pulled.document)?;
        }
    }
    for pulled_change in &pulled.changes {
        // The page is signed by the server; reading the hash is cheap, opening the record waits
        // until somebody looks at it.
        let Some(hash) = claimed_hash(&pulled_change.bytes) else {
            return Err(PhoneError::BadResponse { reason: "a change in the page cannot be read".into() });
        };
        let raw = RawChange { hash, bytes: pulled_change.bytes.clone() };
        let position = Some(pulled_change.position);
        let authorship = authorship(pulled_change, writers);
        let details = ChangeDetails { position, authorship, ..ChangeDetails::default() };
        change::save(tx, pulled.document, &raw, "accepted", details)?;
        item::settle_pulled(tx, pulled.document, hash)?;
    }
    document::set_stale(tx, pulled.document, now_millis)?;
    Ok(pulled.changes.len())
}

fn authorship(change: &PulledChange, writers: &[Writer]) -> Option<Authorship> {
    let writer = writers.get(usize::try_from(change.writer?).ok()?)?.clone();
    let made = Interval { not_before: change.not_before, not_after: change.received_at };
    Some(Authorship::Elsewhere { writer, made })
}

/// A record that may no longer be seen goes, unless it holds work that the server does not have.
fn leave(tx: &Tx<'_>, left: DocumentId) -> Result<(), PhoneError> {
    if item::any_unaccepted(tx, left)? {
        return document::set_locked(tx, left);
    }
    search::remove(tx, left)?;
    change::remove_of(tx, left)?;
    document::remove(tx, left)
}
