//! The versions of the policy: each is signed by the server, and each came after the one before.

use super::Report;
use crate::db::{DbError, Tx};
use crate::store::{policy, server_key};
use tingfang_core::signature::PublicKey;

pub(super) fn check(tx: &Tx, report: &mut Report) -> Result<(), DbError> {
    let keys = server_key::public_keys(tx)?;
    let mut before = None;
    for kept in policy::all(tx)? {
        let version = kept.signed.version;
        if !keys.iter().any(|key| kept.signed.verify(&PublicKey(*key)).is_ok()) {
            report.differs("policy", version, "signature");
        }
        if kept.signed.policy().map_or(0, |policy| policy.version) != version {
            report.differs("policy", version, "unreadable");
        }
        if before.is_some_and(|before| kept.from <= before) {
            report.differs("policy", version, "place");
        }
        before = Some(kept.from);
    }
    Ok(())
}
