//! Beginning a round, and assigning its work.

use serde_json::json;
use tingfang_core::consequence::subsidy::SubsidyRule;
use tingfang_core::grading::GradingRule;
use tingfang_core::id::{AssignmentId, OrganisationId, PersonId, RoundId};
use tingfang_core::people::task::TaskRound;
use tingfang_core::people::{AssignmentKind, Duty, Subject};
use tingfang_core::rubric::templates;

use super::{Actor, entry};
use crate::db::Tx;
use crate::planning::{self, NewAssignment};
use crate::problem::{FieldProblem, Problem};
use crate::store::assignment::Kept as KeptAssignment;
use crate::store::{ledger, legal_case, round};

/// A round that somebody wants.
#[derive(Clone, Debug)]
pub struct NewRound {
    /// Its id, freshly minted.
    pub id: RoundId,
    /// Whose it is.
    pub organisation: OrganisationId,
    /// Its name.
    pub name: String,
    /// The id of the rubric's template, for instance `CRM-TRIAL`.
    pub rubric: String,
    /// The id of the subsidy rule's template.
    pub subsidy_rule: String,
    /// The grading rule as TOML; the template when left out.
    pub grading_rule: Option<String>,
    /// The cases; an undertaker may be left out where a case has one.
    pub cases: Vec<Subject>,
}

/// Begins a round: freezes rubric and rules.
///
/// # Errors
/// [`Problem::Invalid`] naming every field that does not fit.
pub fn begin(tx: &Tx, wish: NewRound, actor: Actor) -> Result<round::Kept, Problem> {
    let mut wrong = Vec::new();
    let rubric = templates().rubric(&wish.rubric);
    if rubric.is_none() {
        wrong.push(FieldProblem::new("rubric", "no_such_template"));
    }
    let subsidy_rule = SubsidyRule::templates().iter().find(|rule| rule.id == wish.subsidy_rule);
    if subsidy_rule.is_none() {
        wrong.push(FieldProblem::new("subsidy_rule", "no_such_template"));
    }
    let text = wish.grading_rule.unwrap_or_else(|| GradingRule::template().text().to_owned());
    if GradingRule::parse("grading_rule", &text).is_err() {
        wrong.push(FieldProblem::new("grading_rule", "not_a_rule"));
    }
    if wish.cases.is_empty() {
        wrong.push(FieldProblem::new("cases", "empty"));
    }
    for (index, subject) in wish.cases.iter().enumerate() {
        let case = legal_case::find(tx, subject.case)?;
        let fits = case.is_some_and(|case| {
            case.organisation == wish.organisation
                && case.undertakers.iter().any(|part| part.undertaker == subject.undertaker)
        });
        if !fits {
            wrong.push(FieldProblem::new(format!("cases[{index}]"), "not_undertaking"));
        }
    }
    let (Some(rubric), Some(subsidy_rule), true) = (rubric, subsidy_rule, wrong.is_empty()) else {
        return Err(Problem::Invalid(wrong));
    };
    let sheet = templates().observer_sheet();
    for frozen in [rubric, sheet] {
        round::freeze_rubric(tx, &frozen.hash().to_string(), &frozen.id, frozen.text(), actor.at)?;
    }
    let kept = round::Kept {
        id: wish.id,
        organisation: wish.organisation,
        name: wish.name,
        rubric_hash: rubric.hash().to_string(),
        sheet_rubric_hash: sheet.hash().to_string(),
        grading_rule: text,
        subsidy_rule: subsidy_rule.text().to_owned(),
        state: "open".to_owned(),
        created_at: actor.at,
        created_by: actor.person,
    };
    round::insert(tx, &kept, &wish.cases)?;
    let body = json!({
        "round": kept.id, "name": kept.name, "rubric": kept.rubric_hash,
        "sheet_rubric": kept.sheet_rubric_hash, "grading_rule": kept.grading_rule,
        "subsidy_rule": kept.subsidy_rule, "cases": wish.cases,
    });
    ledger::append(tx, entry::ROUND, &body, actor.person, actor.at)?;
    Ok(kept)
}

/// Assigns file review or assessment of cases of a round.
///
/// # Errors
/// What planning says: relations and roles are checked there.
pub fn work(
    tx: &Tx,
    held: &round::Kept,
    id: AssignmentId,
    kind: AssignmentKind,
    subjects: Vec<Subject>,
    people: &[PersonId],
    actor: Actor,
) -> Result<KeptAssignment, Problem> {
    let duty = if kind == AssignmentKind::Assessment { Duty::Assessor } else { Duty::Reviewer };
    let wish = NewAssignment {
        id,
        kind,
        organisation: held.organisation,
        hearing: None,
        round: Some(TaskRound { id: held.id, name: held.name.clone(), rubric: held.rubric_hash.clone() }),
        subjects,
        members: people.iter().map(|person| (*person, duty)).collect(),
        due_at: None,
        created_by: Some(actor.person),
    };
    planning::assign(tx, wish, actor.at)
}
