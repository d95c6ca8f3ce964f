//! Cursors and page tokens: what a phone has read, in the server's own words, with a code that
//! shows that the words are the server's. The server keeps no state for them.

use tingfang_core::clock::LogPosition;
use tingfang_core::id::{LogEpoch, PersonId};
use tingfang_core::signature::SecretKey;
use tingfang_core::sync::wire::Token;

/// Where a phone stands.
#[derive(Clone, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
pub(super) struct Place {
    /// The history of the log.
    #[n(0)]
    pub(super) log_epoch: LogEpoch,
    /// Whose cursor it is.
    #[n(1)]
    pub(super) person: PersonId,
    /// Everything up to here has been read.
    #[n(2)]
    pub(super) read: LogPosition,
    /// The pages that are under way.
    #[n(3)]
    pub(super) page: Option<PagePlace>,
}

/// Where a phone stands within an answer of many pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
pub(super) struct PagePlace {
    /// The pages go up to here; it was fixed with the first one.
    #[n(0)]
    pub(super) horizon: LogPosition,
    /// What comes next.
    #[n(1)]
    pub(super) phase: Phase,
    /// The last position that was sent in this phase.
    #[n(2)]
    pub(super) after: LogPosition,
}

/// What a page holds. Rows come first, because records refer to them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(index_only)]
pub(super) enum Phase {
    /// Server rows.
    #[n(0)]
    Rows,
    /// Documents that come into view, whole.
    #[n(1)]
    Enter,
    /// Changes of documents that stay in view.
    #[n(2)]
    Changes,
}

const CODE_BYTES: usize = 16;

fn code(key: &SecretKey, bytes: &[u8]) -> [u8; CODE_BYTES] {
    let mac_key = blake3::derive_key("tingfang 2026 cursor", &key.seed());
    let mut code = [0; CODE_BYTES];
    code.copy_from_slice(&blake3::keyed_hash(&mac_key, bytes).as_bytes()[..CODE_BYTES]);
    code
}

impl Place {
    pub(super) fn to_token(&self, key: &SecretKey) -> Token {
        let mut bytes = minicbor::to_vec(self).expect("encoding into memory cannot fail");
        let code = code(key, &bytes);
        bytes.extend(code);
        Token(bytes)
    }

    /// Reads a token; nothing when it is not this server's.
    pub(super) fn from_token(token: &Token, key: &SecretKey) -> Option<Self> {
        let at = token.0.len().checked_sub(CODE_BYTES)?;
        let (bytes, given) = token.0.split_at(at);
        // The hash comparison of blake3 takes constant time; a slice comparison need not.
        let expected = blake3::hash(&code(key, bytes));
        (expected == blake3::hash(given)).then(|| minicbor::decode(bytes).ok()).flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_that_was_touched_means_nothing() {
        let key = SecretKey::from_seed(&[1; 32]);
        let place = Place {
            log_epoch: LogEpoch::from_bytes([1; 16]),
            person: PersonId::from_bytes([2; 16]),
            read: LogPosition(7),
            page: Some(PagePlace { horizon: LogPosition(9), phase: Phase::Enter, after: LogPosition(8) }),
        };
        let token = place.to_token(&key);
        assert_eq!(Place::from_token(&token, &key), Some(place));
        for index in 0..token.0.len() {
            let mut touched = token.clone();
            touched.0[index] ^= 1;
            assert_eq!(Place::from_token(&touched, &key), None);
        }
        assert_eq!(Place::from_token(&Token(vec![1, 2]), &key), None);
    }
}
