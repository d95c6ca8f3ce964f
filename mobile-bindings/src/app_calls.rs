//! Calls into the app that the phone waits for: on a thread of their own, one after another, and not for ever.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::error::TingfangError;

/// For how long the phone waits when the app says nothing else. A platform may ask its user in the middle of a call,
/// for a finger or a face.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// The thread, and how long its answers are waited for.
pub(crate) struct AppCalls {
    calls: mpsc::Sender<Box<dyn FnOnce() + Send>>,
    patience: Duration,
}

impl AppCalls {
    /// A thread that ends when nobody calls any more.
    pub(crate) fn new(patience: Duration) -> Result<Self, TingfangError> {
        let (calls, called) = mpsc::channel::<Box<dyn FnOnce() + Send>>();
        let run = move || called.into_iter().for_each(|call| call());
        let started = std::thread::Builder::new().name("tingfang-keys".to_owned()).spawn(run);
        started.map_err(|error| TingfangError::Internal { reason: error.to_string() })?;
        Ok(Self { calls, patience })
    }

    /// Calls and waits. What takes too long counts as failed: had it begun, it may still come to its end, and always
    /// before the next; had it not, it never begins.
    pub(crate) fn wait<T: Send + 'static>(
        &self,
        whom: &str,
        call: impl FnOnce() -> Result<T, TingfangError> + Send + 'static,
    ) -> Result<T, TingfangError> {
        let (answer, answered) = mpsc::sync_channel(1);
        let given_up = Arc::new(AtomicBool::new(false));
        let nobody_waits = Arc::clone(&given_up);
        let guarded = move || {
            if nobody_waits.load(Ordering::SeqCst) {
                return;
            }
            if let Ok(outcome) = catch_unwind(AssertUnwindSafe(call)) {
                // Whoever has given up does not miss it.
                let _ = answer.send(outcome);
            }
        };
        // A thread that is gone drops the answer's sender, and the receiver says so.
        let _ = self.calls.send(Box::new(guarded));
        answered.recv_timeout(self.patience).unwrap_or_else(|error| {
            given_up.store(true, Ordering::SeqCst);
            Err(TingfangError::host(match error {
                RecvTimeoutError::Timeout => format!("the {whom} does not answer"),
                RecvTimeoutError::Disconnected => format!("the {whom} ended in the middle of a call"),
            }))
        })
    }
}

/// What the app threw last. The core's own errors carry only a text.
#[derive(Default)]
pub(crate) struct Thrown(Mutex<Option<TingfangError>>);

impl Thrown {
    /// Keeps it, and gives its text.
    pub(crate) fn keep(&self, error: TingfangError) -> String {
        let text = error.to_string();
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
        text
    }

    /// What was kept, once.
    pub(crate) fn take(&self) -> Option<TingfangError> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// So short that a hanging call is given up at once.
    const SHORT: Duration = Duration::from_millis(1);
    /// So long that no machine is too slow for it.
    const LONG: Duration = Duration::from_secs(600);

    #[test]
    fn who_waits_behind_a_call_that_hangs_gives_up_and_is_not_called_afterwards() {
        let mut calls = AppCalls::new(SHORT).expect("a thread");
        let ((begun, has_begun), (go_on, held)) = (mpsc::channel(), mpsc::channel::<()>());
        let (order, seen) = mpsc::channel();
        let first = order.clone();
        let hanging = move || {
            begun.send(()).expect("somebody waits");
            held.recv().expect("let go");
            first.send("first").expect("somebody counts");
        };
        calls.calls.send(Box::new(hanging)).expect("the thread is there");
        has_begun.recv().expect("it begins");
        let say = |order: &mpsc::Sender<&'static str>, word| {
            let order = order.clone();
            move || order.send(word).map_err(|error| TingfangError::host(error.to_string()))
        };
        let silent = TingfangError::host("the key store does not answer");
        assert_eq!(calls.wait("key store", say(&order, "never")), Err(silent));
        go_on.send(()).expect("it waits");
        calls.patience = LONG;
        assert_eq!(calls.wait("key store", say(&order, "last")), Ok(()));
        drop(order);
        assert_eq!(seen.iter().collect::<Vec<_>>(), ["first", "last"]);
    }

    #[test]
    fn a_call_that_panics_is_an_error_and_the_next_one_is_answered() {
        let calls = AppCalls::new(LONG).expect("a thread");
        let ended = TingfangError::host("the hardware key ended in the middle of a call");
        assert_eq!(calls.wait::<()>("hardware key", || panic!("out of memory")), Err(ended));
        assert_eq!(calls.wait("hardware key", || Ok(7)), Ok(7));
    }
}
