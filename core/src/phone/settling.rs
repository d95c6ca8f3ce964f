//! Settling items: what the server says of each, at once or later, and what that means for the record.

use super::PhoneError;
use super::pulling::Progress;
use super::store::item::{self, ItemPlace, SentItem};
use super::store::{Tx, change, document};
use crate::clock::LogPosition;
use crate::id::DeviceId;
use crate::sync::copies::CAME_IN_BEFORE;
use crate::sync::verdict::Verdict;
use crate::sync::wire::Row;

/// A copy of what another device had written, as the outbox names it.
pub(super) const WITNESS: &str = "witness";

/// The verdict on an item of a frame.
pub(super) fn apply_verdict(
    tx: &Tx<'_>,
    place: ItemPlace,
    verdict: &Verdict,
    progress: &mut Progress,
) -> Result<(), PhoneError> {
    let Some(sent) = item::at(tx, place)? else { return Ok(()) };
    if sent.kind == WITNESS {
        // It is handed in. What becomes of it is no matter of who has handed it in.
        return item::settle(tx, sent.number, "accepted", "", None);
    }
    if verdict.is_stored() {
        progress.stored += 1;
    } else if !matches!(verdict, Verdict::Blocked { .. }) && sent.status == "framed" {
        // What is said again is no news.
        progress.not_accepted += 1;
    }
    settle(tx, &sent, verdict)
}

/// What became of an item after its frame was answered: it came in after all, or a person has decided
/// that it stays out, and says why.
pub(super) fn apply_late_verdict(
    tx: &Tx<'_>,
    own: DeviceId,
    row: &Row,
    now_millis: i64,
) -> Result<(), PhoneError> {
    let body: serde_json::Value = serde_json::from_str(&row.body).unwrap_or_default();
    let number = |key: &str| body.get(key).and_then(serde_json::Value::as_u64);
    if let Some((document, assignment)) = id_in(&body, "record").zip(id_in(&body, "assignment")) {
        document::link(tx, document, assignment, (id_in(&body, "case"), id_in(&body, "undertaker")))?;
    }
    let (Some(epoch), Some(frame), Some(index)) = (number("epoch"), number("frame"), number("item")) else {
        return Ok(());
    };
    let (Ok(epoch), Ok(index)) = (u32::try_from(epoch), usize::try_from(index)) else { return Ok(()) };
    // Another phone of the same person hears of it too.
    if id_in(&body, "device") != Some(own) {
        return Ok(());
    }
    let Some(sent) = item::at(tx, ItemPlace { epoch, frame, index })? else { return Ok(()) };
    // A copy of this phone may have sent something else under the number.
    let change = body.get("change").and_then(serde_json::Value::as_str);
    if sent.hash.map(|hash| hash.to_string()).as_deref() != change
        || id_in(&body, "record") != Some(sent.document)
    {
        return Ok(());
    }
    let text = |key: &str| body.get(key).and_then(serde_json::Value::as_str);
    let rule = text("rule").unwrap_or("decided_against").to_owned();
    match number("position") {
        Some(position) => {
            document::set_stale(tx, sent.document, now_millis)?;
            settle(tx, &sent, &Verdict::Accepted { position: LogPosition(position) })
        }
        // The row has the reason in words.
        None => match (text("verdict"), id_in(&body, "quarantine")) {
            (Some("refused"), Some(quarantine)) => settle(tx, &sent, &Verdict::Refused { quarantine, rule }),
            (Some("held"), Some(quarantine)) => settle(tx, &sent, &Verdict::Held { quarantine, rule }),
            (Some("malformed"), Some(quarantine)) => {
                settle(tx, &sent, &Verdict::Malformed { quarantine, code: rule })
            }
            _ => {
                // What it says is there otherwise, also where it still waited for something.
                if let Some(hash) = sent.hash.filter(|_| rule == CAME_IN_BEFORE) {
                    change::settle(tx, sent.document, hash, "refused", None)?;
                }
                item::decide_against(tx, sent.number, &rule)?;
                give_up_if_copied(tx, &sent, Some(&rule))
            }
        },
    }
}

fn id_in<T: std::str::FromStr>(body: &serde_json::Value, key: &str) -> Option<T> {
    body.get(key)?.as_str()?.parse().ok()
}

fn settle(tx: &Tx<'_>, sent: &SentItem, verdict: &Verdict) -> Result<(), PhoneError> {
    let status = if verdict.is_stored() { "accepted" } else { verdict.name() };
    if let (Verdict::Blocked { .. }, Some(hash)) = (verdict, sent.hash)
        && change::is_given_up(tx, sent.document, hash)?
    {
        // A server that was put back knows nothing of its verdict. On the phone it waits for nothing any more,
        // and stays listed with what stood against it, until it or a copy of it comes in.
        return give_up_if_copied(tx, sent, None);
    }
    if verdict.is_stored() {
        // The record may have been reopened without it meanwhile; then it stands in it again.
        item::take_up(tx, sent.number)?;
        if let Some(hash) = sent.hash {
            if change::take_up(tx, sent.document, hash)? {
                document::set_unseen(tx, sent.document)?;
            }
            item::give_up_copies(tx, sent.document, hash)?;
        }
    }
    let blocked_by = if let Verdict::Blocked { by } = verdict { Some(*by) } else { None };
    item::settle(tx, sent.number, status, verdict.reason().unwrap_or(""), blocked_by)?;
    match (sent.kind.as_str(), verdict) {
        // A seal that was given again takes the place of the one that was not accepted.
        ("seal", verdict) if verdict.is_stored() => {
            item::supersede_seals(tx, sent.document)?;
        }
        ("seal", Verdict::Blocked { .. }) => {}
        // The record is open again, and its owner is asked to look and to seal anew.
        ("seal", _) => document::set_unsealed(tx, sent.document)?,
        _ => {}
    }
    let Some(hash) = sent.hash else { return Ok(()) };
    let position = match verdict {
        Verdict::Accepted { position } | Verdict::Duplicate { position } => Some(*position),
        _ => None,
    };
    change::settle(tx, sent.document, hash, status, position)?;
    if verdict.is_stored() { Ok(()) } else { give_up_if_copied(tx, sent, verdict.reason()) }
}

/// What is not accepted and came in otherwise is nothing to be told of.
fn give_up_if_copied(tx: &Tx<'_>, sent: &SentItem, rule: Option<&str>) -> Result<(), PhoneError> {
    match sent.hash {
        // The server knows of copies that were written before this phone's data was put back.
        Some(_) if rule == Some(CAME_IN_BEFORE) => item::give_up(tx, sent.number),
        Some(hash) if item::came_in_otherwise(tx, sent.document, hash)? => item::give_up(tx, sent.number),
        _ => Ok(()),
    }
}
