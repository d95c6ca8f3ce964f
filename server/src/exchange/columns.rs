//! Which header of a workbook means which field, and which words mean which code.
//!
//! Both are data (`columns.toml`): a centre's export is never quite like another's.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde::{Deserialize, Serialize};
use tingfang_core::text::{Language, label};

use super::cell::half_width;

/// What a workbook lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SheetKind {
    /// People with their roles.
    People,
    /// Cases with their undertakers and providers.
    Cases,
    /// Coming hearings.
    Hearings,
}

/// One field that a sheet may have a column for.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Field {
    /// The field's own name.
    pub field: String,
    /// Whether the sheet cannot be read without it.
    #[serde(default)]
    pub required: bool,
    /// Accepted headers, the surest first.
    pub headers: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Named {
    code: String,
    contains: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Columns {
    passed_over: Vec<String>,
    people: Vec<Field>,
    cases: Vec<Field>,
    hearings: Vec<Field>,
    values: BTreeMap<String, BTreeMap<String, Vec<String>>>,
    named: BTreeMap<String, Vec<Named>>,
}

fn columns() -> &'static Columns {
    static COLUMNS: OnceLock<Columns> = OnceLock::new();
    COLUMNS.get_or_init(|| toml::from_str(include_str!("columns.toml")).expect("a test parses columns.toml"))
}

impl SheetKind {
    /// The fields that a sheet of this kind may have.
    pub fn fields(self) -> &'static [Field] {
        match self {
            Self::People => &columns().people,
            Self::Cases => &columns().cases,
            Self::Hearings => &columns().hearings,
        }
    }

    /// Whether any kind of sheet has a field of this name.
    pub(super) fn knows(field: &str) -> bool {
        [Self::People, Self::Cases, Self::Hearings]
            .into_iter()
            .any(|kind| kind.fields().iter().any(|known| known.field == field))
    }
}

/// The header of the column that an error sheet adds.
pub fn problem_header(language: Language) -> &'static str {
    label(language, "row_problem", "header").unwrap_or("?")
}

/// Whether a header of this key is passed over without a word.
pub(super) fn is_passed_over(key: &str) -> bool {
    columns().passed_over.iter().any(|header| header_key(header) == key)
}

/// The code of an enumeration that a cell's words mean: the code, a label, or a word of the data.
pub fn code_of(enumeration: &str, codes: &'static [&'static str], words: &str) -> Option<&'static str> {
    let key = value_key(words);
    let same = |text: &str| value_key(text) == key;
    let synonyms = columns().values.get(enumeration);
    let by_name = |code: &&&'static str| {
        same(code)
            || [Language::Zh, Language::En].into_iter().any(|l| label(l, enumeration, code).is_some_and(same))
    };
    let by_synonym = |code: &&&'static str| {
        synonyms.and_then(|all| all.get(**code)).is_some_and(|words| words.iter().any(|word| same(word)))
    };
    codes.iter().find(by_name).or_else(|| codes.iter().find(by_synonym)).copied()
}

/// The code that words in a name say, for instance what an organ of this name is.
pub fn code_by_name(enumeration: &str, name: &str) -> Option<&'static str> {
    columns()
        .named
        .get(enumeration)?
        .iter()
        .find(|named| named.contains.iter().any(|word| name.contains(word.as_str())))
        .map(|named| named.code.as_str())
}

/// A header without what does not count: spaces, asterisks, colons and notes in brackets.
pub(super) fn header_key(header: &str) -> String {
    let mut depth = 0_u32;
    let mut key = String::new();
    for c in half_width(header).chars() {
        match c {
            '(' | '[' => depth += 1,
            ')' | ']' => depth = depth.saturating_sub(1),
            _ if depth > 0 || c.is_whitespace() || matches!(c, '*' | ':' | '_' | '\u{feff}' | '\u{200b}') => {
            }
            _ => key.extend(c.to_lowercase()),
        }
    }
    key
}

fn value_key(words: &str) -> String {
    half_width(words).chars().filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_of_the_data_names_a_code_that_exists() {
        use tingfang_core::case::{
            AidForm, CaseKind, CaseSource, CaseStatus, HearingKind, HearingState, Instance, Known, Openness,
            OrganKind, Procedure, Stage,
        };
        use tingfang_core::people::{ObserverKind, ProviderKind, Role, UndertakerKind};
        let known: BTreeMap<&str, &[&str]> = BTreeMap::from([
            (AidForm::NAME, AidForm::CODES),
            (CaseKind::NAME, CaseKind::CODES),
            (CaseSource::NAME, CaseSource::CODES),
            (CaseStatus::NAME, CaseStatus::CODES),
            (HearingKind::NAME, HearingKind::CODES),
            (HearingState::NAME, HearingState::CODES),
            (Instance::NAME, Instance::CODES),
            (Known::NAME, Known::CODES),
            (Openness::NAME, Openness::CODES),
            (OrganKind::NAME, OrganKind::CODES),
            (ObserverKind::NAME, ObserverKind::CODES),
            (Procedure::NAME, Procedure::CODES),
            (ProviderKind::NAME, ProviderKind::CODES),
            (Role::NAME, Role::CODES),
            (Stage::NAME, Stage::CODES),
            (UndertakerKind::NAME, UndertakerKind::CODES),
        ]);
        for (enumeration, codes) in &columns().values {
            let known = known.get(enumeration.as_str()).expect("an enumeration");
            let mut words_seen = std::collections::BTreeSet::new();
            for (code, words) in codes {
                assert!(known.contains(&code.as_str()), "{enumeration}.{code}");
                for word in words {
                    assert!(words_seen.insert(word), "{enumeration}: {word} twice");
                    assert_eq!(
                        code_of(enumeration, known, word),
                        Some(code.as_str()),
                        "{enumeration}: {word}"
                    );
                }
            }
        }
        for (enumeration, names) in &columns().named {
            for name in names {
                assert!(known[enumeration.as_str()].contains(&name.code.as_str()), "{}", name.code);
            }
        }
    }

    #[test]
    fn a_name_says_what_an_organ_is() {
        assert_eq!(code_by_name("organ_kind", "某县人民法院"), Some("court"));
        assert_eq!(code_by_name("organ_kind", "某县劳动人事争议仲裁院"), Some("labour_arbitration"));
        assert_eq!(code_by_name("organ_kind", "某局"), None);
    }
}
