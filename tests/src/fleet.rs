//! A fleet: one server core, and phones that reach it over a wire in memory.

mod keys;
mod twin;

use std::path::PathBuf;
use std::sync::Arc;

use tempfile::TempDir;
use tingfang_core::clock::Moment;
use tingfang_core::id::{DeviceId, DocumentId, Minter, PersonId, TenantId};
use tingfang_core::people::Role;
use tingfang_core::phone::{KeyStore, Phone, PhoneError, Profile, Progress, recover, recovery_request};
use tingfang_core::recovery::RecoverySecret;
use tingfang_core::signature::SecretKey;
use tingfang_core::sync::frame::{Beacon, Frame, FrameHash, FrameHeader, Item};
use tingfang_core::sync::order::Terms;
use tingfang_core::sync::verdict::Verdict;
use tingfang_core::sync::wire::{self, FrameBytes, SyncRequest, SyncResponse};
use tingfang_server::app::initialise;
use tingfang_server::db::{Db, Place, scratch};
use tingfang_server::store::device::{self, Device, DeviceState};
use tingfang_server::store::{frame, server_key, tenant};
use tingfang_server::sync::{CarriedOver, CarryOver, SyncDoor};

pub use keys::{Listener, MemoryKeys};
pub use twin::WhosePhone;

use crate::time::{HandClock, minter};
use crate::world::World;

/// One server core and its phones' surroundings.
pub struct Fleet {
    folder: TempDir,
    /// The clock of everybody.
    pub clock: Arc<HandClock>,
    /// Makes ids.
    pub minter: Minter,
    /// The server's data.
    pub db: Db,
    /// The rows of the world.
    pub world: World,
    tenant: TenantId,
    server_key: SecretKey,
    door: SyncDoor,
    terms: Terms,
    phones: u64,
    restores: u64,
    seed: u64,
}

/// A phone of the fleet.
pub struct FleetPhone {
    /// The real phone.
    pub phone: Phone,
    /// Its owner.
    pub person: PersonId,
    /// The device.
    pub device: DeviceId,
    /// Where its database is.
    pub path: PathBuf,
    keys: Arc<MemoryKeys>,
    profile: Profile,
    minter: Minter,
}

