//! The explanation of a decision, with what its reader may not see taken out.

use tingfang_core::grading::{ExplainInput, View, explain};
use tingfang_core::text::{Language, label};

use super::recompute::rule;
use crate::db::{DbError, Tx};
use crate::frozen;
use crate::project;
use crate::store::{decision, hearing, legal_case, recipient, round, undertaker};

/// The explanation of a decision as text: item, default and given score, evidence, record, rule.
///
/// # Errors
/// When the data layer fails.
pub fn explanation(
    tx: &Tx,
    held: &round::Kept,
    decision: &decision::Kept,
    view: View,
    language: Language,
) -> Result<String, DbError> {
    let case = legal_case::find(tx, decision.case)?;
    let (case_no, mut hidden) = case.map(|case| (case.case_no, case.recipients)).unwrap_or_default();
    for held in hearing::of_case(tx, decision.case)? {
        hidden.extend(held.presiding.iter().flat_map(|presiding| names_in(presiding)));
    }
    for contact in recipient::of_case(tx, decision.case)? {
        hidden.extend(contact.guardian.iter().flat_map(|guardian| names_in(guardian)));
        hidden.push(contact.name);
    }
    hidden.extend(project::met_of_case(tx, decision.case)?.iter().flat_map(|met| names_in(met)));
    let name = undertaker::find(tx, decision.undertaker)?.map(|found| found.name).unwrap_or_default();
    let frozen = frozen::of_round(tx, held)?;
    let input = ExplainInput {
        outcome: &decision.outcome,
        evidence: &decision.evidence,
        rubric: &frozen.rubric,
        scale: &frozen.scale,
        rule: &rule(held)?,
        case_no: &case_no,
        undertaker_name: &name,
        hidden_names: &hidden,
    };
    Ok(explain(&input, view, language).to_string())
}

/// The names in a line that people fill in by hand, for instance `审判长王某、审判员李某`: the line as
/// it stands, and each name in it without the office before or after it.
fn names_in(line: &str) -> Vec<String> {
    let offices = |language| label(language, "presiding", "offices").unwrap_or_default().split(' ');
    let offices: Vec<&str> = offices(Language::Zh).chain(offices(Language::En)).collect();
    let mut names = vec![line.trim().to_owned()];
    // The dot stands inside of names.
    for part in line.split(|sign: char| !sign.is_alphanumeric() && sign != '·') {
        let bare = offices.iter().fold(part, |part, office| {
            let part = part.strip_prefix(office).unwrap_or(part);
            part.strip_suffix(office).unwrap_or(part)
        });
        // One character alone is no name, and blanking it would tear words apart.
        names.extend([part, bare].into_iter().filter(|name| name.chars().count() > 1).map(str::to_owned));
    }
    names.retain(|name| !offices.contains(&name.as_str()));
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn judges_are_found_with_and_without_their_offices() {
        let names = names_in("审判长：王正，审判员李公 张平法官");
        for name in ["王正", "李公", "审判员李公", "张平"] {
            assert!(names.contains(&name.to_owned()), "{name} in {names:?}");
        }
        assert!(!names.contains(&"审判长".to_owned()), "an office is no name: {names:?}");
        assert_eq!(names_in("王正"), ["王正", "王正", "王正"]);
    }
}
