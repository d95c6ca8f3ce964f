//! What a cell says, free of the Excel library, and how its text is put right.

use calamine::DataRef;
use jiff::civil::{Date, DateTime, Time};

/// A cell with something in it.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// A text, as it stands in the file.
    Text(String),
    /// A number.
    Number(f64),
    /// Yes or no.
    Flag(bool),
    /// A date cell with its time of day.
    DateTime(DateTime),
    /// A date cell that holds a time of day alone.
    Time(Time),
    /// An error of a formula, for instance `#N/A`.
    Fault(String),
}

impl Cell {
    /// The cell that the library read; nothing for an empty one.
    pub(super) fn read(data: &DataRef<'_>) -> Option<Self> {
        let text = |text: &str| (!tidy(text).is_empty()).then(|| Self::Text(text.to_owned()));
        match data {
            DataRef::Empty => None,
            DataRef::String(value) | DataRef::DateTimeIso(value) | DataRef::DurationIso(value) => text(value),
            DataRef::SharedString(value) => text(value),
            #[expect(clippy::cast_precision_loss, reason = "a cell holds no more than a float does")]
            DataRef::Int(value) => Some(Self::Number(*value as f64)),
            DataRef::Float(value) => Some(Self::Number(*value)),
            DataRef::Bool(value) => Some(Self::Flag(*value)),
            DataRef::DateTime(value) => Some(date_cell(*value)),
            DataRef::Error(error) => Some(Self::Fault(error.to_string())),
        }
    }

    /// The cell as a person sees it, short enough for a message.
    pub fn shown(&self) -> String {
        let mut text = match self {
            Self::Text(text) => tidy(text),
            Self::Number(number) => number.to_string(),
            Self::Flag(true) => "TRUE".to_owned(),
            Self::Flag(false) => "FALSE".to_owned(),
            Self::DateTime(time) if time.time() == Time::midnight() => time.date().to_string(),
            Self::DateTime(time) => time.strftime("%Y-%m-%d %H:%M").to_string(),
            Self::Time(time) => time.strftime("%H:%M").to_string(),
            Self::Fault(fault) => fault.clone(),
        };
        if text.chars().count() > SHOWN {
            text = text.chars().take(SHOWN).chain(std::iter::once('…')).collect();
        }
        text
    }
}

/// Characters of a value that a message shows.
const SHOWN: usize = 60;

fn date_cell(value: calamine::ExcelDateTime) -> Cell {
    let (year, month, day, hour, minute, second, milli) = value.to_ymd_hms_milli();
    let small = |n: u8| i8::try_from(n).unwrap_or(0);
    // Excel keeps a time as a fraction of a day: half a second more rounds 08:59:59.9996 up.
    let seconds = i64::from(milli >= 500);
    let time = Time::new(small(hour), small(minute), small(second), 0).unwrap_or(Time::midnight());
    if (0.0..1.0).contains(&value.as_f64()) {
        return Cell::Time(time.wrapping_add(jiff::SignedDuration::from_secs(seconds)));
    }
    let date = i16::try_from(year).ok().and_then(|year| Date::new(year, small(month), small(day)).ok());
    let moment = date
        .and_then(|date| date.to_datetime(time).checked_add(jiff::SignedDuration::from_secs(seconds)).ok());
    match moment {
        Some(moment) => Cell::DateTime(moment),
        None => Cell::Number(value.as_f64()),
    }
}

/// Half-width digits, letters and signs for full-width ones, and a plain space for the wide one.
pub fn half_width(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
            '\u{3000}' | '\u{a0}' => ' ',
            _ => c,
        })
        .collect()
}

/// A text as people mean it: no invisible characters, no space around it, single spaces inside,
/// half-width digits and letters. Chinese punctuation stays.
pub fn tidy(text: &str) -> String {
    let mut tidy = String::with_capacity(text.len());
    for c in text.chars() {
        let c = match c {
            '\u{ff10}'..='\u{ff19}' | '\u{ff21}'..='\u{ff3a}' | '\u{ff41}'..='\u{ff5a}' => {
                char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c)
            }
            '\u{200b}'..='\u{200f}' | '\u{feff}' | '\u{2060}' => continue,
            c if c.is_whitespace() || c.is_control() => ' ',
            c => c,
        };
        if c != ' ' || !(tidy.is_empty() || tidy.ends_with(' ')) {
            tidy.push(c);
        }
    }
    tidy.truncate(tidy.trim_end().len());
    tidy
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn full_width_digits_and_stray_spaces_are_put_right() {
        assert_eq!(tidy("\u{feff}\u{3000}\u{ff12}\u{ff10}\u{ff12}\u{ff16} 年\t\n 刑\u{200b} "), "2026 年 刑");
        assert_eq!(tidy("张三\u{ff0c}李四"), "张三\u{ff0c}李四");
        assert_eq!(half_width("\u{ff08}2026\u{ff09}\u{3000}"), "(2026) ");
    }

    #[test]
    fn a_long_value_is_cut_in_messages() {
        assert_eq!(Cell::Text("字".repeat(200)).shown().chars().count(), SHOWN + 1);
    }
}
