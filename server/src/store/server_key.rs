//! The server's signing key: countersigns seals and proves the server to phones.

use tingfang_core::clock::Moment;
use tingfang_core::signature::SecretKey;

use crate::db::{DbError, Tx};
use crate::params;

/// The algorithm byte of Ed25519.
pub const ED25519: u8 = 1;

/// Keeps a fresh secret key (32 bytes) with its public half.
pub fn insert(tx: &Tx, secret: &[u8; 32], public: &[u8; 32], now: Moment) -> Result<(), DbError> {
    tx.execute(
        "insert into server_key (server_key_id, algorithm, secret_key, public_key, created_at)
         select coalesce(max(server_key_id), 0) + 1, ?1, ?2, ?3, ?4 from server_key",
        params![ED25519, secret, public, now],
    )?;
    Ok(())
}

/// The newest secret key; nothing before the data folder was initialised.
pub fn newest(tx: &Tx) -> Result<Option<[u8; 32]>, DbError> {
    tx.query_one("select secret_key from server_key order by server_key_id desc limit 1", &[], |row| {
        row.get("secret_key")
    })
}

/// The key that signs now.
///
/// # Errors
/// When the data layer fails, or the data folder was never initialised.
pub fn signer(tx: &Tx) -> Result<SecretKey, DbError> {
    let secret = newest(tx)?.ok_or_else(|| DbError::Damaged("the server has no key".to_owned()))?;
    Ok(SecretKey::from_seed(&secret))
}

/// Every public key that this server ever had, the oldest first.
pub fn public_keys(tx: &Tx) -> Result<Vec<[u8; 32]>, DbError> {
    tx.query("select public_key from server_key order by server_key_id", &[], |row| row.get("public_key"))
}
