//! Natural keys: by which a row of a second import finds what the first one made.
//!
//! | what | key | why |
//! |---|---|---|
//! | person | login; else telephone number | a name is no key |
//! | undertaker | licence number | a name is no key, a firm changes |
//! | provider | name | exports carry nothing else |
//! | case | the centre's number | exists from acceptance on, before any court knows the case |
//! | hearing | case number, court, day | time of day and court room are corrected; another day is another hearing, the old one is set to postponed |

use super::cell::half_width;

/// A case number or licence number with everything taken out that people write in two ways: width,
/// spaces, the form of brackets and dashes, capitals.
pub fn number_key(number: &str) -> String {
    half_width(number)
        .chars()
        .filter(|c| !c.is_whitespace())
        .map(|c| match c {
            '〔' | '[' | '【' | '{' | '〈' | '<' => '(',
            '〕' | ']' | '】' | '}' | '〉' | '>' => ')',
            '\u{2010}'..='\u{2015}' | '\u{2212}' => '-',
            c => c.to_ascii_uppercase(),
        })
        .collect()
}

/// The name of an organisation or a court with everything taken out that people write in two ways.
pub fn name_key(name: &str) -> String {
    half_width(name).chars().filter(|c| !c.is_whitespace()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_number_written_in_three_ways_is_one_key() {
        let key = number_key("(2026)云0123刑初45号");
        assert_eq!(number_key("〔2026〕云0123刑初45号"), key);
        assert_eq!(number_key("\u{ff08}\u{ff12}026\u{ff09} 云0123 刑初45号"), key);
        assert_ne!(number_key("(2026)云0123刑初46号"), key);
    }
}
