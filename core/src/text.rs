//! Labels that people read, in Simplified Chinese and English.
//!
//! Labels live in `core/locales/<language>/*.toml`, never in logic. A key that a locale lacks reads as the
//! key itself, and a test over every declared code and field finds it first.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde::{Deserialize, Serialize};

/// A language of the product. Chinese comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// Simplified Chinese.
    #[default]
    Zh,
    /// English.
    En,
}

/// A text in both languages, for data files.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bilingual {
    /// Simplified Chinese.
    pub zh: String,
    /// English.
    pub en: String,
}

impl Bilingual {
    /// The text in this language.
    pub fn get(&self, language: Language) -> &str {
        match language {
            Language::Zh => &self.zh,
            Language::En => &self.en,
        }
    }
}

type Locale = BTreeMap<String, BTreeMap<String, String>>;

macro_rules! locale_files {
    ($($path:literal),+ $(,)?) => { &[$(include_str!($path)),+] };
}

const ZH: &[&str] = locale_files![
    "../locales/zh/record.toml",
    "../locales/zh/field_records.toml",
    "../locales/zh/people.toml",
    "../locales/zh/grading.toml",
    "../locales/zh/phone.toml",
    "../locales/zh/server.toml",
];
const EN: &[&str] = locale_files![
    "../locales/en/record.toml",
    "../locales/en/field_records.toml",
    "../locales/en/people.toml",
    "../locales/en/grading.toml",
    "../locales/en/phone.toml",
    "../locales/en/server.toml",
];

fn locale(language: Language) -> &'static Locale {
    static ZH_LABELS: OnceLock<Locale> = OnceLock::new();
    static EN_LABELS: OnceLock<Locale> = OnceLock::new();
    let (cell, files) = match language {
        Language::Zh => (&ZH_LABELS, ZH),
        Language::En => (&EN_LABELS, EN),
    };
    cell.get_or_init(|| {
        files
            .iter()
            .flat_map(|file| toml::from_str::<Locale>(file).expect("a test parses every locale file"))
            .collect()
    })
}

/// The label of a code of an enumeration; the code itself when the locale lacks it.
pub fn code_label(language: Language, enumeration: &str, code: &'static str) -> &'static str {
    label(language, enumeration, code).unwrap_or(code)
}

/// The label under `[section] key`, where there is one.
pub fn label(language: Language, section: &str, key: &str) -> Option<&'static str> {
    locale(language).get(section)?.get(key).map(String::as_str)
}

/// The label of a field of a record kind: the kind's own, or the one that all kinds share.
pub fn field_label(language: Language, kind: &str, field: &str) -> Option<&'static str> {
    label(language, &format!("field_{kind}"), field).or_else(|| label(language, "field", field))
}

/// A sentence of the locale with `{name}` places filled in.
pub fn sentence(language: Language, section: &str, key: &str, values: &[(&str, &str)]) -> String {
    let mut text = label(language, section, key).unwrap_or(key).to_owned();
    for (name, value) in values {
        text = text.replace(&format!("{{{name}}}"), value);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_locales_hold_the_same_keys() {
        let keys = |language| {
            locale(language)
                .iter()
                .flat_map(|(section, labels)| labels.keys().map(move |key| format!("{section}.{key}")))
                .collect::<Vec<_>>()
        };
        assert_eq!(keys(Language::Zh), keys(Language::En));
    }

    #[test]
    fn a_sentence_is_filled() {
        let text = sentence(Language::En, "no section", "{a} and {b}", &[("a", "1"), ("b", "2")]);
        assert_eq!(text, "1 and 2");
    }

    #[test]
    fn no_section_stands_in_two_locale_files() {
        // The sections of all files are merged by name, so a second one would hide the first.
        for files in [ZH, EN] {
            let sections: Vec<String> = files
                .iter()
                .flat_map(|file| file.lines())
                .filter(|line| line.starts_with('['))
                .map(str::to_owned)
                .collect();
            let distinct: std::collections::BTreeSet<_> = sections.iter().collect();
            assert_eq!(distinct.len(), sections.len(), "a section stands twice: {sections:?}");
        }
    }
}
