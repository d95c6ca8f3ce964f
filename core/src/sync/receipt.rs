//! What the server signs when it has answered a frame: that it came, when, and what became of each item.

use super::verdict::{Verdict, decode_list, encode_list};
use crate::clock::{LogPosition, Moment};
use crate::signature::{BadSignature, PublicKey, SecretKey, Signature, digest};

/// A receipt for a frame.
#[derive(Clone, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
pub struct Receipt {
    /// The verdicts, item by item, as they are kept.
    #[cbor(n(0), with = "minicbor::bytes")]
    pub verdicts: Vec<u8>,
    /// As which of the server's frames it came, from 1.
    #[n(1)]
    pub intake_number: u64,
    /// When it came.
    #[n(2)]
    pub received_at: Moment,
    /// The log position that its beacon proves.
    #[n(3)]
    pub beacon_position: LogPosition,
    /// The server's time in its beacon.
    #[n(4)]
    pub beacon_at: Option<Moment>,
    /// The server's signature over all of that and the frame's hash.
    #[n(5)]
    pub signature: Signature,
}

impl Receipt {
    /// Signs the receipt of a frame.
    #[must_use]
    pub fn signed(self, frame: &[u8; 32], key: &SecretKey) -> Self {
        Self { signature: key.sign(&self.digest(frame)), ..self }
    }

    /// Checks that the server has signed it for this frame.
    ///
    /// # Errors
    /// When the signature does not hold.
    pub fn verify(&self, frame: &[u8; 32], server: &PublicKey) -> Result<(), BadSignature> {
        server.verify(&self.digest(frame), &self.signature)
    }

    /// The verdicts; nothing when they cannot be read.
    pub fn verdicts(&self) -> Option<Vec<Verdict>> {
        // One encoding only, so that no bit of it is without meaning.
        decode_list(&self.verdicts).filter(|verdicts| encode_list(verdicts) == self.verdicts)
    }

    fn digest(&self, frame: &[u8; 32]) -> [u8; 32] {
        // A moment before 1970 never was a beacon's.
        let beacon_at = self.beacon_at.map_or(i64::MIN, Moment::as_millis);
        let parts: [&[u8]; 6] = [
            frame,
            &self.verdicts,
            &self.intake_number.to_le_bytes(),
            &self.received_at.as_millis().to_le_bytes(),
            &self.beacon_position.0.to_le_bytes(),
            &beacon_at.to_le_bytes(),
        ];
        digest("tingfang-receipt/1", &parts)
    }
}
