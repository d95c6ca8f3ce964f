//! Bringing changes that came from several hands into an order in which they can be written anew.

use std::collections::BTreeSet;

use super::super::gate;
use crate::record::document::Document;

/// The indices of those changes that rest on nothing but what is accepted and each other, each after what
/// it rests on. What rests on a change that is not there, or cannot be read, has to wait.
pub fn in_order(accepted: &Document, changes: &[&[u8]]) -> Vec<usize> {
    let mut known: BTreeSet<_> =
        accepted.inner.get_changes_meta(&[]).into_iter().map(|change| change.hash).collect();
    let read = |(index, bytes): (usize, &&[u8])| gate::read(bytes).ok().map(|change| (index, change));
    let mut open: Vec<_> = changes.iter().enumerate().filter_map(read).collect();
    let mut order = Vec::new();
    loop {
        let before = order.len();
        open.retain(|(index, change)| {
            let rests_on_known = change.deps().iter().all(|dep| known.contains(dep));
            if rests_on_known {
                known.insert(change.hash());
                order.push(*index);
            }
            !rests_on_known
        });
        if order.len() == before {
            return order;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::DocumentId;
    use crate::record::document::Actor;
    use crate::record::edit::Edit;
    use crate::record::kind::shape_of;

    #[test]
    fn each_comes_after_what_it_rests_on_and_what_rests_on_nothing_known_waits() {
        let begun = Document::begin(shape_of("attendance").expect("a kind"), DocumentId::from_bytes([7; 16]));
        let mut written = begun.clone();
        let tell = |insert: &str| Edit::Splice {
            container: "narrative".into(),
            at: 0,
            delete: 0,
            insert: insert.to_owned(),
        };
        let mut changes = Vec::new();
        for text in ["一", "二", "三"] {
            changes.extend(written.edit(Actor([1; 16]), &[tell(text)]).expect("fits"));
        }
        let bytes = |order: &[usize]| -> Vec<Vec<u8>> {
            order.iter().map(|index| changes[*index].bytes.clone()).collect()
        };
        let ordered = |given: &[usize]| {
            let given = bytes(given);
            in_order(&begun, &given.iter().map(Vec::as_slice).collect::<Vec<_>>())
        };
        assert_eq!(ordered(&[2, 0, 1]), [1, 2, 0]);
        assert_eq!(ordered(&[2, 0]), [1], "the third rests on the second");
        assert_eq!(in_order(&begun, &[b"noise"]), [0; 0]);
    }
}
