//! 批次包: the signed envelopes in which a phone's work travels.
//!
//! Frames of one device and epoch are numbered without gaps and chained by hash. The signature
//! covers the header and the hash of every item, so 64 bytes prove up to 200 changes. A frame's
//! bytes are kept for ever, by the server as evidence, by the phone until it may forget them.

mod item;

use crate::clock::{LogPosition, Moment};
use crate::id::{DeviceId, DocumentId, LogEpoch, TenantId};
use crate::signature::{Algorithm, BadSignature, DeviceKey, PublicKey, SecretKey, Signature, digest};

use super::actor::Epoch;

pub use item::{Claim, Item, ItemHash};

/// The most items in one frame.
pub const MAX_ITEMS: usize = 200;
/// The most bytes in one frame, encoded.
pub const MAX_FRAME_BYTES: usize = 256 * 1024;

/// The hash that names a frame.
#[derive(Clone, Copy, PartialEq, Eq, Debug, minicbor::Encode, minicbor::Decode)]
#[cbor(transparent)]
pub struct FrameHash(#[cbor(n(0), with = "minicbor::bytes")] pub [u8; 32]);

impl FrameHash {
    /// What the first frame of an epoch names as its predecessor.
    pub const NONE: Self = Self([0; 32]);
}

/// A server's word on time and place in the log; who holds it was there.
#[derive(Clone, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
pub struct Beacon {
    /// The history of the log.
    #[n(0)]
    pub log_epoch: LogEpoch,
    /// How far the log went.
    #[n(1)]
    pub position: LogPosition,
    /// The server's time.
    #[n(2)]
    pub at: Moment,
    /// The server's signature.
    #[n(3)]
    pub signature: Signature,
}

impl Beacon {
    /// Signs a beacon.
    pub fn sign(log_epoch: LogEpoch, position: LogPosition, at: Moment, key: &SecretKey) -> Self {
        let signature = key.sign(&Self::digest(log_epoch, position, at));
        Self { log_epoch, position, at, signature }
    }

    /// Checks that the server said so.
    ///
    /// # Errors
    /// When the signature does not hold.
    pub fn verify(&self, server: &PublicKey) -> Result<(), BadSignature> {
        server.verify(&Self::digest(self.log_epoch, self.position, self.at), &self.signature)
    }

    fn digest(log_epoch: LogEpoch, position: LogPosition, at: Moment) -> [u8; 32] {
        let parts: [&[u8]; 3] =
            [log_epoch.as_bytes(), &position.0.to_le_bytes(), &at.as_millis().to_le_bytes()];
        digest("tingfang-beacon/1", &parts)
    }
}

/// Who sends a frame, and where it stands in the device's chain.
#[derive(Clone, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
pub struct FrameHeader {
    /// The version of the format: 1.
    #[n(0)]
    pub format: u8,
    /// How it is signed.
    #[n(1)]
    pub algorithm: Algorithm,
    /// The tenant.
    #[n(2)]
    pub tenant: TenantId,
    /// The device.
    #[n(3)]
    pub device: DeviceId,
    /// The device's epoch.
    #[n(4)]
    pub epoch: Epoch,
    /// Counts the frames of the epoch, from 1.
    #[n(5)]
    pub number: u64,
    /// The frame before.
    #[n(6)]
    pub previous: FrameHash,
    /// The policy that the phone asked before it wrote.
    #[n(7)]
    pub policy_version: u32,
    /// The newest beacon that the phone had seen: proves that the frame is younger.
    #[n(8)]
    pub beacon: Option<Beacon>,
    /// When the frame was made, by the phone's clock (a claim).
    #[n(9)]
    pub claimed_at: Moment,
}

/// A signed frame.
#[derive(Clone, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
pub struct Frame {
    /// Who sends it, and where it stands.
    #[n(0)]
    pub header: FrameHeader,
    /// What is in it.
    #[n(1)]
    pub items: Vec<Item>,
    /// The device's signature.
    #[n(2)]
    pub signature: Signature,
}

/// A frame without its items: what it takes to check its signature.
#[derive(Clone, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
pub struct SlimFrame {
    /// Who sent it, and where it stands.
    #[n(0)]
    pub header: FrameHeader,
    /// The hashes of its items.
    #[cbor(n(1))]
    pub items: Vec<ItemHash>,
    /// The device's signature.
    #[n(2)]
    pub signature: Signature,
}

impl SlimFrame {
    /// The frame's hash.
    pub fn hash(&self) -> FrameHash {
        named(&signed_digest(&self.header, &self.items), &self.signature)
    }

    /// Checks the device's signature.
    ///
    /// # Errors
    /// When it does not hold.
    pub fn verify(&self, device: &DeviceKey) -> Result<(), BadSignature> {
        check(&self.header, device, &signed_digest(&self.header, &self.items), &self.signature)
    }
}

/// Why bytes are no frame.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// They cannot be read.
    #[error("the frame cannot be read: {0}")]
    Unreadable(String),
    /// Too large.
    #[error("the frame has {bytes} bytes; at most {MAX_FRAME_BYTES} are taken")]
    TooLarge {
        /// How large it is.
        bytes: usize,
    },
    /// Too many items.
    #[error("the frame has {items} items; at most {MAX_ITEMS} are taken")]
    TooManyItems {
        /// How many it has.
        items: usize,
    },
    /// A format that this version does not know.
    #[error("the frame has format {0}; this version knows format 1")]
    Format(u8),
}

