//! Beginning a round, and assigning its work.

use tingfang_core::consequence::subsidy::SubsidyRule;
use tingfang_core::grading::DecisionState;
use tingfang_core::grading::GradingRule;
use tingfang_core::id::{AssignmentId, CaseId, OrganisationId, PersonId, RoundId};
use tingfang_core::people::task::TaskRound;
use tingfang_core::people::{AssignmentKind, Duty, Subject};
use tingfang_core::rubric::item::Purpose;
use tingfang_core::rubric::{DataProblem, Rubric, templates};
use tingfang_core::text::{Bilingual, Language};

use super::{Actor, entry, re_review};
use crate::db::Tx;
use crate::planning::{self, NewAssignment};
use crate::problem::{FieldProblem, Problem};
use crate::store::assignment::Kept as KeptAssignment;
use crate::store::round::RoundState;
use crate::store::{decision, form, legal_case, round};

/// A round that somebody wants.
#[derive(Clone, Debug)]
pub struct NewRound {
    /// Its id, freshly minted.
    pub id: RoundId,
    /// Whose it is.
    pub organisation: OrganisationId,
    /// Its name.
    pub name: String,
    /// The rubric of the case, for instance the template `CRM-TRIAL`.
    pub rubric: Rule,
    /// The subsidy rule.
    pub subsidy_rule: Rule,
    /// The grading rule as TOML; the template when left out.
    pub grading_rule: Option<String>,
    /// The cases; an undertaker may be left out where a case has one.
    pub cases: Vec<Subject>,
}

/// A rule that a round freezes: a shipped template, or the centre's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rule {
    /// The template of this id.
    Template(String),
    /// The centre's own, as TOML.
    Own(String),
}

/// Work of a round that somebody wants assigned.
#[derive(Clone, Debug)]
pub struct NewWork {
    /// The assignment's id, freshly minted.
    pub id: AssignmentId,
    /// `file_review`, `assessment` or `re_review`.
    pub kind: AssignmentKind,
    /// The cases; all that the work can be about when left out.
    pub cases: Option<Vec<CaseId>>,
    /// Who does it.
    pub people: Vec<PersonId>,
}

/// Begins a round: freezes rubric and rules.
///
/// # Errors
/// [`Problem::Invalid`] naming every field that does not fit.
pub fn begin(tx: &Tx, wish: NewRound, actor: Actor) -> Result<round::Kept, Problem> {
    let mut wrong = Vec::new();
    let rubric = rubric(&wish.rubric, &mut wrong).filter(|rubric| {
        let for_cases = rubric.purpose == Purpose::Case;
        if !for_cases {
            wrong.push(FieldProblem::new("rubric", "not_for_cases"));
        }
        for_cases
    });
    let subsidy_rule = subsidy_rule(&wish.subsidy_rule, &mut wrong);
    let text = wish.grading_rule.unwrap_or_else(|| GradingRule::template().text().to_owned());
    if let Err(problems) = GradingRule::parse("grading_rule_toml", &text) {
        wrong.extend(problems.iter().map(of_file));
    }
    if wish.cases.is_empty() {
        wrong.push(FieldProblem::new("cases", "empty"));
    }
    for (index, subject) in wish.cases.iter().enumerate() {
        let case = legal_case::find(tx, subject.case)?;
        let field = format!("cases[{index}]");
        let fits = case.as_ref().is_some_and(|case| {
            case.organisation == wish.organisation
                && case.undertakers.iter().any(|part| part.undertaker == subject.undertaker)
        });
        if !fits {
            wrong.push(FieldProblem::new(field, "not_undertaking"));
        } else if let (Some(rubric), Some(case)) = (&rubric, case)
            && !rubric.applies_to(case.kind)
        {
            wrong.push(FieldProblem::new(field, "rubric_does_not_apply").with("case_no", case.case_no));
        }
    }
    let (Some(rubric), Some(subsidy_rule), true) = (rubric, subsidy_rule, wrong.is_empty()) else {
        return Err(Problem::Invalid(wrong));
    };
    let sheet = templates().observer_sheet();
    for frozen in [&rubric, sheet] {
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
        state: RoundState::Open,
        created_at: actor.at,
        created_by: actor.person,
    };
    round::insert(tx, &kept, &wish.cases)?;
    form::freeze(tx, kept.id, templates().form_texts(), actor.at)?;
    entry::round_begun(tx, &kept, wish.cases.len(), actor)?;
    Ok(kept)
}

fn rubric(wanted: &Rule, wrong: &mut Vec<FieldProblem>) -> Option<Rubric> {
    match wanted {
        Rule::Template(id) => {
            let found = templates().rubric(id).cloned();
            if found.is_none() {
                wrong.push(FieldProblem::new("rubric", "no_such_template"));
            }
            found
        }
        Rule::Own(text) => match Rubric::parse_with("rubric_toml", text, &templates().forms()) {
            Ok(rubric) => Some(rubric),
            Err(problems) => {
                wrong.extend(problems.iter().map(of_file));
                None
            }
        },
    }
}

