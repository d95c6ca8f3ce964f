//! Natural keys: by which a row of a second import finds what the first one made. Rows carry
//! numbers and names in the forms below already, so equal texts mean equal things.
//!
//! | what | key | why |
//! |---|---|---|
//! | person | login; else telephone number | a name is no key |
//! | undertaker | licence number | a name is no key, a firm changes |
//! | provider | name | exports carry nothing else |
//! | case | the centre's number, zeros at its front aside | exists from acceptance on, before any court knows the case |
//! | hearing | case number, court, day | time of day and court room are corrected; another day is another hearing, the old one is set to postponed |

use super::cell::{half_width, tidy};

/// A case number or licence number with everything put right that people write in two ways: width,
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

/// The key of a case: its number, without the zeros at its front when it is nothing but digits. Excel
/// takes them away wherever nobody keeps it from making a number of it.
pub fn case_key(number: &str) -> String {
    let key = number_key(number);
    if key.is_empty() || !key.bytes().all(|byte| byte.is_ascii_digit()) {
        return key;
    }
    let bare = key.trim_start_matches('0');
    if bare.is_empty() { "0".to_owned() } else { bare.to_owned() }
}

/// The name of a person, an organisation or a court with everything put right that people write in
/// two ways: width of letters and brackets, and the spaces inside a Chinese name.
pub fn name_key(name: &str) -> String {
    let name = tidy(&half_width(name));
    if name.is_ascii() { name } else { name.chars().filter(|c| *c != ' ').collect() }
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

    #[test]
    fn zeros_at_the_front_of_a_number_make_no_other_case() {
        assert_eq!(case_key("00123"), case_key("123"));
        assert_ne!(case_key("1230"), case_key("123"));
        assert_eq!(case_key("000"), "0");
        assert_ne!(case_key("(2026)云0123刑初45号"), case_key("(2026)云123刑初45号"));
    }

    #[test]
    fn one_name_written_in_three_ways_is_one_key() {
        let key = name_key("某某(云川)律师事务所");
        assert_eq!(name_key("某某\u{ff08}云川\u{ff09}律师事务所 "), key);
        assert_eq!(name_key("某某 (云川)\u{3000}律师事务所"), key);
        assert_eq!(name_key(" Smith  and Sons"), "Smith and Sons");
    }
}
