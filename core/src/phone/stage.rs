//! 状态 where a record stands, in one vocabulary for all screens: from the first word until it counts.

use super::store::server_row;
use super::{Phone, PhoneError, ReturnedRecord, SyncState};
use crate::codes;
use crate::record::attendance::{Attendance, ObserverState};
use crate::record::pre_hearing_report::{CheckState, CheckedReport, PreHearingReport};
use crate::record::shape::{RecordKind, ScalarType};
use crate::record::value::{Node, Scalar};
use crate::sync::row_kind::RowKind;

use super::records::open_record;
use super::store::document::{self, DocumentRow, Seen};

codes! {
    /// Where a record stands on its way (product vocabulary: 草稿 → 已完成 → 待上传 → 已入库 → … → 已更正).
    RecordStage as "record_stage" {
        /// Being written.
        Draft = "draft",
        /// The owner's part is done; others write on, or the chair has still to seal.
        Finished = "finished",
        /// Sealed, and not all of it on the server yet.
        ToUpload = "to_upload",
        /// Sealed, and the server has countersigned it.
        Stored = "stored",
        /// Stored, and staff have still to look at it.
        ToCheck = "to_check",
        /// Something of it was not accepted, or its seal was voided: a person must look.
        Trouble = "trouble",
        /// A manager has returned it; the answer is an amendment.
        Returned = "returned",
        /// Staff have looked at it and taken it.
        Passed = "passed",
        /// A sealed amendment stands in its place.
        Amended = "amended",
    }
}

impl Phone {
    /// Where a record stands on its way.
    pub(super) fn stage_of(&self, row: &DocumentRow, sync: SyncState) -> Result<RecordStage, PhoneError> {
        let reader = self.store.reader();
        if sync == SyncState::Attention || row.needs_seal {
            return Ok(RecordStage::Trouble);
        }
        if row.state != "sealed" {
            // Of the shared kinds one has such a word; no other is opened for it, so that lists stay quick.
            let has_word = row.state == "open" && row.kind == Attendance::SHAPE.code;
            let finished = has_word && self.seen(row)?.own_part_is_done;
            return Ok(if finished { RecordStage::Finished } else { RecordStage::Draft });
        }
        if self.is_amended(row)? {
            return Ok(RecordStage::Amended);
        }
        if sync == SyncState::Waiting {
            return Ok(RecordStage::ToUpload);
        }
        let key = row.document.to_string();
        let returned: Option<ReturnedRecord> = server_row::body(reader, RowKind::Returned, &key)?
            .and_then(|body| serde_json::from_str(&body).ok());
        if returned.is_some_and(|returned| returned.answered_by.is_none()) {
            return Ok(RecordStage::Returned);
        }
        let checked: Option<CheckedReport> = server_row::body(reader, RowKind::Checked, &key)?
            .and_then(|body| serde_json::from_str(&body).ok());
        Ok(match checked.map(|checked| checked.state) {
            Some(CheckState::Accepted | CheckState::SentToDiscussion) => RecordStage::Passed,
            // Reports are the kind that staff check, each of them.
            _ if row.kind == PreHearingReport::SHAPE.code => RecordStage::ToCheck,
            _ => RecordStage::Stored,
        })
    }

    /// Whether a sealed amendment of a record is on this phone. It answers the same task, about the same work.
    pub(super) fn is_amended(&self, row: &DocumentRow) -> Result<bool, PhoneError> {
        for other in document::sealed_beside(self.store.reader(), row)? {
            if self.seen(&other)?.amends == Some(row.document) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// What lists need of a record's content: as it was kept, or out of the record itself.
    fn seen(&self, row: &DocumentRow) -> Result<Seen, PhoneError> {
        match row.seen {
            Some(seen) => Ok(seen),
            None => Ok(self.seen_in(&row.kind, &open_record(self.store.reader(), row.document)?.content())),
        }
    }

    /// The same, out of its content.
    pub(super) fn seen_in(&self, kind: &str, content: &Node) -> Seen {
        let said = content.at(&["observers", &self.profile.person.to_string()]);
        let is_done =
            matches!(said, Some(Node::Scalar(scalar)) if *scalar == ObserverState::Done.to_scalar());
        let amends = match content.at(&["origin", "amends"]) {
            Some(Node::Scalar(Scalar::Text(amended))) => amended.parse().ok(),
            _ => None,
        };
        Seen { own_part_is_done: kind == Attendance::SHAPE.code && is_done, amends }
    }
}
