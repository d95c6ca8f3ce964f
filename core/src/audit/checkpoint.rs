//! A checkpoint 检查点: how large the audit log is and what its root is, signed by the server. It is text that
//! people can print, scan and compare.

use std::fmt;
use std::str::FromStr;

use super::tree::Node;
use crate::id::LogEpoch;
use crate::signature::{PublicKey, SecretKey, Signature, digest};

/// What the first line says: what it is, and its form.
const FORM: &str = "tingfang-checkpoint/1";

/// A signed statement about the audit log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// The history of the log: a server that was put back to an older state begins another.
    pub log: LogEpoch,
    /// How many leaves there are.
    pub size: u64,
    /// The root over them.
    pub root: Node,
    /// The server's signature.
    pub signature: Signature,
}

/// Text that is no checkpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this is no checkpoint: five lines, the first of them {FORM}")]
pub struct NoCheckpoint;

impl Checkpoint {
    /// Signs a checkpoint.
    pub fn sign(log: LogEpoch, size: u64, root: Node, key: &SecretKey) -> Self {
        Self { log, size, root, signature: key.sign(&signed(log, size, &root)) }
    }

    /// Whether this server signed it.
    pub fn is_signed_by(&self, server: &PublicKey) -> bool {
        server.verify(&signed(self.log, self.size, &self.root), &self.signature).is_ok()
    }

    /// Whether both cannot be of one history: the same size, and another root.
    pub fn contradicts(&self, other: &Self) -> bool {
        (self.log, self.size) == (other.log, other.size) && self.root != other.root
    }
}

fn signed(log: LogEpoch, size: u64, root: &Node) -> [u8; 32] {
    digest(FORM, &[log.as_bytes(), &size.to_le_bytes(), root])
}

impl fmt::Display for Checkpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{FORM}\n{}\n{}\n{}\n{}", self.log, self.size, Hex(&self.root), Hex(&self.signature.0))
    }
}

impl FromStr for Checkpoint {
    type Err = NoCheckpoint;

    fn from_str(text: &str) -> Result<Self, NoCheckpoint> {
        let lines: Vec<&str> = text.trim().lines().map(str::trim).collect();
        let [FORM, log, size, root, signature] = lines.as_slice() else { return Err(NoCheckpoint) };
        Ok(Self {
            log: log.parse().map_err(|_| NoCheckpoint)?,
            size: size.parse().map_err(|_| NoCheckpoint)?,
            root: bytes(root)?,
            signature: Signature(bytes(signature)?),
        })
    }
}

struct Hex<'b>(&'b [u8]);

impl fmt::Display for Hex<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

fn bytes<const N: usize>(text: &str) -> Result<[u8; N], NoCheckpoint> {
    let digits = (0..N).map(|at| text.get(2 * at..2 * at + 2).filter(|_| text.len() == 2 * N));
    let read = digits.map(|digits| u8::from_str_radix(digits?, 16).ok());
    let bytes: Vec<u8> = read.collect::<Option<_>>().ok_or(NoCheckpoint)?;
    bytes.try_into().map_err(|_| NoCheckpoint)
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
        for wrong in
            ["", "tingfang-checkpoint/1", &text.replace("12", "x"), &text.replace("ff", "f"), &text[1..]]
        {
            assert_eq!(wrong.parse::<Checkpoint>(), Err(NoCheckpoint), "{wrong}");
        }
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
