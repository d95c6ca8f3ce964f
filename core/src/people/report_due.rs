//! 庭前报告期限: by when a report is due where nobody has said so, and how often one is owed in a long case.
//! The numbers are data that a centre replaces (a proposal, domain 7.4).

use serde::Deserialize;

use crate::clock::{DAY_MS, Moment};
use crate::data_file;

/// The rule that this version ships.
const SHIPPED: &str = include_str!("../../data/report_due.toml");

/// By when a report is due before a hearing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReportDue {
    /// Whole days before the hearing begins.
    pub days_before_hearing: u16,
    /// After how many days without a report a running case owes one.
    pub regular_every_days: u16,
}

impl ReportDue {
    /// The rule that this version ships.
    pub fn shipped() -> Self {
        data_file::read(SHIPPED).expect("a test reads the shipped rule")
    }

    /// When the report for a hearing is due that begins at this time.
    pub fn before(self, hearing: Moment) -> Moment {
        hearing.plus_millis(-i64::from(self.days_before_hearing) * DAY_MS)
    }

    /// A case that runs since this moment, or of which the last report was due by then, owes one now.
    pub fn owed_since(self, now: Moment) -> Moment {
        now.plus_millis(-i64::from(self.regular_every_days) * DAY_MS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_is_due_whole_days_before_its_hearing() {
        let rule = ReportDue { days_before_hearing: 2, regular_every_days: 60 };
        let hearing = Moment::parse("2026-12-03T09:00:00+08:00").expect("a time");
        assert_eq!(rule.before(hearing), Moment::parse("2026-12-01T09:00:00+08:00").expect("a time"));
        assert_eq!(rule.owed_since(hearing), Moment::parse("2026-10-04T09:00:00+08:00").expect("a time"));
        assert!(ReportDue::shipped().before(hearing) < hearing);
    }
}
