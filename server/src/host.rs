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
    Minter::new(system_clock(), Arc::new(OsEntropy))
}

/// What is released knows the machine's clock alone: nobody sets the time of a record by a variable.
#[cfg(not(debug_assertions))]
fn system_clock() -> Arc<dyn Clock> {
    Arc::new(SystemClock)
}

/// What is built for development may be told a story that takes longer than the telling.
#[cfg(debug_assertions)]
fn system_clock() -> Arc<dyn Clock> {
    match std::env::var_os(StoryClock::FILE) {
        Some(file) => Arc::new(StoryClock { file: file.into() }),
        None => Arc::new(SystemClock),
    }
}

/// A clock that is ahead of the machine's by as much as a file says, so that the demo walks through
/// a month in minutes. Processes that read one file agree about the time.
#[cfg(debug_assertions)]
#[derive(Clone, Debug)]
struct StoryClock {
    file: std::path::PathBuf,
}

#[cfg(debug_assertions)]
impl StoryClock {
    /// The variable that names the file: whole milliseconds, in digits.
    const FILE: &'static str = "TINGFANG_TEST_CLOCK";
}

#[cfg(debug_assertions)]
impl Clock for StoryClock {
    fn now(&self) -> Moment {
        let told = std::fs::read_to_string(&self.file).ok();
        let ahead = told.and_then(|text| text.trim().parse().ok());
        // To go on with another time than the other processes would be worse than to stop.
        SystemClock.now().plus_millis(ahead.expect("the story's clock is a file of milliseconds"))
    }
}

/// The machine's randomness.
#[derive(Clone, Copy, Debug)]
pub struct OsEntropy;

impl Entropy for OsEntropy {
    fn fill(&self, buffer: &mut [u8]) {
        getrandom::fill(buffer).expect("a machine without randomness cannot make keys; nothing may go on");
    }
}

#[cfg(all(test, debug_assertions))]
mod tests {
    use super::*;

    #[test]
    fn a_story_is_ahead_by_what_its_file_says() {
        let folder = tempfile::tempdir().expect("a folder");
        let clock = StoryClock { file: folder.path().join("ahead") };
        let day = 86_400_000;
        std::fs::write(&clock.file, format!("{day}\n")).expect("writable");
        let before = SystemClock.now();
        let told = clock.now();
        assert!((before..=SystemClock.now()).contains(&told.plus_millis(-day)));
    }
}
