//! The machine's clock and randomness, handed to everything that needs them.

use std::sync::Arc;

use tingfang_core::clock::{Clock, Moment};
use tingfang_core::id::{Entropy, Minter};

/// The machine's clock.
#[derive(Clone, Copy, Debug)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Moment {
        Moment::from_millis(jiff::Timestamp::now().as_millisecond())
    }
}

/// Makes ids and keys with the machine's clock and randomness.
pub fn system_minter() -> Minter {
    Minter::new(Arc::new(SystemClock), Arc::new(OsEntropy))
}

/// The machine's randomness.
#[derive(Clone, Copy, Debug)]
pub struct OsEntropy;

impl Entropy for OsEntropy {
    fn fill(&self, buffer: &mut [u8]) {
        getrandom::fill(buffer).expect("a machine without randomness cannot make keys; nothing may go on");
    }
}