impl Fleet {
    /// A fresh server.
    pub fn new(seed: u64) -> Self {
        let folder = TempDir::new().expect("a temporary folder");
        let clock = HandClock::new();
        let minter = minter(&clock, seed);
        let db = Db::open(scratch::place(folder.path())).expect("a fresh database");
        initialise(&db, &minter, "云河县(虚构)").expect("a fresh server");
        let world = World::found(&db, &minter);
        let (tenant, server_key) = identity(&db);
        let door = SyncDoor::new(db.clone(), tenant, server_key.clone(), minter.clone());
        let terms = Terms::default();
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

    /// The key that the server signs with.
    pub const fn server_key(&self) -> &SecretKey {
        &self.server_key
    }

    /// Adds a person with a role.
    pub fn person(&self, name: &str, role: Role) -> PersonId {
        self.world.person(&self.db, &self.minter, name, role)
    }

    /// Enrols a phone for a person.
    pub fn phone(&mut self, person: PersonId) -> FleetPhone {
        let clock = Arc::clone(&self.clock);
        self.phone_with_clock(person, &clock)
    }

    /// The same with a clock of its own, which may go wrong.
    pub fn phone_with_clock(&mut self, person: PersonId, clock: &Arc<HandClock>) -> FleetPhone {
        self.phones += 1;
        // Every second phone has secure hardware.
        let keys = Arc::new(MemoryKeys::fresh(self.minter.random(), self.phones.is_multiple_of(2)));
        let key = keys.device_signer().public();
        let id: DeviceId = self.minter.mint();
        let row = Device {
            id,
            person,
            name: format!("phone {}", self.phones),
            algorithm: key.algorithm() as u8,
            public_key: key.as_bytes().to_vec(),
            epoch: 1,
            state: DeviceState::Active,
            enrolled_at: self.minter.clock().now(),
            enrolled_by: None,
            last_seen_at: None,
        };
        self.db.write(move |tx| device::insert(tx, &row)).expect("a fresh device");
        let path = self.folder.path().join(format!("phone-{}.db", self.phones));
        let profile = Profile { tenant: self.tenant, device: id, person, server: self.server_key.public() };
        let minter = minter(clock, self.seed.wrapping_mul(1_000).wrapping_add(self.phones));
        let phone = Phone::open(&path, profile.clone(), Arc::<MemoryKeys>::clone(&keys), minter.clone())
            .expect("a fresh phone");
        FleetPhone { phone, person, device: id, path, keys, profile, minter }
    }

    /// One request and its answer, as the server gives it.
    pub fn answer(&self, device: DeviceId, request: &[u8]) -> Vec<u8> {
        self.door.exchange(&self.device(device), request).expect("an answer")
    }

    /// One request of a phone and its answer, taken.
    pub fn step(&self, phone: &mut FleetPhone) -> Progress {
        self.clock.pass_millis(1_000);
        let request = phone.phone.next_request().expect("a request");
        let answer = self.answer(phone.device, &request);
        phone.phone.take_response(&answer).expect("an answer that fits")
    }

    /// One request and its answer, in which somebody who has the server's key for answers has changed
    /// something.
    pub fn altered_step(
        &self,
        phone: &mut FleetPhone,
        alter: impl FnOnce(&mut SyncResponse),
    ) -> Result<Progress, PhoneError> {
        let request = phone.phone.next_request()?;
        let answer = self.answer(phone.device, &request);
        let mut response = wire::decode_response(&answer, &self.server_key.public()).expect("signed");
        alter(&mut response);
        phone.phone.take_response(&wire::encode_response(&response, &self.server_key))
    }

    /// Whether a request asks to hold the phone against the server.
    pub fn asks_for_comparison(&self, request: &[u8]) -> bool {
        wire::decode::<SyncRequest>(request).expect("a request").digest.is_some()
    }

    /// Sets the terms on which the server's devices are used.
    pub fn set_terms(&mut self, terms: Terms) {
        self.terms = terms;
        self.door = self.door.clone().on_terms(terms);
    }

    /// Syncs a phone until there is nothing more to send or to read.
    pub fn sync(&self, phone: &mut FleetPhone) -> Progress {
        let mut total = Progress::default();
        for _ in 0..1_000 {
            let progress = self.step(phone);
            total.stored += progress.stored;
            total.not_accepted += progress.not_accepted;
            total.pulled += progress.pulled;
            total.reopened += progress.reopened;
            total.addenda += progress.addenda;
            total.rejected.extend(progress.rejected);
            if !progress.more {
                return total;
            }
        }
        panic!("a phone that never comes to rest");
    }

    /// The tenant.
    pub const fn tenant(&self) -> TenantId {
        self.tenant
    }

    /// Signs items by hand into a phone's next frame, past the phone's own rules, and gives the
    /// server's verdicts.
    pub fn send(&self, phone: &mut FleetPhone, items: Vec<Item>) -> Vec<Verdict> {
        self.send_knowing(phone, None, items)
    }

    /// The same by somebody who says that they knew this beacon.
    pub fn send_knowing(
        &self,
        phone: &mut FleetPhone,
        beacon: Option<Beacon>,
        items: Vec<Item>,
    ) -> Vec<Verdict> {
        let secrets = phone.keys.secrets();
        let last = self.db.read(|tx| frame::last(tx, phone.device, secrets.epoch)).expect("readable");
        let (number, previous) = last.unwrap_or((0, FrameHash::NONE.0));
        let signer = phone.keys.device_signer();
        let header = FrameHeader {
            format: 1,
            algorithm: signer.public().algorithm(),
            tenant: self.tenant,
            device: phone.device,
            epoch: secrets.epoch,
            number: number + 1,
            previous: FrameHash(previous),
            policy_version: 1,
            beacon,
            claimed_at: self.minter.clock().now(),
        };
        let signed = Frame::sign_with(header, items, |digest| signer.sign(digest)).expect("signs");
        let request = wire::encode(&SyncRequest {
            tenant: self.tenant,
            device: phone.device,
            epoch: secrets.epoch,
            cursor: None,
            page: None,
            frames: vec![FrameBytes(signed.to_bytes())],
            page_bytes: 1 << 20,
            core_version: "by hand".into(),
            answered: None,
            audit_sizes: Vec::new(),
            is_wiping: false,
            digest: None,
            policy_version: 0,
        });
        let answer = self.answer(phone.device, &request);
        let response = wire::decode_response(&answer, &self.server_key.public()).expect("signed");
        assert!(response.rejections.is_empty(), "{:?}", response.rejections);
        response.verdicts.into_iter().flat_map(|answered| answered.verdicts).collect()
    }

    /// A copy of the server's database, as a backup would hold it.
    pub fn backup(&self) -> PathBuf {
        let path = self.folder.path().join(format!("backup-{}.db", self.minter.clock().now().as_millis()));
        self.db.backup_to(&path).expect("a backup");
        path
    }

    /// Puts a backup in the server's place: an older state, and a new log epoch.
    pub fn restore(&mut self, backup: &std::path::Path) {
        self.restores += 1;
        // The backup stays as it is, for whoever puts it back again.
        let path = backup.with_extension(format!("restored-{}", self.restores));
        std::fs::copy(backup, &path).expect("copied");
        let copy = Db::open(&path).expect("a backup opens");
        self.db = match scratch::place(&path) {
            Place::File(_) => copy,
            server @ Place::Postgres(_) => {
                let db = Db::open(server).expect("a fresh database");
                copy.copy_into(&db).expect("copied");
                db
            }
        };
        let epoch = self.minter.mint();
        self.db.write(move |tx| tingfang_server::log::begin_epoch(tx, epoch)).expect("a new epoch");
        self.door = self.door_of(self.db.clone());
    }

    /// A second node over the same database, with connections of its own.
    pub fn another_node(&self) -> SyncDoor {
        self.door_of(Db::open(self.db.place().clone()).expect("the same database"))
    }

    fn door_of(&self, db: Db) -> SyncDoor {
        SyncDoor::new(db, self.tenant, self.server_key.clone(), self.minter.clone()).on_terms(self.terms)
    }

    /// The server's process is killed and starts again over what is on the disk.
    pub fn restart_server(&mut self) {
        self.door = self.another_node();
        self.door.finish_leftovers(Moment::from_millis(i64::MAX)).expect("what was left is judged");
    }

    /// A device's row.
    pub fn device(&self, id: DeviceId) -> Device {
        self.db.read(|tx| device::find(tx, id)).expect("readable").expect("enrolled")
    }

    /// Somebody reports what has become of a device.
    pub fn set_device_state(&self, id: DeviceId, state: DeviceState) {
        let now = self.minter.clock().now();
        self.db.write(move |tx| device::set_state(tx, id, state, now)).expect("a known device");
    }

    /// A manager has carried over what waits of a phone in a record.
    pub fn carry_over(&self, document: DocumentId, device: DeviceId, ordered_by: PersonId) -> CarriedOver {
        let (organisation, reason) = (self.world.organisation, "手机遗失".to_owned());
        let wish = CarryOver { document, device, organisation, ordered_by, reason };
        self.door.carry_over(&wish).expect("an answer")
    }

    /// The fingerprint of the server's key, as people compare it.
    pub fn fingerprint(&self) -> String {
        self.server_key.public().fingerprint()
    }

    /// The server's sync door.
    pub fn door(&self) -> &SyncDoor {
        &self.door
    }
}

impl FleetPhone {
    /// The phone's key store.
    pub fn keys(&self) -> Arc<MemoryKeys> {
        Arc::clone(&self.keys)
    }

