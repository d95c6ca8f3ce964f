//! A clock that goes when it is told to, and randomness with a seed.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use tingfang_core::clock::{Clock, Moment};
use tingfang_core::id::{Entropy, Minter};

/// A clock that goes when it is told to.
#[derive(Debug)]
pub struct HandClock(AtomicI64);

impl HandClock {
    /// A clock that stands at 2026-12-01 09:00 in China.
    pub fn new() -> Arc<Self> {
        Arc::new(Self(AtomicI64::new(1_796_086_800_000)))
    }

    /// Puts it right by another one.
    pub fn set_to(&self, other: &Self) {
        self.0.store(other.0.load(Ordering::Relaxed), Ordering::Relaxed);
    }

    /// Lets time pass.
    pub fn pass_millis(&self, millis: i64) {
        self.0.fetch_add(millis, Ordering::Relaxed);
    }
}

impl Clock for HandClock {
    fn now(&self) -> Moment {
        Moment::from_millis(self.0.load(Ordering::Relaxed))
    }
}

/// Randomness with a seed.
pub struct Seeded(Mutex<StdRng>);

impl Seeded {
    /// Randomness that repeats for the same seed.
    pub fn new(seed: u64) -> Arc<Self> {
        Arc::new(Self(Mutex::new(StdRng::seed_from_u64(seed))))
    }
}

impl Entropy for Seeded {
    fn fill(&self, buffer: &mut [u8]) {
        self.0.lock().expect("no panic while filling").fill_bytes(buffer);
    }
}

/// A minter over a hand-driven clock and seeded randomness.
pub fn minter(clock: &Arc<HandClock>, seed: u64) -> Minter {
    Minter::new(Arc::<HandClock>::clone(clock), Seeded::new(seed))
}
