//! Changes that say the same, because one was rewritten as the other. Of such copies one comes in.

use std::collections::{BTreeMap, BTreeSet};

use crate::record::document::ChangeHash;

/// The rule by which something stays out because a copy of it is in.
pub const CAME_IN_BEFORE: &str = "came_in_before";

/// What was rewritten as what in one record.
#[derive(Clone, Debug, Default)]
pub struct Copies(BTreeMap<ChangeHash, BTreeSet<ChangeHash>>);

impl Copies {
    /// Notes that a change was written in the place of another.
    pub fn insert(&mut self, old: ChangeHash, new: ChangeHash) {
        self.0.entry(old).or_default().insert(new);
        self.0.entry(new).or_default().insert(old);
    }

    /// The changes that say the same as this one, without it.
    pub fn of(&self, change: ChangeHash) -> BTreeSet<ChangeHash> {
        let (mut found, mut open) = (BTreeSet::from([change]), vec![change]);
        while let Some(next) = open.pop() {
            let others = self.0.get(&next).into_iter().flatten();
            open.extend(others.filter(|other| found.insert(**other)));
        }
        found.remove(&change);
        found
    }
}

impl FromIterator<(ChangeHash, ChangeHash)> for Copies {
    fn from_iter<T: IntoIterator<Item = (ChangeHash, ChangeHash)>>(pairs: T) -> Self {
        let mut copies = Self::default();
        pairs.into_iter().for_each(|(old, new)| copies.insert(old, new));
        copies
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
