//! 本人结果 the grades of the owner's own work.

use tingfang_core::phone::OwnResult;

use super::Tingfang;
use crate::error::TingfangError;

#[uniffi::export]
impl Tingfang {
    /// The grades of the owner's own work as far as they were told, the last one first. Who wants to say something
    /// against one does so in the `response` that a task asks for.
    pub fn results(&self) -> Result<Vec<OwnResult>, TingfangError> {
        self.with(|phone| phone.results())
    }
}
