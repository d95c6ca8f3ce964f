//! 机构 organisations.

use tingfang_core::id::OrganisationId;
use tingfang_core::people::{Organisation, OrganisationLevel};

use crate::db::{DbError, Row, Tx};
use crate::params;

/// Adds an organisation, or brings the one with this id up to date.
pub fn save(tx: &Tx, organisation: &Organisation) -> Result<(), DbError> {
    tx.execute(
        "insert into organisation (organisation_id, name, level, parent_id, region_code)
         values (?1, ?2, ?3, ?4, ?5)
         on conflict (organisation_id) do update set
             name = excluded.name, level = excluded.level, parent_id = excluded.parent_id,
             region_code = excluded.region_code",
        params![
            organisation.id,
            &organisation.name,
            organisation.level.code(),
            organisation.parent,
            organisation.region_code.as_deref(),
        ],
    )?;
    Ok(())
}

/// The organisation with this id.
pub fn find(tx: &Tx, id: OrganisationId) -> Result<Option<Organisation>, DbError> {
    tx.query_one(
        "select organisation_id, name, level, parent_id, region_code from organisation where organisation_id = ?1",
        params![id],
        read,
    )
}

/// The organisation of this name.
pub fn by_name(tx: &Tx, name: &str) -> Result<Option<Organisation>, DbError> {
    tx.query_one(
        "select organisation_id, name, level, parent_id, region_code from organisation where name = ?1",
        params![name],
        read,
    )
}

/// Every organisation, by name. A tenant has at most some hundreds.
pub fn all(tx: &Tx) -> Result<Vec<Organisation>, DbError> {
    tx.query(
        "select organisation_id, name, level, parent_id, region_code from organisation
         order by name, organisation_id",
        &[],
        read,
    )
}

fn read(row: &Row) -> Result<Organisation, DbError> {
    Ok(Organisation {
        id: row.get("organisation_id")?,
        name: row.get("name")?,
        level: row.code("level", OrganisationLevel::from_code)?,
        parent: row.get("parent_id")?,
        region_code: row.get("region_code")?,
    })
}
