//! Holding what a phone has against what it should have.

use tingfang_core::record::document::ChangeHash;
use tingfang_core::sync::scope_digest::ScopeDigest;
use tingfang_core::sync::wire::SyncRequest;

use super::cursor::Place;
use super::{Sender, SyncDoor};
use crate::db::{DbError, Tx};
use crate::log;
use crate::store::change_log;
use crate::store::device::DeviceState;

impl SyncDoor {
    /// Whether a phone has something else than it should. Nothing when it does not ask, or when there is news
    /// for it: then it asks again.
    pub(super) fn compare(&self, sender: Sender<'_>, request: &SyncRequest) -> Result<Option<bool>, DbError> {
        let (Some(told), Some(cursor)) = (&request.digest, &request.cursor) else { return Ok(None) };
        if sender.device.state != DeviceState::Active {
            return Ok(None);
        }
        self.db.read(|tx| {
            let (_, log_epoch) = log::head(tx)?;
            let place = Place::from_token(cursor, &self.key);
            let place = place.filter(|at| at.log_epoch == log_epoch && at.person == sender.person);
            let Some(place) = place else { return Ok(None) };
            let expected = digest_at(tx, sender, &place)?;
            Ok(expected.map(|expected| expected != *told))
        })
    }
}

/// What a phone that has read up to a place has; nothing when a row that it had was replaced since, or when it
/// may have more: of what it has sent itself it hears by a verdict, which comes without a page while it is lost or
/// while it reads what is older.
fn digest_at(tx: &Tx, sender: Sender<'_>, place: &Place) -> Result<Option<ScopeDigest>, DbError> {
    let mut digest = ScopeDigest::default();
    let mut is_news = change_log::any_sent_after(tx, sender.device.id, place.read)?;
    log::for_each_row(tx, sender.person, |position, kind, key, body| {
        is_news |= position > place.read;
        digest.add_row(kind, key, body);
    })?;
    if is_news {
        return Ok(None);
    }
    change_log::for_each_in_view(tx, sender.person, place.read, |hash| digest.add_change(ChangeHash(hash)))?;
    Ok(Some(digest))
}
