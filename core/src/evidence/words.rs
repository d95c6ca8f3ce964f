//! Numbers and labels as they stand in sentences.

use std::borrow::Cow;

use crate::record::shape::PointsHundredths;
use crate::text::Language;

/// A label inside a sentence: an English one begins small there, unless it is an abbreviation.
pub fn in_sentence(language: Language, label: &str) -> Cow<'_, str> {
    let mut letters = label.chars();
    match (language, letters.next()) {
        (Language::En, Some(first))
            if first.is_uppercase() && letters.clone().next().is_some_and(char::is_lowercase) =>
        {
            Cow::Owned(first.to_lowercase().chain(letters).collect())
        }
        _ => Cow::Borrowed(label),
    }
}

/// Points as people write them, for instance `3.50`.
pub fn points_text(points: PointsHundredths) -> String {
    let sign = if points.0 < 0 { "-" } else { "" };
    format!("{sign}{}.{:02}", points.0.abs() / 100, points.0.abs() % 100)
}

/// A percentage in hundredths as people write it, for instance `80` or `33.33`.
pub fn percent_text(hundredths: i64) -> String {
    match hundredths % 100 {
        0 => format!("{}", hundredths / 100),
        rest => format!("{}.{:02}", hundredths / 100, rest),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_as_people_write_them() {
        assert_eq!(points_text(PointsHundredths(3_50)), "3.50");
        assert_eq!((percent_text(80_00), percent_text(33_33)), ("80".to_owned(), "33.33".to_owned()));
    }

    #[test]
    fn an_english_label_begins_small_in_a_sentence() {
        assert_eq!(in_sentence(Language::En, "Duty counsel"), "duty counsel");
        assert_eq!(in_sentence(Language::En, "VETO-01"), "VETO-01");
        assert_eq!(in_sentence(Language::Zh, "优秀"), "优秀");
    }
}