    /// What lies in the phone's database, the log of its last writes included.
    pub fn bytes_at_rest(&self) -> Vec<u8> {
        let log = self.path.with_extension("db-wal");
        let read = |path: &std::path::Path| std::fs::read(path).unwrap_or_default();
        [read(&self.path), read(&log)].concat()
    }

    /// Takes an answer in parts of so many rows and changes.
    ///
    /// # Errors
    /// When it cannot be taken.
    pub fn takes(&mut self, answer: &[u8], most: usize) -> Result<Progress, PhoneError> {
        let mut answer = self.phone.check_response(answer)?;
        loop {
            if let Some(progress) = self.phone.take_part(&mut answer, most)? {
                return Ok(progress);
            }
        }
    }

    /// What it takes to open the phone once more.
    pub fn parts(&self) -> (PathBuf, Profile, Arc<MemoryKeys>, Minter) {
        (self.path.clone(), self.profile.clone(), self.keys(), self.minter.clone())
    }

    /// Dies after the mark of a frame was kept and before its commit, and starts again.
    #[must_use]
    pub fn dies_before_the_commit(self) -> Self {
        let mut secrets = self.keys.secrets();
        secrets.last_frame += 1;
        self.keys.save(&secrets).expect("kept");
        self.restart()
    }

    /// Puts a copy of the database in the place of the present one: an old backup comes back.
    #[must_use]
    pub fn replaced_by(self, copy: &std::path::Path) -> Self {
        let Self { phone, person, device, keys, profile, minter, .. } = self;
        drop(phone);
        let path = copy.to_owned();
        let phone = Phone::open(&path, profile.clone(), Arc::<MemoryKeys>::clone(&keys), minter.clone())
            .expect("opens");
        Self { phone, person, device, path, keys, profile, minter }
    }

