//! Accepted seals, and confirmations of sealed transcripts, countersigned by the server.

use tingfang_core::clock::{Interval, LogPosition, Moment};
use tingfang_core::id::{DeviceId, DocumentId, PersonId};
use tingfang_core::record::seal::Seal;
use tingfang_core::signature::{PublicKey, SecretKey, Signature};

use super::audit_log::{self, LeafKind};
use crate::db::{DbError, Row, Tx};
use crate::params;

/// An accepted seal or confirmation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// The document.
    pub document: DocumentId,
    /// Where in the log it stands.
    pub position: LogPosition,
    /// The seal as the device signed it.
    pub seal: Seal,
    /// Who gave it.
    pub person: PersonId,
    /// On which device.
    pub device: DeviceId,
    /// When, as far as it can be proved.
    pub sealed: Interval,
    /// The server's signature over seal, position and time of receipt.
    pub server_signature: Signature,
}

/// What the server signs: that it accepted this seal at this position and time.
pub fn countersign(key: &SecretKey, seal: &Seal, position: LogPosition, received_at: Moment) -> Signature {
    key.sign(&seal.accepted_digest(position, received_at))
}

impl Kept {
    /// What the server countersigns: the seal, and where and when it was accepted.
    pub fn digest(&self) -> [u8; 32] {
        self.seal.accepted_digest(self.position, self.sealed.not_after)
    }

    /// Whether one of the server's keys made the countersignature.
    pub fn is_countersigned(&self, server_keys: &[[u8; 32]]) -> bool {
        let signed = self.digest();
        server_keys.iter().any(|key| PublicKey(*key).verify(&signed, &self.server_signature).is_ok())
    }
}

const COLUMNS: &str =
    "document_id, seq, bytes, person_id, device_id, not_before, received_at, server_signature";

/// Keeps a seal.
pub fn insert(tx: &Tx, kept: &Kept) -> Result<(), DbError> {
    audit_log::append(tx, LeafKind::Seal, &kept.digest())?;
    insert_into(tx, "seal", kept)
}

/// Keeps the confirmation of a sealed transcript.
pub fn insert_confirmation(tx: &Tx, kept: &Kept) -> Result<(), DbError> {
    audit_log::append(tx, LeafKind::Confirmation, &kept.digest())?;
    insert_into(tx, "confirmation", kept)
}

fn insert_into(tx: &Tx, table: &'static str, kept: &Kept) -> Result<(), DbError> {
    tx.execute(
        &format!("insert into {table} ({COLUMNS}) values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"),
        params![
            kept.document,
            kept.position,
            kept.seal.to_bytes(),
            kept.person,
            kept.device,
            kept.sealed.not_before,
            kept.sealed.not_after,
            &kept.server_signature.0[..]
        ],
    )?;
    Ok(())
}

/// The seal of a document.
pub fn find(tx: &Tx, document: DocumentId) -> Result<Option<Kept>, DbError> {
    let sql = format!("select {COLUMNS} from seal where document_id = ?1");
    tx.query_one(&sql, params![document], read)
}

/// The confirmation of a transcript.
pub fn confirmation_of(tx: &Tx, document: DocumentId) -> Result<Option<Kept>, DbError> {
    let sql = format!("select {COLUMNS} from confirmation where document_id = ?1");
    tx.query_one(&sql, params![document], read)
}

/// Every seal and confirmation, in log order, one kind after the other.
pub fn for_each(tx: &Tx, mut each: impl FnMut(LeafKind, Kept) -> Result<(), DbError>) -> Result<(), DbError> {
    for (table, kind) in [("seal", LeafKind::Seal), ("confirmation", LeafKind::Confirmation)] {
        tx.for_each(&format!("select {COLUMNS} from {table} order by seq"), &[], |row| {
            each(kind, read(row)?)
        })?;
    }
    Ok(())
}

/// How many seals and confirmations there are.
pub fn count(tx: &Tx) -> Result<u64, DbError> {
    let mut found = 0;
    for table in ["seal", "confirmation"] {
        let sql = format!("select count(*) as found from {table}");
        found += tx.query_one(&sql, &[], |row| row.get::<u64>("found"))?.unwrap_or(0);
    }
    Ok(found)
}

fn read(row: &Row) -> Result<Kept, DbError> {
    let bytes: Vec<u8> = row.get("bytes")?;
    let signature: Vec<u8> = row.get("server_signature")?;
    let damaged = |what: &str| DbError::Damaged(format!("a {what} cannot be read"));
    Ok(Kept {
        document: row.get("document_id")?,
        position: row.get("seq")?,
        seal: Seal::from_bytes(&bytes).ok_or_else(|| damaged("seal"))?,
        person: row.get("person_id")?,
        device: row.get("device_id")?,
        sealed: Interval { not_before: row.get("not_before")?, not_after: row.get("received_at")? },
        server_signature: Signature(signature.try_into().map_err(|_| damaged("countersignature"))?),
    })
}
