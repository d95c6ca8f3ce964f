//! What of a device's changes still stands, and what it has given up: written anew, or gone on without.
//!
//! A phone's record holds everything that it wrote in it before, so each of its changes rests on all of its
//! earlier ones; except where it wrote them anew ([`rebase`](super::rebase)), and goes on from those. Whoever
//! only has copies of a device's changes can tell by that which of two copies stands.
//!
//! A phone also goes on without what was held or refused, and that may come in after all. Then nothing of what stands
//! says the same, and it stands as well.

use std::collections::{BTreeMap, BTreeSet};

use super::actor::{self, Epoch};
use super::gate;
use crate::id::{DeviceId, DocumentId};
use crate::record::document::{Actor, ChangeHash};

/// How many epochs and reopenings of a record are looked through for the names of a device.
const EPOCHS: Epoch = 256;
const REOPENINGS: u32 = 256;
/// How many changes that a device went on without are looked at, the newest first.
const MOST_GONE: usize = 1_000;

/// Of the changes of a record those that a device has written, going by their names, and has not given up.
/// `changes` are all that are known of the record, in any order.
pub fn standing(device: DeviceId, document: DocumentId, changes: &[&[u8]]) -> BTreeSet<ChangeHash> {
    let names = names(device, document);
    let mut rests_on = BTreeMap::new();
    let mut own = BTreeMap::new();
    for change in changes.iter().filter_map(|bytes| gate::read(bytes).ok()) {
        let hash = ChangeHash::from(change.hash());
        let below: Vec<ChangeHash> = change.deps().iter().map(|dep| ChangeHash::from(*dep)).collect();
        rests_on.insert(hash, below);
        let actor = change.actor_id().to_bytes().try_into().ok().map(Actor);
        if let Some(name) = actor.and_then(|actor| names.get(&actor)) {
            own.insert((*name, change.seq()), Own { hash, name: *name, words: gate::words_of(&change) });
        }
    }
    let Some((_, newest)) = own.last_key_value() else { return BTreeSet::new() };
    let (mut below_newest, mut open) = (BTreeSet::from([newest.hash]), vec![newest.hash]);
    while let Some(next) = open.pop() {
        let below = rests_on.get(&next).into_iter().flatten();
        open.extend(below.filter(|hash| below_newest.insert(**hash)));
    }
    let (mut standing, gone): (Vec<Own>, Vec<Own>) =
        own.into_values().partition(|change| below_newest.contains(&change.hash));
    // Of several that say the same the last one counts.
    for change in gone.into_iter().rev().take(MOST_GONE) {
        let is_said = |other: &Own| other.name > change.name && other.says_as(&change);
        if !change.words.is_empty() && !standing.iter().any(is_said) {
            standing.push(change);
        }
    }
    standing.into_iter().map(|change| change.hash).collect()
}

/// A change of the device.
struct Own {
    hash: ChangeHash,
    /// Epoch and reopening: what is written anew has a later one.
    name: (Epoch, u32),
    /// What it writes.
    words: BTreeMap<String, usize>,
}

impl Own {
    /// Whether one of the two says all that the other says, and at least half as much: a part may have been left out.
    fn says_as(&self, other: &Self) -> bool {
        self.is_most_of(other) || other.is_most_of(self)
    }

    fn is_most_of(&self, other: &Self) -> bool {
        let there = |word: &String| other.words.get(word).copied().unwrap_or_default();
        let size = |own: &Self| own.words.values().sum::<usize>();
        2 * size(self) >= size(other) && self.words.iter().all(|(word, times)| there(word) >= *times)
    }
}

