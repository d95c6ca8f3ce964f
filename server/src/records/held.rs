//! Who decides on what was held, and what ends without a decision.

use tingfang_core::id::{OrganisationId, QuarantineId};
use tingfang_core::people::Role;
use tingfang_core::policy::RECORD_SEALED;
use tingfang_core::sync::frame::{Frame, Item};
use tingfang_core::text::{Bilingual, Language, label};

use super::{manages, may_read_refused, unlinked};
use crate::case_access::is_related_to_any;
use crate::db::{DbError, Tx};
use crate::identity::SignedIn;
use crate::problem::{FieldProblem, Problem};
use crate::store::quarantine::Kept;
use crate::store::{assignment, document, frame, held_decision, quarantine};

/// Rules whose holding ends in another way: a newer server knows the schema, a manager links the record,
/// an amendment says what came too late for the seal.
pub const ENDS_OTHERWISE: &[&str] = &["newer_schema", unlinked::RULE, RECORD_SEALED];

/// The item that somebody may decide on, and in whose ledger: who manages the organisation of its record
/// does, is not related to its case, and did not send it.
///
/// # Errors
/// [`Problem::NotFound`] for what does not exist or may not be seen, [`Problem::NotAllowed`] for who does
/// not manage it, [`Problem::Exists`] for what is decided, [`Problem::Refused`] where there is nothing to
/// decide.
pub fn decidable(tx: &Tx, reader: &SignedIn, id: QuarantineId) -> Result<(Kept, OrganisationId), Problem> {
    let not_there = Problem::NotFound { what: "refused_item" };
    let Some(kept) = quarantine::find(tx, id)? else { return Err(not_there) };
    if !may_read_refused(tx, reader, &kept)? {
        return Err(not_there);
    }
    let organisation = match document::find(tx, kept.document)? {
        Some(record) => manages(tx, reader, &record)?,
        None => managed_by_claim(tx, reader, &kept)?,
    };
    if kept.person == reader.person {
        return Err(not_there);
    }
    if held_decision::of_item(tx, id)?.is_some() {
        return Err(Problem::Exists { what: "held_decision" });
    }
    if kept.verdict != "held" || kept.accepted_position.is_some() {
        return Err(Problem::Refused(vec![FieldProblem::new("item", "not_held")]));
    }
    if ENDS_OTHERWISE.contains(&kept.rule.as_str()) {
        return Err(Problem::Refused(vec![FieldProblem::new("item", "ends_otherwise")]));
    }
    Ok((kept, organisation))
}

/// A rule stands against what a person would let in.
pub fn refused_by(rule: &str) -> Problem {
    let said = |language| label(language, "rule", rule).unwrap_or(rule).to_owned();
    let text = Bilingual { zh: said(Language::Zh), en: said(Language::En) };
    Problem::Refused(vec![FieldProblem::said("item", "rule_stands", text)])
}

/// The item as it was sent; nothing when its frame is not there.
///
/// # Errors
/// When the data layer fails.
pub fn sent(tx: &Tx, (device, epoch, number, index): frame::ItemPlace) -> Result<Option<Item>, DbError> {
    let kept = frame::find(tx, device, epoch, number)?;
    let frame = kept.and_then(|kept| Frame::from_bytes(&kept.bytes).ok());
    Ok(frame.and_then(|frame| frame.items.into_iter().nth(index)))
}

/// The organisation of the assignment that a record or a report claims to answer, which the server does
/// not have yet.
fn managed_by_claim(tx: &Tx, reader: &SignedIn, kept: &Kept) -> Result<OrganisationId, Problem> {
    let claimed = match sent(tx, kept.place)? {
        Some(Item::TaskReport { command }) => Some(command.assignment),
        Some(Item::Begin { claim, .. }) => claim.assignment(),
        // What rests on a beginning that is held comes in with it.
        _ => None,
    };
    let Some(kept) = claimed.map(|id| assignment::find(tx, id)).transpose()?.flatten() else {
        return Err(Problem::Refused(vec![FieldProblem::new("item", "ends_otherwise")]));
    };
    reader.require_in(kept.assignment.organisation, &[Role::Manager])?;
    if is_related_to_any(tx, reader, &kept.assignment)? {
        return Err(Problem::NotFound { what: "refused_item" });
    }
    Ok(kept.assignment.organisation)
}
