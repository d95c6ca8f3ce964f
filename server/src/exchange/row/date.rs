//! Days and times of day.

use jiff::civil::{Date, DateTime, Time};
use tingfang_core::clock::Moment;

use super::RowReader;
use crate::exchange::cell::Cell;
use crate::exchange::problem::ProblemCode;
use crate::exchange::when::{self, When};

impl RowReader<'_> {
    /// A day.
    pub fn date(&mut self, field: &'static str) -> Option<Date> {
        match self.when(field)? {
            When::Date(date) => Some(date),
            When::DateTime(time) => Some(time.date()),
            When::Time(_) => self.refuse(field, ProblemCode::BadDate, &[]),
        }
    }

    /// The beginning of something, in the wall time of China: a day with a time in `field`, or the
    /// time in `field` and the day in `day_field`.
    pub fn required_start(&mut self, field: &'static str, day_field: &'static str) -> Option<Moment> {
        let start = self.required(field, Self::when);
        let day = self.date(day_field);
        let moment = match (start?, day) {
            // Midnight is a date cell to which nobody gave a time.
            (When::DateTime(time), _) if time.time() != Time::midnight() => time,
            (When::Time(time), Some(day)) => day.to_datetime(time),
            (When::Time(_), None) => return self.refuse(field, ProblemCode::BadDate, &[]),
            (When::Date(_) | When::DateTime(_), _) => {
                return self.refuse(field, ProblemCode::TimeMissing, &[]);
            }
        };
        Moment::from_china(moment)
    }

    fn when(&mut self, field: &'static str) -> Option<When> {
        let read = match self.cell(field)?.clone() {
            Cell::DateTime(time) => Some(day_or_time(time)),
            Cell::Time(time) => Some(When::Time(time)),
            Cell::Text(text) => when::parse(&text),
            Cell::Number(number) => self.date_of_number(field, number),
            Cell::Flag(_) => None,
            Cell::Fault(_) => return self.refuse(field, ProblemCode::CellError, &[]),
        };
        match read {
            Some(when) => Some(when),
            None => self.refuse(field, ProblemCode::BadDate, &[]),
        }
    }

    /// A date that lost its format: Excel's serial number, or eight digits.
    fn date_of_number(&mut self, field: &'static str, number: f64) -> Option<When> {
        let digits = (number.fract() == 0.0 && number > 0.0).then(|| number.to_string());
        let when = match (when::from_serial(number), digits) {
            (Some(time), _) => day_or_time(time),
            (None, Some(digits)) => when::parse(&digits)?,
            (None, None) => return None,
        };
        let taken = match when {
            When::Date(date) => date.to_string(),
            When::DateTime(time) => time.strftime("%Y-%m-%d %H:%M").to_string(),
            When::Time(_) => return None,
        };
        self.recover(field, taken);
        Some(when)
    }
}

fn day_or_time(time: DateTime) -> When {
    if time.time() == Time::midnight() { When::Date(time.date()) } else { When::DateTime(time) }
}
