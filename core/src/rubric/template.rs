//! The templates that the program ships: the project's proposal, for a centre to copy and edit.

use std::sync::{Arc, OnceLock};

use super::form::{FormKind, FormText};
use super::item::{Purpose, Rubric};
use super::problem::DataProblem;
use super::questionnaire::Questionnaire;
use super::read::Forms;
use super::scale::Scales;
use super::veto::Vetoes;

/// The shipped rubrics and what they lean on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Templates {
    /// Criminal trial, civil, three-grade, and the observer's sheet.
    pub rubrics: Vec<Rubric>,
    /// Return visit, court visit, pre-hearing report.
    pub questionnaires: Vec<Questionnaire>,
    /// The vetoes.
    pub vetoes: Arc<Vetoes>,
    /// The scales.
    pub scales: Scales,
    form_texts: Vec<FormText>,
}

const VETOES: (&str, &str) = ("vetoes.toml", include_str!("../../data/vetoes.toml"));

const SCALES: (&str, &str) = ("scales.toml", include_str!("../../data/scales.toml"));

const SHEET: (&str, &str) =
    ("rubrics/observer_sheet.toml", include_str!("../../data/rubrics/observer_sheet.toml"));

const CASES: &[(&str, &str)] = &[
    ("rubrics/criminal_trial.toml", include_str!("../../data/rubrics/criminal_trial.toml")),
    ("rubrics/civil.toml", include_str!("../../data/rubrics/civil.toml")),
    ("rubrics/three_grade.toml", include_str!("../../data/rubrics/three_grade.toml")),
];

const QUESTIONNAIRES: &[(&str, &str)] = &[
    ("questionnaires/return_visit.toml", include_str!("../../data/questionnaires/return_visit.toml")),
    ("questionnaires/court_visit.toml", include_str!("../../data/questionnaires/court_visit.toml")),
    (
        "questionnaires/pre_hearing_report.toml",
        include_str!("../../data/questionnaires/pre_hearing_report.toml"),
    ),
];

/// The templates, read once.
pub fn templates() -> &'static Templates {
    static TEMPLATES: OnceLock<Templates> = OnceLock::new();
    TEMPLATES.get_or_init(|| read().expect("a test reads every template"))
}

impl Templates {
    /// The rubric with this id.
    pub fn rubric(&self, id: &str) -> Option<&Rubric> {
        self.rubrics.iter().find(|rubric| rubric.id == id)
    }

    /// The observer's sheet.
    pub fn observer_sheet(&self) -> &Rubric {
        let sheet = self.rubrics.iter().find(|rubric| rubric.purpose == Purpose::ObserverSheet);
        sheet.expect("a test finds the observer's sheet among the templates")
    }

    /// The same forms as texts, for a round to freeze.
    pub fn form_texts(&self) -> &[FormText] {
        &self.form_texts
    }

    /// What another rubric can lean on.
    pub fn forms(&self) -> Forms {
        Forms {
            vetoes: Arc::clone(&self.vetoes),
            scales: self.scales.clone(),
            questionnaires: self.questionnaires.clone(),
            sheets: self.rubrics.iter().filter(|r| r.purpose == Purpose::ObserverSheet).cloned().collect(),
        }
    }
}

fn read() -> Result<Templates, Vec<DataProblem>> {
    let form =
        |kind, (file, text): (&str, &str)| FormText { kind, file: file.to_owned(), text: text.to_owned() };
    let mut form_texts = vec![
        form(FormKind::Vetoes, VETOES),
        form(FormKind::Scales, SCALES),
        form(FormKind::ObserverSheet, SHEET),
    ];
    form_texts.extend(QUESTIONNAIRES.iter().map(|file| form(FormKind::Questionnaire, *file)));
    let mut forms = Forms::from_texts(&form_texts)?;
    let mut rubrics = CASES
        .iter()
        .map(|(file, text)| Rubric::parse_with(file, text, &forms))
        .collect::<Result<Vec<_>, _>>()?;
    rubrics.append(&mut forms.sheets);
    let Forms { vetoes, scales, questionnaires, .. } = forms;
    Ok(Templates { rubrics, questionnaires, vetoes, scales, form_texts })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rubric::Status;

    #[test]
    fn every_template_reads_and_is_marked_as_a_proposal() {
        let templates = read().expect("every template reads");
        assert!(templates.rubrics.iter().all(|rubric| rubric.status == Status::Proposal));
        assert_eq!(templates.observer_sheet().id, "HRG-SHEET");
        let counts: Vec<_> =
            templates.rubrics.iter().map(|rubric| (rubric.id.as_str(), rubric.items.len())).collect();
        assert_eq!(counts, [("CRM-TRIAL", 24), ("CIV-LIT", 24), ("S3-SIMPLE", 9), ("HRG-SHEET", 9)]);
    }

    /// Golden: a released template never changes its hash. A new version is a new id or version.
    #[test]
    fn the_hashes_of_the_templates_stay() {
        let templates = templates();
        let mut hashes: Vec<_> =
            templates.rubrics.iter().map(|rubric| format!("{} {}", rubric.id, rubric.hash())).collect();
        hashes.extend(templates.questionnaires.iter().map(|form| format!("{} {}", form.id, form.hash())));
        hashes.extend(templates.scales.0.iter().map(|s| format!("{} {}", s.head().id, s.head().hash)));
        hashes.push(format!("{} {}", templates.vetoes.id, templates.vetoes.hash()));
        assert_eq!(hashes.join("\n"), include_str!("../../data/golden_hashes.txt").trim_end());
    }
}
