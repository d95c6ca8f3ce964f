//! The tenant: the top authority of this deployment. There is one.

use tingfang_core::clock::Moment;
use tingfang_core::id::TenantId;

use crate::db::{DbError, Tx};
use crate::params;

/// The top authority.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tenant {
    /// Its id.
    pub id: TenantId,
    /// Its name.
    pub name: String,
}

/// Adds the tenant.
pub fn insert(tx: &Tx, tenant: &Tenant, now: Moment) -> Result<(), DbError> {
    tx.execute(
        "insert into tenant (tenant_id, name, created_at) values (?1, ?2, ?3)",
        params![tenant.id, &tenant.name, now],
    )?;
    Ok(())
}

/// The tenant; nothing before the data folder was initialised.
pub fn find(tx: &Tx) -> Result<Option<Tenant>, DbError> {
    tx.query_one("select tenant_id, name from tenant order by created_at limit 1", &[], |row| {
        Ok(Tenant { id: row.get("tenant_id")?, name: row.get("name")? })
    })
}
