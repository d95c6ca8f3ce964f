//! 重试计划: when a recipient who was not reached is tried again. The numbers are data that a centre
//! replaces (a proposal).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Record;
use super::return_visit::{ContactAttempt, ContactOutcome, ReturnVisit};
use crate::clock::Moment;
use crate::data_file;

/// The plan that this version ships.
const SHIPPED: &str = include_str!("../../data/retry_plan.toml");

/// How often and when a recipient is tried again.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RetryPlan {
    /// The most attempts; after them the visit is sealed as it stands.
    pub most_attempts: usize,
    /// How many minutes after an attempt the next one is made, by outcome.
    pub after_minutes: BTreeMap<ContactOutcome, i64>,
}

/// What is to be done next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "next", rename_all = "snake_case")]
pub enum NextAttempt {
    /// Nobody was tried yet.
    First,
    /// Try again.
    At {
        /// When.
        at: Moment,
    },
    /// The number is of no use: another number or another way.
    AnotherWay,
    /// Nobody is to be tried again: reached, refused, or deceased.
    Done,
    /// Tried often enough.
    GivenUp,
}

impl RetryPlan {
    /// The plan that this version ships.
    pub fn shipped() -> Self {
        data_file::read(SHIPPED).expect("a test reads the shipped plan")
    }

    /// What is to be done next in a visit. A time that was agreed with the recipient comes before the
    /// plan's own.
    pub fn next(&self, visit: &ReturnVisit) -> NextAttempt {
        let attempts = || visit.attempts.values();
        let ended = attempts().any(|attempt| attempt.outcome.is_some_and(ContactOutcome::ends_the_attempts));
        if ended {
            return NextAttempt::Done;
        }
        let Some(last) = attempts().max_by_key(|attempt| attempt.at) else { return NextAttempt::First };
        if let Some(agreed) = last.next_at {
            return NextAttempt::At { at: agreed };
        }
        if visit.attempts.len() >= self.most_attempts {
            return NextAttempt::GivenUp;
        }
        self.after(last)
    }

    /// The same of any record: nothing for what is no return visit, or is sealed.
    pub fn next_in(&self, record: &Record, sealed: bool) -> Option<NextAttempt> {
        match record {
            Record::ReturnVisit(visit) if !sealed => Some(self.next(visit)),
            _ => None,
        }
    }

    fn after(&self, last: &ContactAttempt) -> NextAttempt {
        let Some(outcome) = last.outcome else { return NextAttempt::First };
        if outcome.ends_the_number() {
            return NextAttempt::AnotherWay;
        }
        match (last.at, self.after_minutes.get(&outcome)) {
            (Some(at), Some(minutes)) => {
                NextAttempt::At { at: Moment::from_millis(at.as_millis() + minutes * 60_000) }
            }
            _ => NextAttempt::AnotherWay,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::EntryId;

    fn visit(attempts: &[(i64, ContactOutcome)]) -> ReturnVisit {
        let mut visit = ReturnVisit::default();
        for (nth, (minute, outcome)) in attempts.iter().enumerate() {
            let attempt = ContactAttempt {
                at: Some(Moment::from_millis(minute * 60_000)),
                outcome: Some(*outcome),
                ..ContactAttempt::default()
            };
            visit.attempts.insert(EntryId::from_bytes([nth as u8 + 1; 16]), attempt);
        }
        visit
    }

    #[test]
    fn the_plan_follows_the_last_outcome() {
        let plan = RetryPlan::shipped();
        let next = |attempts: &[_]| plan.next(&visit(attempts));
        let minutes = |outcome| plan.after_minutes[&outcome] * 60_000;
        assert_eq!(next(&[]), NextAttempt::First);
        let busy = ContactOutcome::NoAnswer;
        assert_eq!(next(&[(0, busy)]), NextAttempt::At { at: Moment::from_millis(minutes(busy)) });
        assert_eq!(next(&[(0, busy), (9, ContactOutcome::NumberVoid)]), NextAttempt::AnotherWay);
        assert_eq!(next(&[(0, ContactOutcome::Refused)]), NextAttempt::Done);
        let often: Vec<_> = (0..plan.most_attempts as i64).map(|nth| (nth, busy)).collect();
        assert_eq!(next(&often), NextAttempt::GivenUp);
    }

    #[test]
    fn a_time_that_was_agreed_comes_before_the_plan() {
        let mut agreed = visit(&[(0, ContactOutcome::Rescheduled)]);
        let later = Some(Moment::from_millis(7));
        agreed.attempts.values_mut().for_each(|attempt| attempt.next_at = later);
        assert_eq!(RetryPlan::shipped().next(&agreed), NextAttempt::At { at: Moment::from_millis(7) });
    }
}
