//! What happened in this process, for a report of a problem: codes, counts and times, never anything that was
//! written and nobody's name.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

/// How many lines are kept.
const LINES: usize = 200;

/// The last lines.
#[derive(Default)]
pub(crate) struct Diagnostics {
    lines: Mutex<VecDeque<String>>,
}

impl Diagnostics {
    /// Adds a line. Whoever calls sees to it that nothing personal stands in it.
    pub(crate) fn note(&self, line: &str) {
        let now = crate::model::id::moment(std::time::SystemTime::now());
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        if lines.len() == LINES {
            lines.pop_front();
        }
        lines.push_back(format!("{now} {line}"));
    }

    /// All lines, the oldest first.
    pub(crate) fn text(&self) -> String {
        let lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        lines.iter().map(|line| format!("{line}\n")).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_lines_go_first() {
        let diagnostics = Diagnostics::default();
        for number in 0..=LINES {
            diagnostics.note(&number.to_string());
        }
        let text = diagnostics.text();
        assert_eq!(text.lines().count(), LINES);
        assert!(text.lines().next().expect("a line").ends_with(" 1"), "{text}");
    }
}
