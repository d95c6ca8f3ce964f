//! The phone as an app sees it.

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, TryLockError};

use tingfang_core::clock::Moment;
use tingfang_core::id::{AssignmentId, DocumentId, EntryId, Minter, PersonId};
use tingfang_core::people::{Task, TaskReportKind};
use tingfang_core::phone::{self, Phone, PhoneError, ReturnedRecord};
use tingfang_core::record::edit::Edit;
use tingfang_core::sync::wire::MEDIA_TYPE;

use crate::enrolment::Profile;
use crate::error::TingfangError;
use crate::host::{HostKeys, KeyStore, Transport, minter};
use crate::model::contact::Contact;
use crate::model::edit::{FieldEdit, to_core};
use crate::model::record::{About, RecordRow, RecordView, RefusedItem};
use crate::model::sync::{Compared, Endpoint, SyncProgress, SyncStatus};

/// One person's records on one phone. An app opens one and keeps it as long as it runs; all calls
/// may come from any thread.
#[derive(uniffi::Object)]
pub struct Tingfang {
    phone: Mutex<Phone>,
    /// Held through a sync, while the phone itself is free between two requests.
    syncing: Mutex<()>,
    keys: Arc<HostKeys>,
    profile: Profile,
    minter: Minter,
}

/// The most requests of one sync; a phone that needs more goes on with the next.
const MOST_REQUESTS: usize = 1_000;

#[uniffi::export]
impl Tingfang {
    /// Opens the store at this path, or makes it. The folder must be there.
    ///
    /// Throws `NoKeys` when the key store has no keys of this phone.
    #[uniffi::constructor]
    pub fn open(path: String, profile: Profile, key_store: Arc<dyn KeyStore>) -> Result<Self, TingfangError> {
        Self::open_with(&path, profile, key_store, None)
    }

    /// Opens the store of a phone that has a PIN. Stretching the PIN takes a moment: not for the main thread.
    ///
    /// Throws `WrongPin` and `PinLocked`; nothing is ever erased.
    #[uniffi::constructor]
    pub fn open_with_pin(
        path: String,
        profile: Profile,
        key_store: Arc<dyn KeyStore>,
        pin: String,
    ) -> Result<Self, TingfangError> {
        Self::open_with(&path, profile, key_store, Some(&pin))
    }

    /// Whether the phone asks for a PIN when it opens.
    pub fn has_pin(&self) -> Result<bool, TingfangError> {
        self.with(|phone| Ok(phone.has_pin()))
    }

    /// Gives the phone a PIN of at least six signs, or another one.
    pub fn set_pin(&self, pin: String) -> Result<(), TingfangError> {
        self.with(|phone| phone.set_pin(&pin))
    }

    /// Takes the PIN away.
    pub fn take_pin_away(&self) -> Result<(), TingfangError> {
        self.with(|phone| phone.take_pin_away())
    }

    /// Whose phone it is.
    pub fn profile(&self) -> Profile {
        self.profile.clone()
    }

    /// The tasks, the earliest first.
    pub fn tasks(&self) -> Result<Vec<Task>, TingfangError> {
        self.with(|phone| phone.tasks())
    }

    /// One task; nothing when this phone has none of this assignment.
    pub fn task(&self, assignment: AssignmentId) -> Result<Option<Task>, TingfangError> {
        self.with(|phone| phone.task(assignment))
    }

    /// Starts the record of a kind that a task asks for, or gives the one that is there. Two people
    /// who start the same shared record without a network start the same record.
    ///
    /// `about` says which record is meant, where the task asks for several of the kind.
    #[uniffi::method(default(about = None))]
    pub fn start(
        &self,
        assignment: AssignmentId,
        kind: String,
        about: Option<About>,
    ) -> Result<DocumentId, TingfangError> {
        let about = about.map(phone::About::from).unwrap_or_default();
        self.with(|phone| phone.start(assignment, &kind, about))
    }

    /// Starts a record that no task asks for. It is written and sent like any other; the server holds
    /// it until a manager links it to an assignment, and only then it can be sealed.
    pub fn start_unassigned(&self, kind: String) -> Result<DocumentId, TingfangError> {
        self.with(|phone| phone.start_unassigned(&kind))
    }

    /// Writes edits into a record, all of them or none. Gives the ids of the entries that were
    /// added, in order.
    pub fn edit(&self, record: DocumentId, edits: Vec<FieldEdit>) -> Result<Vec<EntryId>, TingfangError> {
        let edits: Vec<Edit> = edits.into_iter().map(|edit| to_core(edit, &self.minter)).collect();
        self.with(|phone| phone.edit(record, &edits))?;
        let added = |edit: Edit| if let Edit::Add { entry, .. } = edit { Some(entry) } else { None };
        Ok(edits.into_iter().filter_map(added).collect())
    }

