//! The scalars by which a record names a file.

use std::fmt;
use std::str::FromStr;

use crate::record::shape::{ScalarKind, ScalarType};
use crate::record::value::Scalar;

/// The SHA-256 of a file's bytes: 64 lower-case hexadecimal digits in text, one spelling only.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ContentDigest(pub [u8; 32]);

/// A text that is no digest.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no digest; one is 64 lower-case hexadecimal digits")]
pub struct InvalidDigest(pub String);

impl fmt::Display for ContentDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for ContentDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ContentDigest({self})")
    }
}

impl FromStr for ContentDigest {
    type Err = InvalidDigest;

    fn from_str(text: &str) -> Result<Self, InvalidDigest> {
        let invalid = || InvalidDigest(text.chars().take(80).collect());
        let is_hex = text.len() == 64 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        if !is_hex {
            return Err(invalid());
        }
        let mut bytes = [0; 32];
        for (byte, at) in bytes.iter_mut().zip((0..64).step_by(2)) {
            *byte = u8::from_str_radix(&text[at..at + 2], 16).map_err(|_| invalid())?;
        }
        Ok(Self(bytes))
    }
}

impl serde::Serialize for ContentDigest {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl ScalarType for ContentDigest {
    const KIND: ScalarKind = ScalarKind::Text { max_chars: 64 };
    fn from_scalar(scalar: &Scalar) -> Option<Self> {
        if let Scalar::Text(text) = scalar { text.parse().ok() } else { None }
    }
    fn to_scalar(&self) -> Scalar {
        Scalar::Text(self.to_string())
    }
}

/// How large a file is, in bytes: at least one, at most a thousand million.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(transparent)]
pub struct ByteCount(i64);

impl ByteCount {
    const MOST: i64 = 1_000_000_000;

    /// This many bytes; nothing for none, and for more than a record may name.
    pub fn new(bytes: u64) -> Option<Self> {
        i64::try_from(bytes).ok().filter(|bytes| (1..=Self::MOST).contains(bytes)).map(Self)
    }

    /// The bytes.
    pub const fn bytes(self) -> u64 {
        self.0.unsigned_abs()
    }
}

impl ScalarType for ByteCount {
    const KIND: ScalarKind = ScalarKind::Integer { min: 1, max: Self::MOST };
    fn from_scalar(scalar: &Scalar) -> Option<Self> {
        if let Scalar::Integer(bytes) = scalar { Self::new(u64::try_from(*bytes).ok()?) } else { None }
    }
    fn to_scalar(&self) -> Scalar {
        Scalar::Integer(self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_has_one_spelling() {
        let digest = ContentDigest([0xab; 32]);
        let text = digest.to_string();
        assert_eq!(text.parse(), Ok(digest));
        for other in [text.to_uppercase(), text[1..].to_owned(), format!("{text} "), "é".repeat(32)] {
            assert!(other.parse::<ContentDigest>().is_err(), "{other}");
        }
    }

    #[test]
    fn a_size_has_bounds() {
        assert_eq!(ByteCount::new(0), None);
        assert_eq!(ByteCount::new(7).map(ByteCount::bytes), Some(7));
        assert_eq!(ByteCount::new(1_000_000_001), None);
        assert_eq!(ByteCount::from_scalar(&Scalar::Integer(-5)), None);
    }
}
