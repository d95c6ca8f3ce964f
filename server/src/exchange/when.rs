//! Dates and times as people type them into Excel.
//!
//! The year always comes first and has four digits: `2026-11-24 09:00`, `2026/11/24`,
//! `2026年11月24日 上午9时30分`, `2026.11.24`, `20261124`, RFC 3339. Everything else is refused
//! rather than guessed: 03/04/05 could mean three days.

use jiff::civil::{Date, DateTime, Time};
use tingfang_core::clock::Moment;

use super::cell::half_width;

/// What a text says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// A day.
    Date(Date),
    /// A day and a time of day.
    DateTime(DateTime),
    /// A time of day alone.
    Time(Time),
}

/// Reads a text; nothing when it is none of the accepted forms or no day of the calendar.
pub fn parse(text: &str) -> Option<When> {
    let text = half_width(text).trim().to_owned();
    // RFC 3339 with its T only: in `09:00-11:00` a bare offset would swallow the end of a sitting.
    if text.contains('T')
        && let Ok(moment) = Moment::parse(&text)
    {
        return Some(When::DateTime(moment.in_china()));
    }
    let (text, half_day) = without_words(&text);
    let (groups, separators) = split(&text)?;
    match groups.as_slice() {
        [digits] => compact(digits).or_else(|| clock(&groups, &separators[1..], half_day).map(When::Time)),
        [year, month, day] if year.len() == 4 && is_date(&separators) => {
            Some(When::Date(date(year, month, day)?))
        }
        [year, month, day, time @ ..] if year.len() == 4 && is_date(&separators) => {
            matches!(separators[3].as_str(), "" | "T" | "日" | "号" | "日T").then_some(())?;
            let time = clock(time, &separators[4..], half_day)?;
            Some(When::DateTime(date(year, month, day)?.to_datetime(time)))
        }
        _ => clock(&groups, &separators[1..], half_day).map(When::Time),
    }
}

/// A serial number of Excel's calendar, where it lies between the years 2000 and 2100.
pub fn from_serial(serial: f64) -> Option<DateTime> {
    const EPOCH: Date = jiff::civil::date(1899, 12, 30);
    if !(36_526.0..73_415.0).contains(&serial) {
        return None;
    }
    #[expect(clippy::cast_possible_truncation, reason = "in range, and whole seconds are meant")]
    let seconds = (serial * 86_400.0).round() as i64;
    EPOCH.to_datetime(Time::midnight()).checked_add(jiff::SignedDuration::from_secs(seconds)).ok()
}

/// Takes out weekdays and the words for the half of the day; says by how many hours to move on.
fn without_words(text: &str) -> (String, Option<bool>) {
    let mut kept = String::new();
    let mut depth = 0;
    for c in text.chars() {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ if depth > 0 => {}
            _ => kept.push(c),
        }
    }
    for day in ["一", "二", "三", "四", "五", "六", "日", "天"] {
        kept = kept.replace(&format!("星期{day}"), " ").replace(&format!("周{day}"), " ");
    }
    let mut afternoon = None;
    for (word, is_afternoon) in
        [("上午", false), ("早上", false), ("AM", false), ("下午", true), ("晚上", true), ("PM", true)]
    {
        if kept.contains(word) {
            kept = kept.replace(word, " ");
            afternoon = Some(is_afternoon);
        }
    }
    (kept.replace("点", "时").replace("时半", "时30分").replace('整', ""), afternoon)
}

/// Groups of digits, and what stands before, between and after them without spaces.
fn split(text: &str) -> Option<(Vec<String>, Vec<String>)> {
    let (mut groups, mut separators) = (Vec::new(), vec![String::new()]);
    let mut in_digits = false;
    for c in text.chars() {
        if c.is_ascii_digit() {
            if !in_digits {
                groups.push(String::new());
            }
            groups.last_mut()?.push(c);
            in_digits = true;
        } else {
            if in_digits {
                separators.push(String::new());
            }
            if !c.is_whitespace() {
                separators.last_mut()?.push(c);
            }
            in_digits = false;
        }
    }
    if in_digits {
        separators.push(String::new());
    }
    let bare = separators.first()?.is_empty()
        && matches!(separators.last()?.as_str(), "" | "日" | "号" | "时" | "分" | "秒");
    (bare && (1..=7).contains(&groups.len())).then_some((groups, separators))
}

fn is_date(separators: &[String]) -> bool {
    let between = |place: usize, word: &str| {
        matches!(separators[place].as_str(), "-" | "/" | ".") || separators[place] == word
    };
    between(1, "年") && between(2, "月")
}

