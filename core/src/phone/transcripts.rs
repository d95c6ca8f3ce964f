//! 代录 the copies of the owner's paper that wait for their word.

use super::store::document;
use super::{Page, Phone, PhoneError, Place, RecordRow};

impl Phone {
    /// A page of the sealed transcripts of the owner's paper that they have not confirmed yet, what came first onto
    /// this phone first. One that the clerk has amended waits no more: its amendment does.
    ///
    /// # Errors
    /// When the store fails, or the phone is locked.
    pub fn to_confirm_page(&self, after: Option<Place>, limit: u32) -> Result<Page<RecordRow>, PhoneError> {
        self.check_lease()?;
        let from = after.unwrap_or(Place::LOWEST);
        let wanted = usize::try_from(Page::<RecordRow>::rows_for(limit)).unwrap_or(usize::MAX);
        let mut rows = Vec::new();
        for row in document::sealed_transcripts(self.store.reader(), self.profile.person, from.at)? {
            if rows.len() == wanted {
                break;
            }
            let waits = !self.is_confirmed(row.document)? && !self.is_amended(&row)?;
            // What nobody would take, an app need not ask for.
            if waits && self.check_confirmable(&row).is_ok() {
                rows.push((Place::after(row.number), self.record_row(row)?));
            }
        }
        Ok(Page::of(from, rows, limit))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::{AssignmentId, CaseId, DocumentId, PersonId, UndertakerId};
    use crate::people::{AssignmentKind, Duty};
    use crate::phone::store::document::{NewDocument, Seen};
    use crate::phone::store::{Tx, server_row};
    use crate::phone::testing::{OWNER, phone, row, task};
    use crate::sync::row_kind::RowKind;

    const ASSIGNMENT: AssignmentId = AssignmentId::from_bytes([5; 16]);

    fn record(number: u8) -> DocumentId {
        DocumentId::from_bytes([number; 16])
    }

    /// A clerk's sealed copy of somebody's paper.
    fn copied(tx: &Tx<'_>, number: u8, observer: Option<PersonId>, case: u8) {
        let new = NewDocument {
            document: record(number),
            kind: "observer_sheet",
            assignment: Some(ASSIGNMENT),
            case: Some(CaseId::from_bytes([case; 16])),
            undertaker: Some(UndertakerId::from_bytes([6; 16])),
            transcribed_for: observer,
            own: false,
            touched_at: 1,
        };
        document::insert(tx, &new).expect("fresh");
        document::set_sealed(tx, new.document).expect("there");
    }

    fn waiting(phone: &Phone, limit: u32) -> Vec<DocumentId> {
        let (mut all, mut after) = (Vec::new(), None);
        loop {
            let page = phone.to_confirm_page(after, limit).expect("listed");
            assert!(page.items.iter().all(|row| row.transcribed_for == Some(OWNER) && row.sealed));
            all.extend(page.items.iter().map(|row| row.document));
            after = page.next;
            if after.is_none() {
                return all;
            }
        }
    }

    #[test]
    fn a_copy_of_the_owners_paper_waits_until_it_is_confirmed_or_amended() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut phone = phone(folder.path());
        let written = phone.store.write("testing", |tx| {
            server_row::save(tx, &task(ASSIGNMENT, AssignmentKind::Attendance, Duty::Observer), None)?;
            for number in 10..15 {
                copied(tx, number, Some(OWNER), number);
            }
            copied(tx, 20, None, 20);
            copied(tx, 21, Some(PersonId::from_bytes([9; 16])), 21);
            server_row::save(tx, &row(RowKind::Confirmation, record(11), "{}"), None)
        });
        written.expect("stored");
        let open = [10, 12, 13, 14].map(record);
        for limit in [1, 2, 4, 50] {
            assert_eq!(waiting(&phone, limit), open, "{limit} at a time");
        }
        // The clerk has put one right.
        let amended = phone.store.write("testing", |tx| {
            copied(tx, 22, Some(OWNER), 13);
            let seen = Seen { own_part_is_done: false, amends: Some(record(13)) };
            document::set_indexed(tx, record(22), "", seen)
        });
        amended.expect("stored");
        assert_eq!(waiting(&phone, 50), [10, 12, 14, 22].map(record));
    }
}
