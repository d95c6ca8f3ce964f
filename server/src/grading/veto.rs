//! 一票否决 rulings on vetoes: each continues the history of one veto.
//!
//! A veto is alleged by a record, or raised by hand, for instance after a complaint. Whoever rules
//! says which of them is meant; the newest ruling says how it stands (core `grading::veto`).

use tingfang_core::evidence::AllegationKey;
use tingfang_core::grading::{VetoRuling, VetoState};
use tingfang_core::id::{DocumentId, EntryId, RulingId, VetoId};
use tingfang_core::people::Subject;
use tingfang_core::record::scoresheet::VetoCode;

use super::decide::not_barred;
use super::{Actor, entry};
use crate::db::{DbError, Tx};
use crate::problem::Problem;
use crate::store::{document, legal_case, veto};

/// A ruling that somebody makes.
#[derive(Clone, Debug)]
pub struct NewRuling {
    /// Its id, freshly minted.
    pub id: RulingId,
    /// The veto's id in case it is a new one, freshly minted.
    pub fresh: VetoId,
    /// The case, and whose work.
    pub subject: Subject,
    /// Which veto.
    pub code: VetoCode,
    /// How it stands from now on.
    pub state: VetoState,
    /// What it rules on.
    pub on: RuledOn,
    /// In words.
    pub ground: String,
}

/// What a ruling rules on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RuledOn {
    /// The veto with this id, whose history it continues.
    Veto(VetoId),
    /// What a record alleges.
    Allegation {
        /// The record, or one that amends it.
        document: DocumentId,
        /// The entry in it.
        entry: Option<EntryId>,
    },
    /// Not said. `alleged` raises a new veto by hand; another state means the one veto of this code
    /// that was raised by hand and waits for a ruling.
    Unsaid,
}

/// Rules on a veto, or raises one that no record alleges.
///
/// # Errors
/// [`Problem::Invalid`] when it is not clear which veto is meant or a field does not fit,
/// [`Problem::Refused`] when the person is tied to the case.
pub fn rule_on_veto(tx: &Tx, wish: NewRuling, actor: Actor) -> Result<veto::Kept, Problem> {
    let Subject { case, undertaker } = wish.subject;
    not_barred(tx, case, actor)?;
    let found = legal_case::find(tx, case)?.ok_or(Problem::NotFound { what: "case" })?;
    if found.undertakers.iter().all(|part| part.undertaker != undertaker) {
        return Err(Problem::field("undertaker", "not_undertaking"));
    }
    if wish.ground.trim().is_empty() {
        return Err(Problem::field("ground", "empty"));
    }
    let known = veto::of_case(tx, case, undertaker)?;
    let (veto, answers) = which(tx, &wish, &known)?;
    let ruling = VetoRuling {
        ruling: wish.id,
        veto,
        code: wish.code,
        state: wish.state,
        answers,
        ground: wish.ground,
        ruled_at: actor.at,
    };
    let kept = veto::Kept { case, undertaker, ruling, ruled_by: actor.person };
    veto::insert(tx, &kept)?;
    entry::veto_ruling(tx, found.organisation, &kept, actor)?;
    Ok(kept)
}

/// The veto that a ruling continues or raises, and the allegation that it answers.
fn which(
    tx: &Tx,
    wish: &NewRuling,
    known: &[VetoRuling],
) -> Result<(VetoId, Option<AllegationKey>), Problem> {
    match wish.on {
        RuledOn::Veto(id) => {
            let one = known.iter().find(|ruling| ruling.veto == id);
            let one = one.ok_or_else(|| Problem::field("veto", "no_such_veto"))?;
            if one.code != wish.code {
                return Err(Problem::field("code", "other_veto"));
            }
            Ok((id, one.answers))
        }
        RuledOn::Allegation { document, entry } => {
            let document = first_of_case(tx, wish.subject, document)?
                .ok_or_else(|| Problem::field("document", "no_record_of_case"))?;
            let key = AllegationKey { code: wish.code, document, entry };
            let earlier = known.iter().find(|ruling| ruling.answers == Some(key));
            Ok((earlier.map_or(wish.fresh, |ruling| ruling.veto), Some(key)))
        }
        RuledOn::Unsaid if wish.state == VetoState::Alleged => Ok((wish.fresh, None)),
        RuledOn::Unsaid => match waiting(known, wish.code)[..] {
            [only] => Ok((only, None)),
            // A director may know already that it is so.
            [] if wish.state != VetoState::Rejected => Ok((wish.fresh, None)),
            [] => Err(Problem::field("veto", "no_such_veto")),
            _ => Err(Problem::field("veto", "which_veto")),
        },
    }
}

/// The vetoes of this code that were raised by hand and wait for a ruling.
fn waiting(known: &[VetoRuling], code: VetoCode) -> Vec<VetoId> {
    let mut newest: Vec<(VetoId, VetoState)> = Vec::new();
    // The oldest come first, so the last one of a veto is how it stands.
    for ruling in known.iter().filter(|ruling| ruling.code == code && ruling.answers.is_none()) {
        newest.retain(|(veto, _)| *veto != ruling.veto);
        newest.push((ruling.veto, ruling.state));
    }
    newest.retain(|(_, state)| state.is_pending());
    newest.into_iter().map(|(veto, _)| veto).collect()
}

/// The first record of the line of amendments in which this sealed record of the case stands: an
/// allegation keeps its name when the record that makes it is amended.
fn first_of_case(tx: &Tx, subject: Subject, wanted: DocumentId) -> Result<Option<DocumentId>, DbError> {
    let mut sealed = document::sealed_of_case(tx, subject.case)?;
    // What was erased by order is in no evidence: the line begins after it.
    sealed.retain(|row| row.erased_by.is_none());
    let row = |id: DocumentId| sealed.iter().find(|row| row.id == id);
    let mut first = row(wanted);
    while let Some(amended) = first.and_then(|row| row.amends).and_then(row) {
        first = Some(amended);
    }
    Ok(first.map(|row| row.id))
}
