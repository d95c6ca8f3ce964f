//! Taking the server's answer: verdicts, rows and changes, stored in one transaction with the
//! token that says how far the phone has read.

use rusqlite::{OptionalExtension, Transaction};

use super::store::{ChangeDetails, drop_setting, failed, insert_change, set_setting, setting};
use super::{Phone, PhoneError};
use crate::id::DocumentId;
use crate::record::document::RawChange;
use crate::sync::gate::claimed_hash;
use crate::sync::verdict::Verdict;
use crate::sync::wire::{self, FrameRejection, PulledDocument, Row, SyncResponse};

/// How far a sync has come.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Progress {
    /// Whether another request should follow at once.
    pub more: bool,
    /// Items that the server now holds in its log.
    pub stored: usize,
    /// Items that were refused, held or malformed.
    pub not_accepted: usize,
    /// Changes that came from the server.
    pub pulled: usize,
    /// Frames that the server did not take, with the code of each reason.
    pub rejected: Vec<String>,
    /// Records that were reopened from their accepted heads.
    pub reopened: usize,
    /// How long the server asks to wait, in seconds.
    pub retry_after_s: Option<u32>,
}

impl Phone {
    /// Takes the answer to the last request.
    ///
    /// # Errors
    /// When the answer is not the enrolled server's or not to this request, or the store fails;
    /// then nothing of it is kept, and the request can be made again.
    pub fn take_response(&mut self, bytes: &[u8]) -> Result<Progress, PhoneError> {
        let bad = |reason: String| PhoneError::BadResponse { reason };
        let response =
            wire::decode_response(bytes, &self.profile.server).map_err(|error| bad(error.to_string()))?;
        if setting(self.store.reader(), "last_request")?.as_deref() != Some(&response.answers) {
            return Err(bad("it answers another request".to_owned()));
        }
        response.beacon.verify(&self.profile.server).map_err(|error| bad(error.to_string()))?;
        let mut progress = self.apply(&response)?;
        if response.page.is_none() {
            progress.reopened = self.reopen_where_needed()?;
        }
        progress.more = response.page.is_some() || response.restart || self.has_work(&response.rejections)?;
        Ok(progress)
    }

    fn apply(&mut self, response: &SyncResponse) -> Result<Progress, PhoneError> {
        let epoch = self.secrets.epoch;
        let now = self.clock.now().as_millis();
        self.store.write("storing the server's answer", |tx| {
            let mut progress = Progress { retry_after_s: response.retry_after_s, ..Progress::default() };
            for answered in &response.verdicts {
                for (index, verdict) in answered.verdicts.iter().enumerate() {
                    apply_verdict(tx, (epoch, answered.number, index), verdict, &mut progress)?;
                }
                answer_frame(tx, epoch, answered.number)?;
            }
            progress.rejected = response.rejections.iter().map(|rejection| rejection.code.clone()).collect();
            resend_after(tx, epoch, response.last_frame.number)?;
            for row in &response.rows {
                store_row(tx, row)?;
                if row.kind == "verdict" {
                    apply_late_verdict(tx, row)?;
                }
            }
            for pulled in &response.documents {
                progress.pulled += store_document(tx, pulled, &response.writers, now)?;
            }
            for document in &response.leave {
                leave(tx, *document)?;
            }
            store_tokens(tx, response)?;
            Ok(progress)
        })
    }

    fn has_work(&self, rejections: &[FrameRejection]) -> Result<bool, PhoneError> {
        if !rejections.is_empty() {
            return Ok(false);
        }
        let connection = self.store.reader();
        connection
            .query_row(
                "select exists (select 1 from item where status = 'draft')
                     or exists (select 1 from frame where state = 'waiting')",
                [],
                |row| row.get(0),
            )
            .map_err(failed("looking for more to send"))
    }
}

fn store_tokens(tx: &Transaction<'_>, response: &SyncResponse) -> Result<(), PhoneError> {
    let beacon = minicbor::to_vec(&response.beacon).expect("encoding into memory cannot fail");
    set_setting(tx, "beacon", &beacon)?;
    set_setting(tx, "log_epoch", response.log_epoch.as_bytes())?;
    if response.restart {
        drop_setting(tx, "cursor")?;
        return drop_setting(tx, "page");
    }
    match (&response.page, &response.cursor) {
        (Some(page), _) => set_setting(tx, "page", &page.0),
        (None, Some(cursor)) => {
            set_setting(tx, "cursor", &cursor.0)?;
            set_setting(tx, "synced_at", &response.beacon.at.as_millis().to_le_bytes())?;
            drop_setting(tx, "page")
        }
        (None, None) => Ok(()),
    }
}