impl Frame {
    /// Signs a frame with a key in software.
    pub fn sign(header: FrameHeader, items: Vec<Item>, key: &SecretKey) -> Self {
        let signature = key.sign(&frame_digest(&header, &items));
        Self { header, items, signature }
    }

    /// Has a frame signed by whoever has the key that the header names.
    ///
    /// # Errors
    /// When it does not sign.
    pub fn sign_with<E>(
        header: FrameHeader,
        items: Vec<Item>,
        sign: impl FnOnce(&[u8; 32]) -> Result<Signature, E>,
    ) -> Result<Self, E> {
        let signature = sign(&frame_digest(&header, &items))?;
        Ok(Self { header, items, signature })
    }

    /// The frame's hash: what the next frame names, and what tells a resend from an equivocation.
    pub fn hash(&self) -> FrameHash {
        named(&frame_digest(&self.header, &self.items), &self.signature)
    }

    /// Checks the device's signature.
    ///
    /// # Errors
    /// When it does not hold.
    pub fn verify(&self, device: &DeviceKey) -> Result<(), BadSignature> {
        check(&self.header, device, &frame_digest(&self.header, &self.items), &self.signature)
    }

    /// The frame without its items.
    pub fn slim(&self) -> SlimFrame {
        let items = self.items.iter().map(Item::hash).collect();
        SlimFrame { header: self.header.clone(), items, signature: self.signature }
    }

    /// The frame without what it says of records that are erased; nothing where it says nothing of them. Its hash and
    /// its signature stay what they were.
    pub fn without(&self, is_erased: impl Fn(DocumentId) -> bool) -> Option<Self> {
        let says_something = |item: &Item| item.has_content() && is_erased(item.document());
        if !self.items.iter().any(says_something) {
            return None;
        }
        let erased = |item: &Item| if says_something(item) { item.erased() } else { item.clone() };
        let items = self.items.iter().map(erased).collect();
        Some(Self { header: self.header.clone(), items, signature: self.signature })
    }

    /// The frame's bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        minicbor::to_vec(self).expect("encoding into memory cannot fail")
    }

    /// Reads a frame, within limits, without judging it.
    ///
    /// # Errors
    /// When the bytes are no frame or exceed a limit.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, FrameError> {
        if bytes.len() > MAX_FRAME_BYTES {
            return Err(FrameError::TooLarge { bytes: bytes.len() });
        }
        let frame: Self =
            minicbor::decode(bytes).map_err(|error| FrameError::Unreadable(error.to_string()))?;
        if frame.header.format != 1 {
            return Err(FrameError::Format(frame.header.format));
        }
        if frame.items.len() > MAX_ITEMS {
            return Err(FrameError::TooManyItems { items: frame.items.len() });
        }
        // One encoding only: the bytes that are kept are the bytes that were signed.
        if frame.to_bytes() != bytes {
            return Err(FrameError::Unreadable("it is not in the one canonical encoding".to_owned()));
        }
        Ok(frame)
    }
}

