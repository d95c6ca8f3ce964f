//! 未接受存证: one thing that somebody sent and that was not accepted, with what proves who sent it, when it came and what
//! the server answered, in one file. Whoever complains that a word was not taken holds it in hand.
//!
//! Of the frame in which it came there are the header, the signature, the hashes of the other items, and the server's verdicts
//! on all of them, which it has signed as one.

use super::LeafKind;
use super::checkpoint::Checkpoint;
use super::inclusion::Inclusion;
use super::proof::{ProofProblem, ProvedDevice};
use crate::clock::Moment;
use crate::signature::{DeviceKey, PublicKey, SecretKey, Signature, digest};
use crate::sync::frame::{Item, SlimFrame};
use crate::sync::receipt::Receipt;
use crate::sync::verdict::Verdict;

/// The form of the file; that of a record's is another ([`super::proof::FORMAT`]).
pub const FORMAT: u8 = 2;

/// The proof of one item that was not accepted when it came.
#[derive(Clone, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
pub struct ItemProof {
    /// The form.
    #[n(0)]
    pub format: u8,
    /// The item.
    #[n(1)]
    pub item: Item,
    /// Which of the frame's items it is.
    #[n(2)]
    pub index: u32,
    /// The frame in which it came.
    #[n(3)]
    pub frame: SlimFrame,
    /// The device that signed it.
    #[n(4)]
    pub device: ProvedDevice,
    /// What the server answered, and when.
    #[n(5)]
    pub receipt: Receipt,
    /// Where the frame stands in the audit log.
    #[n(6)]
    pub inclusion: Inclusion,
    /// The server's key. Who checks compares its fingerprint with one that they know.
    #[n(7)]
    pub server: PublicKey,
    /// The server's signature over all of the above: names of people are its word.
    #[n(8)]
    pub signature: Signature,
}

/// What a proof shows.
#[derive(Clone, Debug)]
pub struct ProvedItem {
    /// Who sent it, by the server's word.
    pub sender: String,
    /// On which device.
    pub device: String,
    /// When it came.
    pub received_at: Moment,
    /// What the server answered then.
    pub verdict: Verdict,
    /// The checkpoint that it stands under.
    pub checkpoint: Checkpoint,
}

impl ItemProof {
    /// Signs the proof as a whole.
    #[must_use]
    pub fn signed(self, key: &SecretKey) -> Self {
        Self { signature: key.sign(&self.digest()), ..self }
    }

    fn digest(&self) -> [u8; 32] {
        let unsigned = Self { signature: Signature([0; 64]), ..self.clone() };
        digest("tingfang-item-proof/1", &[&unsigned.to_bytes()])
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
        let is_whole = proof.format == FORMAT && proof.to_bytes() == bytes;
        if is_whole { Ok(proof) } else { Err(ProofProblem::Unreadable) }
    }

    /// Checks everything, against the fingerprint of the server's key.
    ///
    /// # Errors
    /// The first thing that does not hold.
    pub fn check(&self, fingerprint: &str) -> Result<ProvedItem, ProofProblem> {
        let shown = self.server.fingerprint();
        if shown != fingerprint.trim() {
            return Err(ProofProblem::OtherServer(shown));
        }
        let part = |part| move |_| ProofProblem::Part(part);
        self.server.verify(&self.digest(), &self.signature).map_err(part("proof_signature"))?;
        let enrolment = &self.device.enrolment;
        self.server.verify(&enrolment.digest(), &self.device.signature).map_err(part("device_enrolment"))?;
        let key = DeviceKey::from_parts(enrolment.algorithm, &enrolment.public_key);
        let key = key.filter(|_| enrolment.device == self.frame.header.device);
        let key = key.ok_or(ProofProblem::Part("device"))?;
        self.frame.verify(&key).map_err(part("frame_signature"))?;
        let index = usize::try_from(self.index).ok();
        let named = index.and_then(|index| self.frame.items.get(index));
        if named != Some(&self.item.hash()) || matches!(self.item, Item::Erased { .. }) {
            return Err(ProofProblem::Part("item_origin"));
        }
        let hash = self.frame.hash().0;
        self.receipt.verify(&hash, &self.server).map_err(part("receipt"))?;
        let verdict = self.receipt.verdicts().zip(index).and_then(|(verdicts, at)| verdicts.get(at).cloned());
        let verdict = verdict.filter(|verdict| !verdict.is_stored()).ok_or(ProofProblem::Part("receipt"))?;
        let checkpoint = self.inclusion.check(LeafKind::Frame, &hash, &self.server)?;
        Ok(ProvedItem {
            sender: self.device.person_name.clone(),
            device: enrolment.name.clone(),
            received_at: self.receipt.received_at,
            verdict,
            checkpoint,
        })
    }
}