type ItemPlace = (u32, u64, usize);

fn apply_verdict(
    tx: &Transaction<'_>,
    (epoch, number, index): ItemPlace,
    verdict: &Verdict,
    progress: &mut Progress,
) -> Result<(), PhoneError> {
    let doing = "storing a verdict";
    let found: Option<(i64, Vec<u8>, Option<[u8; 32]>)> = tx
        .prepare_cached(
            "select item_no, document_id, hash from item
             where epoch = ?1 and frame_number = ?2 and frame_index = ?3",
        )
        .and_then(|mut statement| {
            statement
                .query_row(
                    rusqlite::params![epoch, number, i64::try_from(index).unwrap_or(i64::MAX)],
                    |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
                )
                .optional()
        })
        .map_err(failed(doing))?;
    let Some((item_no, document, hash)) = found else { return Ok(()) };
    if verdict.is_stored() {
        progress.stored += 1;
    } else if !matches!(verdict, Verdict::Blocked { .. }) {
        progress.not_accepted += 1;
    }
    settle(tx, item_no, &document, hash, verdict)
}

/// A verdict that changed after its frame was answered: a blocked change whose blocker came.
fn apply_late_verdict(tx: &Transaction<'_>, row: &Row) -> Result<(), PhoneError> {
    let doing = "storing a late verdict";
    let body: serde_json::Value = serde_json::from_str(&row.body).unwrap_or_default();
    let position = body.get("position").and_then(serde_json::Value::as_u64);
    let hash = body.get("hash").and_then(|hash| parse_hash(hash.as_str()?));
    let (Some(position), Some(hash)) = (position, hash) else { return Ok(()) };
    let found: Option<(i64, Vec<u8>)> = tx
        .query_row(
            "select item_no, document_id from item where hash = ?1 and status = 'blocked'",
            [hash],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .optional()
        .map_err(failed(doing))?;
    let Some((item_no, document)) = found else { return Ok(()) };
    let verdict = Verdict::Accepted { position: crate::clock::LogPosition(position) };
    settle(tx, item_no, &document, Some(hash), &verdict)
}

fn parse_hash(text: &str) -> Option<[u8; 32]> {
    let bytes = (0..32).map(|i| u8::from_str_radix(text.get(2 * i..2 * i + 2)?, 16).ok());
    bytes.collect::<Option<Vec<u8>>>()?.try_into().ok()
}

fn settle(
    tx: &Transaction<'_>,
    item_no: i64,
    document: &[u8],
    hash: Option<[u8; 32]>,
    verdict: &Verdict,
) -> Result<(), PhoneError> {
    let doing = "storing a verdict";
    let status = if verdict.is_stored() { "accepted" } else { verdict.name() };
    let blocked_by = if let Verdict::Blocked { by } = verdict { Some(by.0) } else { None };
    tx.prepare_cached(
        "update item set status = ?2, reason = ?3, blocked_by = ?4
         where item_no = ?1 and status not in ('superseded', 'set_aside')",
    )
    .and_then(|mut statement| {
        statement.execute(rusqlite::params![item_no, status, verdict.reason().unwrap_or(""), blocked_by])
    })
    .map_err(failed(doing))?;
    let Some(hash) = hash else { return Ok(()) };
    let position = match verdict {
        Verdict::Accepted { position } | Verdict::Duplicate { position } => Some(position.0),
        _ => None,
    };
    tx.prepare_cached(
        "update change set status = ?3, position = coalesce(?4, position)
         where document_id = ?1 and hash = ?2 and status not in ('superseded', 'set_aside')",
    )
    .and_then(|mut statement| statement.execute(rusqlite::params![document, hash, status, position]))
    .map(|_| ())
    .map_err(failed(doing))
}

fn answer_frame(tx: &Transaction<'_>, epoch: u32, number: u64) -> Result<(), PhoneError> {
    tx.prepare_cached("update frame set state = 'answered' where epoch = ?1 and number = ?2")
        .and_then(|mut statement| statement.execute(rusqlite::params![epoch, number]))
        .map(|_| ())
        .map_err(failed("marking a frame as answered"))
}

/// A server that was restored from a backup holds fewer frames than it answered: the phone sends
/// the archived ones again, and what the server had forgotten is stored anew.
fn resend_after(tx: &Transaction<'_>, epoch: u32, last: u64) -> Result<(), PhoneError> {
    let doing = "sending archived frames again";
    let again = tx
        .execute(
            "update frame set state = 'waiting' where epoch = ?1 and number > ?2 and state = 'answered'",
            rusqlite::params![epoch, last],
        )
        .map_err(failed(doing))?;
    if again > 0 {
        tx.execute(
            "update item set status = 'framed' where epoch = ?1 and frame_number > ?2
                 and status not in ('superseded', 'set_aside')",
            rusqlite::params![epoch, last],
        )
        .map_err(failed(doing))?;
        tx.execute(
            "update change set status = 'framed' where status = 'accepted' and (document_id, hash) in
             (select document_id, hash from item where epoch = ?1 and frame_number > ?2 and status = 'framed')",
            rusqlite::params![epoch, last],
        )
        .map_err(failed(doing))?;
    }
    Ok(())
}

fn store_row(tx: &Transaction<'_>, row: &Row) -> Result<(), PhoneError> {
    tx.prepare_cached(
        "insert into server_row (kind, row_key, position, body) values (?1, ?2, ?3, ?4)
         on conflict (kind, row_key) do update set position = excluded.position, body = excluded.body",
    )
    .and_then(|mut statement| {
        statement.execute(rusqlite::params![row.kind, row.key, row.position.0, row.body])
    })
    .map_err(failed("storing a row"))?;
    if row.kind == "seal" {
        // The server's countersigned word that a record is sealed, whoever sealed it.
        let document: Option<DocumentId> = row.key.parse().ok();
        let sealed = document.map(|document| {
            tx.execute(
                "update document set state = 'sealed', needs_seal = 0 where document_id = ?1",
                [document.as_bytes()],
            )
        });
        sealed.transpose().map_err(failed("storing a seal"))?;
    }
    Ok(())
}

fn store_document(
    tx: &Transaction<'_>,
    pulled: &PulledDocument,
    writers: &[String],
    now_millis: i64,
) -> Result<usize, PhoneError> {
    let doing = "storing a page";
    if let Some(kind) = &pulled.kind {
        tx.prepare_cached(
            "insert into document (document_id, kind, assignment_id, case_id, own, touched_at)
             values (?1, ?2, ?3, ?4, ?5, ?6) on conflict (document_id) do nothing",
        )
        .and_then(|mut statement| {
            statement.execute(rusqlite::params![
                pulled.document.as_bytes(),
                kind,
                pulled.assignment.map(|id| *id.as_bytes()),
                pulled.case.map(|id| *id.as_bytes()),
                pulled.own,
                now_millis
            ])
        })
        .map_err(failed(doing))?;
    }
    for change in &pulled.changes {
        // The page is signed by the server; reading the hash is cheap, opening the record waits
        // until somebody looks at it.
        let Some(hash) = claimed_hash(&change.bytes) else {
            return Err(PhoneError::BadResponse { reason: "a change in the page cannot be read".into() });
        };
        let raw = RawChange { hash, bytes: change.bytes.clone() };
        let writer = change
            .writer
            .and_then(|index| writers.get(usize::try_from(index).ok()?))
            .map_or("", String::as_str);
        let details = ChangeDetails { position: Some(change.position), writer, ..ChangeDetails::default() };
        insert_change(tx, pulled.document, &raw, "accepted", details)?;
    }
    tx.prepare_cached("update document set stale = 1, touched_at = ?2 where document_id = ?1")
        .and_then(|mut statement| {
            statement.execute(rusqlite::params![pulled.document.as_bytes(), now_millis])
        })
        .map_err(failed(doing))?;
    Ok(pulled.changes.len())
}

/// A record that may no longer be seen goes, unless it holds work that the server does not have.
fn leave(tx: &Transaction<'_>, document: DocumentId) -> Result<(), PhoneError> {
    let doing = "removing a record that left";
    let id = document.as_bytes();
    let unsent: bool = tx
        .query_row(
            "select exists (select 1 from item where document_id = ?1 and status <> 'accepted')",
            [id],
            |row| row.get(0),
        )
        .map_err(failed(doing))?;
    if unsent {
        return tx
            .execute("update document set state = 'locked' where document_id = ?1", [id])
            .map(|_| ())
            .map_err(failed(doing));
    }
    for sql in [
        "delete from search where rowid = (select document_no from document where document_id = ?1)",
        "delete from change where document_id = ?1",
        "delete from document where document_id = ?1",
    ] {
        tx.execute(sql, [id]).map_err(failed(doing))?;
    }
    Ok(())
}
