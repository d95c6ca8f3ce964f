//! Labels that people read, in Simplified Chinese and English.
//!
//! Labels live in `core/locales/<language>/*.toml`, never in logic. A key that a locale lacks reads as the
//! key itself, and a test over every declared code and field finds it first.

use std::collections::BTreeMap;
use std::io::Read;
use std::sync::OnceLock;

use flate2::read::DeflateDecoder;
use serde::{Deserialize, Serialize};

use crate::data_file;

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

/// The locale files of a language, packed by `build.rs`.
const ZH: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/zh.toml.deflate"));
const EN: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/en.toml.deflate"));

fn locale(language: Language) -> &'static Locale {
    static ZH_LABELS: OnceLock<Locale> = OnceLock::new();
    static EN_LABELS: OnceLock<Locale> = OnceLock::new();
    let (cell, packed) = match language {
        Language::Zh => (&ZH_LABELS, ZH),
        Language::En => (&EN_LABELS, EN),
    };
    cell.get_or_init(|| {
        let mut text = String::new();
        DeflateDecoder::new(packed).read_to_string(&mut text).expect("build.rs has packed it");
        // A section that two files have is a mistake of the whole, and not a second one that hides the first.
        data_file::read(&text).expect("a test reads every locale file")
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
}
