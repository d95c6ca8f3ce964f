//! Ids and moments. Ids are texts on the other side; a text that is no id is a `BadArgument`.

use std::str::FromStr;
use std::time::{Duration, SystemTime};

use jiff::civil::Date;
use tingfang_core::clock::Moment;
use tingfang_core::id::{
    AssignmentId, CaseId, DecisionId, DeviceId, DocumentId, EntryId, HearingId, InvalidId, OrganisationId,
    PersonId, RoundId, TenantId, UndertakerId,
};

use crate::error::TingfangError;

uniffi::custom_type!(
    /// A tenant: the top authority of a deployment.
    TenantId, String, { remote, lower: |id| id.to_string(), try_lift: |text| Ok(parse(&text)?) }
);
uniffi::custom_type!(
    /// An installation of the app.
    DeviceId, String, { remote, lower: |id| id.to_string(), try_lift: |text| Ok(parse(&text)?) }
);
uniffi::custom_type!(
    /// A person.
    PersonId, String, { remote, lower: |id| id.to_string(), try_lift: |text| Ok(parse(&text)?) }
);
uniffi::custom_type!(
    /// An assignment; each of its members has it as a task.
    AssignmentId, String, { remote, lower: |id| id.to_string(), try_lift: |text| Ok(parse(&text)?) }
);
uniffi::custom_type!(
    /// A legal aid case.
    CaseId, String, { remote, lower: |id| id.to_string(), try_lift: |text| Ok(parse(&text)?) }
);
uniffi::custom_type!(
    /// A hearing.
    HearingId, String, { remote, lower: |id| id.to_string(), try_lift: |text| Ok(parse(&text)?) }
);
uniffi::custom_type!(
    /// An organisation.
    OrganisationId, String, { remote, lower: |id| id.to_string(), try_lift: |text| Ok(parse(&text)?) }
);
uniffi::custom_type!(
    /// An evaluation round.
    RoundId, String, { remote, lower: |id| id.to_string(), try_lift: |text| Ok(parse(&text)?) }
);
uniffi::custom_type!(
    /// An undertaker: the lawyer or legal worker who handles a case.
    UndertakerId, String, { remote, lower: |id| id.to_string(), try_lift: |text| Ok(parse(&text)?) }
);
uniffi::custom_type!(
    /// A record.
    DocumentId, String, { remote, lower: |id| id.to_string(), try_lift: |text| Ok(parse(&text)?) }
);
uniffi::custom_type!(
    /// An entry inside a record, for instance one finding.
    EntryId, String, { remote, lower: |id| id.to_string(), try_lift: |text| Ok(parse(&text)?) }
);
uniffi::custom_type!(
    /// A grade decision.
    DecisionId, String, { remote, lower: |id| id.to_string(), try_lift: |text| Ok(parse(&text)?) }
);
uniffi::custom_type!(
    /// A day of the calendar, like 2026-12-01.
    Date, String, { remote, lower: |date| date.to_string(), try_lift: |text| Ok(text.parse().map_err(TingfangError::bad_argument)?) }
);
uniffi::custom_type!(
    /// A point in time, to the millisecond.
    Moment, SystemTime, { remote, lower: |moment| system_time(moment), try_lift: |time| Ok(moment(time)) }
);

fn parse<T: FromStr<Err = InvalidId>>(text: &str) -> Result<T, TingfangError> {
    Ok(text.parse()?)
}

fn system_time(moment: Moment) -> SystemTime {
    let distance = Duration::from_millis(moment.as_millis().unsigned_abs());
    let there = if moment.as_millis() < 0 {
        SystemTime::UNIX_EPOCH.checked_sub(distance)
    } else {
        SystemTime::UNIX_EPOCH.checked_add(distance)
    };
    there.unwrap_or(SystemTime::UNIX_EPOCH)
}

/// The nearest millisecond: some platforms keep times as floating point, a little beside it.
pub(crate) fn moment(time: SystemTime) -> Moment {
    let millis = |distance: Duration| {
        let rounded = distance.saturating_add(Duration::from_micros(500)).as_millis();
        i64::try_from(rounded).unwrap_or(i64::MAX)
    };
    match time.duration_since(SystemTime::UNIX_EPOCH) {
        Ok(after) => Moment::from_millis(millis(after)),
        Err(before) => Moment::from_millis(-millis(before.duration())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_survives_the_way_through_a_platform_that_rounds() {
        for millis in [0, 1_796_086_800_123, -62_000_000_001] {
            let there = system_time(Moment::from_millis(millis));
            assert_eq!(moment(there).as_millis(), millis);
            assert_eq!(moment(there - Duration::from_nanos(90)).as_millis(), millis);
        }
    }

    #[test]
    fn a_text_that_is_no_id_is_a_bad_argument() {
        let error = parse::<CaseId>("17").expect_err("too short");
        assert_eq!(error.code(), "bad_argument");
    }
}
