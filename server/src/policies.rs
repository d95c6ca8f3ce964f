//! The policy in all its versions: which one holds now, which one held when a phone last heard of it, and how
//! the next one is adopted.
//!
//! A data folder without any, such as one that an older program has made, is judged by what the program ships.

use std::sync::{Arc, Mutex};

use tingfang_core::clock::{LogPosition, Moment};
use tingfang_core::policy::{Policy, PolicyError, SignedPolicy};
use tingfang_core::signature::SecretKey;

use crate::db::{Db, DbError, Tx};
use crate::log;
use crate::store::policy::{self, Kept, PolicyOrigin};

/// Every version that was adopted, the oldest first; never empty.
#[derive(Debug)]
pub struct Policies(Vec<(LogPosition, Arc<Policy>)>);

impl Policies {
    /// What holds now.
    pub fn now(&self) -> &Policy {
        self.0.last().map(|(_, policy)| &**policy).expect("there is one at least")
    }

    /// What held for a phone that knew a version, and proves that it had heard of a position of the log. It
    /// cannot have known a version that was adopted later; one that does not exist stands for the one before.
    pub fn then(&self, known: u32, position: LogPosition) -> &Policy {
        let held = self.0.iter().take_while(|(from, policy)| *from <= position && policy.version <= known);
        let first = self.0.first().expect("there is one at least");
        &held.last().unwrap_or(first).1
    }

    fn read(tx: &Tx) -> Result<Self, DbError> {
        let mut all = Vec::new();
        for kept in policy::all(tx)? {
            // One that was adopted before phones read it with a smaller reader.
            let read = kept.signed.policy().or_else(|_| Policy::parse_by_line(&kept.signed.text)).map_err(
                |error| DbError::Damaged(format!("policy {} cannot be read: {error}", kept.signed.version)),
            )?;
            all.push((kept.from, Arc::new(read)));
        }
        if all.is_empty() {
            all.push((LogPosition(0), Arc::new(Policy::shipped())));
        }
        Ok(Self(all))
    }
}

/// The versions, read once for each that is adopted.
#[derive(Clone, Debug, Default)]
pub struct KnownPolicies(Arc<Mutex<Option<Known>>>);

/// The versions up to the newest one, where there was any.
#[derive(Debug)]
struct Known {
    newest: Option<u32>,
    policies: Arc<Policies>,
}

impl KnownPolicies {
    /// The versions as they are in this transaction.
    ///
    /// # Errors
    /// When the data layer fails.
    pub fn read(&self, tx: &Tx) -> Result<Arc<Policies>, DbError> {
        let newest = policy::newest_version(tx)?;
        let mut known = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(known) = known.as_ref().filter(|known| known.newest == newest) {
            return Ok(Arc::clone(&known.policies));
        }
        let policies = Arc::new(Policies::read(tx)?);
        *known = Some(Known { newest, policies: Arc::clone(&policies) });
        Ok(policies)
    }
}

/// The number of the policy that holds now.
///
/// # Errors
/// When the data layer fails.
pub fn current_version(tx: &Tx) -> Result<u32, DbError> {
    Ok(policy::newest_version(tx)?.unwrap_or_else(|| Policy::shipped().version))
}

/// The policy that holds now.
///
/// # Errors
/// When the data layer fails.
pub fn current(tx: &Tx) -> Result<Policy, DbError> {
    Ok(Policies::read(tx)?.now().clone())
}

