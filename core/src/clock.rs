//! Time as the product knows it: moments, server beacons, and the intervals between them.
//!
//! A phone's clock is a claim. What counts is the interval between the beacon that a frame had
//! seen (it was made after it) and the moment of receipt (it was made before it).

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A day of 24 hours, in milliseconds.
pub const DAY_MS: i64 = 24 * 3_600_000;

/// Hands in the time. Core never reads a clock of its own.
pub trait Clock: Send + Sync {
    /// The present moment.
    fn now(&self) -> Moment;
}

/// A point in time: milliseconds since 1970-01-01T00:00:00Z.
///
/// RFC 3339 in UTC on every text wire, an integer in stores and frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Moment(i64);

/// A text that is no moment.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a time; write it like 2026-11-24T09:00:00+08:00")]
pub struct InvalidMoment(pub String);

/// Chinese standard time, which every court keeps.
const CHINA: jiff::tz::Offset = jiff::tz::Offset::constant(8);

impl Moment {
    /// The moment this many milliseconds after the epoch.
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// Milliseconds since the epoch.
    pub const fn as_millis(self) -> i64 {
        self.0
    }

    /// The moment so many milliseconds later (earlier when negative).
    #[must_use]
    pub const fn plus_millis(self, millis: i64) -> Self {
        Self(self.0.saturating_add(millis))
    }

    /// Parses RFC 3339.
    ///
    /// # Errors
    /// When the text is no time with an offset.
    pub fn parse(text: &str) -> Result<Self, InvalidMoment> {
        text.parse::<jiff::Timestamp>()
            .map(|timestamp| Self(timestamp.as_millisecond()))
            .map_err(|_| InvalidMoment(text.to_owned()))
    }

    /// The moment of a wall clock in China, for instance a court's calendar.
    pub fn from_china(time: jiff::civil::DateTime) -> Option<Self> {
        CHINA.to_timestamp(time).ok().map(|timestamp| Self(timestamp.as_millisecond()))
    }

    /// The wall clock in China at this moment.
    pub fn in_china(self) -> jiff::civil::DateTime {
        CHINA.to_datetime(self.timestamp())
    }

    /// The minute of the day in China, 0 to 1439.
    pub fn minute_of_day_in_china(self) -> u16 {
        let time = self.in_china();
        u16::from(time.hour().unsigned_abs()) * 60 + u16::from(time.minute().unsigned_abs())
    }

    /// The month in China that this lies in: its first moment, and that of the next.
    pub fn month_in_china(self) -> (Self, Self) {
        let first = self.in_china().date().first_of_month();
        let next = first.last_of_month().tomorrow().unwrap_or(first);
        let midnight = |date: jiff::civil::Date| {
            let moment = CHINA.to_timestamp(date.at(0, 0, 0, 0)).unwrap_or(jiff::Timestamp::MAX);
            Self(moment.as_millisecond())
        };
        (midnight(first), midnight(next))
    }

    /// The wall clock in China, to the minute: how people read a time in either language.
    pub fn minute_in_china(self) -> String {
        self.in_china().strftime("%Y-%m-%d %H:%M").to_string()
    }

    fn timestamp(self) -> jiff::Timestamp {
        jiff::Timestamp::from_millisecond(self.0).unwrap_or(jiff::Timestamp::UNIX_EPOCH)
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.timestamp().fmt(f)
    }
}

impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

impl<C> minicbor::Encode<C> for Moment {
    fn encode<W: minicbor::encode::Write>(
        &self,
        e: &mut minicbor::Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        e.i64(self.0)?;
        Ok(())
    }
}

impl<'b, C> minicbor::Decode<'b, C> for Moment {
    fn decode(d: &mut minicbor::Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
        d.i64().map(Self)
    }
}

/// A place in the server's log. Order in the log is order of visibility.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct LogPosition(pub u64);

impl fmt::Display for LogPosition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<C> minicbor::Encode<C> for LogPosition {
    fn encode<W: minicbor::encode::Write>(
        &self,
        e: &mut minicbor::Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        e.u64(self.0)?;
        Ok(())
    }
}

impl<'b, C> minicbor::Decode<'b, C> for LogPosition {
    fn decode(d: &mut minicbor::Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
        d.u64().map(Self)
    }
}

/// How long something held, in log positions: from `from` (inclusive) up to `until` (exclusive).
///
/// Roles and assignments are kept this way from the first day, because what a person was allowed
/// at a point in the log must stay answerable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    /// The first position at which it held.
    pub from: LogPosition,
    /// The position at which it held no longer; nothing while it still holds.
    pub until: Option<LogPosition>,
}

impl Span {
    /// Holds from this position on, with no end yet.
    pub const fn since(from: LogPosition) -> Self {
        Self { from, until: None }
    }

    /// Whether it held at the position.
    pub fn contains(&self, position: LogPosition) -> bool {
        self.from <= position && self.until.is_none_or(|until| position < until)
    }
}

/// When something was made, as far as it can be proved: after `not_before` (a server beacon that
/// the phone had seen) and before `not_after` (the receipt).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Interval {
    /// The server's time in the last beacon seen; nothing when the phone had seen none.
    pub not_before: Option<Moment>,
    /// The server's time at receipt.
    pub not_after: Moment,
}

impl Interval {
    /// Whether a claimed time lies inside. A claim outside is kept and shown as doubtful, never
    /// refused.
    pub fn admits(&self, claimed: Moment) -> bool {
        self.not_before.is_none_or(|start| start <= claimed) && claimed <= self.not_after
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_reads_and_writes_rfc_3339() {
        let moment = Moment::parse("2026-11-24T09:00:00+08:00").expect("a time");
        assert_eq!(moment.to_string(), "2026-11-24T01:00:00Z");
        assert_eq!(moment.in_china().to_string(), "2026-11-24T09:00:00");
        assert!(Moment::parse("tomorrow").is_err());
    }

    #[test]
    fn a_span_ends_where_the_next_begins() {
        let span = Span { from: LogPosition(3), until: Some(LogPosition(5)) };
        assert!(!span.contains(LogPosition(2)) && span.contains(LogPosition(3)));
        assert!(span.contains(LogPosition(4)) && !span.contains(LogPosition(5)));
    }

    #[test]
    fn a_claim_before_the_beacon_or_after_receipt_is_doubtful() {
        let interval =
            Interval { not_before: Some(Moment::from_millis(10)), not_after: Moment::from_millis(20) };
        assert!(interval.admits(Moment::from_millis(15)));
        assert!(!interval.admits(Moment::from_millis(9)) && !interval.admits(Moment::from_millis(21)));
    }
}
