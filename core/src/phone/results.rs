//! 本人结果 the grades of the owner's own work, as far as they were told.

use super::{Page, Phone, PhoneError, Place, told};
use crate::sync::row_kind::RowKind;

pub use crate::consequence::own_result::{OwnResult, ToldGrade};

impl Phone {
    /// All grades of the owner's own work, the last one first.
    ///
    /// # Errors
    /// When the store fails, or the phone is locked.
    pub fn results(&self) -> Result<Vec<OwnResult>, PhoneError> {
        Ok(self.results_page(None, u32::MAX)?.items)
    }

    /// A page of the grades of the owner's own work, the last one first.
    ///
    /// # Errors
    /// When the store fails, or the phone is locked.
    pub fn results_page(&self, after: Option<Place>, limit: u32) -> Result<Page<OwnResult>, PhoneError> {
        self.check_lease()?;
        told::latest(self.store.reader(), RowKind::Result, after, limit)
    }
}
