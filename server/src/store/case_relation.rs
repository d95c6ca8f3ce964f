//! Declared relations of people to cases. Relation wins over role (DESIGN invariant 15).

use tingfang_core::clock::{LogPosition, Moment};
use tingfang_core::id::{CaseId, PersonId};
use tingfang_core::people::{CaseTies, RelationGround};

use super::legal_case;
use crate::db::{DbError, Tx};
use crate::{log, params};

/// Declares that a person is related to a case, or corrects why.
pub fn declare(
    tx: &Tx,
    case: CaseId,
    person: PersonId,
    ground: RelationGround,
    declared_by: Option<PersonId>,
    now: Moment,
) -> Result<(), DbError> {
    let position = log::next_position(tx)?;
    tx.execute(
        "insert into case_relation (legal_case_id, person_id, ground, declared_at, declared_by, added_seq)
         values (?1, ?2, ?3, ?4, ?5, ?6)
         on conflict (legal_case_id, person_id) do update set
             ground = excluded.ground, declared_at = excluded.declared_at,
             declared_by = excluded.declared_by",
        params![case, person, ground.code(), now, declared_by, position],
    )?;
    Ok(())
}

/// Who is related to a case by declaration, and why.
pub fn of_case(tx: &Tx, case: CaseId) -> Result<Vec<(PersonId, RelationGround)>, DbError> {
    of_case_at(tx, case, LogPosition(u64::MAX))
}

/// Who was related to a case by declaration at a position of the log.
fn of_case_at(
    tx: &Tx,
    case: CaseId,
    position: LogPosition,
) -> Result<Vec<(PersonId, RelationGround)>, DbError> {
    tx.query(
        "select person_id, ground from case_relation where legal_case_id = ?1 and added_seq <= ?2
         order by person_id",
        params![case, position],
        |row| Ok((row.get("person_id")?, row.code("ground", RelationGround::from_code)?)),
    )
}

/// Everything that ties a case to people: undertakers, their providers of then and now, declarations.
/// Nothing when there is no such case.
pub fn ties(tx: &Tx, case: CaseId) -> Result<Option<CaseTies>, DbError> {
    ties_at(tx, case, LogPosition(u64::MAX))
}

/// What tied a case to people at a position of the log. Undertakers and providers are those of now:
/// they tied the people whenever they come to be known.
pub fn ties_at(tx: &Tx, case: CaseId, position: LogPosition) -> Result<Option<CaseTies>, DbError> {
    let Some(found) = legal_case::find(tx, case)? else { return Ok(None) };
    let providers_now = tx.query(
        "select undertaker.provider_id as provider_id
         from case_undertaker join undertaker on undertaker.undertaker_id = case_undertaker.undertaker_id
         where case_undertaker.legal_case_id = ?1",
        params![case],
        |row| row.get("provider_id"),
    )?;
    Ok(Some(found.ties(providers_now, of_case_at(tx, case, position)?)))
}
