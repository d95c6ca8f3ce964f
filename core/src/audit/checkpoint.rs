//! A checkpoint 检查点: how large the audit log is and what its root is, signed by the server. It is text that
//! people can print, scan and compare, in the form of C2SP's tlog-checkpoint, so that any witness of such logs
//! reads it too: the log's name, its size, its root, and below an empty line the signature.

use std::fmt;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use super::tree::Node;
use crate::id::LogEpoch;
use crate::signature::{PublicKey, SecretKey, Signature};

/// What the name of a log begins with; its epoch follows.
const ORIGIN: &str = "tingfang/";
/// The byte for Ed25519 in C2SP's signed notes.
const ED25519: u8 = 1;
/// How many bytes name a key in a signature line.
const KEY_ID_BYTES: usize = 4;

/// A signed statement about the audit log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// The history of the log: a server that was put back to an older state begins another.
    pub log: LogEpoch,
    /// How many leaves there are.
    pub size: u64,
    /// The root over them.
    pub root: Node,
    /// Names the key that signed it, for this log.
    pub key_id: [u8; KEY_ID_BYTES],
    /// The server's signature.
    pub signature: Signature,
}

/// Text that is no checkpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this is no checkpoint: a line {ORIGIN}…, a size, a root, an empty line and a signature")]
pub struct NoCheckpoint;

impl Checkpoint {
    /// Signs a checkpoint.
    pub fn sign(log: LogEpoch, size: u64, root: Node, key: &SecretKey) -> Self {
        let signature = key.sign_text(statement(log, size, &root).as_bytes());
        Self::signed(log, size, root, signature, &key.public())
    }

    /// A checkpoint with the signature that it came with.
    pub fn signed(log: LogEpoch, size: u64, root: Node, signature: Signature, server: &PublicKey) -> Self {
        Self { log, size, root, key_id: key_id(log, server), signature }
    }

    /// Whether this server signed it.
    pub fn is_signed_by(&self, server: &PublicKey) -> bool {
        let text = statement(self.log, self.size, &self.root);
        self.key_id == key_id(self.log, server)
            && server.verify_text(text.as_bytes(), &self.signature).is_ok()
    }

    /// Whether both cannot be of one history: the same size, and another root.
    pub fn contradicts(&self, other: &Self) -> bool {
        (self.log, self.size) == (other.log, other.size) && self.root != other.root
    }

    /// All checkpoints in a text that holds several, one after the other, with anything before the first.
    pub fn all_in(text: &str) -> Vec<Self> {
        let starts = text.match_indices(ORIGIN).map(|(at, _)| at);
        let begins: Vec<usize> = starts.filter(|at| *at == 0 || text[..*at].ends_with('\n')).collect();
        let ends = begins.iter().skip(1).copied().chain([text.len()]);
        begins.iter().zip(ends).filter_map(|(from, to)| text[*from..to].parse().ok()).collect()
    }
}

/// How a witness of such logs names the server's key for a log.
pub fn verifier_key(log: LogEpoch, server: &PublicKey) -> String {
    let id: String = key_id(log, server).iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{ORIGIN}{log}+{id}+{}", STANDARD.encode([&[ED25519], &server.0[..]].concat()))
}

/// What is signed: text, where everything else that the server signs is a digest of 32 bytes.
fn statement(log: LogEpoch, size: u64, root: &Node) -> String {
    format!("{ORIGIN}{log}\n{size}\n{}\n", STANDARD.encode(root))
}

fn key_id(log: LogEpoch, server: &PublicKey) -> [u8; KEY_ID_BYTES] {
    let name = format!("{ORIGIN}{log}\n");
    let hash = Sha256::new().chain_update(name).chain_update([ED25519]).chain_update(server.0).finalize();
    [hash[0], hash[1], hash[2], hash[3]]
}

impl fmt::Display for Checkpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let signature = STANDARD.encode([&self.key_id[..], &self.signature.0].concat());
        let text = statement(self.log, self.size, &self.root);
        writeln!(f, "{text}\n\u{2014} {ORIGIN}{} {signature}", self.log)
    }
}

impl FromStr for Checkpoint {
    type Err = NoCheckpoint;

