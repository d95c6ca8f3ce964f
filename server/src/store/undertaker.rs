//! 承办人 undertakers.

use tingfang_core::id::{ProviderId, UndertakerId};
use tingfang_core::people::{PanelState, Undertaker, UndertakerKind};

use super::filter::Filter;
use crate::db::{DbError, Row, Tx};
use crate::exchange::key::number_key;
use crate::params;

const SELECT: &str = "select undertaker_id, name, licence_no, provider_id, kind, practice_since, panel_state
    from undertaker";

/// Adds an undertaker, or brings the one with this id up to date.
pub fn save(tx: &Tx, undertaker: &Undertaker) -> Result<(), DbError> {
    tx.execute(
        "insert into undertaker
             (undertaker_id, name, licence_no, licence_key, provider_id, kind, practice_since, panel_state)
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
         on conflict (undertaker_id) do update set
             name = excluded.name, licence_no = excluded.licence_no,
             licence_key = excluded.licence_key, provider_id = excluded.provider_id,
             kind = excluded.kind, practice_since = excluded.practice_since,
             panel_state = excluded.panel_state",
        params![
            undertaker.id,
            &undertaker.name,
            &undertaker.licence_no,
            number_key(&undertaker.licence_no),
            undertaker.provider,
            undertaker.kind.code(),
            undertaker.practice_since,
            undertaker.panel_state.code(),
        ],
    )?;
    Ok(())
}

/// The undertaker with this id.
pub fn find(tx: &Tx, id: UndertakerId) -> Result<Option<Undertaker>, DbError> {
    tx.query_one(&format!("{SELECT} where undertaker_id = ?1"), params![id], read)
}

/// The undertaker with this licence, the natural key.
pub fn by_licence(tx: &Tx, licence_no: &str) -> Result<Option<Undertaker>, DbError> {
    tx.query_one(&format!("{SELECT} where licence_key = ?1"), params![number_key(licence_no)], read)
}

/// One page of undertakers, by name.
pub fn page(
    tx: &Tx,
    provider: Option<ProviderId>,
    search: Option<&str>,
    after: Option<&(String, UndertakerId)>,
    limit: u32,
) -> Result<Vec<Undertaker>, DbError> {
    let mut filter = Filter::default();
    filter.equals("provider_id", provider);
    filter.contains(&["name", "licence_no"], search);
    filter.after("name", "undertaker_id", after.map(|(name, id)| (name.into(), (*id).into())));
    tx.query(&filter.select(SELECT, "name, undertaker_id", limit), filter.values(), read)
}

fn read(row: &Row) -> Result<Undertaker, DbError> {
    Ok(Undertaker {
        id: row.get("undertaker_id")?,
        name: row.get("name")?,
        licence_no: row.get("licence_no")?,
        provider: row.get("provider_id")?,
        kind: row.code("kind", UndertakerKind::from_code)?,
        practice_since: row.get("practice_since")?,
        panel_state: row.code("panel_state", PanelState::from_code)?,
    })
}
