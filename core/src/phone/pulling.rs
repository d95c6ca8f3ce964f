//! Taking the server's answer: verdicts, rows and changes, in one transaction or in several, the last of which stores
//! the token that says how far the phone has read.

use super::answer::Answer;
use super::auditing;
use super::erasing;
use super::reopening::hand_in_what_has_left;
use super::settling::{apply_late_verdict, apply_verdict};
use super::store::change::{self, ChangeDetails};
use super::store::document::{self, NewDocument};
use super::store::item::{self, ItemPlace};
use super::store::setting::{self, Setting};
use super::store::{Reader, Tx, attachment, frame, search, server_row};
use super::{Authorship, Phone, PhoneError, tasks, told};
use crate::clock::Interval;
use crate::id::{DeviceId, DocumentId};
use crate::people::Task;
use crate::people::task::TaskState;
use crate::record::document::RawChange;
use crate::sync::gate::claimed_hash;
use crate::sync::row_kind::RowKind;
use crate::sync::wire::{self, FrameRejection, PulledChange, PulledDocument, Row, SyncResponse, Writer};

/// Why the server did not take a frame that contradicts what this phone is known to have signed.
const CONTRADICTIONS: [&str; 2] = ["equivocation", "chain"];

/// How far a sync has come.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Progress {
    /// Whether another request should follow at once; not while the server asks to wait.
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
    /// Addenda that were begun for what came too late for a seal.
    pub addenda: usize,
    /// How long the server asks to wait, in seconds.
    pub retry_after_s: Option<u32>,
    /// Whether the phone was wiped by the server's order: nothing is left on it.
    pub wiped: bool,
}

impl Phone {
    /// Takes the answer to the last request, all of it.
    ///
    /// # Errors
    /// When the answer is not the enrolled server's or not to this request, or the store fails;
    /// then nothing of it is kept, and the request can be made again.
    pub fn take_response(&mut self, bytes: &[u8]) -> Result<Progress, PhoneError> {
        let mut answer = self.check_response(bytes)?;
        loop {
            if let Some(progress) = self.take_part(&mut answer, usize::MAX)? {
                return Ok(progress);
            }
        }
    }

    /// Checks the answer to the last request, which then is taken part by part. Nothing is written.
    ///
    /// # Errors
    /// When the answer is not the enrolled server's or not to this request, or the store fails.
    pub fn check_response(&self, bytes: &[u8]) -> Result<Answer, PhoneError> {
        let server = &self.profile.server;
        let response = wire::decode_response(bytes, server).map_err(|error| bad(error.to_string()))?;
        self.check_asked(&response)?;
        response.beacon.verify(server).map_err(|error| bad(error.to_string()))?;
        if let Some(order) = &response.wipe {
            order.verify(self.profile.device, server).map_err(|error| bad(error.to_string()))?;
        }
        if let Some(policy) = &response.policy {
            policy.verify(server).map_err(|error| bad(error.to_string()))?;
        }
        Ok(Answer::new(response))
    }

