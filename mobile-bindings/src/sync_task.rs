//! 同步 a sync: it runs on threads of the library's own, says how far it is, and can be cancelled.

use std::sync::{Arc, Mutex, PoisonError};

use tingfang_core::phone::{Progress, UploadCall, UploadProgress, UploadRound};
use tokio::sync::watch;

use crate::error::TingfangError;
use crate::listener::Change;
use crate::model::sync::{SyncEnd, SyncOptions, SyncProgress, SyncReport};
use crate::phone::Tingfang;
use crate::running::{self, Running};
use crate::transport::Transport;
use crate::wire::{Sent, Wire};

/// The most requests of one sync; a phone that needs more goes on with the next.
const MOST_REQUESTS: usize = 10_000;

/// How many rows and changes of an answer are taken at once.
const PART: usize = 100;

/// Hears how far a sync is. Calls come one at a time from a thread of the library's own; while one lasts, what is
/// overtaken is left out. What it throws is passed over.
#[uniffi::export(foreign)]
pub trait SyncListener: Send + Sync {
    /// So far it is.
    fn on_progress(&self, progress: SyncProgress) -> Result<(), TingfangError>;
}

/// A sync that is under way, or has ended. Dropping it cancels; what has arrived stays.
#[derive(Debug, uniffi::Object)]
pub struct SyncTask(Running<SyncReport>);

#[uniffi::export]
impl SyncTask {
    /// Ends it at the next opportunity. What the server has is the server's; the next sync goes on from there.
    pub fn cancel(&self) {
        self.0.cancel();
    }

    /// Whether it still runs.
    pub fn is_running(&self) -> bool {
        self.0.is_running()
    }

    /// Waits for the end. Not waiting, or giving up waiting, changes nothing.
    pub async fn outcome(&self) -> Result<SyncReport, TingfangError> {
        self.0.outcome().await
    }
}

#[uniffi::export]
impl Tingfang {
    /// Sends what waits and reads what is new, until there is nothing more of either; then sends files.
    ///
    /// Throws `SyncUnderWay`, `InCourtRoom`, `Closed`. Everything else comes out of the task.
    #[uniffi::method(default(options = None, listener = None))]
    pub fn start_sync(
        self: Arc<Self>,
        transport: Arc<dyn Transport>,
        options: Option<SyncOptions>,
        listener: Option<Arc<dyn SyncListener>>,
    ) -> Result<Arc<SyncTask>, TingfangError> {
        let alone = Arc::clone(&self.syncing).try_lock_owned().map_err(|_| TingfangError::SyncUnderWay)?;
        self.read(|phone| phone.check_outside())?;
        let options = options.unwrap_or_default();
        let cancelled = self.network();
        let wire = self.wire(transport, options.patience_s, cancelled.clone());
        let told = running::progress(listener.map(|listener| move |so_far| listener.on_progress(so_far)));
        let work = async move {
            let run = Run { phone: &self, wire, told, report: Mutex::default() };
            let outcome = run.to_the_end(options.send_files).await;
            self.note_end(&outcome);
            // Another may begin before the end is heard of.
            drop(alone);
            outcome
        };
        Ok(Arc::new(SyncTask(Running::begin(cancelled, work))))
    }
}

impl Tingfang {
    /// Notes how a sync ended: codes and counts alone.
    fn note_end(&self, outcome: &Result<SyncReport, TingfangError>) {
        match outcome {
            Ok(report) => self.diagnostics.note(&format!(
                "sync {:?}: stored {}, not accepted {}, pulled {}, files {}",
                report.end, report.stored, report.not_accepted, report.pulled, report.files_sent
            )),
            Err(error) => self.diagnostics.note(&format!("sync failed: {}", error.code())),
        }
    }
}

struct Run<'p> {
    phone: &'p Tingfang,
    wire: Wire,
    told: watch::Sender<SyncProgress>,
    report: Mutex<SyncReport>,
}

