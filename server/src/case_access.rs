//! For whom at a console there is what is about a case: its grade, its plans, its complaints, what was seen in it.
//!
//! A relation to the case wins over every role (DESIGN invariant 15), and what a secret case is about never leaves
//! who keeps it (domain 10.3, rule 9). Whatever else a list asks, it asks this of every row that is about a case. The
//! line of a case in the list of cases, and when it is heard, are there for whoever reads cases.

use tingfang_core::id::CaseId;
use tingfang_core::people::{Assignment, Role, relation_to_case};
use tingfang_core::policy::{Fact, Visibility};

use crate::db::{DbError, Tx};
use crate::identity::SignedIn;
use crate::problem::{FieldProblem, Problem};
use crate::store::{case_relation, legal_case};

/// The rule by which a relation to a case wins over a role.
const RELATION_BARS: &str = "relation_bars";

/// Who sees what a secret case is about.
pub fn secret_keepers() -> &'static [Role] {
    Visibility::shipped().readers(Fact::Secret)
}

/// Whether a case is one that somebody undertakes, is related to, or whose provider they belong to.
///
/// # Errors
/// When the data layer fails.
pub fn is_related(tx: &Tx, reader: &SignedIn, case: CaseId) -> Result<bool, DbError> {
    let ties = case_relation::ties(tx, case)?;
    Ok(ties.is_some_and(|ties| relation_to_case(&reader.profile.ties(), &ties).bars()))
}

/// Whether somebody is related to a case of an assignment, and so has no say in it.
///
/// # Errors
/// When the data layer fails.
pub fn is_related_to_any(tx: &Tx, reader: &SignedIn, assignment: &Assignment) -> Result<bool, DbError> {
    any(assignment, |case| is_related(tx, reader, case))
}

/// Whether a case is secret.
///
/// # Errors
/// When the data layer fails.
pub fn is_secret(tx: &Tx, case: CaseId) -> Result<bool, DbError> {
    Ok(legal_case::find(tx, case)?.is_some_and(|found| found.flags.secret))
}

/// Whether an assignment is about a secret case.
///
/// # Errors
/// When the data layer fails.
pub fn is_any_secret(tx: &Tx, assignment: &Assignment) -> Result<bool, DbError> {
    any(assignment, |case| is_secret(tx, case))
}

/// Whether what is about a case is there for somebody. Their role is asked elsewhere.
///
/// # Errors
/// When the data layer fails.
pub fn is_open_to(tx: &Tx, reader: &SignedIn, case: CaseId) -> Result<bool, DbError> {
    let Some(found) = legal_case::find(tx, case)? else { return Ok(false) };
    let keeps = || reader.require_in(found.organisation, secret_keepers()).is_ok();
    Ok((!found.flags.secret || keeps()) && !is_related(tx, reader, case)?)
}

/// Lets nobody who is related to one of these cases have a say in it, and names the rule: that there is such a case they
/// may know.
///
/// # Errors
/// [`Problem::Refused`] with the rule.
pub fn require_say(
    tx: &Tx,
    reader: &SignedIn,
    cases: impl IntoIterator<Item = CaseId>,
) -> Result<(), Problem> {
    for case in cases {
        if is_related(tx, reader, case)? {
            return Err(Problem::Refused(vec![FieldProblem::by_rule("case", RELATION_BARS, RELATION_BARS)]));
        }
    }
    Ok(())
}

/// Whether what is about an assignment is there for somebody: each of its cases is.
///
/// # Errors
/// When the data layer fails.
pub fn is_all_open_to(tx: &Tx, reader: &SignedIn, assignment: &Assignment) -> Result<bool, DbError> {
    Ok(!any(assignment, |case| Ok(!is_open_to(tx, reader, case)?))?)
}

fn any(assignment: &Assignment, is: impl Fn(CaseId) -> Result<bool, DbError>) -> Result<bool, DbError> {
    for subject in &assignment.subjects {
        if is(subject.case)? {
            return Ok(true);
        }
    }
    Ok(false)
}
