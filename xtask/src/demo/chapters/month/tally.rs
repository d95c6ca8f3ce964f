//! What was done, by day and by month.

use std::collections::BTreeMap;

use anyhow::{Result, bail};

/// Something that is counted.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Deed {
    GateRefused,
    Attended,
    NotHeard,
    PaperEntered,
    Reported,
    ReportedLate,
    ReportMissing,
    ReportReturned,
    CannotBeDone,
    PutOff,
    Attempted,
    Reached,
    WrongNumber,
    Refused,
    GivenUp,
    AtRisk,
    HomeVisit,
    Alert,
    MoneyAlleged,
    CourtAsked,
    Opinion,
    Notice,
    Contact,
    Card,
    Complaint,
    Discussion,
    Inspection,
    Response,
}

/// Every deed with its name in Chinese and in English, and how often it has to be done at the least.
const DEEDS: &[(Deed, &str, &str, usize)] = &[
    (Deed::GateRefused, "依法不得旁听", "closed by law", 3),
    (Deed::Attended, "旁听", "attended", 12),
    (Deed::NotHeard, "到场未旁听成", "not to be attended on the day", 2),
    (Deed::PaperEntered, "纸质评分表录入", "paper sheets entered", 2),
    (Deed::Reported, "庭前报告", "reports", 16),
    (Deed::ReportedLate, "迟报", "late reports", 2),
    (Deed::ReportMissing, "未报", "reports missing", 2),
    (Deed::ReportReturned, "退回补充", "reports returned", 2),
    (Deed::CannotBeDone, "任务无法完成", "tasks reported impossible", 1),
    (Deed::PutOff, "任务延期", "tasks put off", 1),
    (Deed::Attempted, "联系受援人", "attempts to reach", 24),
    (Deed::Reached, "回访完成", "recipients visited", 16),
    (Deed::WrongNumber, "号码有误", "wrong numbers", 3),
    (Deed::Refused, "拒绝回访", "visits refused", 2),
    (Deed::GivenUp, "多次未接通", "given up", 1),
    (Deed::AtRisk, "处境危险的受援人", "recipient at risk", 1),
    (Deed::HomeVisit, "两人上门", "visits at home, in pairs", 2),
    (Deed::Alert, "逾时未归提醒", "alerts: not back in time", 1),
    (Deed::MoneyAlleged, "反映收受财物", "money alleged", 1),
    (Deed::CourtAsked, "征询办案机关", "organs asked", 4),
    (Deed::Opinion, "办案机关意见", "opinions of organs", 12),
    (Deed::Notice, "告知", "notices", 6),
    (Deed::Contact, "进展联系", "progress contacts", 6),
    (Deed::Card, "跟踪卡", "tracking cards", 6),
    (Deed::Complaint, "投诉登记", "complaints taken down", 3),
    (Deed::Discussion, "集体讨论", "discussions", 2),
    (Deed::Inspection, "机构检查", "inspections", 1),
    (Deed::Response, "承办人答复", "undertaker's answers", 1),
];

/// How often what was done.
#[derive(Default)]
pub(super) struct Tally {
    day: BTreeMap<Deed, usize>,
    month: BTreeMap<Deed, usize>,
}

impl Tally {
    /// It was done once more.
    pub(super) fn count(&mut self, deed: Deed) {
        *self.day.entry(deed).or_default() += 1;
        *self.month.entry(deed).or_default() += 1;
    }

    /// What the day brought; nothing for a day without work.
    pub(super) fn end_of_day(&mut self) -> Option<String> {
        let day = std::mem::take(&mut self.day);
        (!day.is_empty()).then(|| parts(&day, chinese).join(" · "))
    }

    /// The whole month, a few deeds to a line: in Chinese, then in English.
    pub(super) fn table(&self) -> String {
        let rows = |name: fn(Deed) -> &'static str| {
            parts(&self.month, name).chunks(6).map(|parts| parts.join(" · ")).collect::<Vec<_>>()
        };
        [rows(chinese), rows(english)].concat().join("\n")
    }

    /// Fails unless everything was done as often as a month of the demo has to show.
    pub(super) fn check(&self) -> Result<()> {
        for (deed, name, _, least) in DEEDS {
            let times = self.month.get(deed).copied().unwrap_or_default();
            if times < *least {
                bail!("{name}: {times} in the month, and at least {least} are to be shown");
            }
        }
        Ok(())
    }
}

fn parts(deeds: &BTreeMap<Deed, usize>, name: fn(Deed) -> &'static str) -> Vec<String> {
    deeds.iter().map(|(deed, times)| format!("{} {times}", name(*deed))).collect()
}

fn chinese(deed: Deed) -> &'static str {
    DEEDS.iter().find(|(known, ..)| *known == deed).map_or("", |(_, name, ..)| name)
}

fn english(deed: Deed) -> &'static str {
    DEEDS.iter().find(|(known, ..)| *known == deed).map_or("", |(_, _, name, _)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_told_and_a_month_without_work_is_not_enough() {
        let mut tally = Tally::default();
        assert_eq!(tally.end_of_day(), None);
        tally.count(Deed::Attended);
        tally.count(Deed::Attended);
        assert_eq!(tally.end_of_day().as_deref(), Some("旁听 2"));
        assert_eq!(tally.end_of_day(), None);
        assert_eq!(tally.table(), "旁听 2\nattended 2");
        tally.check().expect_err("no gate refused");
    }
}
