//! A record's own proof 存证: everything that shows who wrote a sealed record, on which devices, and that the
//! server took it in, in one file. It is checked on any machine with nothing but the server's key.
//!
//! Of the frames in which the changes travelled there are the headers, signatures and the hashes of all items:
//! enough to check the signatures, and nothing of other records.

use super::LeafKind;
use super::checkpoint::Checkpoint;
use super::inclusion::Inclusion;
use crate::clock::{LogPosition, Moment};
use crate::id::{DeviceId, DocumentId};
use crate::people::Enrolment;
use crate::record::document::{Document, derived_changes};
use crate::record::seal::Seal;
use crate::record::shape_of;
use crate::signature::{DeviceKey, PublicKey, SecretKey, Signature, digest};
use crate::sync::actor;
use crate::sync::frame::{FrameHeader, Item, SlimFrame};

/// The form of the file.
pub const FORMAT: u8 = 1;

/// A change of the record, and where it was signed.
#[derive(Clone, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
pub struct ProvedChange {
    /// The change.
    #[cbor(n(0), with = "minicbor::bytes")]
    pub bytes: Vec<u8>,
    /// Which of the frames it travelled in; nothing for the derived beginning.
    #[n(1)]
    pub frame: Option<u32>,
    /// How often the record had been reopened.
    #[n(2)]
    pub rebase: u32,
}

/// A device with the server's word on whose it is.
#[derive(Clone, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
pub struct ProvedDevice {
    /// Whose it is.
    #[n(0)]
    pub enrolment: Enrolment,
    /// The server's signature over that.
    #[n(1)]
    pub signature: Signature,
    /// Its owner's name, as the server has it.
    #[n(2)]
    pub person_name: String,
}

/// The proof of one sealed record.
#[derive(Clone, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
pub struct RecordProof {
    /// The form.
    #[n(0)]
    pub format: u8,
    /// The record.
    #[n(1)]
    pub document: DocumentId,
    /// The changes up to its seal.
    #[n(2)]
    pub changes: Vec<ProvedChange>,
    /// The frames that they travelled in.
    #[n(3)]
    pub frames: Vec<SlimFrame>,
    /// The devices that signed.
    #[n(4)]
    pub devices: Vec<ProvedDevice>,
    /// The seal.
    #[n(5)]
    pub seal: Seal,
    /// The device that sealed.
    #[n(6)]
    pub sealed_on: DeviceId,
    /// Where the server accepted the seal.
    #[n(7)]
    pub position: LogPosition,
    /// When it received it.
    #[n(8)]
    pub received_at: Moment,
    /// The server's signature over the seal, position and time.
    #[n(9)]
    pub countersignature: Signature,
    /// Where the seal stands in the audit log.
    #[n(10)]
    pub inclusion: Inclusion,
    /// The server's key. Who checks compares its fingerprint with one that they know.
    #[n(11)]
    pub server: PublicKey,
    /// The server's signature over all of the above: names of people are its word.
    #[n(12)]
    pub signature: Signature,
}

/// Why a proof does not hold.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProofProblem {
    /// The bytes are no proof.
    #[error("this is no proof")]
    Unreadable,
    /// Another server's key signed it.
    #[error("the proof is of the server {0}, not of the one that was named")]
    OtherServer(String),
    /// A part does not hold.
    #[error("{0}")]
    Part(&'static str),
}

/// What a proof shows.
#[derive(Clone, Debug)]
pub struct Proved {
    /// The record as it was sealed.
    pub document: Document,
    /// Who wrote in it, on which devices: names of people and devices, and the devices.
    pub writers: Vec<(String, String, DeviceId)>,
    /// Who sealed it.
    pub sealed_by: String,
    /// When the server received the seal.
    pub received_at: Moment,
    /// The checkpoint that it stands under.
    pub checkpoint: Checkpoint,
}

impl RecordProof {
    /// Signs the proof as a whole.
    #[must_use]
    pub fn signed(self, key: &SecretKey) -> Self {
        Self { signature: key.sign(&self.digest()), ..self }
    }

    fn digest(&self) -> [u8; 32] {
        let unsigned = Self { signature: Signature([0; 64]), ..self.clone() };
        digest("tingfang-record-proof/1", &[&unsigned.to_bytes()])
    }

    /// The proof as a file.
    pub fn to_bytes(&self) -> Vec<u8> {
        minicbor::to_vec(self).expect("encoding into memory cannot fail")
    }

