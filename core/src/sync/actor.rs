//! Derived actors. Automerge accepts any actor id; a spoofed one would make the honest writer's
//! next change fail. So an actor is a hash that the server can compute and compare, without state.

use crate::id::{DeviceId, DocumentId};
use crate::record::document::Actor;

/// Counts the installations of one device key: a phone restored from a backup gets a new epoch, so
/// that it never reuses (actor, seq). Kept outside the phone's database.
pub type Epoch = u32;

/// So many epochs a phone has before its key store is lost, by all that is to be expected: each is a backup that was
/// put back, or a copy of the phone that came to light.
const EPOCHS_OF_A_KEY_STORE: Epoch = 32;

/// The first epoch of a phone whose key store was lost: it alone knew the newest, and the database may be an old copy.
/// Where that was the second loss since the copy was made, the epoch may have been there before: then the phone
/// contradicts itself, and a person decides.
pub const fn first_epoch_after_loss(of_database: Epoch) -> Epoch {
    (of_database / EPOCHS_OF_A_KEY_STORE + 1).saturating_mul(EPOCHS_OF_A_KEY_STORE)
}

/// The actor of a device in a document. `rebase` counts how often the document was reopened from
/// its accepted heads after a refusal.
pub fn derive(device: DeviceId, document: DocumentId, epoch: Epoch, rebase: u32) -> Actor {
    let mut hasher = blake3::Hasher::new();
    hasher.update(b"tingfang-actor/1");
    hasher.update(device.as_bytes());
    hasher.update(document.as_bytes());
    hasher.update(&epoch.to_le_bytes());
    hasher.update(&rebase.to_le_bytes());
    let mut actor = [0; 16];
    actor.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
    Actor(actor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_of_the_identity_changes_the_actor() {
        let (device, document) = (DeviceId::from_bytes([1; 16]), DocumentId::from_bytes([2; 16]));
        let actor = derive(device, document, 1, 0);
        assert_ne!(actor, derive(DeviceId::from_bytes([3; 16]), document, 1, 0));
        assert_ne!(actor, derive(device, DocumentId::from_bytes([3; 16]), 1, 0));
        assert_ne!(actor, derive(device, document, 2, 0));
        assert_ne!(actor, derive(device, document, 1, 1));
    }

    #[test]
    fn after_a_loss_there_is_room_for_the_epochs_that_an_old_copy_does_not_know_of() {
        assert_eq!([0, 1, 31].map(first_epoch_after_loss), [32; 3]);
        assert_eq!(first_epoch_after_loss(32), 64);
    }
}
