//! What only a phone has: its store, and the sans-IO engine that talks to the server.
//!
//! A [`Phone`] is complete and useful without a network for weeks. Everything it is told is on
//! disk before a call returns. It reads no clock and no network: both are handed in, and
//! [`Phone::next_request`] and [`Phone::take_response`] deal in bytes. Whoever shows a screen reads beside it
//! ([`Reading`]).

mod addenda;
mod agenda;
mod answer;
mod asking;
mod attachments;
mod auditing;
mod authorship;
mod cases;
mod contacts;
mod court_room;
mod digesting;
mod erasing;
mod fetching;
mod frames;
mod http;
mod lease;
mod listing;
mod opening;
mod paging;
mod permission;
mod pin;
mod profile;
mod pulling;
mod questionnaires;
mod reading;
mod records;
mod recovering;
mod reopening;
mod reporting;
mod rescuing;
mod results;
mod rules;
mod scoring;
mod search;
mod setbacks;
mod settling;
mod shared;
mod signing;
mod stage;
mod standing;
mod storage;
mod store;
mod tasks;
#[cfg(test)]
mod testing;
mod told;
mod transcripts;
mod unassigned;
mod upload_round;
mod uploading;
mod vault;
mod wiping;

use std::path::Path;
use std::sync::Arc;

pub use agenda::{AgendaItem, AgendaPage, AgendaPlace, MonthFigure, TaskProgress};
pub use answer::Answer;
pub use asking::{Answering, AskedQuestion, PossibleAnswer};
pub use attachments::{AttachmentRow, FileState, NewAttachment};
pub use auditing::Compared;
pub use authorship::Authorship;
pub use cases::{CaseCard, ChannelMark, ChannelState};
pub use contacts::{ContactCard, SafeContactRules};
pub use court_room::CourtRoom;
pub use erasing::ErasedRecord;
pub use fetching::{FetchCall, FetchProgress};
pub use http::{HttpAnswer, HttpCall};
pub use listing::{RecordRow, RefusedItem, Status, SyncState};
pub use opening::About;
pub use paging::{Page, Place};
pub use pin::{SHORTEST_PIN, WrappedSecret};
pub use profile::{DeviceKeys, KeyStore, KeyStoreError, Profile, Secrets};
pub use pulling::Progress;
pub use reading::Reading;
pub use records::RecordView;
pub use recovering::{recover, recovery_request};
pub use reporting::{FieldNote, ReturnedRecord};
pub use rescuing::Rescued;
pub use results::{OwnResult, ToldGrade};
pub use scoring::{Score, ScoredItem};
pub use setbacks::Setbacks;
pub use stage::RecordStage;
pub use standing::ToldStanding;
pub use storage::Storage;
pub use upload_round::UploadRound;
pub use uploading::{UploadCall, UploadProgress};

use crate::clock::{Clock, Moment};
use crate::id::{AssignmentId, DocumentId, Minter};
use crate::record::attachment::{AttachmentProblem, ContentDigest};
use crate::record::edit::{EditError, FieldPath};
use crate::signature::SecretKey;
use crate::sync::actor;
pub use store::StoreError;

use vault::Vault;

use recovering::CentresCopy;
use rules::Rules;
use shared::Shared;
use store::setting::{self, Setting};
use store::{Store, frame, item, server_row};

