//! What is doubtful in a record. Text from the field is never refused for its clock: it is kept,
//! flagged and shown (DESIGN section 5).

use jiff::civil::Date;

use super::edit::FieldPath;
use super::field_name::field_name;
use super::kind::Record;
use crate::clock::Moment;
use crate::codes;
use crate::text::{Language, sentence};

codes! {
    /// Why a value is doubtful.
    DoubtCode as "doubt" {
        /// It lies in the future.
        InFuture = "in_future",
        /// It lies before the case was assigned.
        BeforeCase = "before_case",
        /// It ends before it begins.
        EndsBeforeItBegins = "ends_before_it_begins",
    }
}

/// A doubtful value.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Doubt {
    /// Where.
    pub path: FieldPath,
    /// Why.
    pub code: DoubtCode,
}

impl Doubt {
    /// What is doubtful and what to do about it, as a sentence that names the field.
    pub fn sentence(&self, language: Language, kind: &str) -> String {
        let field = field_name(language, kind, &self.path);
        sentence(language, "doubt_sentence", self.code.code(), &[("field", &field)])
    }
}

/// What a record is held against.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Yardstick {
    /// The time at which nothing later can have happened: the server's when it received the record,
    /// the phone's own while it is written.
    pub now: Moment,
    /// The day on which the case was assigned, where that is known.
    pub assigned_on: Option<Date>,
}

/// How far a clock may be ahead before a time counts as the future.
const CLOCK_SLACK_MS: i64 = 10 * 60 * 1000;

/// Everything that is doubtful in a record.
pub fn doubts(record: &Record, against: Yardstick) -> Vec<Doubt> {
    let mut found = Found { doubts: Vec::new(), against };
    found.happened(["origin", "observed_at"], record.origin().observed_at);
    match record {
        Record::Attendance(record) => {
            found.lasted(["facts", "arrived_at"], record.facts.arrived_at, "left_at", record.facts.left_at);
        }
        Record::ReturnVisit(record) => {
            for (entry, attempt) in &record.attempts {
                found.happened(["attempts", &entry.to_string(), "at"], attempt.at);
            }
            found.lasted(["home", "set_out_at"], record.home.set_out_at, "back_at", record.home.back_at);
        }
        Record::CourtVisit(record) => {
            found.happened(["facts", "visited_at"], record.facts.visited_at);
            found.happened(["facts", "replied_at"], record.facts.replied_at);
        }
        Record::PreHearingReport(record) => {
            for (entry, meeting) in &record.meetings {
                found.happened(["meetings", &entry.to_string(), "at"], meeting.at);
            }
        }
        Record::TrackingCard(record) => {
            found.happened(["facts", "issued_at"], record.facts.issued_at);
            found.happened(["facts", "returned_at"], record.facts.returned_at);
        }
        Record::Notice(record) => {
            found.happened(["delivery", "delivered_at"], record.delivery.delivered_at);
        }
        Record::ProgressContact(record) => found.happened(["facts", "at"], record.facts.at),
        Record::Discussion(record) => {
            found.lasted(["facts", "held_at"], record.facts.held_at, "ended_at", record.facts.ended_at);
        }
        Record::Inspection(record) => {
            let facts = &record.facts;
            found.lasted(["facts", "began_at"], facts.began_at, "ended_at", facts.ended_at);
        }
        Record::ComplaintIntake(record) => {
            found.happened(["facts", "received_at"], record.facts.received_at);
        }
        Record::ObserverSheet(_) | Record::FileReview(_) | Record::Scoresheet(_) | Record::Response(_) => {}
    }
    found.doubts
}

struct Found {
    doubts: Vec<Doubt>,
    against: Yardstick,
}

impl Found {
    /// A time at which something is said to have happened.
    fn happened<const N: usize>(&mut self, path: [&str; N], at: Option<Moment>) {
        let Some(at) = at else { return };
        let path = FieldPath::new(path);
        if at.as_millis() > self.against.now.as_millis() + CLOCK_SLACK_MS {
            self.doubts.push(Doubt { path, code: DoubtCode::InFuture });
        } else if self.against.assigned_on.is_some_and(|day| at.in_china().date() < day) {
            self.doubts.push(Doubt { path, code: DoubtCode::BeforeCase });
        }
    }

    /// A span of time in one container.
    fn lasted(&mut self, from: [&str; 2], began: Option<Moment>, end: &str, ended: Option<Moment>) {
        self.happened(from, began);
        self.happened([from[0], end], ended);
        if began.zip(ended).is_some_and(|(began, ended)| ended < began) {
            let path = FieldPath::new([from[0], end]);
            self.doubts.push(Doubt { path, code: DoubtCode::EndsBeforeItBegins });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::EntryId;
    use crate::record::return_visit::{ContactAttempt, ReturnVisit};
    use crate::text::{Language, label};

    fn at(text: &str) -> Moment {
        Moment::parse(text).expect("a moment")
    }

    #[test]
    fn every_doubt_has_a_label_in_both_languages() {
        for code in DoubtCode::CODES {
            for language in [Language::Zh, Language::En] {
                assert!(label(language, DoubtCode::NAME, code).is_some(), "{language:?} lacks {code}");
            }
        }
    }

    #[test]
    fn an_attempt_in_the_future_and_one_before_the_case_are_kept_and_flagged() {
        let mut visit = ReturnVisit::default();
        let attempt = |when: &str| ContactAttempt { at: Some(at(when)), ..ContactAttempt::default() };
        let (early, late) = (EntryId::from_bytes([1; 16]), EntryId::from_bytes([2; 16]));
        visit.attempts.insert(early, attempt("2026-09-30T08:00:00Z"));
        visit.attempts.insert(late, attempt("2027-11-05T08:00:00Z"));
        visit.attempts.insert(EntryId::from_bytes([3; 16]), attempt("2026-11-05T08:05:00Z"));
        let against =
            Yardstick { now: at("2026-11-05T08:00:00Z"), assigned_on: Some(jiff::civil::date(2026, 10, 2)) };
        let found = doubts(&Record::ReturnVisit(visit), against);
        let told: Vec<_> = found.iter().map(|doubt| (doubt.path.to_string(), doubt.code)).collect();
        assert_eq!(
            told,
            [
                (format!("attempts/{early}/at"), DoubtCode::BeforeCase),
                (format!("attempts/{late}/at"), DoubtCode::InFuture)
            ]
        );
    }
}
