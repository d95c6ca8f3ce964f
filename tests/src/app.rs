//! What an app brings along: a key store, a wire to a fleet's server, a place for the file.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock};

use crate::fleet::Fleet;
use tempfile::TempDir;
use tingfang::{
    EnrolmentCode, FieldEdit, HttpHeader, HttpReply, HttpRequest, HttpResponse, KeyStore, Profile,
    RecordView, SyncEnd, SyncReport, SyncTask, Tingfang, TingfangError, Transport, TransportFailure, enrol,
};
use tingfang_core::id::{DeviceId, DocumentId, EntryId, PersonId};
use tingfang_core::signature::SecretKey;
use tingfang_core::sync::wire::MEDIA_TYPE;
use tingfang_server::store::device::{self, Device, DeviceState};
use tingfang_server::store::{server_key, tenant};

/// An app on one phone.
pub struct App {
    /// The library.
    pub phone: Arc<Tingfang>,
    /// Its key chain.
    pub keys: Arc<AppKeys>,
    /// Its wire.
    pub wire: Arc<Wire>,
    profile: Profile,
    path: PathBuf,
    _folder: TempDir,
}

/// A key chain in memory.
#[derive(Default)]
pub struct AppKeys {
    kept: Mutex<Option<Vec<u8>>>,
    is_locked: AtomicBool,
}

/// A wire in memory to the fleet's server.
pub struct Wire {
    fleet: Arc<Fleet>,
    person: PersonId,
    name: String,
    redeemed: OnceLock<Redeemed>,
    /// What it does instead of answering.
    mood: Mutex<Mood>,
    /// The requests that nobody waited for any more.
    pub cancelled: Mutex<Vec<u64>>,
}

/// What the one code of a wire was spent on.
struct Redeemed {
    public_key: String,
    device: DeviceId,
    answer: serde_json::Value,
}

/// How a wire behaves.
#[derive(Clone, Default)]
pub enum Mood {
    /// It answers.
    #[default]
    Well,
    /// It answers with this.
    Answers(HttpResponse),
    /// It says that there is no answer.
    Fails(TransportFailure),
    /// It throws.
    Throws(TingfangError),
    /// It takes the request and is never heard of again; it says so first.
    Hangs(std::sync::mpsc::Sender<()>),
    /// It forgets the reply.
    Forgets,
    /// It answers, but the answers to requests of this path are lost on the way.
    Loses(&'static str),
}

impl App {
    /// Enrols an app's phone with the code that the console would show.
    ///
    /// # Panics
    /// When it is not enrolled.
    pub fn enrol(fleet: &Arc<Fleet>, person: PersonId, name: &str) -> Self {
        let (code, keys) = (code_of(fleet), Arc::new(AppKeys::default()));
        let wire = Arc::new(Wire::new(fleet, person, name));
        let enrol_with = || wire.enrol(code.clone(), Arc::<AppKeys>::clone(&keys));
        let profile = enrol_with().expect("the code's own server");
        assert_eq!(enrol_with().expect_err("once only"), TingfangError::AlreadyEnrolled);
        Self::begin(wire, keys, profile)
    }

    /// Opens the fresh phone of an app that was enrolled.
    ///
    /// # Panics
    /// When it does not open.
    pub fn begin(wire: Arc<Wire>, keys: Arc<AppKeys>, profile: Profile) -> Self {
        let folder = TempDir::new().expect("a temporary folder");
        let path = folder.path().join("phone.db");
        let phone = Arc::new(open(&path, &profile, &keys).expect("a fresh phone"));
        Self { phone, keys, wire, profile, path, _folder: folder }
    }

    /// Starts a sync.
    ///
    /// # Errors
    /// What the library throws.
    pub fn start_sync(&self) -> Result<Arc<SyncTask>, TingfangError> {
        Arc::clone(&self.phone).start_sync(Arc::<Wire>::clone(&self.wire), None, None)
    }

    /// Syncs.
    ///
    /// # Errors
    /// What the library throws.
    pub fn try_sync(&self) -> Result<SyncReport, TingfangError> {
        outcome(&*self.start_sync()?)
    }

    /// Syncs; nothing may be left over.
    ///
    /// # Panics
    /// When it does not come to its end.
    pub fn sync(&self) -> SyncReport {
        let report = self.try_sync().expect("synced");
        assert_eq!(report.end, SyncEnd::Complete);
        report
    }

