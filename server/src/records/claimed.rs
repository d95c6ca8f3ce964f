//! What somebody says that a record is which the server does not know: believed in nothing, and enough to keep it from
//! those who could not read the record.

use tingfang_core::clock::LogPosition;
use tingfang_core::id::DocumentId;
use tingfang_core::sync::frame::{Claim, Item};

use super::held::sent;
use crate::db::{DbError, Tx};
use crate::store::{assignment, document, quarantine};

/// The record as its beginning claims it, which was sent and not accepted; nothing where none was, or where it names no
/// work that there is.
pub(super) fn record(tx: &Tx, id: DocumentId) -> Result<Option<document::Kept>, DbError> {
    for item in quarantine::not_accepted(tx, None, id)? {
        // A change has a hash, a beginning has none.
        if item.hash.is_some() {
            continue;
        }
        let Some(Item::Begin { kind, version, claim, .. }) = sent(tx, item.place)? else { continue };
        let mut claimed = document::Kept {
            id,
            kind,
            schema_version: version,
            assignment: claim.assignment(),
            case: None,
            undertaker: None,
            transcribed_for: None,
            writer: Some(item.person),
            amends: None,
            begun_by: item.person,
            begun_position: LogPosition(0),
            sealed_position: None,
            revision: 0,
            changed_at: item.received_at,
            erased_by: None,
        };
        match claim {
            Claim::Shared { .. } => claimed.writer = None,
            Claim::Own { case, undertaker, transcribed_for, .. } => {
                (claimed.case, claimed.undertaker) = (Some(case), Some(undertaker));
                claimed.transcribed_for = transcribed_for;
            }
            Claim::EachTime { case, undertaker, .. } => {
                (claimed.case, claimed.undertaker) = (case, undertaker);
            }
            // It is read like the record that it adds to.
            Claim::Amendment { of } | Claim::LateWork { of } => return document::find(tx, of),
            Claim::Unassigned => return Ok(None),
        }
        let Some(claims) = claimed.assignment else { continue };
        if assignment::find(tx, claims)?.is_some() {
            return Ok(Some(claimed));
        }
    }
    Ok(None)
}
