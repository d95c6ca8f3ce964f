//! The key store of a phone of the fleet.

use std::sync::{Arc, Mutex};

use tingfang_core::phone::{KeyStore, KeyStoreError, Secrets};
use tingfang_core::signature::{DeviceSigner, P256SecretKey, SecretKey};

/// A key store in memory, which survives the phone's database.
pub struct MemoryKeys {
    /// Nothing once they were lost.
    secrets: Mutex<Option<Secrets>>,
    /// A key that the phone's hardware does not give away; nothing where the phone has none.
    hardware: Mutex<Option<Arc<P256SecretKey>>>,
}

impl MemoryKeys {
    /// The keys of a phone that begins; with secure hardware or without.
    pub(super) fn fresh(seed: [u8; 32], has_hardware: bool) -> Self {
        let hardware = has_hardware.then(|| Arc::new(P256SecretKey::from_seed(&seed)));
        Self { secrets: Mutex::new(Some(Secrets::fresh(seed))), hardware: Mutex::new(hardware) }
    }

    /// The same keys once more, as a copy of the phone has them.
    pub(super) fn copied(&self) -> Self {
        let hardware = self.hardware.lock().expect("no panic while held").clone();
        Self { secrets: Mutex::new(Some(self.secrets())), hardware: Mutex::new(hardware) }
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
    pub fn exchange_hardware(&self, other: Option<Arc<P256SecretKey>>) -> Option<Arc<P256SecretKey>> {
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
        *self.secrets.lock().expect("no panic while held") = Some(secrets.clone());
        Ok(())
    }

    fn signer(&self) -> Option<Arc<dyn DeviceSigner>> {
        let hardware = self.hardware.lock().expect("no panic while held").clone();
        hardware.map(|key| key as Arc<dyn DeviceSigner>)
    }

    fn erase(&self) -> Result<(), KeyStoreError> {
        *self.secrets.lock().expect("no panic while held") = None;
        Ok(())
    }
}
