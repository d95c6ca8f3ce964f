//! What an app brings along: a key store, a wire, a place for the file.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, Weak};

use tempfile::TempDir;
use tingfang::{
    Enrolment, EnrolmentCode, FieldEdit, KeyStore, Profile, RecordView, SyncProgress, Tingfang,
    TingfangError, Transport,
};
use tingfang_core::id::{DeviceId, DocumentId, EntryId, PersonId};
use tingfang_core::signature::SecretKey;
use tingfang_server::store::device::{self, Device, DeviceState};
use tingfang_server::store::{server_key, tenant};
use tingfang_tests::fleet::Fleet;

/// An app on one phone.
pub(super) struct App {
    pub(super) phone: Tingfang,
    pub(super) keys: Arc<AppKeys>,
    wire: Arc<Wire>,
    profile: Profile,
    path: PathBuf,
    _folder: TempDir,
}

/// A key chain in memory.
#[derive(Default)]
pub(super) struct AppKeys {
    kept: Mutex<Option<Vec<u8>>>,
    broken: Mutex<Option<BrokenKeys>>,
}

/// A key chain that is locked.
#[derive(Clone, Copy)]
pub(super) struct BrokenKeys;

/// A wire in memory to the fleet's server.
pub(super) struct Wire {
    fleet: Arc<Fleet>,
    device: DeviceId,
}

/// A wire that leads nowhere.
pub(super) struct DeadWire;

/// A wire that uses the phone while the request is under way.
pub(super) struct NosyWire {
    app: Weak<App>,
    record: DocumentId,
    second_sync: Mutex<Option<TingfangError>>,
}

impl App {
    /// Enrols an app's phone with the code that the console would show.
    pub(super) fn enrol(fleet: &Arc<Fleet>, person: PersonId, name: &str) -> Self {
        let (code, keys) = (code_of(fleet), Arc::new(AppKeys::default()));
        let enrolment = Enrolment::begin(code, format!("phone of {name}"));
        let answer = answer(fleet, person, name, &enrolment.request().body);
        let enrolled =
            enrolment.finish(answer.clone(), Arc::<AppKeys>::clone(&keys)).expect("the code's own server");
        let again = enrolment.finish(answer, Arc::<AppKeys>::clone(&keys)).expect_err("once only");
        assert_eq!(again, TingfangError::AlreadyEnrolled);
        let profile = enrolled.profile;
        let folder = TempDir::new().expect("a temporary folder");
        let path = folder.path().join("phone.db");
        let phone = open(&path, &profile, &keys).expect("a fresh phone");
        let wire = Arc::new(Wire { fleet: Arc::clone(fleet), device: profile.device });
        Self { phone, keys, wire, profile, path, _folder: folder }
    }

    pub(super) fn sync(&self) -> SyncProgress {
        let progress = self.phone.sync(Arc::<Wire>::clone(&self.wire)).expect("synced");
        assert!(!progress.more);
        progress
    }

    pub(super) fn edit(&self, record: DocumentId, edits: Vec<FieldEdit>) -> Vec<EntryId> {
        self.phone.edit(record, edits).expect("fits")
    }

    pub(super) fn show(&self, record: DocumentId) -> RecordView {
        self.phone.show(record).expect("there")
    }

    /// Opens the same file a second time.
    pub(super) fn open_again(&self) -> Result<Tingfang, TingfangError> {
        open(&self.path, &self.profile, &self.keys)
    }

    /// Stops the app and starts it again.
    pub(super) fn restart(self) -> Self {
        let Self { phone, keys, wire, profile, path, _folder } = self;
        drop(phone);
        let phone = open(&path, &profile, &keys).expect("opens again");
        Self { phone, keys, wire, profile, path, _folder }
    }
}

fn open(path: &std::path::Path, profile: &Profile, keys: &Arc<AppKeys>) -> Result<Tingfang, TingfangError> {
    Tingfang::open(path.display().to_string(), profile.clone(), Arc::<AppKeys>::clone(keys))
}