/// Why the phone cannot do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum PhoneError {
    /// The store failed.
    #[error("the store failed while {doing}")]
    Store {
        /// What was being done.
        doing: &'static str,
        /// What the store said.
        #[source]
        source: StoreError,
    },
    /// The key store failed.
    #[error("the key store failed")]
    KeyStore(#[from] KeyStoreError),
    /// An edit does not fit the record.
    #[error(transparent)]
    Edit(#[from] EditError),
    /// The policy does not allow it.
    #[error("not allowed: {rule}")]
    NotAllowed {
        /// The rule; its sentence stands in the locale files under `rule`.
        rule: String,
    },
    /// No such record.
    #[error("there is no record {0}")]
    NoSuchRecord(DocumentId),
    /// No such task.
    #[error("there is no task {0}")]
    NoSuchTask(AssignmentId),
    /// The task does not ask for such a record.
    #[error("the task asks for {expected}, not for {kind}")]
    WrongKind {
        /// What was asked for.
        kind: String,
        /// What the task asks for.
        expected: String,
    },
    /// The task has several subjects, or none, that are meant.
    #[error("{found} subjects of the task are meant; name case and undertaker")]
    WhichSubject {
        /// How many are meant.
        found: usize,
    },
    /// The questionnaire does not ask that.
    #[error("nothing is asked at {path}; what is asked is {}", .expected.join(", "))]
    NoSuchQuestion {
        /// The path of the question that was answered.
        path: FieldPath,
        /// The questions that there are.
        expected: Vec<String>,
    },
    /// The question does not take that answer.
    #[error("{given} is no answer at {path}; answers are {}", .expected.join(", "))]
    NoSuchAnswer {
        /// The path of the question.
        path: FieldPath,
        /// What was answered.
        given: String,
        /// The answers that there are.
        expected: Vec<String>,
    },
    /// A file cannot be attached.
    #[error(transparent)]
    Attachment(#[from] AttachmentProblem),
    /// A file is too large to be taken in.
    #[error("the file has more than {most_bytes} bytes, the most that is taken of its kind")]
    FileTooLarge {
        /// How large it may be.
        most_bytes: u64,
    },
    /// No record on this phone names such a file.
    #[error("the record names no file {0}")]
    NoSuchFile(ContentDigest),
    /// The file is not on this phone; it can be fetched.
    #[error("the file {0} is not on this phone; fetch it first")]
    FileElsewhere(ContentDigest),
    /// The server has not said that it has the file: what lies here may be all that there is of it.
    #[error("the server has not said that it has the file {0}; it stays on this phone")]
    FileNotOnServer(ContentDigest),
    /// A file on this phone is damaged.
    #[error("a file on this phone is damaged")]
    DamagedFile,
    /// A file cannot be read or written.
    #[error("{doing} failed")]
    File {
        /// What was being done.
        doing: &'static str,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// The phone has a PIN.
    #[error("the phone has a PIN; it is needed to open it")]
    PinNeeded,
    /// The PIN is wrong.
    #[error("the PIN is wrong; {tries_left} more can be tried before the phone locks for a while")]
    WrongPin {
        /// How many more wrong ones are free.
        tries_left: u32,
    },
    /// Too many wrong PINs; nothing is erased.
    #[error("too many wrong PINs; the next can be tried at {until}")]
    PinLocked {
        /// When the next may be tried.
        until: Moment,
    },
    /// The PIN is too short.
    #[error("the PIN has fewer than {shortest} signs")]
    PinTooShort {
        /// The fewest signs.
        shortest: usize,
    },
    /// The centre's key cannot open this phone, or the answer is not to its request.
    #[error(
        "the centre cannot open this phone with that: it opens without, it never heard of a recovery key, or another answer"
    )]
    NoRecovery,
    /// The key that signs is not the one with which the phone was enrolled: secure hardware has lost it and made
    /// another, or was not handed in. What is written stays and can be read; it cannot be sent under another key.
    #[error("the phone was enrolled with another key than the one that signs now")]
    OtherKey,
    /// The phone is in a court room: no network, no camera, no sound until its owner has left.
    #[error("the phone is in a court room since {since}; leave it first")]
    InCourtRoom {
        /// Since when.
        since: Moment,
    },
    /// The phone was without the server for longer than the centre allows. Nothing is lost: a sync opens it.
    #[error("the phone was to see the server by {until}; sync to open it again")]
    LeaseOver {
        /// Until when it was leased.
        until: Moment,
    },
    /// The record cannot be sealed yet.
    #[error("these fields must be filled before the seal: {}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "))]
    Incomplete(Vec<FieldPath>),
    /// A record is damaged.
    #[error("a record on this phone is damaged: {reason}")]
    Damaged {
        /// What is wrong.
        reason: String,
    },
    /// The server's answer cannot be used.
    #[error("the server's answer cannot be used: {reason}")]
    BadResponse {
        /// What is wrong with it.
        reason: String,
    },
}

/// One person's records on one phone.
pub struct Phone {
    store: Store,
    profile: Profile,
    secrets: Shared<Secrets>,
    key: SecretKey,
    keys: Arc<dyn KeyStore>,
    minter: Minter,
    clock: Arc<dyn Clock>,
    rules: Shared<Rules>,
    vault: Vault,
    centres_copy: CentresCopy,
}

impl Phone {
    /// Opens the store of a profile, or makes it.
    ///
    /// When the store is older than the key store remembers (a backup was put back), a new epoch
    /// begins, so that no number is ever used twice.
    ///
    /// # Errors
    /// When the store or the key store cannot be read, or [`PhoneError::PinNeeded`].
    pub fn open(
        path: &Path,
        profile: Profile,
        keys: Arc<dyn KeyStore>,
        minter: Minter,
    ) -> Result<Self, PhoneError> {
        Self::open_with(path, profile, keys, minter, None)
    }

    /// Opens the store of a phone that has a PIN.
    ///
    /// # Errors
    /// [`PhoneError::WrongPin`] and [`PhoneError::PinLocked`] besides.
    pub fn open_with_pin(
        path: &Path,
        profile: Profile,
        keys: Arc<dyn KeyStore>,
        minter: Minter,
        pin: &str,
    ) -> Result<Self, PhoneError> {
        Self::open_with(path, profile, keys, minter, Some(pin))
    }

    fn open_with(
        path: &Path,
        profile: Profile,
        keys: Arc<dyn KeyStore>,
        minter: Minter,
        pin: Option<&str>,
    ) -> Result<Self, PhoneError> {
        let clock = Arc::clone(minter.clock());
        let (secrets, seed) = pin::open(keys.as_ref(), profile.device, pin, clock.now())?;
        let mut store = Store::open(path, &store_key(&seed))?;
        tasks::catch_up(&mut store, profile.person)?;
        told::catch_up(&mut store)?;
        let key = SecretKey::from_seed(&seed);
        let vault = Vault::beside(path, &seed);
        let rules = Shared::new(Rules::read(&store, &profile.server)?);
        let secrets = Shared::new(secrets);
        let centres_copy = CentresCopy::beside(path);
        let mut phone =
            Self { store, profile, secrets, key, keys, minter, clock, rules, vault, centres_copy };
        phone.check_epoch()?;
        phone.sweep_files()?;
        phone.note_time()?;
        Ok(phone)
    }

    /// Whose phone it is.
    pub fn profile(&self) -> &Profile {
        &self.profile
    }

    /// The device's epoch.
    pub fn epoch(&self) -> u32 {
        self.secrets.get().epoch
    }

    fn now(&self) -> Moment {
        self.clock.now()
    }

    fn check_epoch(&mut self) -> Result<(), PhoneError> {
        let (lives_in, secrets) = (self.epoch_of_database()?, self.secrets.get());
        let epoch = secrets.epoch;
        if lives_in.is_some_and(|known| known != epoch)
            || epoch == Secrets::UNKNOWN_EPOCH
            || frame::newest(self.store.reader(), epoch)? < secrets.last_frame
        {
            return self.begin_epoch();
        }
        if lives_in.is_some() {
            return Ok(());
        }
        self.store.write("noting the epoch", |tx| setting::write(tx, Setting::Epoch, &epoch.to_le_bytes()))
    }

    /// The epoch that the database has noted; nothing while it is fresh.
    fn epoch_of_database(&self) -> Result<Option<u32>, PhoneError> {
        let noted = setting::read(self.store.reader(), Setting::Epoch)?;
        Ok(noted.and_then(|bytes| bytes.try_into().ok()).map(u32::from_le_bytes))
    }

    /// Begins a new epoch: what was signed in the old one and is not answered is signed anew.
    fn begin_epoch(&mut self) -> Result<(), PhoneError> {
        let lived_in = self.epoch_of_database()?.unwrap_or_default();
        let epoch = match self.epoch() {
            Secrets::UNKNOWN_EPOCH => actor::first_epoch_after_loss(lived_in),
            known => known.max(lived_in).saturating_add(1),
        };
        let secrets = Secrets { epoch, last_frame: 0, ..Secrets::clone(&self.secrets.get()) };
        // Nothing of the old epoch is sent again; once everything that the server has was read,
        // unsent work is written anew. The store goes first: a crash in between repeats it.
        self.store.write("beginning an epoch", |tx| {
            frame::abandon_waiting(tx)?;
            item::queue_again(tx)?;
            reopening::hand_in_what_was_sent_again(tx, self.profile.device, epoch)?;
            server_row::doubt_all(tx)?;
            setting::forget(tx, Setting::Cursor)?;
            setting::forget(tx, Setting::Page)?;
            setting::write(tx, Setting::Epoch, &secrets.epoch.to_le_bytes())?;
            setting::write(tx, Setting::Recovering, b"1")
        })?;
        self.keep(secrets)
    }

    /// Keeps secrets in the place of those before: in the key store first.
    fn keep(&self, secrets: Secrets) -> Result<(), PhoneError> {
        self.keys.save(&secrets)?;
        self.secrets.set(secrets);
        Ok(())
    }
}

/// The key of the store of the device with this secret.
fn store_key(seed: &[u8; 32]) -> [u8; 32] {
    blake3::derive_key("tingfang phone store 1", seed)
}