    /// Takes the next part of an answer, of about so many rows and changes, in one transaction; gives how far the
    /// sync has come once it was the last.
    ///
    /// # Errors
    /// When the store fails, or the phone has asked anew meanwhile: the request can be made again.
    pub fn take_part(&mut self, answer: &mut Answer, most: usize) -> Result<Option<Progress>, PhoneError> {
        self.check_asked(&answer.response)?;
        // Something may have been written since the phone said that it was ready.
        let said_ready =
            answer.response.wipe.is_some() && setting::is_set(self.store.reader(), Setting::Wiping)?;
        if said_ready && self.may_wipe()? {
            self.wipe()?;
            return Ok(Some(Progress { wiped: true, ..Progress::default() }));
        }
        let begins = answer.reads_anew.is_none();
        let reads_anew = match answer.reads_anew {
            Some(reads_anew) => reads_anew,
            None => self.begin_taking(&answer.response)?,
        };
        let (rows, documents) = answer.next_part(most.max(1));
        let ends = answer.ends_with(&rows, &documents);
        // What was written by the rules until now says so.
        if answer.response.policy.is_some()
            && (begins || ends)
            && !setting::is_set(self.store.reader(), Setting::Recovering)?
        {
            self.cut_frames()?;
        }
        let mut progress = answer.progress.clone();
        let (own, epoch, person) = (self.profile.device, self.epoch(), self.profile.person);
        let (now, server) = (self.clock.now(), self.profile.server);
        let response = &answer.response;
        self.store.write("storing the server's answer", |tx| {
            if begins {
                take_word_on_sent(tx, own, epoch, response, &mut progress)?;
                if reads_anew {
                    // Whoever dies between two parts reads anew all the same.
                    forget_place(tx)?;
                }
            }
            for row in &response.rows[rows.clone()] {
                store_row(tx, row)?;
                if row.kind == RowKind::Verdict.code() {
                    apply_late_verdict(tx, own, row, now.as_millis())?;
                }
            }
            for pulled in &response.documents[documents.clone()] {
                progress.pulled += store_document(tx, pulled, &response.writers, now.as_millis())?;
            }
            if !ends {
                return tasks::look_again(tx, person);
            }
            for document in &response.leave {
                leave(tx, *document)?;
            }
            keep_terms(tx, response)?;
            auditing::take(tx, response.log_epoch, &response.audit, &server)?;
            store_tokens(tx, response, reads_anew)?;
            if let Some(differs) = response.differs {
                Self::take_comparison(tx, now, differs)?;
            }
            tasks::look_again(tx, person)
        })?;
        (answer.rows, answer.documents, answer.reads_anew) = (rows.end, documents.end, Some(reads_anew));
        answer.progress = progress;
        if ends { self.end_taking(answer, reads_anew).map(Some) } else { Ok(None) }
    }

    /// An answer is taken only while nothing was asked since.
    fn check_asked(&self, response: &SyncResponse) -> Result<(), PhoneError> {
        if setting::read(self.store.reader(), Setting::LastRequest)?.as_deref() != Some(&response.answers) {
            return Err(bad("it answers another request".to_owned()));
        }
        Ok(())
    }

    /// Whether everything is read anew after this answer.
    fn begin_taking(&mut self, response: &SyncResponse) -> Result<bool, PhoneError> {
        // What is sent in the same breath the server believes to be here, and leaves out. So a repair that waits for
        // frames to be sent again begins once they are.
        let sent_before = setting::repairing(self.store.reader())?;
        let is_sent_again = |number: u64| sent_before.is_some_and(|newest| number <= newest);
        let reads_anew = is_another_history(self.store.reader(), response)?
            || response.restart
            || response.verdicts.iter().any(|answered| is_sent_again(answered.number));
        self.note_key(response)?;
        Ok(reads_anew)
    }

    fn end_taking(&mut self, answer: &Answer, reads_anew: bool) -> Result<Progress, PhoneError> {
        let (response, mut progress) = (&answer.response, answer.progress.clone());
        match &response.policy {
            Some(policy) => self.take_policy(policy)?,
            // A server that was put back may know none of the versions that it gave.
            None if self.given_policy_version()? == 0 => self.forget_policy(),
            None => {}
        }
        if response.rejections.iter().any(|rejection| CONTRADICTIONS.contains(&&*rejection.code)) {
            // The server knows another past of this phone: somebody has copied it, or put an old copy
            // back. What is here and not there is said anew, and a person on the server decides.
            self.begin_epoch()?;
            progress.more = true;
            return Ok(progress);
        }
        if response.rejections.iter().any(|rejection| rejection.code == "signature") && self.sign_anew()? {
            progress.more = true;
            return Ok(progress);
        }
        // A server that asks to wait has taken what was sent, and says nothing of what there is to read.
        let may_go_on = response.retry_after_s.is_none();
        if response.page.is_none() && !reads_anew && may_go_on {
            progress.addenda = self.add_late_work()?;
            progress.reopened = self.reopen_where_needed()?;
            self.seal_for_centre()?;
            self.open_linked()?;
        }
        let erased = response.rows.iter().filter(|row| row.kind == RowKind::Erasure.code()).count();
        self.erase_what_has_left(response.leave.len() + erased)?;
        // Where nothing is sent, and the server gives nothing to read either because the phone is lost, it waits to be
        // found.
        self.hand_in_copies()?;
        let has_work = self.sends()? && self.has_work(&response.rejections)?;
        let is_ready_to_wipe = response.wipe.is_some() && self.may_wipe()?;
        let differs = response.differs == Some(true);
        let is_unfinished = response.page.is_some() || reads_anew || has_work || is_ready_to_wipe || differs;
        progress.more = is_unfinished && may_go_on;
        Ok(progress)
    }

