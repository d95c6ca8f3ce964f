//! The phone as an app sees it: one object, opened once and kept as long as the app runs.

mod agenda;
mod cases;
mod court_room;
mod files;
mod records;
mod results;
mod safety;
mod sending;

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tingfang_core::id::Minter;
use tingfang_core::phone::{self, Phone, PhoneError, Reading};
use tokio_util::sync::CancellationToken;

use crate::diagnostics::Diagnostics;
use crate::enrolment::Profile;
use crate::error::TingfangError;
use crate::hardware_key::HardwareKey;
use crate::key_store::{HostKeys, KeyStore, minter};
use crate::listener::Listeners;
use crate::transport::Transport;
use crate::wire::Wire;

/// One person's records on one phone. An app opens one and keeps it as long as it runs; all calls
/// may come from any thread.
#[derive(uniffi::Object)]
pub struct Tingfang {
    /// Nothing once it was shut.
    phone: Mutex<Option<Phone>>,
    /// Whoever waits for the phone waits here first, so that nobody is overtaken by who comes back at once.
    turn: Mutex<()>,
    /// The same phone for whoever only reads, and waits for nobody who writes.
    reading: Mutex<Option<Reading>>,
    /// Held through a sync, while the phone itself is free between two requests.
    pub(crate) syncing: Arc<tokio::sync::Mutex<()>>,
    pub(crate) listeners: Listeners,
    pub(crate) diagnostics: Diagnostics,
    /// Cancelled while no network is to be used: everything that waits for one hangs on it.
    network: Mutex<CancellationToken>,
    keys: Arc<HostKeys>,
    profile: Profile,
    minter: Minter,
}

#[uniffi::export]
impl Tingfang {
    /// Opens the store at this path, or makes it. The folder must be there.
    ///
    /// `pin` is asked of a phone that has one: stretching it takes a moment, so not on the main thread.
    /// The hardware key is the one that the phone was enrolled with. For the seconds of the key patience a call waits for
    /// an answer of the key store or the hardware key: 30 when nothing is said, and 1 at the least.
    ///
    /// Throws `NoKeys` when the key store has no keys of this phone; `EnrolmentUnfinished` when `enrol` was begun and
    /// is to be called again with the same code; `PinNeeded`, `WrongPin` and `PinLocked`, by which nothing is ever
    /// erased; and `Store`.
    #[uniffi::constructor(default(pin = None, hardware_key = None, key_patience_s = None))]
    pub fn open(
        path: String,
        profile: Profile,
        key_store: Arc<dyn KeyStore>,
        pin: Option<String>,
        hardware_key: Option<Arc<dyn HardwareKey>>,
        key_patience_s: Option<u32>,
    ) -> Result<Self, TingfangError> {
        let patience = key_patience_s.map(|seconds| Duration::from_secs(seconds.max(1).into()));
        let keys = Arc::new(HostKeys::new(key_store, hardware_key, patience)?);
        let minter = minter();
        let for_phone: Arc<dyn phone::KeyStore> = Arc::<HostKeys>::clone(&keys);
        let (path, whose) = (Path::new(&path), profile.to_core()?);
        let opened = match pin {
            Some(pin) => Phone::open_with_pin(path, whose, for_phone, minter.clone(), &pin),
            None => Phone::open(path, whose, for_phone, minter.clone()),
        };
        let phone = opened.map_err(|error| keys.told(error))?;
        let reading = phone.reading().map_err(|error| keys.told(error))?;
        let diagnostics = Diagnostics::default();
        diagnostics.note(&format!("opened, version {}", env!("CARGO_PKG_VERSION")));
        Ok(Self {
            phone: Mutex::new(Some(phone)),
            turn: Mutex::default(),
            reading: Mutex::new(Some(reading)),
            syncing: Arc::default(),
            listeners: Listeners::default(),
            diagnostics,
            network: Mutex::default(),
            keys,
            profile,
            minter,
        })
    }

    /// Whose phone it is.
    pub fn profile(&self) -> Profile {
        self.profile.clone()
    }

    /// Shuts the store, as an app does that locks itself: every later call throws `Closed`, and opening again asks
    /// for the PIN. A sync that is under way is cancelled. Shutting twice does nothing.
    pub fn shut(&self) {
        self.cut_network();
        // Of a phone that a panic has left behind, too, nothing must stay open.
        let turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let phone = self.phone.lock().unwrap_or_else(PoisonError::into_inner).take();
        drop(turn);
        let reading = self.reading.lock().unwrap_or_else(PoisonError::into_inner).take();
        drop((reading, phone));
        self.diagnostics.note("shut");
    }
}

impl Tingfang {
    /// Reads from the phone. Nobody waits for whoever writes, only for another who reads.
    pub(crate) fn read<T>(
        &self,
        work: impl FnOnce(&Phone) -> Result<T, PhoneError>,
    ) -> Result<T, TingfangError> {
        // Whoever reads leaves nothing half done.
        let reading = self.reading.lock().unwrap_or_else(PoisonError::into_inner);
        let reading = reading.as_ref().ok_or(TingfangError::Closed)?;
        reading.read(work).map_err(TingfangError::from)
    }

    /// Does something with the phone. Whoever comes second waits.
    pub(crate) fn with<T>(
        &self,
        work: impl FnOnce(&mut Phone) -> Result<T, PhoneError>,
    ) -> Result<T, TingfangError> {
        let mut phone = self.lock()?;
        let phone = phone.as_mut().ok_or(TingfangError::Closed)?;
        work(phone).map_err(|error| self.keys.told(error))
    }

    /// What whoever uses the network from now on hangs on.
    pub(crate) fn network(&self) -> CancellationToken {
        self.network.lock().unwrap_or_else(PoisonError::into_inner).child_token()
    }

    /// Cancels everything that waits for the network; what begins afterwards may use it again, if the phone lets
    /// it begin.
    pub(crate) fn cut_network(&self) {
        let mut network = self.network.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *network).cancel();
    }

    /// The way to this phone's server.
    pub(crate) fn wire(
        &self,
        transport: Arc<dyn Transport>,
        patience_s: u32,
        cancelled: CancellationToken,
    ) -> Wire {
        let (server, token) = (self.profile.server.clone(), Some(self.keys.token()));
        Wire { transport, server, token, patience_s, cancelled }
    }

    fn lock(&self) -> Result<MutexGuard<'_, Option<Phone>>, TingfangError> {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        self.phone.lock().map_err(|_| TingfangError::Internal {
            reason: "an earlier call ended in the middle; open the phone again".to_owned(),
        })
    }
}
