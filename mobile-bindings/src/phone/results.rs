//! 本人结果 the grades of the owner's own work.

use super::Tingfang;
use crate::error::TingfangError;
use crate::model::page::{ResultPage, place};

#[uniffi::export]
impl Tingfang {
    /// A page of the grades of the owner's own work as far as they were told, the last one first. `after` is `next` of
    /// the page before. Who wants to say something against a grade does so in the `response` that a task asks for.
    #[uniffi::method(default(after = None, limit = 50))]
    pub fn results(&self, after: Option<String>, limit: u32) -> Result<ResultPage, TingfangError> {
        let after = place(after)?;
        self.read(|phone| phone.results_page(after, limit)).map(ResultPage::from)
    }
}