impl AppKeys {
    pub(super) fn break_with(&self, broken: Option<BrokenKeys>) {
        *self.broken.lock().expect("no panic while held") = broken;
    }

    pub(super) fn forget(&self) {
        *self.kept.lock().expect("no panic while held") = None;
    }
}

impl KeyStore for AppKeys {
    fn load(&self) -> Result<Option<Vec<u8>>, TingfangError> {
        Ok(self.kept.lock().expect("no panic while held").clone())
    }

    fn save(&self, secrets: Vec<u8>) -> Result<(), TingfangError> {
        if self.broken.lock().expect("no panic while held").is_some() {
            return Err(TingfangError::Host { reason: "the key chain is locked".into() });
        }
        *self.kept.lock().expect("no panic while held") = Some(secrets);
        Ok(())
    }
}

impl Transport for Wire {
    fn exchange(&self, request: Vec<u8>) -> Result<Vec<u8>, TingfangError> {
        self.fleet.clock.pass_millis(1_000);
        Ok(self.fleet.answer(self.device, &request))
    }
}

impl Transport for DeadWire {
    fn exchange(&self, _: Vec<u8>) -> Result<Vec<u8>, TingfangError> {
        Err(TingfangError::Offline { retry_after_s: Some(30) })
    }
}

impl NosyWire {
    pub(super) fn new(app: &Arc<App>, record: DocumentId) -> Self {
        Self { app: Arc::downgrade(app), record, second_sync: Mutex::new(None) }
    }

    pub(super) fn second_sync(&self) -> Option<TingfangError> {
        self.second_sync.lock().expect("no panic while held").clone()
    }
}

impl Transport for NosyWire {
    fn exchange(&self, request: Vec<u8>) -> Result<Vec<u8>, TingfangError> {
        let app = self.app.upgrade().expect("the app runs");
        let mut second = self.second_sync.lock().expect("no panic while held");
        if second.is_none() {
            *second = app.phone.sync(Arc::new(DeadWire)).err();
            let words = FieldEdit::Append { path: "narrative".into(), text: "同步时写下。".into() };
            app.edit(self.record, vec![words]);
        }
        app.wire.exchange(request)
    }
}

/// The code that the server's console shows.
fn code_of(fleet: &Fleet) -> EnrolmentCode {
    let fingerprint = server_public_key(fleet).1;
    let text = format!("tingfang:1|https://aid.example.cn|ABCD-EFGH|{}", fingerprint.replace('-', ""));
    tingfang::read_enrolment_code(text).expect("a code")
}

fn server_public_key(fleet: &Fleet) -> (String, String) {
    let seed = fleet.db.read(server_key::newest).expect("readable").expect("a key was made");
    let key = SecretKey::from_seed(&seed).public();
    (key.0.iter().map(|byte| format!("{byte:02x}")).collect(), key.fingerprint())
}

/// What the server does with the request of an enrolment.
fn answer(fleet: &Fleet, person: PersonId, name: &str, body: &str) -> String {
    let asked: serde_json::Value = serde_json::from_str(body).expect("JSON");
    let digits = asked["public_key"].as_str().expect("a key");
    let public_key = (0..32)
        .map(|index| u8::from_str_radix(&digits[2 * index..2 * index + 2], 16).expect("hexadecimal"))
        .collect();
    let row = Device {
        id: fleet.minter.mint(),
        person,
        name: asked["name"].as_str().expect("a name").to_owned(),
        algorithm: 1,
        public_key,
        epoch: 0,
        state: DeviceState::Active,
        enrolled_at: fleet.minter.clock().now(),
        enrolled_by: None,
        last_seen_at: None,
    };
    let device = row.id;
    fleet.db.write(move |tx| device::insert(tx, &row)).expect("a fresh device");
    let tenant = fleet.db.read(tenant::find).expect("readable").expect("a tenant was made").id;
    serde_json::json!({
        "device": device, "person": person, "person_name": name, "tenant": tenant, "token": "tf_d_x",
        "server_public_key": server_public_key(fleet).0, "key_fingerprint": server_public_key(fleet).1,
    })
    .to_string()
}