    /// Shows a record.
    pub fn show(&self, record: DocumentId) -> Result<RecordView, TingfangError> {
        self.with(|phone| phone.show(record)).map(RecordView::from)
    }

    /// Seals a record as it stands. From then on it is changed by an amendment only.
    ///
    /// Throws `Incomplete` with the missing fields, or `NotAllowed`.
    pub fn seal(&self, record: DocumentId) -> Result<(), TingfangError> {
        self.with(|phone| phone.seal(record))
    }

    /// Confirms a clerk's sealed transcript: the owner says that it is what they wrote on paper.
    ///
    /// Throws `NotAllowed` when it is not a transcript of the owner's paper, or not sealed yet.
    pub fn confirm(&self, record: DocumentId) -> Result<(), TingfangError> {
        self.with(|phone| phone.confirm(record))
    }

    /// Begins an amendment of a sealed record: a new record with its content, which says why.
    pub fn amend(&self, record: DocumentId, reason: String) -> Result<DocumentId, TingfangError> {
        self.with(|phone| phone.amend(record, &reason))
    }

    /// The recipients of a task: with the rules of safe contact, and without the numbers of those at risk.
    pub fn contacts(&self, assignment: AssignmentId) -> Result<Vec<Contact>, TingfangError> {
        let cards = self.with(|phone| phone.contacts(assignment))?;
        Ok(cards.into_iter().map(Contact::from).collect())
    }

    /// The same with the numbers, for somebody who has read the rules; outside of the safe hours the
    /// number of a recipient at risk stays hidden.
    pub fn contacts_after_rules(&self, assignment: AssignmentId) -> Result<Vec<Contact>, TingfangError> {
        let cards = self.with(|phone| phone.contacts_after_rules(assignment))?;
        Ok(cards.into_iter().map(Contact::from).collect())
    }

    /// Says that a task cannot be done. It is kept when this returns, and sent with the next sync.
    pub fn report_impossible(
        &self,
        assignment: AssignmentId,
        reason: String,
    ) -> Result<DocumentId, TingfangError> {
        let kind = TaskReportKind::Impossible;
        self.with(|phone| phone.report_on_task(assignment, kind, &reason, None, None))
    }

    /// Says that a task is put off until a time.
    pub fn report_postponed(
        &self,
        assignment: AssignmentId,
        reason: String,
        until: Moment,
    ) -> Result<DocumentId, TingfangError> {
        let kind = TaskReportKind::Postponed;
        self.with(|phone| phone.report_on_task(assignment, kind, &reason, Some(until), None))
    }

    /// Says that a member of a task did not come.
    pub fn report_absent(
        &self,
        assignment: AssignmentId,
        reason: String,
        member: PersonId,
    ) -> Result<DocumentId, TingfangError> {
        let kind = TaskReportKind::MemberAbsent;
        self.with(|phone| phone.report_on_task(assignment, kind, &reason, None, Some(member)))
    }

    /// The owner's records that were returned and not answered yet, the oldest first.
    pub fn returned(&self) -> Result<Vec<ReturnedRecord>, TingfangError> {
        self.with(|phone| phone.returned())
    }

    /// Records, the last touched first; `after` is the last row of the page before.
    #[uniffi::method(default(after = None, limit = 50))]
    pub fn records(&self, after: Option<RecordRow>, limit: u32) -> Result<Vec<RecordRow>, TingfangError> {
        let after = after.map(phone::RecordRow::from);
        self.with(|phone| phone.records(after.as_ref(), limit)).map(rows)
    }

    /// Records that hold a text, the last touched first. Two Chinese characters are enough.
    #[uniffi::method(default(limit = 50))]
    pub fn search(&self, text: String, limit: u32) -> Result<Vec<RecordRow>, TingfangError> {
        self.with(|phone| phone.search(&text, limit)).map(rows)
    }

    /// What the server did not accept, the newest first.
    pub fn refused(&self) -> Result<Vec<RefusedItem>, TingfangError> {
        let items = self.with(|phone| phone.refused())?;
        Ok(items.into_iter().map(RefusedItem::from).collect())
    }

    /// The state of sync as a whole.
    pub fn status(&self) -> Result<SyncStatus, TingfangError> {
        self.with(|phone| phone.status()).map(SyncStatus::from)
    }

