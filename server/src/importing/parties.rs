//! Providers and undertakers that rows name: found by their natural keys, made where they are new.

use tingfang_core::case::CaseUndertaker;
use tingfang_core::id::ProviderId;
use tingfang_core::people::{PanelState, Provider, ProviderKind, Undertaker, UndertakerKind};

use super::apply::Context;
use crate::db::{DbError, Tx};
use crate::exchange::UndertakerEntry;
use crate::exchange::columns::code_by_name;
use crate::store::{provider, undertaker};

/// The provider of this name.
pub(super) fn provider(
    tx: &Tx,
    context: &Context,
    name: &str,
    kind: Option<ProviderKind>,
) -> Result<ProviderId, DbError> {
    if let Some(found) = provider::by_name(tx, name)? {
        let kind = kind.unwrap_or(found.kind);
        if kind != found.kind {
            provider::save(tx, &Provider { kind, ..found.clone() })?;
        }
        return Ok(found.id);
    }
    let told = || code_by_name(ProviderKind::NAME, name).and_then(ProviderKind::from_code);
    let fresh = Provider {
        id: context.minter.mint(),
        name: name.to_owned(),
        kind: kind.or_else(told).unwrap_or(ProviderKind::LawFirm),
        on_panel: true,
    };
    provider::save(tx, &fresh)?;
    Ok(fresh.id)
}

/// The undertaker of an entry, with the provider that the case was assigned to.
pub(super) fn undertaker(
    tx: &Tx,
    context: &Context,
    entry: &UndertakerEntry,
) -> Result<CaseUndertaker, DbError> {
    let provider = provider(tx, context, &entry.provider, entry.provider_kind)?;
    let wanted = match undertaker::by_licence(tx, &entry.licence_no)? {
        Some(found) => {
            let wanted = Undertaker {
                name: entry.name.clone(),
                provider,
                kind: entry.kind.unwrap_or(found.kind),
                practice_since: entry.practice_since.or(found.practice_since),
                ..found.clone()
            };
            if wanted == found {
                return Ok(CaseUndertaker { undertaker: found.id, provider });
            }
            wanted
        }
        None => Undertaker {
            id: context.minter.mint(),
            name: entry.name.clone(),
            licence_no: entry.licence_no.clone(),
            provider,
            kind: entry.kind.unwrap_or(UndertakerKind::Lawyer),
            practice_since: entry.practice_since,
            panel_state: PanelState::Active,
        },
    };
    undertaker::save(tx, &wanted)?;
    Ok(CaseUndertaker { undertaker: wanted.id, provider })
}
