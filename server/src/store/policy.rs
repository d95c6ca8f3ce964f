//! The versions of the policy. None is changed; the next one holds from a position of the log on.

use tingfang_core::clock::{LogPosition, Moment};
use tingfang_core::codes;
use tingfang_core::policy::SignedPolicy;
use tingfang_core::signature::{Signature, digest};

use super::audit_log::{self, LeafKind};
use crate::db::{DbError, Row, Tx};
use crate::params;

codes! {
    /// Whose a version of the policy is.
    PolicyOrigin as "policy_origin" {
        /// It came with the program.
        Shipped = "shipped",
        /// The centre has written it.
        Centre = "centre",
    }
}

/// A version of the policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// The policy, as phones are given it.
    pub signed: SignedPolicy,
    /// From which position of the log on it holds.
    pub from: LogPosition,
    /// Whose it is.
    pub origin: PolicyOrigin,
    /// When it was adopted.
    pub adopted_at: Moment,
}

impl Kept {
    /// What stands in the audit log.
    pub fn digest(&self) -> [u8; 32] {
        let (position, at) = (self.from.0.to_be_bytes(), self.adopted_at.as_millis().to_be_bytes());
        digest(
            "tingfang-adopted-policy/1",
            &[&self.signed.digest(), &position, self.origin.code().as_bytes(), &at],
        )
    }
}

const SELECT: &str = "select version, toml, signature, from_seq, origin, adopted_at from policy";

/// Adds a version, and its leaf in the audit log.
///
/// # Errors
/// Also when there is one of this number.
pub fn insert(tx: &Tx, kept: &Kept) -> Result<(), DbError> {
    tx.execute(
        "insert into policy (version, toml, signature, from_seq, origin, adopted_at)
         values (?1, ?2, ?3, ?4, ?5, ?6)",
        params![
            kept.signed.version,
            &kept.signed.text,
            &kept.signed.signature.0[..],
            kept.from,
            kept.origin.code(),
            kept.adopted_at
        ],
    )?;
    audit_log::append(tx, LeafKind::Policy, &kept.digest())
}

/// The newest version's number; nothing before one was adopted.
///
/// # Errors
/// When the data layer fails.
pub fn newest_version(tx: &Tx) -> Result<Option<u32>, DbError> {
    let found = tx.query_one("select max(version) as newest from policy", &[], |row| row.get("newest"))?;
    Ok(found.flatten())
}

/// A version.
///
/// # Errors
/// When the data layer fails.
pub fn find(tx: &Tx, version: u32) -> Result<Option<Kept>, DbError> {
    tx.query_one(&format!("{SELECT} where version = ?1"), params![version], read)
}

/// All versions, the oldest first.
///
/// # Errors
/// When the data layer fails.
pub fn all(tx: &Tx) -> Result<Vec<Kept>, DbError> {
    tx.query(&format!("{SELECT} order by version"), &[], read)
}

/// How many versions there are.
///
/// # Errors
/// When the data layer fails.
pub fn count(tx: &Tx) -> Result<u64, DbError> {
    Ok(tx.query_one("select count(*) as n from policy", &[], |row| row.get("n"))?.unwrap_or_default())
}

fn read(row: &Row) -> Result<Kept, DbError> {
    let signature: Vec<u8> = row.get("signature")?;
    let signature = <[u8; 64]>::try_from(signature)
        .map_err(|_| DbError::Damaged("the signature of a policy has not 64 bytes".to_owned()))?;
    Ok(Kept {
        signed: SignedPolicy {
            version: row.get("version")?,
            text: row.get("toml")?,
            signature: Signature(signature),
        },
        from: row.get("from_seq")?,
        origin: row.code("origin", PolicyOrigin::from_code)?,
        adopted_at: row.get("adopted_at")?,
    })
}
