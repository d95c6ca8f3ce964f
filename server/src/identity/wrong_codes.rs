//! Counting wrong enrolment codes.

use std::sync::{Mutex, PoisonError};

use tingfang_core::clock::Moment;

use crate::problem::Problem;

/// How many codes were wrong lately, whoever sent them. In memory, so that a flood of codes is none of rows.
#[derive(Debug)]
pub struct WrongCodes {
    most: u32,
    window_ms: i64,
    window: Mutex<Window>,
}

#[derive(Debug)]
struct Window {
    begun_at: Moment,
    codes: u32,
}

impl WrongCodes {
    /// So many in so many seconds are nothing to speak of.
    pub fn new(most: u32, window_s: u32) -> Self {
        let window = Window { begun_at: Moment::from_millis(i64::MIN), codes: 0 };
        Self { most, window_ms: i64::from(window_s) * 1_000, window: Mutex::new(window) }
    }

    /// Counts one more.
    ///
    /// # Errors
    /// [`Problem::TooManyAttempts`] when it is one too many.
    pub fn count(&self, now: Moment) -> Result<(), Problem> {
        let mut window = self.window.lock().unwrap_or_else(PoisonError::into_inner);
        let ends_at = window.begun_at.plus_millis(self.window_ms);
        if now < window.begun_at || now >= ends_at {
            *window = Window { begun_at: now, codes: 0 };
        }
        window.codes = window.codes.saturating_add(1);
        if window.codes <= self.most {
            return Ok(());
        }
        if window.codes == self.most.saturating_add(1) {
            tracing::warn!(most = self.most, "more enrolment codes are wrong than people mistype");
        }
        let wait_ms = window.begun_at.plus_millis(self.window_ms).as_millis() - now.as_millis();
        Err(Problem::TooManyAttempts { retry_after_s: u32::try_from(wait_ms / 1_000 + 1).unwrap_or(1) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_ends_and_a_clock_that_is_put_back_begins_a_new_one() {
        let codes = WrongCodes::new(2, 60);
        let at = |seconds: i64| codes.count(Moment::from_millis(seconds * 1_000));
        assert!(at(1_000).is_ok() && at(1_001).is_ok());
        let refused = at(1_010);
        assert!(matches!(refused, Err(Problem::TooManyAttempts { retry_after_s: 51 })), "{refused:?}");
        assert!(at(1_059).is_err());
        assert!(at(1_060).is_ok());
        assert!(at(5).is_ok());
    }
}
