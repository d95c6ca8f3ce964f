//! 封存: sealing a record. A seal is the writer's signature over the record's heads and content.
//!
//! What comes after a seal is an [amendment](super::amendment), never an edit. A sealed record is
//! read at its sealed heads, for ever.

use super::document::{ChangeHash, Document};
use super::edit::FieldPath;
use super::kind::Record;
use super::shape::Merge;
use super::value::Node;
use crate::clock::{LogPosition, Moment};
use crate::id::{DocumentId, PersonId};
use crate::signature::{BadSignature, DeviceKey, Signature, digest};

/// What the signer says by sealing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(index_only)]
pub enum SealPurpose {
    /// "This is my own record."
    #[n(0)]
    Own,
    /// "This is a true copy of the paper": a clerk's transcript.
    #[n(1)]
    TrueCopy,
    /// "All observers are done": the chair's seal on a shared record.
    #[n(2)]
    Chair,
    /// "This is what I wrote on the paper": the observer, on a clerk's sealed transcript. A statement
    /// of its own beside the clerk's seal.
    #[n(3)]
    Confirmation,
}

impl SealPurpose {
    /// What the one who seals a record says: the chair speaks for all of a shared record, a clerk
    /// for the copy, everybody else for what is their own.
    pub const fn of(merge: Merge, is_transcript: bool) -> Self {
        match (merge, is_transcript) {
            (Merge::Shared, _) => Self::Chair,
            (Merge::SingleWriter, true) => Self::TrueCopy,
            (Merge::SingleWriter, false) => Self::Own,
        }
    }
}

/// What is signed.
#[derive(Clone, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
pub struct SealStatement {
    /// The record.
    #[n(0)]
    pub document: DocumentId,
    /// Its heads when it was sealed, sorted.
    #[n(1)]
    pub heads: Vec<ChangeHash>,
    /// The digest of the content at these heads.
    #[cbor(n(2), with = "minicbor::bytes")]
    pub content_digest: [u8; 32],
    /// The schema version of the record.
    #[n(3)]
    pub schema_version: u32,
    /// What the signer says.
    #[n(4)]
    pub purpose: SealPurpose,
    /// When it was sealed, by the signer's clock (a claim).
    #[n(5)]
    pub claimed_at: Moment,
}

/// A sealed statement.
#[derive(Clone, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
pub struct Seal {
    /// What is signed.
    #[n(0)]
    pub statement: SealStatement,
    /// The device's signature over it.
    #[n(1)]
    pub signature: Signature,
}

/// Why a seal does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadSeal {
    /// The signature is not the device's.
    #[error("the seal's signature does not hold")]
    Signature,
    /// It names changes that the document does not have.
    #[error("the seal names changes that are not in the record")]
    UnknownHeads,
    /// The content at the heads is another.
    #[error("the content at the sealed heads is not what was sealed")]
    Content,
}

impl From<BadSignature> for BadSeal {
    fn from(_: BadSignature) -> Self {
        Self::Signature
    }
}

/// The digest of a record's content, over its canonical form.
pub fn content_digest(content: &Node) -> [u8; 32] {
    let bytes = minicbor::to_vec(content).expect("encoding into memory cannot fail");
    digest("tingfang-content/1", &[&bytes])
}

impl SealStatement {
    fn digest(&self) -> [u8; 32] {
        let bytes = minicbor::to_vec(self).expect("encoding into memory cannot fail");
        digest("tingfang-seal/1", &[&bytes])
    }
}

impl Seal {
    /// Checks the device's signature alone: of what was sealed nothing is left.
    ///
    /// # Errors
    /// When it does not hold.
    pub fn verify_signature(&self, device: &DeviceKey) -> Result<(), BadSeal> {
        Ok(device.verify(&self.statement.digest(), &self.signature)?)
    }

    /// Seals a document as it stands; nothing where it is no record.
    ///
    /// # Errors
    /// When whoever has the device's key does not sign.
    pub fn sign<E>(
        document: &Document,
        purpose: SealPurpose,
        claimed_at: Moment,
        sign: impl FnOnce(&[u8; 32]) -> Result<Signature, E>,
    ) -> Result<Option<Self>, E> {
        let Some(schema) = document.schema() else { return Ok(None) };
        let statement = SealStatement {
            document: schema.document,
            heads: document.heads(),
            content_digest: content_digest(&document.content()),
            schema_version: schema.version,
            purpose,
            claimed_at,
        };
        let signature = sign(&statement.digest())?;
        Ok(Some(Self { statement, signature }))
    }

    /// What the server signs when it accepts the seal at this position and time.
    pub fn accepted_digest(&self, position: LogPosition, received_at: Moment) -> [u8; 32] {
        let parts = [&position.0.to_le_bytes()[..], &received_at.as_millis().to_le_bytes()];
        digest("tingfang-countersign/1", &[&self.to_bytes(), parts[0], parts[1]])
    }

    /// The seal's bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        minicbor::to_vec(self).expect("encoding into memory cannot fail")
    }

    /// Reads a seal; nothing when the bytes are none.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        minicbor::decode(bytes).ok()
    }

    /// Whether this confirms exactly what another seal closed.
    pub fn confirms(&self, sealed: &Self) -> bool {
        let (said, closed) = (&self.statement, &sealed.statement);
        said.purpose == SealPurpose::Confirmation
            && (said.document, &said.heads, said.content_digest, said.schema_version)
                == (closed.document, &closed.heads, closed.content_digest, closed.schema_version)
    }

    /// Checks the seal against the document and the device's key.
    ///
    /// # Errors
    /// The first thing that does not hold.
    pub fn verify(&self, document: &Document, key: &DeviceKey) -> Result<(), BadSeal> {
        key.verify(&self.statement.digest(), &self.signature)?;
        if self.statement.heads.is_empty() || !document.holds(&self.statement.heads) {
            return Err(BadSeal::UnknownHeads);
        }
        if content_digest(&document.content_at(&self.statement.heads)) != self.statement.content_digest {
            return Err(BadSeal::Content);
        }
        Ok(())
    }
}

/// What is still missing before the record can be sealed: fields without a value, and in a shared
/// record each assigned observer who has neither said done nor been recorded absent.
pub fn missing(record: &Record, assigned: &[PersonId]) -> Vec<FieldPath> {
    record.missing(assigned)
}
