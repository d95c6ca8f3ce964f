//! The digest of everything that a phone has from the server. Both sides compute it; when they differ,
//! something on the phone is damaged or missing, and it reads everything anew.

use crate::record::document::ChangeHash;

/// How much there is, and a sum over it that does not depend on the order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
pub struct ScopeDigest {
    /// How many accepted changes.
    #[n(0)]
    pub changes: u64,
    /// The sum over their hashes.
    #[n(1)]
    pub change_sum: u64,
    /// How many server rows.
    #[n(2)]
    pub rows: u64,
    /// The sum over them.
    #[n(3)]
    pub row_sum: u64,
}

impl ScopeDigest {
    /// Counts a change.
    pub fn add_change(&mut self, hash: ChangeHash) {
        self.changes += 1;
        self.change_sum = self.change_sum.wrapping_add(beginning(&hash.0));
    }

    /// Counts a server row.
    pub fn add_row(&mut self, kind: &str, key: &str, body: &str) {
        let hash =
            crate::signature::digest("tingfang-row/1", &[kind.as_bytes(), key.as_bytes(), body.as_bytes()]);
        self.rows += 1;
        self.row_sum = self.row_sum.wrapping_add(beginning(&hash));
    }
}

fn beginning(hash: &[u8; 32]) -> u64 {
    let mut bytes = [0; 8];
    bytes.copy_from_slice(&hash[..8]);
    u64::from_le_bytes(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sync::row_kind::RowKind;

    #[test]
    fn the_order_does_not_count_and_every_difference_does() {
        let of = |changes: &[u8], rows: &[(&str, &str)]| {
            let mut digest = ScopeDigest::default();
            changes.iter().for_each(|nth| digest.add_change(ChangeHash([*nth; 32])));
            rows.iter().for_each(|(key, body)| digest.add_row(RowKind::Task.code(), key, body));
            digest
        };
        let whole = of(&[1, 2, 3], &[("a", "1"), ("b", "2")]);
        assert_eq!(of(&[3, 1, 2], &[("b", "2"), ("a", "1")]), whole);
        assert_ne!(of(&[1, 2], &[("a", "1"), ("b", "2")]), whole);
        assert_ne!(of(&[1, 2, 4], &[("a", "1"), ("b", "2")]), whole);
        assert_ne!(of(&[1, 2, 3], &[("a", "1"), ("b", "3")]), whole);
        assert_ne!(of(&[1, 2, 3], &[("a", "1")]), whole);
    }
}