    /// Erases records that were only kept for what the server did not have, and the files of those that have left.
    pub(super) fn erase_what_has_left(&mut self, left: usize) -> Result<(), PhoneError> {
        let locked = document::locked(self.store.reader())?;
        if !locked.is_empty() {
            self.store.write("erasing what has left", |tx| {
                locked.iter().try_for_each(|document| leave(tx, *document))
            })?;
        }
        let was_unsettled = setting::is_set(self.store.reader(), Setting::Unsettled)?;
        if left == 0 && locked.is_empty() && !was_unsettled {
            return Ok(());
        }
        self.sweep_files()?;
        let is_settled = self.store.settle()?;
        if is_settled != was_unsettled {
            return Ok(());
        }
        self.store.write("noting what is still to be erased", |tx| match is_settled {
            true => setting::forget(tx, Setting::Unsettled),
            false => setting::write(tx, Setting::Unsettled, b"1"),
        })
    }

    fn has_work(&self, rejections: &[FrameRejection]) -> Result<bool, PhoneError> {
        if !rejections.is_empty() {
            return Ok(false);
        }
        let reader = self.store.reader();
        Ok(self.may_cut()? || frame::any_waits(reader)?)
    }
}

fn bad(reason: String) -> PhoneError {
    PhoneError::BadResponse { reason }
}

/// The server was put back to an older state: what it had once, and what it has said of it, it may not have now. All
/// is sent and read anew.
fn is_another_history(reader: &Reader, response: &SyncResponse) -> Result<bool, PhoneError> {
    let known = setting::read(reader, Setting::LogEpoch)?;
    Ok(known.is_some_and(|known| known != response.log_epoch.as_bytes()))
}

/// Takes what the server says of what it was sent, and of what it has.
fn take_word_on_sent(
    tx: &Tx<'_>,
    own: DeviceId,
    epoch: u32,
    response: &SyncResponse,
    progress: &mut Progress,
) -> Result<(), PhoneError> {
    for answered in &response.verdicts {
        for (index, verdict) in answered.verdicts.iter().enumerate() {
            let place = ItemPlace { epoch, frame: answered.number, index };
            apply_verdict(tx, place, verdict, progress)?;
        }
        frame::set_answered(tx, epoch, answered.number)?;
    }
    progress.rejected = response.rejections.iter().map(|rejection| rejection.code.clone()).collect();
    let is_another_history = is_another_history(tx, response)?;
    // What is taken from here on is of this history, also where the phone dies before the end of it.
    setting::write(tx, Setting::LogEpoch, response.log_epoch.as_bytes())?;
    resend_after(tx, epoch, if is_another_history { 0 } else { response.last_frame.number })?;
    if is_another_history {
        item::say_again(tx, epoch)?;
        hand_in_what_has_left(tx, own, epoch)?;
        if document::any_has_left(tx)? {
            // The server may not know any more that it left, and takes it to be here with what its owner wrote.
            setting::set_repairing(tx, frame::newest(tx, epoch)?)?;
        }
        setting::forget(tx, Setting::Policy)?;
        attachment::send_again(tx)?;
    }
    if is_another_history || response.restart {
        server_row::doubt_all(tx)?;
        change::unconfirm(tx, epoch)?;
    }
    Ok(())
}