    /// Forgives what scanners and printers do to line ends and blanks.
    fn from_str(text: &str) -> Result<Self, NoCheckpoint> {
        let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        let [origin, size, root, signature] = lines.as_slice() else { return Err(NoCheckpoint) };
        let signature = signature.strip_prefix('\u{2014}').ok_or(NoCheckpoint)?.trim_start();
        let signature = signature.strip_prefix(origin).ok_or(NoCheckpoint)?;
        let (key_id, signature) = decoded(signature.trim_start())?
            .split_first_chunk::<KEY_ID_BYTES>()
            .map(|(id, rest)| (*id, rest.to_vec()))
            .ok_or(NoCheckpoint)?;
        Ok(Self {
            log: origin.strip_prefix(ORIGIN).and_then(|log| log.parse().ok()).ok_or(NoCheckpoint)?,
            size: size.parse().map_err(|_| NoCheckpoint)?,
            root: decoded(root)?.try_into().map_err(|_| NoCheckpoint)?,
            key_id,
            signature: Signature(signature.try_into().map_err(|_| NoCheckpoint)?),
        })
    }
}

fn decoded(text: &str) -> Result<Vec<u8>, NoCheckpoint> {
    STANDARD.decode(text).map_err(|_| NoCheckpoint)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_text_that_comes_back_and_holds_for_its_server_only() {
        let (key, log) = (SecretKey::from_seed(&[7; 32]), LogEpoch::from_bytes([1; 16]));
        let checkpoint = Checkpoint::sign(log, 12, [255; 32], &key);
        let text = checkpoint.to_string();
        assert_eq!(text.parse(), Ok(checkpoint));
        assert_eq!(text.replace('\n', "\r\n").parse(), Ok(checkpoint), "as a scanner gives it");
        assert!(checkpoint.is_signed_by(&key.public()));
        assert!(!checkpoint.is_signed_by(&SecretKey::from_seed(&[8; 32]).public()));
        assert!(!Checkpoint { size: 13, ..checkpoint }.is_signed_by(&key.public()));
        assert!(!Checkpoint { key_id: [0; 4], ..checkpoint }.is_signed_by(&key.public()));
        let several = format!("两个:\n{text}\n{text}");
        assert_eq!(Checkpoint::all_in(&several), [checkpoint, checkpoint]);
        for wrong in ["", ORIGIN, &text.replace("12", "x"), &text.replace('\u{2014}', "-"), &text[1..]] {
            assert_eq!(wrong.parse::<Checkpoint>(), Err(NoCheckpoint), "{wrong}");
        }
    }

    #[test]
    fn it_is_what_other_programs_for_such_logs_read() {
        let (key, log) = (SecretKey::from_seed(&[7; 32]), LogEpoch::from_bytes([1; 16]));
        let text = Checkpoint::sign(log, 12, [255; 32], &key).to_string();
        let name = "tingfang/01010101-0101-0101-0101-010101010101";
        let (body, signature) = text.split_once("\n\n").expect("an empty line");
        assert_eq!(body, format!("{name}\n12\n//////////////////////////////////////////8="));
        let signature = signature.strip_prefix("\u{2014} ").and_then(|rest| rest.strip_suffix('\n'));
        let (signer, encoded) = signature.expect("one line").split_once(' ').expect("name and signature");
        let (id, bytes) =
            STANDARD.decode(encoded).map(|bytes| (bytes[..4].to_vec(), bytes[4..].to_vec())).expect("base64");
        assert_eq!((signer, bytes.len()), (name, 64));
        let vkey = verifier_key(log, &key.public());
        let parts: Vec<&str> = vkey.split('+').collect();
        let of_key = STANDARD.decode(parts[2..].join("+")).expect("base64");
        let hashed = Sha256::new().chain_update(name).chain_update("\n").chain_update(&of_key).finalize();
        assert_eq!((parts[0], id.as_slice()), (name, &hashed[..4]));
        assert_eq!(of_key, [&[1], &key.public().0[..]].concat());
    }

    #[test]
    fn two_roots_of_one_size_contradict_each_other() {
        let (key, log) = (SecretKey::from_seed(&[7; 32]), LogEpoch::from_bytes([1; 16]));
        let of = |log, size, root: u8| Checkpoint::sign(log, size, [root; 32], &key);
        assert!(of(log, 2, 1).contradicts(&of(log, 2, 2)));
        assert!(!of(log, 2, 1).contradicts(&of(log, 3, 2)), "that takes a proof");
        assert!(!of(log, 2, 1).contradicts(&of(LogEpoch::from_bytes([2; 16]), 2, 2)), "another history");
    }
}
