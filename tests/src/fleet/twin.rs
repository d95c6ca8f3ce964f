//! A fleet once more, from what lies on its disks: the same server, the same phones, at another place.

use std::path::Path;
use std::sync::Arc;

use tempfile::TempDir;
use tingfang_core::id::{DeviceId, PersonId};
use tingfang_core::phone::{KeyStore, Phone, Profile, Secrets};
use tingfang_core::signature::DeviceSigner;
use tingfang_core::sync::wire::{self, SyncRequest};
use tingfang_server::db::{Db, Place};
use tingfang_server::sync::SyncDoor;

use super::{Fleet, FleetPhone, MemoryKeys};
use crate::time::{HandClock, minter};

/// What of a phone does not lie on its disk, and never changes.
#[derive(Clone)]
pub struct WhosePhone {
    /// Its owner.
    pub person: PersonId,
    device: DeviceId,
    profile: Profile,
    hardware: Option<Arc<dyn DeviceSigner>>,
}

impl WhosePhone {
    /// Opens the phone over what lies at a path, with what its key store holds.
    ///
    /// # Panics
    /// When it does not open.
    pub fn opens(&self, path: &Path, secrets: Secrets, clock: &Arc<HandClock>, seed: u64) -> FleetPhone {
        let keys = Arc::new(MemoryKeys::holding(secrets, self.hardware.clone()));
        let (minter, profile) = (minter(clock, seed), self.profile.clone());
        let phone = Phone::open(path, profile.clone(), Arc::<MemoryKeys>::clone(&keys), minter.clone());
        let phone = phone.expect("what lies on the disk opens");
        let (person, device, path) = (self.person, self.device, path.to_owned());
        FleetPhone { phone, person, device, path, keys, profile, minter }
    }
}

impl FleetPhone {
    /// Whose phone it is.
    pub fn whose(&self) -> WhosePhone {
        let (person, device, profile) = (self.person, self.device, self.profile.clone());
        WhosePhone { person, device, profile, hardware: self.keys.signer() }
    }
}

impl Fleet {
    /// The same server over what lies in a folder, as it starts there; its phones are elsewhere.
    ///
    /// # Panics
    /// When what lies there does not open.
    #[must_use]
    pub fn lying_in(&self, folder: TempDir, clock: Arc<HandClock>, seed: u64) -> Self {
        let db = Db::open(Place::in_folder(folder.path())).expect("what lies on the disk opens");
        let minter = minter(&clock, seed);
        let (tenant, server_key, terms) = (self.tenant, self.server_key.clone(), self.terms);
        let door = SyncDoor::new(db.clone(), tenant, server_key.clone(), minter.clone()).on_terms(terms);
        let world = self.world.clone();
        Self {
            folder,
            clock,
            minter,
            db,
            world,
            tenant,
            server_key,
            door,
            terms,
            phones: 0,
            restores: 0,
            seed,
        }
    }

    /// Where its data lies.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// One request and its answer in the smallest pages that the server gives; the phone does not know.
    ///
    /// # Panics
    /// When the server does not answer.
    pub fn answer_in_small_pages(&self, device: DeviceId, request: &[u8]) -> Vec<u8> {
        let asked: SyncRequest = wire::decode(request).expect("a request");
        let answer = self.answer(device, &wire::encode(&SyncRequest { page_bytes: 0, ..asked }));
        self.as_answer_to(request, &answer)
    }

    /// An answer of the server, as if it had been asked by this request.
    ///
    /// # Panics
    /// When it is not the server's.
    pub fn as_answer_to(&self, request: &[u8], answer: &[u8]) -> Vec<u8> {
        let mut response = wire::decode_response(answer, &self.server_key.public()).expect("signed");
        response.answers = wire::request_digest(request);
        wire::encode_response(&response, &self.server_key)
    }
}
