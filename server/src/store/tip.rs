//! How far the ledger and the frames go, signed by the server.
//!
//! A chain of hashes proves what stands in it, not that nothing was cut off its end. So the tip of
//! each is signed anew in the very transaction that appends. Whoever cuts the end off cannot sign
//! the shorter tip without the server's key; an older tip is only in older backups.

use tingfang_core::codes;
use tingfang_core::signature::{PublicKey, Signature, digest};

use super::server_key;
use crate::db::{DbError, Tx};
use crate::params;

codes! {
    /// What has a tip.
    Chain as "chain" {
        Ledger = "ledger",
        Frames = "frames",
    }
}

/// A tip as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// How many there are.
    pub number: u64,
    /// The hash of the last one; zeros when there is none.
    pub hash: [u8; 32],
    /// The server's signature over both.
    pub signature: Vec<u8>,
}

impl Kept {
    /// Whether one of the server's keys signed it for this chain.
    pub fn is_signed(&self, chain: Chain, server_keys: &[[u8; 32]]) -> bool {
        let Ok(signature) = <[u8; 64]>::try_from(self.signature.as_slice()) else { return false };
        let signed = signed(chain, self.number, &self.hash);
        server_keys.iter().any(|key| PublicKey(*key).verify(&signed, &Signature(signature)).is_ok())
    }
}

fn signed(chain: Chain, number: u64, hash: &[u8; 32]) -> [u8; 32] {
    digest("tingfang-tip/1", &[chain.code().as_bytes(), &number.to_le_bytes(), hash])
}

/// Signs a tip anew. Belongs into the transaction that appends.
///
/// # Errors
/// When the data layer fails, or the server has no key.
pub fn renew(tx: &Tx, chain: Chain, number: u64, hash: &[u8; 32]) -> Result<(), DbError> {
    let signature = server_key::signer(tx)?.sign(&signed(chain, number, hash));
    tx.execute(
        "insert into server_tip (chain, number, hash, signature) values (?1, ?2, ?3, ?4)
         on conflict (chain) do update set number = excluded.number, hash = excluded.hash,
             signature = excluded.signature",
        params![chain.code(), number, &hash[..], &signature.0[..]],
    )?;
    Ok(())
}

/// The tip of a chain; nothing before the foundation was laid.
///
/// # Errors
/// When the data layer fails.
pub fn find(tx: &Tx, chain: Chain) -> Result<Option<Kept>, DbError> {
    tx.query_one(
        "select number, hash, signature from server_tip where chain = ?1",
        params![chain.code()],
        |row| {
            Ok(Kept { number: row.get("number")?, hash: row.get("hash")?, signature: row.get("signature")? })
        },
    )
}