/// A frame is signed as its header says, with the key that its device was enrolled with.
fn check(
    header: &FrameHeader,
    device: &DeviceKey,
    digest: &[u8; 32],
    signature: &Signature,
) -> Result<(), BadSignature> {
    if header.algorithm == device.algorithm() { device.verify(digest, signature) } else { Err(BadSignature) }
}

fn named(signed: &[u8; 32], signature: &Signature) -> FrameHash {
    FrameHash(digest("tingfang-frame-hash/1", &[signed, &signature.0]))
}

fn frame_digest(header: &FrameHeader, items: &[Item]) -> [u8; 32] {
    signed_digest(header, &items.iter().map(Item::hash).collect::<Vec<_>>())
}

fn signed_digest(header: &FrameHeader, items: &[ItemHash]) -> [u8; 32] {
    let header = minicbor::to_vec(header).expect("encoding into memory cannot fail");
    let mut parts: Vec<&[u8]> = vec![&header];
    parts.extend(items.iter().map(|item| item.0.as_slice()));
    digest("tingfang-frame/1", &parts)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::AssignmentId;

    fn header() -> FrameHeader {
        FrameHeader {
            format: 1,
            algorithm: Algorithm::Ed25519,
            tenant: TenantId::from_bytes([1; 16]),
            device: DeviceId::from_bytes([2; 16]),
            epoch: 1,
            number: 1,
            previous: FrameHash::NONE,
            policy_version: 1,
            beacon: None,
            claimed_at: Moment::from_millis(5),
        }
    }

    fn begin() -> Item {
        Item::Begin {
            document: DocumentId::from_bytes([3; 16]),
            kind: "attendance".into(),
            version: 1,
            claim: Claim::Shared { assignment: AssignmentId::from_bytes([4; 16]) },
        }
    }

    #[test]
    fn a_frame_survives_the_wire_and_its_signature_holds() {
        let key = SecretKey::from_seed(&[9; 32]);
        let frame = Frame::sign(header(), vec![begin()], &key);
        let read = Frame::from_bytes(&frame.to_bytes()).expect("a frame");
        assert_eq!(read, frame);
        assert_eq!(read.verify(&key.public().into()), Ok(()));
    }

    #[test]
    fn no_single_flipped_bit_of_a_frame_goes_unnoticed() {
        let key = SecretKey::from_seed(&[9; 32]);
        let frame = Frame::sign(header(), vec![begin()], &key);
        let bytes = frame.to_bytes();
        for index in 0..bytes.len() * 8 {
            let mut flipped = bytes.clone();
            flipped[index / 8] ^= 1 << (index % 8);
            if let Ok(read) = Frame::from_bytes(&flipped) {
                assert!(read.verify(&key.public().into()).is_err(), "bit {index}");
            }
        }
    }

    #[test]
    fn a_frame_without_what_was_erased_has_the_same_hash_and_its_signature_holds() {
        let key = SecretKey::from_seed(&[9; 32]);
        let document = DocumentId::from_bytes([3; 16]);
        let change = |bytes: &[u8]| Item::Change { document, rebase: 0, bytes: bytes.to_vec() };
        let frame = Frame::sign(header(), vec![begin(), change(b"secret words"), change(b"more")], &key);
        assert_eq!(frame.without(|other| other != document), None);
        let erased = frame.without(|other| other == document).expect("it said something");
        let read = Frame::from_bytes(&erased.to_bytes()).expect("a frame");
        assert_eq!((read.hash(), read.verify(&key.public().into())), (frame.hash(), Ok(())));
        assert_eq!(read.slim(), frame.slim());
        assert!(matches!(read.items[..], [Item::Begin { .. }, Item::Erased { .. }, Item::Erased { .. }]));
        assert!(!erased.to_bytes().windows(6).any(|bytes| bytes == b"secret"));
        assert_eq!(read.without(|other| other == document), None, "there is nothing left to erase");
    }

    #[test]
    fn too_many_items_are_refused_with_the_limit() {
        let key = SecretKey::from_seed(&[9; 32]);
        let frame = Frame::sign(header(), vec![begin(); MAX_ITEMS + 1], &key);
        let error = Frame::from_bytes(&frame.to_bytes()).expect_err("too many");
        assert!(error.to_string().contains("201 items; at most 200"), "{error}");
    }
}
