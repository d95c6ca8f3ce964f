//! What is wrong with one field, and what would put it right.

use tingfang_core::case::GateRefusal;
use tingfang_core::text::{Bilingual, Language, label, sentence};

/// What is wrong with one field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldProblem {
    /// The field, as a path from the body's root, for instance `members[1].person`.
    pub field: String,
    kind: Kind,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Kind {
    /// A code of the locale sections `field_problem` and `field_fix`.
    Code { code: &'static str, values: Vec<(&'static str, String)> },
    /// A rule of one of the two gates.
    Gate(GateRefusal),
    /// A text that was said elsewhere, the fix in it.
    Said { code: &'static str, text: Bilingual },
}

impl FieldProblem {
    /// A problem with this code of the locale section `field_problem`.
    pub fn new(field: impl Into<String>, code: &'static str) -> Self {
        Self { field: field.into(), kind: Kind::Code { code, values: Vec::new() } }
    }

    /// Fills a `{name}` of the sentence.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl ToString) -> Self {
        if let Kind::Code { values, .. } = &mut self.kind {
            values.push((name, value.to_string()));
        }
        self
    }

    /// A refusal of a gate.
    pub fn gate(field: impl Into<String>, refusal: GateRefusal) -> Self {
        Self { field: field.into(), kind: Kind::Gate(refusal) }
    }

    /// A problem whose text was made elsewhere and names its fix.
    pub fn said(field: impl Into<String>, code: &'static str, text: Bilingual) -> Self {
        Self { field: field.into(), kind: Kind::Said { code, text } }
    }

    /// A field that a rule stands against, in the rule's words.
    pub fn by_rule(field: impl Into<String>, code: &'static str, rule: &str) -> Self {
        let said = |language| label(language, "rule", rule).unwrap_or(rule).to_owned();
        Self::said(field, code, Bilingual { zh: said(Language::Zh), en: said(Language::En) })
    }

    /// The stable code.
    pub const fn code(&self) -> &'static str {
        match &self.kind {
            Kind::Code { code, .. } | Kind::Said { code, .. } => code,
            Kind::Gate(refusal) => refusal.rule.code(),
        }
    }

    /// The problem as a sentence.
    pub fn detail(&self, language: Language) -> String {
        match &self.kind {
            Kind::Code { code, values } => fill(language, "field_problem", code, values),
            Kind::Gate(refusal) => refusal.text(language).to_owned(),
            Kind::Said { text, .. } => text.get(language).to_owned(),
        }
    }

    /// What would put it right.
    pub fn fix(&self, language: Language) -> String {
        match &self.kind {
            Kind::Code { code, values } => fill(language, "field_fix", code, values),
            Kind::Gate(refusal) => refusal.remedy(language).to_owned(),
            Kind::Said { .. } => String::new(),
        }
    }

    /// The code and the name of the article that a rule rests on.
    pub fn article(&self, language: Language) -> Option<(&'static str, &'static str)> {
        match &self.kind {
            Kind::Code { .. } | Kind::Said { .. } => None,
            Kind::Gate(refusal) => Some((refusal.article.code(), refusal.article.label(language))),
        }
    }
}

fn fill(language: Language, section: &str, code: &str, values: &[(&'static str, String)]) -> String {
    let values: Vec<(&str, &str)> = values.iter().map(|(name, value)| (*name, value.as_str())).collect();
    sentence(language, section, code, &values)
}
