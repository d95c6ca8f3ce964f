//! Derived actors. Automerge accepts any actor id; a spoofed one would make the honest writer's
//! next change fail. So an actor is a hash that the server can compute and compare, without state.

use crate::id::{DeviceId, DocumentId};
use crate::record::document::Actor;

/// Counts the installations of one device key: a phone restored from a backup gets a new epoch, so
/// that it never reuses (actor, seq). Kept outside the phone's database.
pub type Epoch = u32;

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
}
