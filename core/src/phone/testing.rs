//! A phone for the tests beside the code: in a folder of the test's own, at a time that stands still.

use std::path::Path;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex};

use super::{KeyStore, KeyStoreError, Phone, Profile, Secrets};
use crate::clock::{Clock, LogPosition, Moment};
use crate::id::{AssignmentId, DeviceId, Entropy, Minter, PersonId, TenantId};
use crate::people::task::{TaskMember, TaskState};
use crate::people::{AssignmentKind, Duty, Task};
use crate::signature::SecretKey;
use crate::sync::row_kind::RowKind;
use crate::sync::wire::Row;

/// Whose phone it is.
pub(super) const OWNER: PersonId = PersonId::from_bytes([2; 16]);

/// The server's key.
pub(super) fn server_key() -> SecretKey {
    SecretKey::from_seed(&[8; 32])
}

/// A fresh phone in a folder.
pub(super) fn phone(folder: &Path) -> Phone {
    phone_with(folder, Secrets::fresh([7; 32]))
}

/// The same, with these secrets.
pub(super) fn phone_with(folder: &Path, secrets: Secrets) -> Phone {
    let profile = Profile {
        tenant: TenantId::from_bytes([1; 16]),
        device: DeviceId::from_bytes([3; 16]),
        person: OWNER,
        server: server_key().public(),
    };
    let keys = MemoryKeys(Mutex::new(Some(secrets)));
    let minter = Minter::new(Arc::new(Still), Arc::new(Counting(AtomicU8::new(1))));
    Phone::open(&folder.join("phone.db"), profile, Arc::new(keys), minter).expect("a fresh phone")
}

/// A row of the server.
pub(super) fn row(kind: RowKind, key: impl ToString, body: impl Into<String>) -> Row {
    Row { position: LogPosition(1), kind: kind.code().to_owned(), key: key.to_string(), body: body.into() }
}

/// The row of a task in which the owner has a duty.
pub(super) fn task(assignment: AssignmentId, kind: AssignmentKind, duty: Duty) -> Row {
    let task = Task {
        assignment,
        kind,
        due_at: None,
        hearing: None,
        round: None,
        subjects: Vec::new(),
        members: vec![TaskMember { person: OWNER, name: "陈晓燕".to_owned(), duty }],
        stage: None,
        inspected: None,
        note: None,
        reports: Vec::new(),
        state: TaskState::Open,
        roles: None,
    };
    row(RowKind::Task, assignment, serde_json::to_string(&task).expect("a task"))
}

/// A clock that stands still.
struct Still;

impl Clock for Still {
    fn now(&self) -> Moment {
        Moment::from_millis(1_000)
    }
}

/// Other bytes each time.
struct Counting(AtomicU8);

impl Entropy for Counting {
    fn fill(&self, buffer: &mut [u8]) {
        buffer.fill(self.0.fetch_add(1, Ordering::Relaxed));
    }
}

/// A key store in memory.
struct MemoryKeys(Mutex<Option<Secrets>>);

impl KeyStore for MemoryKeys {
    fn load(&self) -> Result<Option<Secrets>, KeyStoreError> {
        Ok(self.0.lock().expect("not poisoned").clone())
    }

    fn save(&self, secrets: &Secrets) -> Result<(), KeyStoreError> {
        *self.0.lock().expect("not poisoned") = Some(secrets.clone());
        Ok(())
    }

    fn erase(&self) -> Result<(), KeyStoreError> {
        *self.0.lock().expect("not poisoned") = None;
        Ok(())
    }
}