    /// Writes into a record.
    ///
    /// # Panics
    /// When an edit does not fit.
    pub fn edit(&self, record: DocumentId, edits: Vec<FieldEdit>) -> Vec<EntryId> {
        self.phone.edit(record, edits).expect("fits")
    }

    /// Shows a record.
    ///
    /// # Panics
    /// When there is none.
    pub fn show(&self, record: DocumentId) -> RecordView {
        self.phone.show(record).expect("there")
    }

    /// Opens the same file a second time.
    ///
    /// # Errors
    /// What the library throws.
    pub fn open_again(&self) -> Result<Tingfang, TingfangError> {
        open(&self.path, &self.profile, &self.keys)
    }

    /// The same with a PIN.
    ///
    /// # Errors
    /// What the library throws.
    pub fn open_with_pin(&self, pin: &str) -> Result<Tingfang, TingfangError> {
        Tingfang::open(
            self.store_path(),
            self.profile.clone(),
            self.key_store(),
            Some(pin.to_owned()),
            None,
            None,
        )
    }

    /// Where its store is.
    pub fn store_path(&self) -> String {
        self.path.display().to_string()
    }

    /// Its key chain, as the library takes it.
    pub fn key_store(&self) -> Arc<dyn KeyStore> {
        Arc::<AppKeys>::clone(&self.keys)
    }

    /// Stops the app and starts it again.
    ///
    /// # Panics
    /// When it does not open.
    pub fn restart(self) -> Self {
        let Self { phone, keys, wire, profile, path, _folder } = self;
        drop(phone);
        let phone = Arc::new(open(&path, &profile, &keys).expect("opens again"));
        Self { phone, keys, wire, profile, path, _folder }
    }
}

/// Waits for the end of a sync.
///
/// # Errors
/// How it failed.
pub fn outcome(task: &SyncTask) -> Result<SyncReport, TingfangError> {
    wait_for(task.outcome())
}

/// Waits for what the library does on threads of its own.
///
/// # Panics
/// When no thread can be started.
pub fn wait_for<T>(work: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    runtime.expect("a thread that waits").block_on(work)
}

fn open(path: &std::path::Path, profile: &Profile, keys: &Arc<AppKeys>) -> Result<Tingfang, TingfangError> {
    Tingfang::open(path.display().to_string(), profile.clone(), Arc::<AppKeys>::clone(keys), None, None, None)
}

impl AppKeys {
    /// Locks it, or opens it again.
    pub fn lock(&self, is_locked: bool) {
        self.is_locked.store(is_locked, Ordering::SeqCst);
    }

    /// Forgets everything.
    ///
    /// # Panics
    /// After a panic elsewhere.
    pub fn forget(&self) {
        *self.kept.lock().expect("no panic while held") = None;
    }
}

impl KeyStore for AppKeys {
    fn load(&self) -> Result<Option<Vec<u8>>, TingfangError> {
        Ok(self.kept.lock().expect("no panic while held").clone())
    }

    fn save(&self, secrets: Vec<u8>) -> Result<(), TingfangError> {
        if self.is_locked.load(Ordering::SeqCst) {
            return Err(TingfangError::Host { reason: "the key chain is locked".into() });
        }
        *self.kept.lock().expect("no panic while held") = Some(secrets);
        Ok(())
    }
}

impl Wire {
    /// A wire of a person's phone.
    pub fn new(fleet: &Arc<Fleet>, person: PersonId, name: &str) -> Self {
        Self {
            fleet: Arc::clone(fleet),
            person,
            name: name.to_owned(),
            redeemed: OnceLock::new(),
            mood: Mutex::default(),
            cancelled: Mutex::default(),
        }
    }

    /// Enrols over it.
    ///
    /// # Errors
    /// What the library throws.
    pub fn enrol(
        self: &Arc<Self>,
        code: EnrolmentCode,
        keys: Arc<dyn KeyStore>,
    ) -> Result<Profile, TingfangError> {
        let name = format!("phone of {}", self.name);
        wait_for(enrol(code, name, keys, Arc::<Self>::clone(self), None))
    }

    /// From now on it behaves so.
    ///
    /// # Panics
    /// After a panic elsewhere.
    pub fn be(&self, mood: Mood) {
        *self.mood.lock().expect("no panic while held") = mood;
    }

