//! The clock of the story: the server and every phone go by it, so that a month is told in minutes.

use std::path::PathBuf;

use anyhow::{Context, Result};
use jiff::civil::DateTime;
use jiff::tz::{TimeZone, offset};

use super::tingfang::Tingfang;

/// The variable by which a program of a development build is told the file.
const TEST_CLOCK: &str = "TINGFANG_TEST_CLOCK";

/// A file that says by how much the story is ahead of this machine.
#[derive(Debug)]
pub(super) struct Calendar {
    file: PathBuf,
    ahead_ms: i64,
}

impl Calendar {
    /// A story that begins now.
    pub(super) fn of_today(file: PathBuf) -> Result<Self> {
        let calendar = Self { file, ahead_ms: 0 };
        calendar.write()?;
        Ok(calendar)
    }

    /// A program that goes by this clock.
    pub(super) fn hand_to(&self, tingfang: Tingfang) -> Tingfang {
        tingfang.with(TEST_CLOCK, &self.file)
    }

    /// Goes on to this time in China. The clock never goes back: what is over already is passed by.
    pub(super) fn go_on_to(&mut self, at: DateTime) -> Result<()> {
        let then = at.to_zoned(TimeZone::fixed(offset(8))).with_context(|| format!("there is no {at}"))?;
        let ahead_ms = then.timestamp().as_millisecond() - jiff::Timestamp::now().as_millisecond();
        self.ahead_ms = self.ahead_ms.max(ahead_ms);
        self.write()
    }

    /// Written beside and moved there: nobody reads half a number.
    fn write(&self) -> Result<()> {
        let beside = self.file.with_extension("new");
        std::fs::write(&beside, self.ahead_ms.to_string())
            .and_then(|()| std::fs::rename(&beside, &self.file))
            .with_context(|| format!("cannot write {}", self.file.display()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_goes_on_and_never_back() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut calendar = Calendar::of_today(folder.path().join("clock")).expect("writable");
        let ahead = || -> i64 {
            std::fs::read_to_string(folder.path().join("clock")).expect("there").parse().expect("digits")
        };
        assert_eq!(ahead(), 0);
        let year = jiff::Zoned::now().year() + 1;
        calendar.go_on_to(jiff::civil::datetime(year, 12, 3, 9, 0, 0, 0)).expect("writable");
        let told = ahead();
        assert!(told > 300 * 86_400_000, "{told}");
        calendar.go_on_to(jiff::civil::datetime(year, 12, 2, 9, 0, 0, 0)).expect("writable");
        assert_eq!(ahead(), told);
    }
}