fn subsidy_rule(wanted: &Rule, wrong: &mut Vec<FieldProblem>) -> Option<SubsidyRule> {
    match wanted {
        Rule::Template(id) => {
            let found = SubsidyRule::templates().iter().find(|rule| rule.id == *id).cloned();
            if found.is_none() {
                wrong.push(FieldProblem::new("subsidy_rule", "no_such_template"));
            }
            found
        }
        Rule::Own(text) => match SubsidyRule::parse("subsidy_rule_toml", text) {
            Ok(rule) => Some(rule),
            Err(problems) => {
                wrong.extend(problems.iter().map(of_file));
                None
            }
        },
    }
}

/// What is wrong with a rule, as a problem of the field that carried it.
fn of_file(problem: &DataProblem) -> FieldProblem {
    let text = |language| problem.text(language);
    let text = Bilingual { zh: text(Language::Zh), en: text(Language::En) };
    FieldProblem::said(problem.file.clone(), problem.code(), text)
}

/// Closes a round once every case has its final grade. Its grades can still be superseded, and then
/// the round is opened again.
///
/// # Errors
/// [`Problem::Refused`] naming every case whose grade is not final.
pub fn close(tx: &Tx, mut held: round::Kept, actor: Actor) -> Result<round::Kept, Problem> {
    let mut unfinished = Vec::new();
    for subject in round::cases(tx, held.id)? {
        let newest = decision::newest(tx, held.id, subject.case, subject.undertaker)?;
        if newest.is_none_or(|kept| kept.state != DecisionState::Final) {
            let case_no = legal_case::find(tx, subject.case)?.map(|case| case.case_no).unwrap_or_default();
            unfinished.push(FieldProblem::new("cases", "grade_not_final").with("case_no", case_no));
        }
    }
    if !unfinished.is_empty() {
        return Err(Problem::Refused(unfinished));
    }
    set_state(tx, &mut held, RoundState::Closed, None, actor)?;
    Ok(held)
}

/// Opens a closed round again.
///
/// # Errors
/// [`Problem::Invalid`] when it is open.
pub fn reopen(tx: &Tx, mut held: round::Kept, reason: &str, actor: Actor) -> Result<round::Kept, Problem> {
    set_state(tx, &mut held, RoundState::Open, Some(reason), actor)?;
    Ok(held)
}

fn set_state(
    tx: &Tx,
    held: &mut round::Kept,
    state: RoundState,
    reason: Option<&str>,
    actor: Actor,
) -> Result<(), Problem> {
    if held.state == state {
        return Err(Problem::field(
            "state",
            if state == RoundState::Closed { "round_closed" } else { "round_open" },
        ));
    }
    held.state = state;
    round::set_state(tx, held.id, state)?;
    Ok(entry::round_state(tx, held, reason, actor)?)
}

/// Assigns file review, assessment or re-review of cases of a round.
///
/// # Errors
/// What planning says: relations and roles are checked there. A re-review takes cases whose grade
/// waits for one, and people who took no part in the first review.
pub fn work(tx: &Tx, held: &round::Kept, wish: NewWork, actor: Actor) -> Result<KeptAssignment, Problem> {
    if held.state == RoundState::Closed {
        return Err(Problem::field("state", "round_closed"));
    }
    let wanted = |subject: &Subject| wish.cases.as_ref().is_none_or(|cases| cases.contains(&subject.case));
    let mut subjects: Vec<Subject> = round::cases(tx, held.id)?.into_iter().filter(wanted).collect();
    if wish.kind == AssignmentKind::ReReview {
        let waiting = re_review::awaiting(tx, held.id, &subjects)?;
        if waiting.is_empty() || (wish.cases.is_some() && waiting.len() < subjects.len()) {
            return Err(Problem::field("cases", "not_in_re_review"));
        }
        re_review::are_others(tx, held.id, &waiting, &wish.people)?;
        subjects = waiting;
    }
    let duty = if wish.kind.scores() { Duty::Assessor } else { Duty::Reviewer };
    let wish = NewAssignment {
        id: wish.id,
        kind: wish.kind,
        organisation: held.organisation,
        hearing: None,
        inspected: None,
        stage: None,
        note: None,
        round: Some(TaskRound { id: held.id, name: held.name.clone(), rubric: held.rubric_hash.clone() }),
        subjects,
        members: wish.people.iter().map(|person| (*person, duty)).collect(),
        due_at: None,
        created_by: Some(actor.person),
    };
    planning::assign(tx, wish, actor.at)
}
