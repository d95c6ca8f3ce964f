//! 庭审模式 court-room mode: from entering until leaving the phone uses no network and takes nothing in but text
//! (Rules of the Court art. 17; interpretation of the Criminal Procedure Law art. 306; domain 6.1).
//!
//! It is on the disk, so an app that was killed in the court room wakes up in the court room. There is no way
//! around it but leaving.

use super::store::setting::{self, Setting};
use super::{Phone, PhoneError};
use crate::clock::Moment;
use crate::id::DocumentId;
use crate::record::attendance::Attendance;
use crate::record::shape::RecordKind;

/// The court room that the phone is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
pub struct CourtRoom {
    /// The record of the attendance.
    #[n(0)]
    pub record: DocumentId,
    /// When its owner came in.
    #[n(1)]
    pub since: Moment,
}

impl Phone {
    /// Enters the court room of an attendance. Entering again changes nothing.
    ///
    /// # Errors
    /// When there is no such record or it is of another kind, or the phone is in another court room.
    pub fn enter_court_room(&mut self, record: DocumentId) -> Result<CourtRoom, PhoneError> {
        let row = self.row(record)?;
        let expected = Attendance::SHAPE.code;
        if row.kind != expected {
            return Err(PhoneError::WrongKind { kind: row.kind, expected: expected.to_owned() });
        }
        if let Some(inside) = self.court_room()? {
            return if inside.record == record {
                Ok(inside)
            } else {
                Err(PhoneError::InCourtRoom { since: inside.since })
            };
        }
        let inside = CourtRoom { record, since: self.now() };
        let bytes = minicbor::to_vec(inside).expect("encoding into memory cannot fail");
        self.store.write("entering a court room", |tx| setting::write(tx, Setting::CourtRoom, &bytes))?;
        Ok(inside)
    }

    /// Leaves the court room. Who is in none stays outside.
    ///
    /// # Errors
    /// When the store fails.
    pub fn leave_court_room(&mut self) -> Result<(), PhoneError> {
        self.store.write("leaving a court room", |tx| setting::forget(tx, Setting::CourtRoom))
    }

    /// The court room that the phone is in; nothing outside.
    ///
    /// # Errors
    /// When the store fails.
    pub fn court_room(&self) -> Result<Option<CourtRoom>, PhoneError> {
        let bytes = setting::read(self.store.reader(), Setting::CourtRoom)?;
        Ok(bytes.and_then(|bytes| minicbor::decode(&bytes).ok()))
    }

    /// Asks that the phone is in no court room.
    ///
    /// # Errors
    /// [`PhoneError::InCourtRoom`], or when the store fails.
    pub fn check_outside(&self) -> Result<(), PhoneError> {
        match self.court_room()? {
            Some(inside) => Err(PhoneError::InCourtRoom { since: inside.since }),
            None => Ok(()),
        }
    }
}