fn keep_terms(tx: &Tx<'_>, response: &SyncResponse) -> Result<(), PhoneError> {
    let terms = minicbor::to_vec(response.terms).expect("encoding into memory cannot fail");
    setting::write(tx, Setting::Terms, &terms)?;
    Phone::trust_time(tx, response.beacon.at)?;
    Phone::keep_standing(tx, response.standing)?;
    match &response.wipe {
        Some(order) => {
            let order = minicbor::to_vec(order).expect("encoding into memory cannot fail");
            setting::write(tx, Setting::WipeOrder, &order)
        }
        None => setting::forget(tx, Setting::WipeOrder),
    }
}

fn store_tokens(tx: &Tx<'_>, response: &SyncResponse, begins_anew: bool) -> Result<(), PhoneError> {
    let beacon = minicbor::to_vec(&response.beacon).expect("encoding into memory cannot fail");
    setting::write(tx, Setting::Beacon, &beacon)?;
    if begins_anew {
        return forget_place(tx);
    }
    match (&response.page, &response.cursor) {
        (Some(page), _) => setting::write(tx, Setting::Page, &page.0),
        (None, Some(cursor)) => {
            setting::write(tx, Setting::Cursor, &cursor.0)?;
            setting::forget(tx, Setting::Repairing)?;
            if server_row::remove_doubted(tx)? {
                tasks::list_all(tx)?;
            }
            setting::write(tx, Setting::SyncedAt, &response.beacon.at.as_millis().to_le_bytes())?;
            setting::forget(tx, Setting::Page)
        }
        (None, None) => Ok(()),
    }
}

/// Forgets how far the phone has read.
fn forget_place(tx: &Tx<'_>) -> Result<(), PhoneError> {
    setting::forget(tx, Setting::Cursor)?;
    setting::forget(tx, Setting::Page)
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
    let kind = RowKind::from_code(&row.kind);
    server_row::save(tx, row, kind.and_then(|kind| told::listed_at(kind, &row.body)))?;
    match kind {
        // The server's countersigned word that a record is sealed, whoever sealed it.
        Some(RowKind::Seal) => match row.key.parse::<DocumentId>() {
            Ok(sealed) => {
                item::settle_statements(tx, sealed, "seal")?;
                document::set_sealed(tx, sealed)
            }
            Err(_) => Ok(()),
        },
        // The same of a transcript's confirmation.
        Some(RowKind::Confirmation) => match row.key.parse::<DocumentId>() {
            Ok(confirmed) => item::settle_statements(tx, confirmed, "confirm"),
            Err(_) => Ok(()),
        },
        // The server's word that it has a file.
        Some(RowKind::Attachment) => match row.key.parse() {
            Ok(digest) if row.body != "null" => attachment::set_stored(tx, digest),
            _ => Ok(()),
        },
        // Its order wins over what is here.
        Some(RowKind::Erasure) => match row.key.parse() {
            Ok(erased) => erasing::erase(tx, erased),
            Err(_) => Ok(()),
        },
        // What stood against records of the task may be gone.
        Some(RowKind::Task) => match serde_json::from_str::<Task>(&row.body) {
            Ok(task) => {
                tasks::list(tx, &task)?;
                let open = task.state == TaskState::Open;
                let records = document::of_assignment(tx, task.assignment)?;
                records.into_iter().filter(|_| open).try_for_each(|record| item::begin_again(tx, record))
            }
            Err(_) => Ok(()),
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
        document::unlock(tx, pulled.document)?;
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

/// A record that may no longer be seen goes, unless it holds work that the server does not have, or may not have
/// any more.
fn leave(tx: &Tx<'_>, left: DocumentId) -> Result<(), PhoneError> {
    if item::any_unaccepted(tx, left)?
        || attachment::any_unsent(tx, left)?
        || change::any_unconfirmed_of(tx, left)?
    {
        return document::set_locked(tx, left);
    }
    search::remove(tx, left)?;
    change::remove_of(tx, left)?;
    attachment::remove_of(tx, left)?;
    document::remove(tx, left)
}