/// The names of a device in a record, with epoch and reopening.
fn names(device: DeviceId, document: DocumentId) -> BTreeMap<Actor, (Epoch, u32)> {
    let all = (1..=EPOCHS).flat_map(|epoch| (0..REOPENINGS).map(move |rebase| (epoch, rebase)));
    all.map(|(epoch, rebase)| (actor::derive(device, document, epoch, rebase), (epoch, rebase))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::document::{Document, RawChange};
    use crate::record::edit::Edit;
    use crate::record::kind::shape_of;
    use crate::sync::rebase::{Later, rebase};

    fn tell(document: &mut Document, actor: Actor, insert: &str) -> RawChange {
        let edit =
            Edit::Splice { container: "narrative".into(), at: 0, delete: 0, insert: insert.to_owned() };
        document.edit(actor, &[edit]).expect("fits").remove(0)
    }

    #[test]
    fn what_was_written_anew_is_given_up_and_what_it_became_stands() {
        let (device, id) = (DeviceId::from_bytes([3; 16]), DocumentId::from_bytes([7; 16]));
        let begun = Document::begin(shape_of("attendance").expect("a kind"), id);
        let (mut written, name) = (begun.clone(), actor::derive(device, id, 1, 0));
        let other = Actor([9; 16]);
        let elsewhere = tell(&mut written, other, "别人的");
        let first = tell(&mut written, name, "一");
        let second = tell(&mut written, name, "二");
        let all = [&elsewhere, &first, &second].map(|change| change.bytes.as_slice());
        let both = BTreeSet::from([first.hash, second.hash]);
        assert_eq!(standing(device, id, &all), both, "each rests on the one before");

        let later = [
            Later { bytes: &elsewhere.bytes, is_left_out: true },
            Later { bytes: &first.bytes, is_left_out: false },
            Later { bytes: &second.bytes, is_left_out: false },
        ];
        let rebased = rebase(&begun, &later, actor::derive(device, id, 2, 1)).expect("rewritten");
        let again = |nth: usize| rebased.carried[nth].new.clone().expect("something is left");
        let (again, and_again) = (again(0), again(1));
        let all = [&elsewhere, &first, &second, &again, &and_again].map(|change| change.bytes.as_slice());
        assert_eq!(standing(device, id, &all), BTreeSet::from([again.hash, and_again.hash]));

        let mut written = rebased.document;
        let after_loss =
            tell(&mut written, actor::derive(device, id, actor::first_epoch_after_loss(2), 0), "三");
        let all = [&elsewhere, &first, &second, &again, &and_again, &after_loss];
        let all = all.map(|change| change.bytes.as_slice());
        let both_and_the_new = BTreeSet::from([again.hash, and_again.hash, after_loss.hash]);
        assert_eq!(standing(device, id, &all), both_and_the_new);
    }

    #[test]
    fn what_a_phone_went_on_without_and_did_not_write_anew_stands_as_well() {
        let (device, id) = (DeviceId::from_bytes([3; 16]), DocumentId::from_bytes([7; 16]));
        let begun = Document::begin(shape_of("attendance").expect("a kind"), id);
        let mut first_way = begun.clone();
        let held = tell(&mut first_way, actor::derive(device, id, 1, 0), "一");
        let mut gone_on = begun;
        let later = tell(&mut gone_on, actor::derive(device, id, 1, 1), "二");
        let all = [&held, &later].map(|change| change.bytes.as_slice());
        assert_eq!(
            standing(device, id, &all),
            BTreeSet::from([held.hash, later.hash]),
            "it came in after all"
        );

        let anew = tell(&mut gone_on, actor::derive(device, id, 1, 1), "一");
        let all = [&held, &later, &anew].map(|change| change.bytes.as_slice());
        assert_eq!(standing(device, id, &all), BTreeSet::from([later.hash, anew.hash]), "once is enough");

        let much = tell(&mut gone_on, actor::derive(device, id, 1, 1), "一个字在长句里不算重写");
        let all = [&held, &later, &much].map(|change| change.bytes.as_slice());
        assert_eq!(standing(device, id, &all), BTreeSet::from([held.hash, later.hash, much.hash]));
    }
}
