//! One request and one response, CBOR inside zstd.
//!
//! One POST carries any number of changes both ways. Integer keys keep it small; fields are only
//! ever added, so an older reader passes over what it does not know.

use super::actor::Epoch;
use super::frame::{Beacon, FrameHash};
use super::order::{DeviceStanding, Terms, WipeOrder};
use super::scope_digest::ScopeDigest;
use super::verdict::Verdict;
use crate::clock::{LogPosition, Moment};
use crate::id::{AssignmentId, CaseId, DeviceId, DocumentId, LogEpoch, PersonId, TenantId, UndertakerId};
use crate::policy::SignedPolicy;
use crate::signature::{PublicKey, SecretKey, Signature, digest};

/// The most bytes of a request or response on the wire.
pub const MAX_COMPRESSED_BYTES: usize = 1024 * 1024;
/// The most bytes after decompression: what a bomb may grow to.
pub const MAX_PLAIN_BYTES: usize = 8 * 1024 * 1024;
/// The media type of both.
pub const MEDIA_TYPE: &str = "application/vnd.tingfang.sync.v1+cbor-zstd";

/// What a phone sends.
#[derive(Clone, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
pub struct SyncRequest {
    /// The tenant.
    #[n(0)]
    pub tenant: TenantId,
    /// The device.
    #[n(1)]
    pub device: DeviceId,
    /// The device's epoch.
    #[n(2)]
    pub epoch: Epoch,
    /// How far the phone has read, in the server's own words; nothing at first.
    #[n(3)]
    pub cursor: Option<Token>,
    /// Where in a many-paged answer the phone stands.
    #[n(4)]
    pub page: Option<Token>,
    /// Frames, as they were signed, in order.
    #[n(5)]
    pub frames: Vec<FrameBytes>,
    /// The most plain bytes of a page that the phone wants.
    #[n(6)]
    pub page_bytes: u32,
    /// The version of the core that runs on the phone.
    #[n(7)]
    pub core_version: String,
    /// The last frame of this epoch that was answered. What stands in frames up to it the server does not
    /// send, where it knows the same frame: a copy of the phone may have sent others. Nothing of a phone that wants its own
    /// work too, because something was lost there or has left it.
    #[n(8)]
    pub answered: Option<LastFrame>,
    /// Sizes of the audit log of which the phone holds signed checkpoints, and wants to see that they are its
    /// beginning.
    #[n(9)]
    pub audit_sizes: Vec<u64>,
    /// The phone was ordered to wipe itself, has handed in everything, and does so on the answer.
    #[n(10)]
    pub is_wiping: bool,
    /// What the phone has, to be held against what the server says there is; not in every request.
    #[n(11)]
    pub digest: Option<ScopeDigest>,
    /// The newest version of the policy that the phone was given; 0 for none.
    #[n(12)]
    pub policy_version: u32,
}

