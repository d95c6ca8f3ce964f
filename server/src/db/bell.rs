//! The bell of a database. Who writes what somebody waits for rings in the same transaction; those who
//! listen hear it after the commit, once for however often it was rung. It may ring for nothing, and
//! where a connection breaks it may not ring at all: whoever listens also looks by itself.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError, Weak};

/// What somebody does who hears the bell.
pub(super) type Heard = dyn Fn() + Send + Sync;

/// Somebody listens for as long as this lives.
#[must_use = "who drops it hears nothing more"]
pub struct Ear {
    heard: Arc<Heard>,
}

/// Those who listen within this process.
#[derive(Default)]
pub(super) struct Bell {
    ears: Mutex<Vec<Weak<Heard>>>,
}

impl Ear {
    pub(super) fn new(heard: impl Fn() + Send + Sync + 'static) -> Self {
        Self { heard: Arc::new(heard) }
    }

    /// For those who ring: it does not keep anybody listening.
    pub(super) fn held_loosely(&self) -> Weak<Heard> {
        Arc::downgrade(&self.heard)
    }
}

impl Bell {
    /// From now on this one hears.
    pub(super) fn add(&self, ear: &Ear) {
        self.ears.lock().unwrap_or_else(PoisonError::into_inner).push(ear.held_loosely());
    }

    /// Rings for all who still listen.
    pub(super) fn ring(&self) {
        let mut ears = self.ears.lock().unwrap_or_else(PoisonError::into_inner);
        ears.retain(|ear| {
            let listening = ear.upgrade();
            listening.iter().for_each(|heard| heard());
            listening.is_some()
        });
    }
}

impl fmt::Debug for Ear {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Ear")
    }
}

impl fmt::Debug for Bell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Bell")
    }
}
