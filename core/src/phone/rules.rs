//! The policy by which this phone says what may be written: the server's, as it was last given. The server
//! judges by its own, so a phone that keeps to other rules gains nothing.

use super::store::Store;
use super::store::setting::{self, Setting};
use super::{Phone, PhoneError};
use crate::policy::{Policy, SignedPolicy};
use crate::signature::PublicKey;

/// The rules that the phone keeps to.
#[derive(Debug)]
pub(super) struct Rules {
    pub(super) policy: Policy,
    /// Whether they are others than the server's.
    are_foreign: bool,
    /// Whether the server has given them.
    are_given: bool,
}

impl Rules {
    /// The rules that the server has given, or those that this version ships where it has given none, or
    /// rules of a newer program.
    pub(super) fn read(store: &Store, server: &PublicKey) -> Result<Self, PhoneError> {
        let given = given(store)?.filter(|given| given.verify(server).is_ok());
        let readable = given.and_then(|given| given.policy().ok());
        let are_given = readable.is_some();
        Ok(Self { policy: readable.unwrap_or_else(Policy::shipped), are_foreign: false, are_given })
    }
}

fn given(store: &Store) -> Result<Option<SignedPolicy>, PhoneError> {
    let kept = setting::read(store.reader(), Setting::Policy)?;
    Ok(kept.and_then(|bytes| minicbor::decode(&bytes).ok()))
}

impl Phone {
    /// The version of the policy that this phone keeps to.
    pub fn policy_version(&self) -> u32 {
        self.rules.get().policy.version
    }

    /// Keeps to another policy than the server's; nothing brings the server's back. What this phone offers to
    /// write follows from it, and nothing else.
    ///
    /// # Errors
    /// When the store fails.
    pub fn use_policy(&mut self, other: Option<Policy>) -> Result<(), PhoneError> {
        self.rules.set(match other {
            Some(policy) => Rules { policy, are_foreign: true, are_given: false },
            None => Rules::read(&self.store, &self.profile.server)?,
        });
        Ok(())
    }

    /// The newest version that the server has given, readable or not; 0 for none.
    pub(super) fn given_policy_version(&self) -> Result<u32, PhoneError> {
        Ok(given(&self.store)?.map_or(0, |given| given.version))
    }

    /// Keeps to the rules that this version ships.
    pub(super) fn forget_policy(&mut self) {
        if self.rules.get().are_given {
            self.rules.set(Rules { policy: Policy::shipped(), are_foreign: false, are_given: false });
        }
    }

    /// Keeps what the server has given, and keeps to it from now on.
    pub(super) fn take_policy(&mut self, given: &SignedPolicy) -> Result<(), PhoneError> {
        let bytes = minicbor::to_vec(given).expect("encoding into memory cannot fail");
        self.store.write("keeping the policy", |tx| setting::write(tx, Setting::Policy, &bytes))?;
        // One that this program cannot read waits for the next program; until then the known one holds.
        if let (false, Ok(policy)) = (self.rules.get().are_foreign, given.policy()) {
            self.rules.set(Rules { policy, are_foreign: false, are_given: true });
        }
        Ok(())
    }
}