/// Opaque to the phone: a cursor or a place in a page.
#[derive(Clone, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(transparent)]
pub struct Token(#[cbor(n(0), with = "minicbor::bytes")] pub Vec<u8>);

/// A frame as it was signed.
#[derive(Clone, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(transparent)]
pub struct FrameBytes(#[cbor(n(0), with = "minicbor::bytes")] pub Vec<u8>);

/// The verdicts on one frame, item by item.
#[derive(Clone, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
pub struct FrameVerdicts {
    /// The frame.
    #[n(0)]
    pub number: u64,
    /// A verdict for each item, in order.
    #[n(1)]
    pub verdicts: Vec<Verdict>,
}

/// Why the server did not take a frame at all. The frame stays in the phone's outbox.
#[derive(Clone, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
pub struct FrameRejection {
    /// Which of the request's frames, counted from 0.
    #[n(0)]
    pub index: u32,
    /// Why, as a stable code: `unreadable`, `identity`, `signature`, `gap`, `chain`,
    /// `equivocation`.
    #[n(1)]
    pub code: String,
}

/// A change for the phone.
#[derive(Clone, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
pub struct PulledChange {
    /// Its place in the log.
    #[n(0)]
    pub position: LogPosition,
    /// The change's bytes.
    #[cbor(n(1), with = "minicbor::bytes")]
    pub bytes: Vec<u8>,
    /// Who wrote it, for conflicts: an index into [`SyncResponse::writers`]; nothing for a change
    /// that nobody wrote, such as a derived one.
    #[n(2)]
    pub writer: Option<u32>,
    /// The server's time in the beacon of the frame that brought it.
    #[n(3)]
    pub not_before: Option<Moment>,
    /// When the server received it.
    #[n(4)]
    pub received_at: Moment,
}

/// A person at a device.
#[derive(Clone, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
pub struct Writer {
    /// The person's name.
    #[n(0)]
    pub name: String,
    /// The device.
    #[n(1)]
    pub device: DeviceId,
    /// The device's name, as its owner gave it.
    #[n(2)]
    pub device_name: String,
}

/// Changes of one document for the phone.
#[derive(Clone, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
pub struct PulledDocument {
    /// The document.
    #[n(0)]
    pub document: DocumentId,
    /// The kind's code; present when the document is new to the phone.
    #[n(1)]
    pub kind: Option<String>,
    /// The changes, in log order.
    #[n(2)]
    pub changes: Vec<PulledChange>,
    /// The assignment that it answers; present with the kind.
    #[n(3)]
    pub assignment: Option<AssignmentId>,
    /// The case of a single-writer record; present with the kind.
    #[n(4)]
    pub case: Option<CaseId>,
    /// Whether the phone's owner is its one writer.
    #[n(5)]
    pub own: bool,
    /// Whose work a single-writer record is about; present with the kind.
    #[n(6)]
    pub undertaker: Option<UndertakerId>,
    /// The observer whose paper sheet it is a transcript of; present with the kind.
    #[n(7)]
    pub transcribed_for: Option<PersonId>,
    /// Whether it is sealed; said with the kind.
    #[n(8)]
    pub sealed: bool,
}

/// A server row made for the phone's owner: a task, a rubric, evidence, a countersigned seal.
#[derive(Clone, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
pub struct Row {
    /// Its place in the log.
    #[n(0)]
    pub position: LogPosition,
    /// The code of its [`super::row_kind::RowKind`], or of one that a later release knows.
    #[n(1)]
    pub kind: String,
    /// Its key within the kind; a later row of the same key takes its place.
    #[n(2)]
    pub key: String,
    /// The body, JSON.
    #[n(3)]
    pub body: String,
}

/// The last frame that the server holds of the device and epoch.
#[derive(Clone, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
pub struct LastFrame {
    /// Its number; 0 when it holds none.
    #[n(0)]
    pub number: u64,
    /// Its hash.
    #[n(1)]
    pub hash: FrameHash,
}

/// What the server answers.
#[derive(Clone, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
pub struct SyncResponse {
    /// The log's history. Another than before: the server was restored, and the phone reads anew.
    #[n(0)]
    pub log_epoch: LogEpoch,
    /// Verdicts on the frames that were taken.
    #[n(1)]
    pub verdicts: Vec<FrameVerdicts>,
    /// Frames that were not taken.
    #[n(2)]
    pub rejections: Vec<FrameRejection>,
    /// The last frame that the server holds; the phone re-sends what it archived after it.
    #[n(3)]
    pub last_frame: LastFrame,
    /// Whether the cursor no longer means anything, so that the phone starts reading anew.
    #[n(4)]
    pub restart: bool,
    /// Rows, first of all.
    #[n(5)]
    pub rows: Vec<Row>,
    /// Documents and changes.
    #[n(6)]
    pub documents: Vec<PulledDocument>,
    /// Documents that the phone may no longer see.
    #[n(7)]
    pub leave: Vec<DocumentId>,
    /// The writers, to which [`PulledChange::writer`] points.
    #[n(8)]
    pub writers: Vec<Writer>,
    /// The next page, while there is more.
    #[n(9)]
    pub page: Option<Token>,
    /// The cursor, on the last page.
    #[n(10)]
    pub cursor: Option<Token>,
    /// The server's time and place in the log, signed.
    #[n(11)]
    pub beacon: Beacon,
    /// How long to wait before the next request, in seconds, when the server is busy.
    #[n(12)]
    pub retry_after_s: Option<u32>,
    /// The digest of the request that this answers, so that no old answer is taken for a new one.
    #[cbor(n(13), with = "minicbor::bytes")]
    pub answers: [u8; 32],
    /// The audit log as it is now.
    #[n(14)]
    pub audit: AuditState,
    /// The terms on which devices are used.
    #[n(15)]
    pub terms: Terms,
    /// The order to wipe the phone, while there is one.
    #[n(16)]
    pub wipe: Option<WipeOrder>,
    /// Whether the phone has something else than the server says there is; nothing when that was not asked,
    /// or cannot be said now.
    #[n(17)]
    pub differs: Option<bool>,
    /// The policy, when the phone has another version.
    #[n(18)]
    pub policy: Option<SignedPolicy>,
    /// How the device stands; where nothing is said, active. 19 said less, and is not used again.
    #[cbor(n(20), default)]
    pub standing: DeviceStanding,
}

/// How large the audit log is, signed, and that it began as phones know it.
#[derive(Clone, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
pub struct AuditState {
    /// How many leaves there are.
    #[n(0)]
    pub size: u64,
    /// The root over them.
    #[cbor(n(1), with = "minicbor::bytes")]
    pub root: [u8; 32],
    /// The server's signature, as of a [`Checkpoint`](crate::audit::Checkpoint).
    #[n(2)]
    pub signature: Signature,
    /// For sizes that the phone has asked for.
    #[n(3)]
    pub proofs: Vec<AuditProof>,
}

/// That the audit log of a size is the beginning of the one now.
#[derive(Clone, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
pub struct AuditProof {
    /// The size.
    #[n(0)]
    pub size: u64,
    /// The nodes of the proof, one behind the other.
    #[cbor(n(1), with = "minicbor::bytes")]
    pub nodes: Vec<u8>,
}

/// The most sizes that one request asks proofs for.
pub const MOST_AUDIT_SIZES: usize = 8;

/// A response with the server's signature: the phone applies only pages that it authenticated.
#[derive(Clone, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
pub struct SignedResponse {
    /// The encoded [`SyncResponse`].
    #[cbor(n(0), with = "minicbor::bytes")]
    pub body: Vec<u8>,
    /// The server's signature over it.
    #[n(1)]
    pub signature: Signature,
}

/// Bytes that are no message.
#[derive(Debug, thiserror::Error)]
pub enum WireError {
    /// Larger than what is taken.
    #[error("the message is larger than {limit} bytes")]
    TooLarge {
        /// The limit that was passed.
        limit: usize,
    },
    /// Not compressed as it should be.
    #[error("the message is not zstd")]
    Compression(#[source] std::io::Error),
    /// Not signed by the server that the phone was enrolled with.
    #[error("the message is not signed by the server")]
    Signature,
    /// Compressed well, but no message.
    #[error("the message cannot be read")]
    Encoding(#[source] minicbor::decode::Error),
}

/// Encodes and compresses a message.
pub fn encode<T: minicbor::Encode<()>>(message: &T) -> Vec<u8> {
    let plain = minicbor::to_vec(message).expect("encoding into memory cannot fail");
    zstd::bulk::compress(&plain, 3).expect("compressing in memory cannot fail")
}

/// The digest by which an answer names its request.
pub fn request_digest(request: &[u8]) -> [u8; 32] {
    digest("tingfang-request/1", &[request])
}

/// Encodes, signs and compresses a response.
pub fn encode_response(response: &SyncResponse, key: &SecretKey) -> Vec<u8> {
    let body = minicbor::to_vec(response).expect("encoding into memory cannot fail");
    let signature = key.sign(&digest("tingfang-response/1", &[&body]));
    encode(&SignedResponse { body, signature })
}

/// Decompresses a response, checks the server's signature, and reads it.
///
/// # Errors
/// When it is too large, not compressed, not signed by the server, or no response.
pub fn decode_response(bytes: &[u8], server: &PublicKey) -> Result<SyncResponse, WireError> {
    let signed: SignedResponse = decode_trusted(bytes)?;
    server
        .verify(&digest("tingfang-response/1", &[&signed.body]), &signed.signature)
        .map_err(|_| WireError::Signature)?;
    minicbor::decode(&signed.body).map_err(WireError::Encoding)
}

/// Decompresses and reads a message, within the limits.
///
/// # Errors
/// When it is too large, not compressed, or no message.
pub fn decode<T: for<'b> minicbor::Decode<'b, ()>>(bytes: &[u8]) -> Result<T, WireError> {
    if bytes.len() > MAX_COMPRESSED_BYTES {
        return Err(WireError::TooLarge { limit: MAX_COMPRESSED_BYTES });
    }
    decode_trusted(bytes)
}

/// Reads a message whose compressed size is not limited, such as a server's page.
///
/// # Errors
/// When it grows past the plain limit, is not compressed, or is no message.
pub fn decode_trusted<T: for<'b> minicbor::Decode<'b, ()>>(bytes: &[u8]) -> Result<T, WireError> {
    use std::io::Read;
    let mut plain = Vec::new();
    zstd::stream::Decoder::new(bytes)
        .and_then(|decoder| decoder.take(MAX_PLAIN_BYTES as u64 + 1).read_to_end(&mut plain))
        .map_err(WireError::Compression)?;
    if plain.len() > MAX_PLAIN_BYTES {
        return Err(WireError::TooLarge { limit: MAX_PLAIN_BYTES });
    }
    minicbor::decode(&plain).map_err(WireError::Encoding)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request() -> SyncRequest {
        SyncRequest {
            tenant: TenantId::from_bytes([1; 16]),
            device: DeviceId::from_bytes([2; 16]),
            epoch: 1,
            cursor: None,
            page: None,
            frames: vec![FrameBytes(vec![1, 2, 3])],
            page_bytes: 1024,
            answered: None,
            audit_sizes: Vec::new(),
            is_wiping: false,
            digest: None,
            policy_version: 0,
            core_version: "0.1.0".into(),
        }
    }

    #[test]
    fn a_request_survives_the_wire() {
        assert_eq!(decode::<SyncRequest>(&encode(&request())).expect("a request"), request());
    }

    #[test]
    fn a_bomb_is_refused_before_it_goes_off() {
        let bomb = zstd::bulk::compress(&vec![0; 64 * 1024 * 1024], 3).expect("compresses");
        assert!(bomb.len() < 16 * 1024);
        assert!(matches!(decode::<SyncRequest>(&bomb), Err(WireError::TooLarge { .. })));
    }

    #[test]
    fn noise_is_refused() {
        assert!(matches!(decode::<SyncRequest>(b"noise"), Err(WireError::Compression(_))));
        let noise = zstd::bulk::compress(b"noise", 3).expect("compresses");
        assert!(matches!(decode::<SyncRequest>(&noise), Err(WireError::Encoding(_))));
    }
}