fn date(year: &str, month: &str, day: &str) -> Option<Date> {
    let date = Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok()?;
    (1900..2200).contains(&date.year()).then_some(date)
}

/// A time of day out of one to three groups (a fraction of a second must be zero).
fn clock(groups: &[String], separators: &[String], afternoon: Option<bool>) -> Option<Time> {
    for (place, separator) in separators.iter().enumerate().take(groups.len()) {
        let last = place + 1 == groups.len();
        let good = match place {
            0 => matches!(separator.as_str(), ":" | "时") || (last && separator.is_empty()),
            1 => matches!(separator.as_str(), ":" | "分") || (last && separator.is_empty()),
            2 => matches!(separator.as_str(), "秒" | ".") || (last && separator.is_empty()),
            _ => last && separator.is_empty(),
        };
        if !good {
            return None;
        }
    }
    let number = |place: usize| groups.get(place).map_or(Some(0), |text| text.parse::<i8>().ok());
    let named = separators.iter().any(|separator| matches!(separator.as_str(), ":" | "时"));
    if groups.is_empty()
        || groups.len() > 4
        || !named
        || groups.get(3).is_some_and(|f| f.bytes().any(|b| b != b'0'))
    {
        return None;
    }
    let hour = match (number(0)?, afternoon) {
        (hour @ 1..=11, Some(true)) => hour + 12,
        (12, Some(false)) => 0,
        (hour, _) => hour,
    };
    Time::new(hour, number(1)?, number(2)?, 0).ok()
}

fn compact(digits: &str) -> Option<When> {
    let date = || date(digits.get(..4)?, digits.get(4..6)?, digits.get(6..8)?);
    let part = |from: usize| digits.get(from..from + 2).map_or(Some(0), |text| text.parse::<i8>().ok());
    match digits.len() {
        8 => date().map(When::Date),
        12 | 14 => {
            let time = Time::new(part(8)?, part(10)?, part(12)?, 0).ok()?;
            Some(When::DateTime(date()?.to_datetime(time)))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_ways_of_writing_a_time_are_read() {
        let at = |hour, minute| When::DateTime(jiff::civil::datetime(2026, 11, 24, hour, minute, 0, 0));
        let day = When::Date(jiff::civil::date(2026, 11, 24));
        let table = [
            ("2026-11-24 09:00", at(9, 0)),
            ("2026-11-24T09:00:00", at(9, 0)),
            ("2026-11-24 09:00:00.000", at(9, 0)),
            ("2026-11-24T09:00:00+08:00", at(9, 0)),
            ("2026-11-24T01:00:00Z", at(9, 0)),
            ("2026年11月24日 9时", at(9, 0)),
            ("2026年11月24日9时30分", at(9, 30)),
            ("2026年11月24日上午9点半", at(9, 30)),
            ("2026年11月24日 下午2:30", at(14, 30)),
            ("2026年11月24日(星期二)14时整", at(14, 0)),
            ("2026/11/24 9:05", at(9, 5)),
            ("2026.11.24 09:00", at(9, 0)),
            ("\u{ff12}\u{ff10}\u{ff12}\u{ff16}-11-24 09\u{ff1a}00", at(9, 0)),
            ("202611240900", at(9, 0)),
            ("2026/11/24", day),
            ("2026-11-24", day),
            ("2026年11月24日", day),
            ("20261124", day),
            ("9:30", When::Time(jiff::civil::time(9, 30, 0, 0))),
            ("下午3时", When::Time(jiff::civil::time(15, 0, 0, 0))),
        ];
        for (text, when) in table {
            assert_eq!(parse(text), Some(when), "{text}");
        }
    }

    #[test]
    fn what_could_mean_two_things_is_refused() {
        for text in [
            "11/24/2026",
            "26-11-24",
            "11月24日",
            "2026年11月",
            "2026-13-01",
            "2026-02-30",
            "2026-11-24 25:00",
            "2026-11-24 09:00-11:00",
            "2026-11-24至25",
            "下周二",
            "",
            "9",
            "2026",
            "待定",
            "2026-11-24 09:00 改期",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_serial_number_is_a_day_only_where_it_is_plausible() {
        assert_eq!(from_serial(46_350.375), Some(jiff::civil::datetime(2026, 11, 24, 9, 0, 0, 0)));
        assert_eq!(from_serial(2026.0), None);
        assert_eq!(from_serial(20_261_124.0), None);
    }
}