impl Run<'_> {
    async fn to_the_end(&self, send_files: bool) -> Result<SyncReport, TingfangError> {
        let end = match self.both_ways(send_files).await {
            // Whatever needs no signature has gone, and is told.
            Err(TingfangError::OtherKey) => SyncEnd::OtherKey,
            end => end?,
        };
        Ok(SyncReport { end, ..self.now() })
    }

    async fn both_ways(&self, send_files: bool) -> Result<SyncEnd, TingfangError> {
        let mut end = self.exchange().await?;
        if end == SyncEnd::Complete && send_files && !self.now().wiped {
            let before = self.now().files_sent;
            end = self.send_files().await?;
            // The server's word that it has them, and a wipe that waited for them.
            if self.now().files_sent > before && end != SyncEnd::Cancelled {
                let last = self.exchange().await?;
                end = if end == SyncEnd::Complete { last } else { end };
            }
        }
        if end == SyncEnd::Complete && !self.now().wiped {
            // Files wait for words that nobody could sign.
            self.phone.read(|phone| phone.check_key())?;
        }
        Ok(end)
    }

    async fn exchange(&self) -> Result<SyncEnd, TingfangError> {
        for _ in 0..MOST_REQUESTS {
            if self.wire.cancelled.is_cancelled() {
                return Ok(SyncEnd::Cancelled);
            }
            let request = self.phone.with(|phone| phone.next_request())?;
            // The phone is free while the network is slow: whoever records is not held up.
            let Sent::Answered(answer) = self.wire.exchange(request).await? else {
                return Ok(SyncEnd::Cancelled);
            };
            let Some(step) = self.take(&answer)? else { return Ok(SyncEnd::Cancelled) };
            let (more, retry_after_s) = (step.more, step.retry_after_s);
            self.change(|report| report.add(step));
            self.phone.listeners.tell(Change::Synced);
            if let Some(retry_after_s) = retry_after_s {
                return Ok(SyncEnd::Later { retry_after_s });
            }
            if !more {
                break;
            }
        }
        Ok(SyncEnd::Complete)
    }

    /// Takes an answer in parts: whoever records is let in after each. Nothing when it was cancelled in between.
    fn take(&self, bytes: &[u8]) -> Result<Option<Progress>, TingfangError> {
        let mut answer = self.phone.read(|phone| phone.check_response(bytes))?;
        loop {
            let taken = self.phone.with(|phone| phone.take_part(&mut answer, PART));
            if let Ok(Some(progress)) = taken {
                return Ok(Some(progress));
            }
            if taken.is_err() || self.wire.cancelled.is_cancelled() {
                // What was taken until then stays, and is told.
                self.change(|report| report.add(answer.so_far()));
                self.phone.listeners.tell(Change::Synced);
                return taken;
            }
        }
    }

    async fn send_files(&self) -> Result<SyncEnd, TingfangError> {
        let (mut round, mut trouble) = (UploadRound::default(), None);
        while let Some(step) = self.phone.with(|phone| round.next(phone))? {
            if self.wire.cancelled.is_cancelled() {
                return Ok(SyncEnd::Cancelled);
            }
            trouble = match self.take_step(&mut round, &step).await {
                Ok(Sent::Answered(())) => None,
                Ok(Sent::Cancelled) => return Ok(SyncEnd::Cancelled),
                Err(error) if error.is_no_word_of_the_server() && round.passes_over(&step) => Some(error),
                Err(error) => return Err(error),
            };
        }
        // The last word counts: where other files went through after it, the line is good.
        match (trouble, round.retry_after_s()) {
            (Some(error), _) => Err(error),
            (None, Some(retry_after_s)) => Ok(SyncEnd::Later { retry_after_s }),
            (None, None) => Ok(SyncEnd::Complete),
        }
    }

    async fn take_step(&self, round: &mut UploadRound, step: &UploadCall) -> Result<Sent<()>, TingfangError> {
        let Sent::Answered(answer) = self.wire.call(step.call.clone()).await? else {
            return Ok(Sent::Cancelled);
        };
        match self.phone.with(|phone| round.take(phone, step, &answer))? {
            UploadProgress::Sent { sent_bytes, size_bytes, .. } => {
                self.change(|report| report.files_sent += u64::from(sent_bytes == size_bytes));
            }
            UploadProgress::Refused { .. } => self.change(|report| report.files_refused += 1),
            UploadProgress::Later { .. } => {}
        }
        Ok(Sent::Answered(()))
    }

    fn now(&self) -> SyncReport {
        self.report.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Changes the report, and tells how far it is.
    fn change(&self, change: impl FnOnce(&mut SyncReport)) {
        let mut report = self.report.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut report);
        let Ok(status) = self.phone.read(|phone| phone.status()) else { return };
        self.told.send_replace(SyncProgress {
            stored: report.stored,
            pulled: report.pulled,
            waiting: status.waiting,
            files_sent: report.files_sent,
            files_waiting: status.files_waiting,
            file_bytes_waiting: status.file_bytes_waiting,
        });
    }
}