    /// What the server answers.
    fn answer(&self, request: &HttpRequest) -> HttpResponse {
        let path = request.url.strip_prefix("https://aid.example.cn").expect("the code's server");
        match path {
            "/api/v1/server" => json(200, &shown(&self.fleet)),
            "/api/v1/devices" => match self.redeem(&request.body) {
                Some(answer) => json(201, answer),
                None => HttpResponse {
                    status: 410,
                    headers: vec![content_type("application/problem+json")],
                    body: r#"{"detail":"the code is spent"}"#.into(),
                },
            },
            "/api/v1/sync" => {
                let authorised =
                    |header: &HttpHeader| header.name == "authorization" && header.value == "Bearer tf_d_x";
                assert!(request.headers.iter().any(authorised), "the device's token goes with it");
                self.fleet.clock.pass_millis(1_000);
                let device = self.redeemed.get().expect("enrolled").device;
                let body = self.fleet.answer(device, &request.body);
                HttpResponse { status: 200, headers: vec![content_type(MEDIA_TYPE)], body }
            }
            other => panic!("nobody asks for {other}"),
        }
    }

    /// What the server answers to the code: the same again to the same key, nothing to another.
    fn redeem(&self, body: &[u8]) -> Option<&serde_json::Value> {
        let asked: serde_json::Value = serde_json::from_slice(body).expect("JSON");
        let public_key = asked["public_key"].as_str().expect("a key");
        let redeemed = self.redeemed.get_or_init(|| {
            let answer = enrolled(&self.fleet, self.person, &self.name, &asked);
            let device: DeviceId = answer["device"].as_str().expect("an id").parse().expect("an id");
            Redeemed { public_key: public_key.to_owned(), device, answer }
        });
        (redeemed.public_key == public_key).then_some(&redeemed.answer)
    }
}

impl Transport for Wire {
    fn send(&self, request: HttpRequest, reply: Arc<HttpReply>) -> Result<(), TingfangError> {
        let mood = self.mood.lock().expect("no panic while held").clone();
        match mood {
            Mood::Well => reply.complete(self.answer(&request)),
            Mood::Answers(response) => reply.complete(response),
            Mood::Fails(failure) => reply.fail(failure),
            Mood::Throws(error) => return Err(error),
            Mood::Hangs(begun) => {
                begun.send(()).expect("somebody waits for it");
                // As long as the process lives.
                std::mem::forget(reply);
            }
            Mood::Forgets => drop(reply),
            Mood::Loses(path) => {
                let answer = self.answer(&request);
                if request.url.ends_with(path) {
                    reply.fail(TransportFailure::NoConnection);
                } else {
                    reply.complete(answer);
                }
            }
        }
        Ok(())
    }

    fn cancel(&self, number: u64) -> Result<(), TingfangError> {
        self.cancelled.lock().expect("no panic while held").push(number);
        Ok(())
    }
}

/// The header that says what is sent.
pub fn content_type(value: &str) -> HttpHeader {
    HttpHeader { name: "Content-Type".into(), value: value.into() }
}

fn json(status: u16, body: &serde_json::Value) -> HttpResponse {
    HttpResponse { status, headers: vec![content_type("application/json")], body: body.to_string().into() }
}

/// The code that the server's console shows.
///
/// # Panics
/// When the fleet's server has no key.
pub fn code_of(fleet: &Fleet) -> EnrolmentCode {
    let fingerprint = server_public_key(fleet).1;
    let text = format!("tingfang:1|https://aid.example.cn|ABCD-EFGH|{}", fingerprint.replace('-', ""));
    tingfang::read_enrolment_code(text).expect("a code")
}

fn server_public_key(fleet: &Fleet) -> (String, String) {
    let seed = fleet.db.read(server_key::newest).expect("readable").expect("a key was made");
    let key = SecretKey::from_seed(&seed).public();
    (key.0.iter().map(|byte| format!("{byte:02x}")).collect(), key.fingerprint())
}

/// What the server says of itself.
fn shown(fleet: &Fleet) -> serde_json::Value {
    let (server_public_key, key_fingerprint) = server_public_key(fleet);
    serde_json::json!({ "server_public_key": server_public_key, "key_fingerprint": key_fingerprint })
}

/// What the server does with the request of an enrolment.
fn enrolled(fleet: &Fleet, person: PersonId, name: &str, asked: &serde_json::Value) -> serde_json::Value {
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
}
