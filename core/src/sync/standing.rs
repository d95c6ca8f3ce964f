//! What of a device's changes still stands, and what it has given up: written anew, or gone on without.
//!
//! A phone's record holds everything that it wrote in it before, so each of its changes rests on all of its
//! earlier ones; except where it wrote them anew ([`rebase`](super::rebase)), and goes on from those. Whoever
//! only has copies of a device's changes can tell by that which of two copies stands.

use std::collections::{BTreeMap, BTreeSet};

use super::actor::{self, Epoch};
use super::gate;
use crate::id::{DeviceId, DocumentId};
use crate::record::document::{Actor, ChangeHash};

/// How many epochs and reopenings of a record are looked through for the names of a device.
const EPOCHS: Epoch = 32;
const REOPENINGS: u32 = 256;

/// Of the changes of a record those that a device has written, going by their names, and has not given up.
/// `changes` are all that are known of the record, in any order.
pub fn standing(device: DeviceId, document: DocumentId, changes: &[&[u8]]) -> BTreeSet<ChangeHash> {
    let names = names(device, document);
    let mut rests_on = BTreeMap::new();
    let mut own = BTreeMap::new();
    for change in changes.iter().filter_map(|bytes| gate::read(bytes).ok()) {
        let hash = change.hash();
        rests_on.insert(hash, change.deps().to_vec());
        let actor = change.actor_id().to_bytes().try_into().ok().map(Actor);
        if let Some(name) = actor.and_then(|actor| names.get(&actor)) {
            own.insert((*name, change.seq()), hash);
        }
    }
    let Some((_, newest)) = own.last_key_value() else { return BTreeSet::new() };
    let (mut standing, mut open) = (BTreeSet::from([*newest]), vec![*newest]);
    while let Some(next) = open.pop() {
        let below = rests_on.get(&next).into_iter().flatten();
        open.extend(below.filter(|hash| standing.insert(**hash)));
    }
    own.into_values().filter(|hash| standing.contains(hash)).map(Into::into).collect()
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
        ];
        let rebased = rebase(&begun, &later, actor::derive(device, id, 2, 1)).expect("rewritten");
        let again = rebased.carried[0].new.clone().expect("something is left");
        let all = [&elsewhere, &first, &second, &again].map(|change| change.bytes.as_slice());
        assert_eq!(standing(device, id, &all), BTreeSet::from([again.hash]));
    }
}
