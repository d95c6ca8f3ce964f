//! Changes that say the same, because one was rewritten as the other. Of such copies one comes in.

use std::collections::BTreeSet;

use crate::record::document::ChangeHash;

/// What was rewritten as what in one record.
#[derive(Clone, Debug, Default)]
pub struct Copies(BTreeSet<(ChangeHash, ChangeHash)>);

impl Copies {
    /// Notes that a change was written in the place of another.
    pub fn insert(&mut self, old: ChangeHash, new: ChangeHash) {
        self.0.insert((old, new));
    }

    /// The changes that say the same as this one, without it.
    pub fn of(&self, change: ChangeHash) -> BTreeSet<ChangeHash> {
        let (mut found, mut open) = (BTreeSet::from([change]), vec![change]);
        while let Some(next) = open.pop() {
            for (old, new) in &self.0 {
                let other = if *old == next { new } else { old };
                if (*old == next || *new == next) && found.insert(*other) {
                    open.push(*other);
                }
            }
        }
        found.remove(&change);
        found
    }
}

impl FromIterator<(ChangeHash, ChangeHash)> for Copies {
    fn from_iter<T: IntoIterator<Item = (ChangeHash, ChangeHash)>>(pairs: T) -> Self {
        Self(pairs.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_rewritten_twice_is_one_family_whichever_of_it_is_asked_for() {
        let hash = |nth: u8| ChangeHash([nth; 32]);
        let copies: Copies =
            [(1, 2), (2, 3), (1, 4), (8, 9)].map(|(old, new)| (hash(old), hash(new))).into_iter().collect();
        for asked in 1..=4 {
            let others: BTreeSet<_> = (1..=4).filter(|nth| *nth != asked).map(hash).collect();
            assert_eq!(copies.of(hash(asked)), others);
        }
        assert!(copies.of(hash(7)).is_empty());
    }
}
