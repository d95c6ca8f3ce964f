//! Telling the app that something changed, so that it comes and reads.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use tingfang_core::id::DocumentId;
use tokio::sync::Notify;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::error::TingfangError;
use crate::runtime;

/// Hears of changes. Calls come from a thread of the library's own, one at a time; what changes while a call lasts
/// is told once afterwards. What it throws is passed over.
#[uniffi::export(foreign)]
pub trait Listener: Send + Sync {
    /// Something changed: come and read.
    fn on_change(&self, change: Change) -> Result<(), TingfangError>;
}

/// What changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, uniffi::Enum)]
pub enum Change {
    /// A record was written into, or something was said of a task, which has an id of its own on this phone.
    Record {
        /// Which.
        record: DocumentId,
    },
    /// A sync brought something, or what was sent has its answer: lists, tasks and records may be other than before.
    Synced,
    /// The phone went into a court room, or left it.
    CourtRoom,
}

/// Keeps a listener listening, until it is cancelled or dropped.
#[derive(Debug, uniffi::Object)]
pub struct Subscription {
    ended: CancellationToken,
    _ends_when_dropped: DropGuard,
}

#[uniffi::export]
impl Subscription {
    /// Nothing more is told. A call that is under way ends first.
    pub fn cancel(&self) {
        self.ended.cancel();
    }
}

/// Everybody who listens.
#[derive(Default)]
pub(crate) struct Listeners {
    inboxes: Mutex<Vec<Weak<Inbox>>>,
}

/// What one listener has still to be told: each change once.
#[derive(Default)]
struct Inbox {
    changes: Mutex<BTreeSet<Change>>,
    came: Notify,
}

impl Listeners {
    pub(crate) fn add(&self, listener: Arc<dyn Listener>) -> Subscription {
        let inbox = Arc::new(Inbox::default());
        let ended = CancellationToken::new();
        lock(&self.inboxes).push(Arc::downgrade(&inbox));
        let until = ended.clone();
        drop(runtime::spawn(async move {
            // It ends in the middle of waiting, and never in the middle of a call.
            until.run_until_cancelled(tell(&inbox, &listener, &until)).await
        }));
        Subscription { _ends_when_dropped: ended.clone().drop_guard(), ended }
    }

    pub(crate) fn tell(&self, change: Change) {
        lock(&self.inboxes).retain(|inbox| {
            let Some(inbox) = inbox.upgrade() else { return false };
            lock(&inbox.changes).insert(change);
            inbox.came.notify_one();
            true
        });
    }
}

async fn tell(inbox: &Inbox, listener: &Arc<dyn Listener>, ended: &CancellationToken) {
    loop {
        inbox.came.notified().await;
        // Who gave up in the call before is not told what came meanwhile.
        while !ended.is_cancelled()
            && let Some(change) = next(inbox)
        {
            let listener = Arc::clone(listener);
            // One that hangs holds up itself alone.
            let _ = runtime::spawn_blocking(move || listener.on_change(change)).await;
        }
    }
}

fn next(inbox: &Inbox) -> Option<Change> {
    lock(&inbox.changes).pop_first()
}

fn lock<T>(held: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    held.lock().unwrap_or_else(PoisonError::into_inner)
}
