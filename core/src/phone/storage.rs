//! 空间 what this phone holds, in bytes.

use super::store::attachment;
use super::{Phone, PhoneError};

/// What this phone holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Storage {
    /// Bytes of records, tasks and everything else but files.
    pub database_bytes: u64,
    /// Bytes of attached files.
    pub file_bytes: u64,
    /// Bytes of those files that the server has, so that they could be fetched again.
    pub file_bytes_on_server: u64,
    /// How many files.
    pub files: u64,
}

impl Phone {
    /// What this phone holds.
    ///
    /// # Errors
    /// When the store fails.
    pub fn storage(&self) -> Result<Storage, PhoneError> {
        let reader = self.store.reader();
        let held = attachment::held(reader)?;
        Ok(Storage {
            database_bytes: self.store.size_bytes()?,
            file_bytes: held.bytes,
            file_bytes_on_server: held.bytes_on_server,
            files: held.files,
        })
    }
}