    /// Reads a proof.
    ///
    /// # Errors
    /// When the bytes are none.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ProofProblem> {
        let proof: Self = minicbor::decode(bytes).map_err(|_| ProofProblem::Unreadable)?;
        // One encoding only, so that no bit of the file is without meaning.
        if proof.format == FORMAT && proof.to_bytes() == bytes {
            Ok(proof)
        } else {
            Err(ProofProblem::Unreadable)
        }
    }

    /// Checks everything, against the fingerprint of the server's key.
    ///
    /// # Errors
    /// The first thing that does not hold.
    pub fn check(&self, fingerprint: &str) -> Result<Proved, ProofProblem> {
        let shown = self.server.fingerprint();
        if shown != fingerprint.trim() {
            return Err(ProofProblem::OtherServer(shown));
        }
        let whole = self.server.verify(&self.digest(), &self.signature);
        whole.map_err(|_| ProofProblem::Part("proof_signature"))?;
        for device in &self.devices {
            let signed = self.server.verify(&device.enrolment.digest(), &device.signature);
            signed.map_err(|_| ProofProblem::Part("device_enrolment"))?;
        }
        for frame in &self.frames {
            let key = self.key_of(frame.header.device)?;
            frame.verify(&key).map_err(|_| ProofProblem::Part("frame_signature"))?;
        }
        let document = self.document()?;
        let seal_key = self.key_of(self.sealed_on)?;
        self.seal.verify(&document, &seal_key).map_err(|_| ProofProblem::Part("seal"))?;
        if self.seal.statement.document != self.document || document.heads() != self.seal.statement.heads {
            return Err(ProofProblem::Part("seal"));
        }
        let accepted = self.seal.accepted_digest(self.position, self.received_at);
        let countersigned = self.server.verify(&accepted, &self.countersignature);
        countersigned.map_err(|_| ProofProblem::Part("countersignature"))?;
        let checkpoint = self.inclusion.check(LeafKind::Seal, &accepted, &self.server)?;
        Ok(Proved {
            document,
            writers: self.writers(),
            sealed_by: self.device(self.sealed_on)?.person_name.clone(),
            received_at: self.received_at,
            checkpoint,
        })
    }

    /// The document, when each of its changes is the derived beginning or stands in a frame of its device.
    fn document(&self) -> Result<Document, ProofProblem> {
        let document = Document::from_changes(self.changes.iter().map(|change| change.bytes.as_slice()))
            .map_err(|_| ProofProblem::Part("changes"))?;
        let schema = document.schema().filter(|schema| schema.document == self.document);
        let schema = schema.ok_or(ProofProblem::Part("changes"))?;
        let shape = shape_of(&schema.kind).ok_or(ProofProblem::Part("kind"))?;
        let derived = derived_changes(shape, schema.version.min(shape.version), self.document);
        for change in &self.changes {
            let holds = match change.frame {
                None => derived.iter().any(|derived| derived.bytes == change.bytes),
                Some(index) => {
                    let frame = usize::try_from(index).ok().and_then(|index| self.frames.get(index));
                    frame.is_some_and(|frame| self.stands_in(change, frame))
                }
            };
            if !holds {
                return Err(ProofProblem::Part("change_origin"));
            }
        }
        Ok(document)
    }

    fn stands_in(&self, change: &ProvedChange, frame: &SlimFrame) -> bool {
        let FrameHeader { device, epoch, .. } = frame.header;
        let (document, rebase) = (self.document, change.rebase);
        let actor = actor::derive(device, document, epoch, rebase);
        let item = Item::Change { document, rebase, bytes: change.bytes.clone() };
        frame.items.contains(&item.hash()) && Document::actor_of(&change.bytes) == Some(actor)
    }

    fn device(&self, id: DeviceId) -> Result<&ProvedDevice, ProofProblem> {
        let found = self.devices.iter().find(|device| device.enrolment.device == id);
        found.ok_or(ProofProblem::Part("device"))
    }

    fn key_of(&self, id: DeviceId) -> Result<DeviceKey, ProofProblem> {
        let Enrolment { algorithm, public_key, .. } = &self.device(id)?.enrolment;
        DeviceKey::from_parts(*algorithm, public_key).ok_or(ProofProblem::Part("device"))
    }

    fn writers(&self) -> Vec<(String, String, DeviceId)> {
        let wrote = |id: DeviceId| self.frames.iter().any(|frame| frame.header.device == id);
        let writers = self.devices.iter().filter(|device| wrote(device.enrolment.device));
        let shown = |device: &ProvedDevice| {
            (device.person_name.clone(), device.enrolment.name.clone(), device.enrolment.device)
        };
        writers.map(shown).collect()
    }
}
