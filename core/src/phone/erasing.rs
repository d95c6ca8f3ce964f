//! Erasing what a record says, by the server's order: it wins over any copy, and over what was not sent.

use serde::{Deserialize, Serialize};

use super::store::{Tx, attachment, change, document, erased as leftovers, frame, search, server_row};
use super::{Phone, PhoneError};
use crate::clock::Moment;
use crate::id::DocumentId;
use crate::sync::frame::Frame;
use crate::sync::row_kind::RowKind;

/// That a record was erased by order. Of the record itself nothing is left.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErasedRecord {
    /// The record.
    pub document: DocumentId,
    /// Of which kind it was.
    pub kind: String,
    /// The number of the order.
    pub order: u64,
    /// When it was ordered.
    pub ordered_at: Moment,
}

impl Phone {
    /// The records that were erased by order, of those that were here: their writers learn why they are gone.
    ///
    /// # Errors
    /// When the store fails.
    pub fn erased_records(&self) -> Result<Vec<ErasedRecord>, PhoneError> {
        let bodies = server_row::bodies(self.store.reader(), RowKind::Erasure)?;
        // What a later version wrote and this one cannot read leaves a gap.
        let mut erased: Vec<ErasedRecord> =
            bodies.iter().filter_map(|body| serde_json::from_str(body).ok()).collect();
        erased.sort_by_key(|erased| erased.order);
        Ok(erased)
    }

    /// Whether a record was erased by order: nobody begins it again.
    pub(super) fn is_erased(&self, document: DocumentId) -> Result<bool, PhoneError> {
        server_row::is_told(self.store.reader(), RowKind::Erasure, &document.to_string())
    }
}

/// Takes a record off the phone, with what of it was not sent. What it said in frames that are kept goes too; their
/// hashes and signatures stay what they were, so that they can still be sent.
pub(super) fn erase(tx: &Tx<'_>, erased: DocumentId) -> Result<(), PhoneError> {
    for (epoch, number) in leftovers::frames(tx)? {
        let kept = frame::bytes(tx, epoch, number)?.and_then(|bytes| Frame::from_bytes(&bytes).ok());
        if let Some(rest) = kept.and_then(|kept| kept.without(|document| document == erased)) {
            leftovers::keep_rest(tx, epoch, number, &rest)?;
        }
    }
    leftovers::remove_items(tx, erased)?;
    search::remove(tx, erased)?;
    change::remove_of(tx, erased)?;
    let files = leftovers::files_of(tx, erased)?;
    attachment::remove_of(tx, erased)?;
    leftovers::send_for_others(tx, &files)?;
    document::remove(tx, erased)
}

#[cfg(test)]
mod tests {
    use super::super::store::attachment::{FileRow, UploadState};
    use super::super::testing::phone;
    use super::*;
    use crate::record::attachment::{ContentDigest, MediaType};

    fn file(nth: u8, document: DocumentId) -> FileRow {
        FileRow {
            digest: ContentDigest([nth; 32]),
            size_bytes: 9,
            media_type: MediaType::Jpeg,
            document,
            is_here: true,
            upload: UploadState::Stored,
            url: None,
            sent_bytes: 9,
            is_unsure: false,
            reason: String::new(),
        }
    }

    #[test]
    fn a_file_that_another_record_names_as_well_is_sent_for_that_one() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut phone = phone(folder.path());
        let [gone, kept] = [1, 2].map(|nth| DocumentId::from_bytes([nth; 16]));
        let erase_one = |tx: &Tx<'_>| {
            attachment::save(tx, &file(1, gone))?;
            attachment::save(tx, &file(2, gone))?;
            attachment::save(tx, &file(2, kept))?;
            erase(tx, gone)
        };
        phone.store.write("erasing", erase_one).expect("written");
        let reader = phone.store.reader();
        assert!(attachment::find(reader, ContentDigest([1; 32])).expect("readable").is_none());
        let shared = attachment::find(reader, ContentDigest([2; 32])).expect("readable").expect("kept");
        assert_eq!((shared.document, shared.upload), (kept, UploadState::Waiting));
        assert!(
            attachment::any_unsent(reader, kept).expect("readable"),
            "the server may have erased what it had"
        );
    }
}
