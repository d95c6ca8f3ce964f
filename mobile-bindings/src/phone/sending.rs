//! 收发 what the server has, what it did not take, and who keeps it honest.

use std::sync::Arc;

use super::Tingfang;
use crate::error::TingfangError;
use crate::listener::{Listener, Subscription};
use crate::model::page::{RefusedPage, place};
use crate::model::sync::{Compared, SyncStatus};

#[uniffi::export]
impl Tingfang {
    /// A page of what the server did not accept, the newest first. `after` is `next` of the page before.
    #[uniffi::method(default(after = None, limit = 50))]
    pub fn refused(&self, after: Option<String>, limit: u32) -> Result<RefusedPage, TingfangError> {
        let after = place(after)?;
        self.read(|phone| phone.refused_page(after, limit)).map(RefusedPage::from)
    }

    /// The state of sync as a whole.
    pub fn status(&self) -> Result<SyncStatus, TingfangError> {
        self.read(|phone| phone.status()).map(SyncStatus::from)
    }

    /// Tells a listener of changes, for as long as the subscription is kept.
    pub fn listen(&self, listener: Arc<dyn Listener>) -> Subscription {
        self.listeners.add(listener)
    }

    /// The last checkpoint of the server's audit log, as text to be shown as a QR code or printed; nothing
    /// before the first sync.
    pub fn checkpoint(&self) -> Result<Option<String>, TingfangError> {
        Ok(self.read(|phone| phone.checkpoint())?.map(|checkpoint| checkpoint.to_string()))
    }

    /// The last checkpoints of histories that the server has ended by saying that it was put back to an older
    /// state, as texts, the earliest first. Show them: whoever has ordered no restore asks why.
    pub fn former_checkpoints(&self) -> Result<Vec<String>, TingfangError> {
        let all = self.read(|phone| phone.former_checkpoints())?;
        Ok(all.iter().map(ToString::to_string).collect())
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
        self.read(|phone| phone.broken_history())
    }
}
