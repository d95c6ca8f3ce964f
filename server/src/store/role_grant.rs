//! Roles that people hold or held in organisations, with their spans in the log.

use tingfang_core::clock::{LogPosition, Span};
use tingfang_core::id::{OrganisationId, PersonId};
use tingfang_core::people::{Role, RoleGrant};

use crate::db::{DbError, Row, Tx};
use crate::{log, params};

const SELECT: &str = "select person_id, organisation_id, role, added_seq, removed_seq from role_grant";

/// Gives a role from now on. False when the person holds it already.
pub fn add(tx: &Tx, person: PersonId, organisation: OrganisationId, role: Role) -> Result<bool, DbError> {
    let held = tx.query_one(
        &format!(
            "{SELECT} where person_id = ?1 and organisation_id = ?2 and role = ?3 and removed_seq is null"
        ),
        params![person, organisation, role.code()],
        read,
    )?;
    if held.is_some() {
        return Ok(false);
    }
    let position = log::next_position(tx)?;
    tx.execute(
        "insert into role_grant (person_id, organisation_id, role, added_seq) values (?1, ?2, ?3, ?4)",
        params![person, organisation, role.code(), position],
    )?;
    Ok(true)
}

/// Takes a role away from now on. False when the person does not hold it.
pub fn remove(tx: &Tx, person: PersonId, organisation: OrganisationId, role: Role) -> Result<bool, DbError> {
    let position = log::next_position(tx)?;
    let ended = tx.execute(
        "update role_grant set removed_seq = ?4
         where person_id = ?1 and organisation_id = ?2 and role = ?3 and removed_seq is null",
        params![person, organisation, role.code(), position],
    )?;
    Ok(ended > 0)
}

/// The newest position at which anything about the writer's rights changed. When it moves between
/// judging and committing, the frame is judged again.
pub fn rights_position(tx: &Tx, person: PersonId) -> Result<u64, DbError> {
    let newest = tx.query_one(
        "select max(seq) as seq from (
             select max(added_seq) as seq from role_grant where person_id = ?1
             union all select max(removed_seq) from role_grant where person_id = ?1
             union all select max(added_seq) from assignment_member where person_id = ?1
             union all select max(removed_seq) from assignment_member where person_id = ?1
             union all select max(added_seq) from case_relation where person_id = ?1
             union all select max(assignment.closed_seq) from assignment
                 join assignment_member on assignment_member.assignment_id = assignment.assignment_id
                 where assignment_member.person_id = ?1) as rights",
        params![person],
        |row| row.get::<Option<u64>>("seq"),
    )?;
    Ok(newest.flatten().unwrap_or(0))
}

/// Every role that the person holds or held.
pub fn of_person(tx: &Tx, person: PersonId) -> Result<Vec<RoleGrant>, DbError> {
    tx.query(&format!("{SELECT} where person_id = ?1 order by added_seq"), params![person], read)
}

/// The roles that the person holds now.
pub fn held(tx: &Tx, person: PersonId) -> Result<Vec<RoleGrant>, DbError> {
    tx.query(
        &format!("{SELECT} where person_id = ?1 and removed_seq is null order by added_seq"),
        params![person],
        read,
    )
}

/// Everybody who holds this role in the organisation now.
pub fn holders(tx: &Tx, organisation: OrganisationId, role: Role) -> Result<Vec<PersonId>, DbError> {
    tx.query(
        "select person_id from role_grant
         where organisation_id = ?1 and role = ?2 and removed_seq is null order by added_seq",
        params![organisation, role.code()],
        |row| row.get("person_id"),
    )
}

fn read(row: &Row) -> Result<RoleGrant, DbError> {
    Ok(RoleGrant {
        person: row.get("person_id")?,
        organisation: row.get("organisation_id")?,
        role: row.code("role", Role::from_code)?,
        span: Span { from: row.get("added_seq")?, until: row.get::<Option<LogPosition>>("removed_seq")? },
    })
}
