//! Wiping a phone by the server's order: first everything that it has goes to the server, where it is
//! held, then nothing is left.

use super::store::setting::{self, Setting};
use super::store::{Store, attachment, frame, item};
use super::{Phone, PhoneError};
use crate::clock::Moment;
use crate::sync::order::WipeOrder;

impl Phone {
    /// When the server has ordered that this phone be wiped; nothing while it has not.
    ///
    /// # Errors
    /// When the store fails.
    pub fn wipe_ordered_at(&self) -> Result<Option<Moment>, PhoneError> {
        let order = setting::read(self.store.reader(), Setting::WipeOrder)?;
        let order: Option<WipeOrder> = order.and_then(|bytes| minicbor::decode(&bytes).ok());
        Ok(order.map(|order| order.ordered_at))
    }

    /// Whether a wipe is ordered and nothing is left that the server does not have.
    pub(super) fn may_wipe(&self) -> Result<bool, PhoneError> {
        let reader = self.store.reader();
        let (files, _) = attachment::waiting(reader)?;
        Ok(setting::is_set(reader, Setting::WipeOrder)?
            && !item::any_draft(reader)?
            && !frame::any_waits(reader)?
            && files == 0)
    }

    /// Wipes the phone: keys first, so that a crash leaves nothing that could be read or sign.
    pub(super) fn wipe(&mut self) -> Result<(), PhoneError> {
        self.keys.erase()?;
        self.centres_copy.erase()?;
        self.vault.sweep(&[])?;
        self.store.write("wiping the phone", Store::empty)?;
        self.store.shrink()
    }
}