    /// The last checkpoint of the server's audit log, as text to be shown as a QR code or printed; nothing
    /// before the first sync.
    pub fn checkpoint(&self) -> Result<Option<String>, TingfangError> {
        Ok(self.with(|phone| phone.checkpoint())?.map(|checkpoint| checkpoint.to_string()))
    }

    /// Compares a checkpoint that another phone or a bulletin shows.
    ///
    /// Throws `BadArgument` when the text is none.
    pub fn compare_checkpoint(&self, shown: String) -> Result<Compared, TingfangError> {
        let shown = shown.parse().map_err(TingfangError::bad_argument)?;
        self.with(|phone| phone.compare_checkpoint(shown)).map(Compared::from)
    }

    /// Two checkpoints that the server cannot have signed about one history, as text: it has rewritten
    /// what it had signed. Nothing as long as all is well.
    pub fn broken_history(&self) -> Result<Option<String>, TingfangError> {
        self.with(|phone| phone.broken_history())
    }

    /// The record as a standard Automerge file, which any Automerge library opens.
    pub fn save_document(&self, record: DocumentId) -> Result<Vec<u8>, TingfangError> {
        self.with(|phone| phone.save_document(record))
    }

    /// Where sync requests are posted.
    pub fn sync_endpoint(&self) -> Endpoint {
        let url = format!("{}/api/v1/sync", self.profile.server.trim_end_matches('/'));
        Endpoint { url, content_type: MEDIA_TYPE.to_owned() }
    }

    /// Sends what waits and reads what is new, until there is nothing more of either. To stop early,
    /// let the transport throw.
    ///
    /// What the transport throws comes out of here; what was stored before stays stored.
    pub fn sync(&self, transport: Arc<dyn Transport>) -> Result<SyncProgress, TingfangError> {
        let _alone = match self.syncing.try_lock() {
            Ok(alone) => alone,
            Err(TryLockError::WouldBlock) => return Err(TingfangError::SyncUnderWay),
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
        };
        let mut total = SyncProgress::default();
        for _ in 0..MOST_REQUESTS {
            let request = self.next_request()?;
            // The phone is free while the network is slow: whoever records is not held up.
            let response = transport.exchange(request)?;
            total.add(self.take_response(response)?);
            if !total.more || total.retry_after_s.is_some() {
                break;
            }
        }
        Ok(total)
    }

    /// The next sync request, for an app that runs the exchange itself: post it, hand the answer to
    /// `take_response`, and go on while that says `more`.
    pub fn next_request(&self) -> Result<Vec<u8>, TingfangError> {
        self.with(Phone::next_request)
    }

    /// Takes the server's answer to the last request. An answer that is not the enrolled server's
    /// own, or not to that request, throws `BadResponse`, and nothing of it is kept.
    pub fn take_response(&self, response: Vec<u8>) -> Result<SyncProgress, TingfangError> {
        self.with(|phone| phone.take_response(&response)).map(SyncProgress::from)
    }
}

impl Tingfang {
    fn open_with(
        path: &str,
        profile: Profile,
        key_store: Arc<dyn KeyStore>,
        pin: Option<&str>,
    ) -> Result<Self, TingfangError> {
        let keys = Arc::new(HostKeys::new(key_store));
        let minter = minter();
        let for_phone: Arc<dyn phone::KeyStore> = Arc::<HostKeys>::clone(&keys);
        let (path, whose) = (Path::new(path), profile.to_core()?);
        let opened = match pin {
            Some(pin) => Phone::open_with_pin(path, whose, for_phone, minter.clone(), pin),
            None => Phone::open(path, whose, for_phone, minter.clone()),
        };
        let phone = opened.map_err(|error| keys.take_thrown().unwrap_or_else(|| error.into()))?;
        Ok(Self { phone: Mutex::new(phone), syncing: Mutex::new(()), keys, profile, minter })
    }

    fn with<T>(&self, work: impl FnOnce(&mut Phone) -> Result<T, PhoneError>) -> Result<T, TingfangError> {
        let mut phone = self.lock()?;
        work(&mut phone).map_err(|error| match &error {
            PhoneError::KeyStore(_) => self.keys.take_thrown().unwrap_or_else(|| error.into()),
            _ => error.into(),
        })
    }

    fn lock(&self) -> Result<MutexGuard<'_, Phone>, TingfangError> {
        self.phone.lock().map_err(|_| TingfangError::Internal {
            reason: "an earlier call ended in the middle; open the phone again".to_owned(),
        })
    }
}

fn rows(rows: Vec<phone::RecordRow>) -> Vec<RecordRow> {
    rows.into_iter().map(RecordRow::from).collect()
}
