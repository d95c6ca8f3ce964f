//! 庭审模式 court-room mode.

use tingfang_core::id::DocumentId;

use super::Tingfang;
use crate::error::TingfangError;
use crate::listener::Change;
use crate::model::device::CourtRoom;

#[uniffi::export]
impl Tingfang {
    /// Enters the court room of an attendance: a sync that is under way is cancelled. Until it is left none runs, nothing is attached, and no
    /// file is fetched; an app that is killed and opened again is still inside. The app itself turns off sound and
    /// notifications, and dims the screen (Rules of the Court art. 17).
    ///
    /// Throws `WrongKind` for a record that is no attendance, `InCourtRoom` in another court room.
    pub fn enter_court_room(&self, record: DocumentId) -> Result<CourtRoom, TingfangError> {
        let inside = self.with(|phone| phone.enter_court_room(record))?;
        self.cut_network();
        self.listeners.tell(Change::CourtRoom);
        Ok(inside.into())
    }

    /// Leaves the court room. When it was left is a fact of the record, which its observers write.
    pub fn leave_court_room(&self) -> Result<(), TingfangError> {
        self.with(|phone| phone.leave_court_room())?;
        self.listeners.tell(Change::CourtRoom);
        Ok(())
    }
}
