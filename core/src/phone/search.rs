//! Search that finds two Chinese characters.
//!
//! SQLite's own tokenizers find no two-character words in Chinese, so the index holds every pair
//! of neighbouring characters, and a match is checked against the text itself.

use std::collections::BTreeSet;

/// The pairs of neighbouring letters and digits of a text, as one string for the index.
pub(super) fn pairs(text: &str) -> String {
    pair_set(text).into_iter().collect::<Vec<_>>().join(" ")
}

/// The query for a text of two or more letters; nothing when it has fewer.
pub(super) fn query(text: &str) -> Option<String> {
    let pairs = pair_set(text);
    (!pairs.is_empty())
        .then(|| pairs.into_iter().map(|pair| format!("\"{pair}\"")).collect::<Vec<_>>().join(" AND "))
}

/// The form in which text is compared: lower case, no white space.
pub(super) fn folded(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase).collect()
}

fn pair_set(text: &str) -> BTreeSet<String> {
    let folded: Vec<char> = folded(text).chars().collect();
    folded
        .windows(2)
        .filter(|pair| pair.iter().all(|c| c.is_alphanumeric()))
        .map(|pair| pair.iter().collect())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_chinese_characters_are_a_query() {
        assert_eq!(query("工伤").as_deref(), Some("\"工伤\""));
        assert_eq!(query("刑初12").as_deref(), Some("\"12\" AND \"刑初\" AND \"初1\""));
        assert_eq!(query("伤"), None);
    }

    #[test]
    fn pairs_do_not_reach_over_punctuation() {
        assert_eq!(pairs("工伤,赔偿"), "工伤 赔偿");
    }
}
