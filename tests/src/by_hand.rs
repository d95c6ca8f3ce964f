//! What stories do with a fleet past what its phones and consoles would do.

use tingfang_core::id::{AssignmentId, DocumentId, PersonId};
use tingfang_core::people::Duty;
use tingfang_core::record::document::{Actor, Document};
use tingfang_core::record::edit::Edit;
use tingfang_core::sync::actor;
use tingfang_core::sync::frame::Item;
use tingfang_server::db::Tx;
use tingfang_server::planning;
use tingfang_server::store::change_log;

use crate::fleet::{Fleet, FleetPhone};

impl FleetPhone {
    /// The actor under which this phone writes in a record, as long as it has not been reopened.
    pub fn actor(&self, record: DocumentId) -> Actor {
        actor::derive(self.device, record, self.phone.epoch(), 0)
    }
}

impl Fleet {
    /// A record as the server holds it.
    ///
    /// # Panics
    /// When it cannot be read.
    pub fn record(&self, id: DocumentId) -> Document {
        let log = self.db.read(|tx| change_log::of_document(tx, id)).expect("readable");
        Document::from_changes(log.iter().map(|entry| entry.bytes.as_slice())).expect("a record")
    }

    /// A change that the phone itself might not make, on top of what the server holds of the record.
    ///
    /// # Panics
    /// When the edit does not fit the record's shape.
    pub fn forged(&self, phone: &FleetPhone, record: DocumentId, edit: Edit) -> Item {
        let made = self.record(record).edit(phone.actor(record), &[edit]).expect("fits the shape");
        Item::change(record, 0, &made[0])
    }

    /// Who takes part in an assignment from now on.
    ///
    /// # Panics
    /// When something stands against it.
    pub fn set_members(&self, assignment: AssignmentId, members: &[(PersonId, Duty)]) {
        let members = members.to_vec();
        let set = move |tx: &Tx| planning::set_members(tx, assignment, members.clone()).map(|_| ());
        self.db.try_write(set).unwrap_or_else(|problem| panic!("{:?}", problem.body()));
    }
}