    /// Copies the phone's data, without its keys, as a backup does.
    pub fn copy_data(&self, path: &std::path::Path) {
        let data = rusqlite::Connection::open(&self.path).expect("opens");
        data.execute("vacuum into ?1", [path.to_str().expect("a plain path")]).expect("copied");
        let of_centre = self.path.with_extension("recovery");
        if of_centre.exists() {
            std::fs::copy(of_centre, path.with_extension("recovery")).expect("copied");
        }
    }

    /// The platform throws the keys away; its owner goes to the centre, which opens the phone.
    #[must_use]
    pub fn loses_its_keys(self, centre: &RecoverySecret) -> Self {
        let Self { device, path, keys, minter, .. } = &self;
        keys.lose();
        let request = recovery_request(path, keys.as_ref(), *device, minter).expect("it was sealed");
        let answer = centre.answer(&request, minter).expect("the centre's own key");
        recover(keys.as_ref(), *device, &answer).expect("recovered");
        self.restart()
    }

    /// Somebody copies the phone with all that is in it, its keys too, and starts the copy. What the copy
    /// mints is its own.
    pub fn cloned_to(&self, path: &std::path::Path, clock: &Arc<HandClock>, seed: u64) -> Self {
        self.copy_data(path);
        let keys = Arc::new(self.keys.copied());
        let minter = minter(clock, seed);
        let profile = self.profile.clone();
        let phone = Phone::open(path, profile.clone(), Arc::<MemoryKeys>::clone(&keys), minter.clone())
            .expect("opens");
        Self { phone, person: self.person, device: self.device, path: path.to_owned(), keys, profile, minter }
    }

    /// Stops the phone and starts it again over the same database.
    #[must_use]
    pub fn restart(self) -> Self {
        let Self { phone, person, device, path, keys, profile, minter } = self;
        drop(phone);
        let phone = Phone::open(&path, profile.clone(), Arc::<MemoryKeys>::clone(&keys), minter.clone())
            .expect("opens again");
        Self { phone, person, device, path, keys, profile, minter }
    }
}

fn identity(db: &Db) -> (TenantId, SecretKey) {
    db.read(|tx| Ok((tenant::find(tx)?, server_key::newest(tx)?)))
        .map(|(tenant, key)| {
            let seed = key.expect("a key was made");
            (tenant.expect("a tenant was made").id, SecretKey::from_seed(&seed))
        })
        .expect("readable")
}
