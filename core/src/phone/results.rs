//! 本人结果 the grades of the owner's own work, as far as they were told.

use super::store::server_row;
use super::{Phone, PhoneError};

pub use crate::consequence::own_result::{OwnResult, ToldGrade};

impl Phone {
    /// The grades of the owner's own work, the last one first.
    ///
    /// # Errors
    /// When the store fails, or the phone is locked.
    pub fn results(&self) -> Result<Vec<OwnResult>, PhoneError> {
        self.check_lease()?;
        let bodies = server_row::bodies(self.store.reader(), "result")?;
        let mut results: Vec<OwnResult> =
            bodies.iter().filter_map(|body| serde_json::from_str(body).ok()).collect();
        results.sort_by_key(|result| std::cmp::Reverse((result.decided_at, result.decision)));
        Ok(results)
    }
}
