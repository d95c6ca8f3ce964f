//! Opaque tokens and one-time codes: made here, kept only as hashes.

use axum::http::{HeaderMap, header};
use sha2::{Digest, Sha256};
use tingfang_core::id::Minter;
use tingfang_core::people::code_signs;
use tingfang_core::signature;

/// The prefix of a person's session token.
pub const SESSION: &str = "tf_s_";
/// The prefix of a device's token.
pub const DEVICE: &str = "tf_d_";

/// Letters and digits that nobody mixes up when reading aloud.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// A fresh token with this prefix: 256 random bits.
pub fn mint(minter: &Minter, prefix: &str) -> String {
    format!("{prefix}{}", hex(&minter.random::<32>()))
}

/// A fresh one-time code, four groups of four signs: 80 random bits.
pub fn mint_code(minter: &Minter) -> String {
    let bits = minter.random::<10>().iter().fold(0_u128, |bits, byte| bits << 8 | u128::from(*byte));
    let signs: Vec<char> = (0..16_u32)
        .rev()
        .map(|place| char::from(ALPHABET[usize::try_from(bits >> (place * 5) & 31).unwrap_or(0)]))
        .collect();
    signs.chunks(4).map(String::from_iter).collect::<Vec<_>>().join("-")
}

/// What is kept of a token.
pub fn hash(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}

/// What is kept of a one-time code, however it was typed.
pub fn hash_code(code: &str) -> [u8; 32] {
    hash(&code_signs(code))
}

/// The bearer token of a request, when it has this prefix.
pub fn bearer<'h>(headers: &'h HeaderMap, prefix: &str) -> Option<&'h str> {
    let (scheme, token) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && token.starts_with(prefix)).then_some(token)
}

/// Bytes as lower-case hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The bytes behind hexadecimal digits.
pub fn from_hex(text: &str) -> Option<Vec<u8>> {
    if !text.is_ascii() || !text.len().is_multiple_of(2) {
        return None;
    }
    (0..text.len()).step_by(2).map(|start| u8::from_str_radix(&text[start..start + 2], 16).ok()).collect()
}

/// How people compare a public key, the same text everywhere.
pub fn fingerprint(public_key: &[u8]) -> String {
    signature::fingerprint(public_key)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::host::{OsEntropy, SystemClock};

    #[test]
    fn a_code_counts_however_it_was_typed() {
        let minter = Minter::new(Arc::new(SystemClock), Arc::new(OsEntropy));
        let code = mint_code(&minter);
        assert_eq!(code.len(), 19, "{code}");
        assert_eq!(hash_code(&code), hash_code(&format!(" {} ", code.to_lowercase().replace('-', " "))));
        assert_eq!(hash_code("O1l0"), hash_code("0110"));
        assert_ne!(mint_code(&minter), code);
    }

    #[test]
    fn only_a_bearer_with_the_prefix_is_taken() {
        let mut headers = HeaderMap::new();
        headers.insert(header::AUTHORIZATION, "Bearer tf_s_ab".parse().expect("a header"));
        assert_eq!(bearer(&headers, SESSION), Some("tf_s_ab"));
        assert_eq!(bearer(&headers, DEVICE), None);
    }

    #[test]
    fn hexadecimal_digits_go_both_ways() {
        assert_eq!(from_hex(&hex(&[0, 255, 16])), Some(vec![0, 255, 16]));
        assert_eq!(from_hex("0g"), None);
        assert_eq!(from_hex("字字"), None);
    }
}
