//! The key store of a phone of the fleet.

use std::sync::{Arc, Mutex};

use tingfang_core::phone::{KeyStore, KeyStoreError, Secrets};
use tingfang_core::signature::{DeviceSigner, P256SecretKey, SecretKey};

/// A key store in memory, which survives the phone's database.
pub struct MemoryKeys {
    /// Nothing once they were lost.
    secrets: Mutex<Option<Secrets>>,
    /// A key that the phone's hardware does not give away; nothing where the phone has none.
    hardware: Mutex<Option<Arc<dyn DeviceSigner>>>,
    /// Hears of everything that is saved.
    listener: Mutex<Option<Listener>>,
}

/// Hears of what a key store saves, before it is saved.
pub type Listener = Box<dyn Fn(&Secrets) + Send>;

impl MemoryKeys {
    /// The keys of a phone that begins; with secure hardware or without.
    pub(super) fn fresh(seed: [u8; 32], has_hardware: bool) -> Self {
        let chip = || Arc::new(P256SecretKey::from_seed(&seed)) as Arc<dyn DeviceSigner>;
        Self::holding(Secrets::fresh(seed), has_hardware.then(chip))
    }

    /// A key store that holds this.
    pub(super) fn holding(secrets: Secrets, hardware: Option<Arc<dyn DeviceSigner>>) -> Self {
        Self {
            secrets: Mutex::new(Some(secrets)),
            hardware: Mutex::new(hardware),
            listener: Mutex::default(),
        }
    }

    /// The same keys once more, as a copy of the phone has them.
    pub(super) fn copied(&self) -> Self {
        Self::holding(self.secrets(), self.signer())
    }

    /// From now on this hears of everything that is saved, or nothing does.
    ///
    /// # Panics
    /// After a panic elsewhere.
    pub fn tell(&self, listener: Option<Listener>) {
        *self.listener.lock().expect("no panic while held") = listener;
    }

    /// What is kept.
    ///
    /// # Panics
    /// When it was lost.
    pub fn secrets(&self) -> Secrets {
        self.secrets.lock().expect("no panic while held").clone().expect("they were not lost")
    }

    /// Loses everything, as a platform does that throws its keys away.
    pub fn lose(&self) {
        *self.secrets.lock().expect("no panic while held") = None;
    }

    /// Puts another key of secure hardware in the place of the one that signed; gives what stood there.
    pub fn exchange_hardware(&self, other: Option<Arc<dyn DeviceSigner>>) -> Option<Arc<dyn DeviceSigner>> {
        std::mem::replace(&mut *self.hardware.lock().expect("no panic while held"), other)
    }

    /// Who signs for the phone.
    pub fn device_signer(&self) -> Arc<dyn DeviceSigner> {
        match self.signer() {
            Some(signer) => signer,
            None => {
                let seed = self.secrets().open_seed().expect("no PIN");
                Arc::new(SecretKey::from_seed(&seed))
            }
        }
    }
}

impl KeyStore for MemoryKeys {
    fn load(&self) -> Result<Option<Secrets>, KeyStoreError> {
        Ok(self.secrets.lock().expect("no panic while held").clone())
    }

    fn save(&self, secrets: &Secrets) -> Result<(), KeyStoreError> {
        if let Some(listener) = &*self.listener.lock().expect("no panic while held") {
            listener(secrets);
        }
        *self.secrets.lock().expect("no panic while held") = Some(secrets.clone());
        Ok(())
    }

    fn signer(&self) -> Option<Arc<dyn DeviceSigner>> {
        self.hardware.lock().expect("no panic while held").clone()
    }

    fn erase(&self) -> Result<(), KeyStoreError> {
        *self.secrets.lock().expect("no panic while held") = None;
        Ok(())
    }
}
