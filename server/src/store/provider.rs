//! 承办单位 providers.

use tingfang_core::id::ProviderId;
use tingfang_core::people::{Provider, ProviderKind};

use super::filter::Filter;
use crate::db::{DbError, Row, Tx};
use crate::exchange::key::name_key;
use crate::params;

/// Adds a provider, or brings the one with this id up to date.
pub fn save(tx: &Tx, provider: &Provider) -> Result<(), DbError> {
    tx.execute(
        "insert into provider (provider_id, name, name_key, kind, on_panel) values (?1, ?2, ?3, ?4, ?5)
         on conflict (provider_id) do update set
             name = excluded.name, name_key = excluded.name_key, kind = excluded.kind, on_panel = excluded.on_panel",
        params![provider.id, &provider.name, name_key(&provider.name), provider.kind.code(), provider.on_panel],
    )?;
    Ok(())
}

/// The provider with this id.
pub fn find(tx: &Tx, id: ProviderId) -> Result<Option<Provider>, DbError> {
    tx.query_one(
        "select provider_id, name, kind, on_panel from provider where provider_id = ?1",
        params![id],
        read,
    )
}

/// The provider of this name, the natural key, however it is written.
pub fn by_name(tx: &Tx, name: &str) -> Result<Option<Provider>, DbError> {
    tx.query_one(
        "select provider_id, name, kind, on_panel from provider where name_key = ?1",
        params![name_key(name)],
        read,
    )
}

/// One page of providers, by name.
pub fn page(tx: &Tx, after: Option<&(String, ProviderId)>, limit: u32) -> Result<Vec<Provider>, DbError> {
    let mut filter = Filter::default();
    filter.after("name", "provider_id", after.map(|(name, id)| (name.into(), (*id).into())));
    tx.query(
        &filter.select("select provider_id, name, kind, on_panel from provider", "name, provider_id", limit),
        filter.values(),
        read,
    )
}

fn read(row: &Row) -> Result<Provider, DbError> {
    Ok(Provider {
        id: row.get("provider_id")?,
        name: row.get("name")?,
        kind: row.code("kind", ProviderKind::from_code)?,
        on_panel: row.get("on_panel")?,
    })
}
