//! What rubrics lean on, as texts that a round can freeze: vetoes, scales, questionnaires and the
//! observer's sheet.
//!
//! A rubric's own hash does not cover them: a later release may ship another scale under the same
//! id. A round that keeps these texts beside its rubric reads its grades with them for ever.

use std::sync::Arc;

use super::hash::ContentHash;
use super::item::Rubric;
use super::problem::DataProblem;
use super::questionnaire::Questionnaire;
use super::read::Forms;
use super::scale::Scales;
use super::veto::Vetoes;
use crate::codes;

codes! {
    /// What a form is.
    FormKind as "form_kind" {
        Vetoes = "vetoes",
        Scales = "scales",
        Questionnaire = "questionnaire",
        ObserverSheet = "observer_sheet",
    }
}

/// The text of a form, TOML.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormText {
    /// What it is.
    pub kind: FormKind,
    /// Its file, for problems.
    pub file: String,
    /// Its text.
    pub text: String,
}

impl FormText {
    /// The hash that names it: over the very text, because the text is kept.
    pub fn hash(&self) -> ContentHash {
        ContentHash::of_text(&format!("tingfang-form/1 {}", self.kind.code()), &self.text)
    }
}

impl Forms {
    /// Reads forms from their texts, in any order.
    ///
    /// # Errors
    /// Everything that is wrong with them; an empty list when vetoes or scales are not among them.
    pub fn from_texts(texts: &[FormText]) -> Result<Self, Vec<DataProblem>> {
        let of = |kind: FormKind| texts.iter().filter(move |text| text.kind == kind);
        let vetoes = of(FormKind::Vetoes).next().ok_or_else(Vec::new)?;
        let scales = of(FormKind::Scales).next().ok_or_else(Vec::new)?;
        let questionnaires = of(FormKind::Questionnaire)
            .map(|form| Questionnaire::parse(&form.file, &form.text))
            .collect::<Result<Vec<_>, _>>()?;
        let mut forms = Self {
            vetoes: Arc::new(Vetoes::parse(&vetoes.file, &vetoes.text)?),
            scales: Scales::parse(&scales.file, &scales.text)?,
            questionnaires,
            sheets: Vec::new(),
        };
        // A sheet leans on the vetoes alone.
        let sheets = of(FormKind::ObserverSheet)
            .map(|form| Rubric::parse_with(&form.file, &form.text, &forms))
            .collect::<Result<Vec<_>, _>>()?;
        forms.sheets = sheets;
        Ok(forms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rubric::templates;

    #[test]
    fn the_shipped_forms_read_back_from_their_texts() {
        let forms = Forms::from_texts(templates().form_texts()).expect("shipped");
        assert_eq!(forms, templates().forms());
        let mut hashes: Vec<_> = templates().form_texts().iter().map(FormText::hash).collect();
        hashes.sort_unstable();
        hashes.dedup();
        assert_eq!(hashes.len(), templates().form_texts().len());
    }

    #[test]
    fn a_rubric_reads_its_scale_from_the_forms_that_were_frozen_with_it() {
        let mut texts = templates().form_texts().to_vec();
        for form in texts.iter_mut().filter(|form| form.kind == FormKind::Scales) {
            form.text = form.text.replacen("90_00", "95_00", 1);
        }
        let old = Forms::from_texts(&texts).expect("in order");
        let (shipped, frozen) =
            (templates().scales.point_bands("GT4-100"), old.scales.point_bands("GT4-100"));
        assert_ne!(frozen.expect("there"), shipped.expect("shipped"));
    }
}