/// Why nothing comes of what is asked of the policy.
#[derive(Debug, thiserror::Error)]
pub enum PolicyProblem {
    /// It is none, or speaks of what does not exist.
    #[error(transparent)]
    Unreadable(#[from] PolicyError),
    /// Its number is not above the newest one.
    #[error("the policy bears the number {version}, and {newest} is the newest; give it a higher one")]
    OldNumber {
        /// Its number.
        version: u32,
        /// The newest number.
        newest: u32,
    },
    /// There is no such version.
    #[error("there is no policy {version}")]
    NoVersion {
        /// The number that was asked for.
        version: u32,
    },
    /// The data layer failed.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// Adopts a policy: it holds from the next position of the log on, and phones are given it.
///
/// # Errors
/// When it is none, or bears an old number; then nothing has changed.
pub fn adopt(
    db: &Db,
    key: &SecretKey,
    text: &str,
    origin: PolicyOrigin,
    now: Moment,
) -> Result<Kept, PolicyProblem> {
    let signed = SignedPolicy::sign(text, key)?;
    let adopted = db.write(move |tx| {
        // First of all the head of the log, which is locked with that: of two nodes that start at once, one
        // waits for the other and sees what it has adopted.
        let position = log::next_position(tx)?;
        let newest = policy::newest_version(tx)?;
        if let Some(newest) = newest.filter(|newest| *newest >= signed.version) {
            return Ok(Err(newest));
        }
        // The first one has held from the beginning: there was no other.
        let from = if newest.is_none() { LogPosition(0) } else { position };
        let kept = Kept { signed: signed.clone(), from, origin, adopted_at: now };
        policy::insert(tx, &kept)?;
        Ok(Ok((signed.version, kept)))
    })?;
    adopted.map(|(_, kept)| kept).map_err(|newest| {
        let version = Policy::parse(text).map_or(0, |policy| policy.version);
        PolicyProblem::OldNumber { version, newest }
    })
}

/// Adopts what the program ships where nothing else was adopted, or an older one that was shipped. What a
/// centre has written stays; that a newer one is shipped is said in the log.
///
/// # Errors
/// When the data layer fails.
pub fn adopt_shipped(db: &Db, key: &SecretKey, now: Moment) -> Result<(), DbError> {
    let newest = db.read(|tx| match policy::newest_version(tx)? {
        Some(version) => policy::find(tx, version),
        None => Ok(None),
    })?;
    let shipped = Policy::shipped().version;
    match newest {
        Some(newest) if newest.signed.version >= shipped => return Ok(()),
        Some(newest) if newest.origin == PolicyOrigin::Centre => {
            let own = newest.signed.version;
            tracing::warn!(
                own,
                shipped,
                "a newer policy is shipped than the one that the centre's is made from"
            );
            return Ok(());
        }
        _ => {}
    }
    match adopt(db, key, Policy::shipped_text(), PolicyOrigin::Shipped, now) {
        // Another node was faster.
        Ok(_) | Err(PolicyProblem::OldNumber { .. } | PolicyProblem::NoVersion { .. }) => Ok(()),
        Err(PolicyProblem::Db(error)) => Err(error),
        Err(PolicyProblem::Unreadable(error)) => Err(DbError::Damaged(error.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policies(versions: &[(u64, u32)]) -> Policies {
        let versions = versions.iter().map(|(from, version)| {
            let mut policy = Policy::shipped();
            policy.version = *version;
            (LogPosition(*from), Arc::new(policy))
        });
        Policies(versions.collect())
    }

    #[test]
    fn a_phone_is_judged_by_the_version_that_it_knew_and_none_that_came_after_it_had_heard_of_the_log() {
        let all = policies(&[(0, 2), (10, 3), (20, 7)]);
        let then = |known, position| all.then(known, LogPosition(position)).version;
        assert_eq!(all.now().version, 7);
        assert_eq!(then(2, 5), 2);
        assert_eq!(then(2, 30), 2, "it has not received the others, or cannot read them");
        assert_eq!(then(3, 15), 3);
        assert_eq!(then(7, 15), 3, "it claims what did not exist yet");
        assert_eq!(then(5, 30), 3, "there is no fifth");
        assert_eq!(then(0, 0), 2, "it says nothing, or comes from before there were versions");
        assert_eq!(then(9, 99), 7);
    }
}
