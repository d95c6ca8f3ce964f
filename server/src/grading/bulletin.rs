//! 通报: freezing what is published of a round.

use serde_json::json;
use tingfang_core::consequence::bulletin::{self, Bulletin, GradedWork, Remarks, Results};
use tingfang_core::grading::DecisionState;

use super::Actor;
use crate::db::{DbError, Tx};
use crate::log;
use crate::problem::{FieldProblem, Problem};
use crate::store::ledger::{self, NewEntry};
use crate::store::round::{self, Kept};
use crate::store::{audit_log, decision, provider, server_key, undertaker};

/// The kind of entry that a bulletin is.
const KIND: &str = "bulletin";

/// A bulletin with its entry of the ledger.
#[derive(Clone, Debug)]
pub struct Published {
    /// The entry's number.
    pub number: u64,
    /// The entry.
    pub entry: ledger::Entry,
    /// What it says.
    pub bulletin: Bulletin,
}

/// Freezes a bulletin on a round: its numbers are those of the final grades now, and do not change any more.
///
/// # Errors
/// [`Problem::Invalid`] without a title, [`Problem::Refused`] while no grade of the round is final.
pub fn publish(
    tx: &Tx,
    held: &Kept,
    (title, remarks): (&str, Remarks),
    actor: Actor,
) -> Result<Published, Problem> {
    if title.trim().is_empty() {
        return Err(Problem::field("title", "empty"));
    }
    let (works, not_final) = final_works(tx, held)?;
    let Some(results) = Results::of(&works) else {
        return Err(Problem::Refused(vec![FieldProblem::new("round", "nothing_final")]));
    };
    let (_, epoch) = log::head(tx)?;
    let checkpoint = audit_log::checkpoint(tx, epoch, &server_key::signer(tx)?)?;
    let bulletin = Bulletin {
        title: title.trim().to_owned(),
        round: held.name.clone(),
        not_final,
        by_body: bulletin::by_body(&works),
        results,
        remarks,
        checkpoint: checkpoint.to_string(),
    };
    let body = json!({ "round": held.id, "bulletin": bulletin });
    let (organisation, at, by) = (held.organisation, actor.at, actor.person);
    let number = ledger::append(tx, NewEntry { kind: KIND, organisation, body, rows: Vec::new(), at, by })?;
    find(tx, number)?.ok_or(Problem::NotFound { what: "bulletin" })
}

/// The bulletin with this number of the ledger; nothing when the entry is another.
///
/// # Errors
/// When the data layer fails, or the entry cannot be read.
pub fn find(tx: &Tx, number: u64) -> Result<Option<Published>, DbError> {
    let Some(entry) = ledger::find(tx, number)?.filter(|entry| entry.kind == KIND) else { return Ok(None) };
    let mut body: serde_json::Value =
        serde_json::from_str(&entry.body).map_err(|error| DbError::damaged("a bulletin", &error))?;
    let bulletin = serde_json::from_value(body["bulletin"].take())
        .map_err(|error| DbError::damaged("a bulletin", &error))?;
    Ok(Some(Published { number, entry, bulletin }))
}

/// The works whose newest decision is final, and how many others there are.
fn final_works(tx: &Tx, held: &Kept) -> Result<(Vec<GradedWork>, u64), DbError> {
    let (mut works, mut not_final) = (Vec::new(), 0);
    for subject in round::cases(tx, held.id)? {
        let newest = decision::newest(tx, held.id, subject.case, subject.undertaker)?;
        let Some(decided) = newest.filter(|decided| decided.state == DecisionState::Final) else {
            not_final += 1;
            continue;
        };
        let undertaker = undertaker::find(tx, subject.undertaker)?;
        let body =
            undertaker.map(|undertaker| provider::find(tx, undertaker.provider)).transpose()?.flatten();
        let body = body.map(|body| body.name).unwrap_or_default();
        works.push(GradedWork { body, grade: decided.outcome.grade, score: decided.outcome.score });
    }
    Ok((works, not_final))
}
