//! Roots, proofs of inclusion and of consistency, by RFC 6962 sections 2.1 to 2.1.2.

use sha2::{Digest, Sha256};

/// The hash of a subtree.
pub type Node = [u8; 32];

/// The hash of a leaf.
pub fn leaf(content: &[u8]) -> Node {
    Sha256::new().chain_update([0]).chain_update(content).finalize().into()
}

/// The hash over two neighbours.
pub fn parent(left: &Node, right: &Node) -> Node {
    Sha256::new().chain_update([1]).chain_update(left).chain_update(right).finalize().into()
}

/// The root of the tree without leaves.
pub fn empty() -> Node {
    Sha256::new().finalize().into()
}

/// Reads the hash of a complete subtree: of the `index`th one over `2^level` leaves.
pub trait Subtrees {
    /// Why a subtree cannot be read.
    type Error;

    /// The hash. Asked only for subtrees whose leaves are all there.
    ///
    /// # Errors
    /// When it cannot be read.
    fn node(&mut self, level: u32, index: u64) -> Result<Node, Self::Error>;
}

/// The complete subtrees that the next leaf completes, above itself: those whose last leaf it is. Each is
/// named by level and index and made of the one before and the one on its left.
///
/// # Errors
/// When a subtree cannot be read.
pub fn completed_by<S: Subtrees>(
    subtrees: &mut S,
    size: u64,
    leaf: Node,
) -> Result<Vec<(u32, u64, Node)>, S::Error> {
    let mut made = vec![(0, size, leaf)];
    let (mut level, mut index, mut hash) = (0, size, leaf);
    while index % 2 == 1 {
        hash = parent(&subtrees.node(level, index - 1)?, &hash);
        level += 1;
        index /= 2;
        made.push((level, index, hash));
    }
    Ok(made)
}

/// The root of the first `size` leaves.
///
/// # Errors
/// When a subtree cannot be read.
pub fn root<S: Subtrees>(subtrees: &mut S, size: u64) -> Result<Node, S::Error> {
    if size == 0 { Ok(empty()) } else { range(subtrees, 0, size) }
}

/// The hash over the leaves from `from` on up to `to`, which is past them.
fn range<S: Subtrees>(subtrees: &mut S, from: u64, to: u64) -> Result<Node, S::Error> {
    let count = to - from;
    if count.is_power_of_two() && from.is_multiple_of(count) {
        return subtrees.node(count.trailing_zeros(), from / count);
    }
    let middle = from + split(count);
    Ok(parent(&range(subtrees, from, middle)?, &range(subtrees, middle, to)?))
}

/// The largest power of two below a count of two or more.
const fn split(count: u64) -> u64 {
    1 << (63 - (count - 1).leading_zeros())
}

/// Proves that a leaf stands in the first `size` leaves.
///
/// # Errors
/// When a subtree cannot be read.
pub fn inclusion<S: Subtrees>(subtrees: &mut S, index: u64, size: u64) -> Result<Vec<Node>, S::Error> {
    let (mut proof, mut from, mut to) = (Vec::new(), 0, size);
    while to - from > 1 {
        let middle = from + split(to - from);
        if index < middle {
            proof.push(range(subtrees, middle, to)?);
            to = middle;
        } else {
            proof.push(range(subtrees, from, middle)?);
            from = middle;
        }
    }
    proof.reverse();
    Ok(proof)
}

/// Proves that the first `old` leaves are the beginning of the first `new`.
///
/// # Errors
/// When a subtree cannot be read.
pub fn consistency<S: Subtrees>(subtrees: &mut S, old: u64, new: u64) -> Result<Vec<Node>, S::Error> {
    let mut proof = Vec::new();
    if old == 0 || old >= new {
        return Ok(proof);
    }
    let (mut from, mut to, mut is_whole) = (0, new, true);
    while to != old {
        let middle = from + split(to - from);
        if old <= middle {
            proof.push(range(subtrees, middle, to)?);
            to = middle;
        } else {
            proof.push(range(subtrees, from, middle)?);
            from = middle;
            is_whole = false;
        }
    }
    if !is_whole {
        proof.push(range(subtrees, from, to)?);
    }
    proof.reverse();
    Ok(proof)
}

/// Whether a proof shows that a leaf stands at an index of the tree of this size and root.
pub fn is_included(leaf: &Node, index: u64, size: u64, proof: &[Node], root: &Node) -> bool {
    if index >= size {
        return false;
    }
    let (mut at, mut last, mut hash) = (index, size - 1, *leaf);
    for node in proof {
        if last == 0 {
            return false;
        }
        if at % 2 == 1 || at == last {
            hash = parent(node, &hash);
            while at.is_multiple_of(2) && at != 0 {
                at /= 2;
                last /= 2;
            }
        } else {
            hash = parent(&hash, node);
        }
        at /= 2;
        last /= 2;
    }
    last == 0 && hash == *root
}

/// Whether a proof shows that the tree of the old size and root is the beginning of the new one.
pub fn is_consistent((old, old_root): (u64, &Node), (new, new_root): (u64, &Node), proof: &[Node]) -> bool {
    if old == new {
        return old_root == new_root && proof.is_empty();
    }
    if old == 0 {
        return *old_root == empty() && proof.is_empty();
    }
    if old > new {
        return false;
    }
    let (mut at, mut last) = (old - 1, new - 1);
    while at % 2 == 1 {
        at /= 2;
        last /= 2;
    }
    let mut nodes = proof.iter();
    // A tree that is a complete subtree of the new one begins the way itself.
    let Some(first) = (if at == 0 { Some(old_root) } else { nodes.next() }) else { return false };
    let (mut older, mut newer) = (*first, *first);
    for node in nodes {
        if last == 0 {
            return false;
        }
        if at % 2 == 1 || at == last {
            older = parent(node, &older);
            newer = parent(node, &newer);
            while at.is_multiple_of(2) && at != 0 {
                at /= 2;
                last /= 2;
            }
        } else {
            newer = parent(&newer, node);
        }
        at /= 2;
        last /= 2;
    }
    last == 0 && older == *old_root && newer == *new_root
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::convert::Infallible;

    use super::*;

    #[derive(Default)]
    struct Grown {
        nodes: BTreeMap<(u32, u64), Node>,
        leaves: Vec<Node>,
    }

    impl Subtrees for Grown {
        type Error = Infallible;
        fn node(&mut self, level: u32, index: u64) -> Result<Node, Infallible> {
            Ok(self.nodes[&(level, index)])
        }
    }

    fn grown(size: u64) -> Grown {
        let mut tree = Grown::default();
        for number in 0..size {
            let leaf = leaf(&number.to_le_bytes());
            let Ok(made) = completed_by(&mut tree, number, leaf);
            tree.nodes.extend(made.into_iter().map(|(level, index, node)| ((level, index), node)));
            tree.leaves.push(leaf);
        }
        tree
    }

    /// The definition in the RFC, word for word.
    fn defined(leaves: &[Node]) -> Node {
        match leaves {
            [] => empty(),
            [leaf] => *leaf,
            _ => {
                let middle = usize::try_from(split(leaves.len() as u64)).expect("small");
                parent(&defined(&leaves[..middle]), &defined(&leaves[middle..]))
            }
        }
    }

    #[test]
    fn every_root_and_every_proof_of_every_small_tree_holds_and_no_other() {
        let mut tree = grown(40);
        for size in 0..=40 {
            let Ok(root) = root(&mut tree, size);
            assert_eq!(root, defined(&tree.leaves[..usize::try_from(size).expect("small")]), "{size}");
            for index in 0..size {
                let Ok(proof) = inclusion(&mut tree, index, size);
                let leaf = tree.leaves[usize::try_from(index).expect("small")];
                assert!(is_included(&leaf, index, size, &proof, &root), "{index} of {size}");
                assert!(!is_included(&leaf, (index + 1) % size.max(2), size, &proof, &root), "another place");
                assert!(!is_included(&[9; 32], index, size, &proof, &root), "another leaf");
            }
            for old in 0..=size {
                let Ok(before) = super::root(&mut tree, old);
                let Ok(proof) = consistency(&mut tree, old, size);
                assert!(is_consistent((old, &before), (size, &root), &proof), "{old} of {size}");
                if old > 0 {
                    assert!(!is_consistent((old, &[9; 32]), (size, &root), &proof), "another past");
                    assert!(!is_consistent((old, &before), (size, &[9; 32]), &proof), "another present");
                }
            }
        }
        assert!(!is_consistent((41, &[1; 32]), (40, &[1; 32]), &[]), "nothing shrinks");
    }

    #[test]
    fn the_known_roots_of_the_specification_come_out() {
        // From the test vectors of Certificate Transparency's reference implementation.
        let inputs: [&[u8]; 3] = [b"", b"\x00", b"\x10"];
        let mut tree = Grown::default();
        for (number, input) in (0..).zip(inputs) {
            let Ok(made) = completed_by(&mut tree, number, leaf(input));
            tree.nodes.extend(made.into_iter().map(|(level, index, node)| ((level, index), node)));
        }
        let hex = |node: Node| node.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        let expected = [
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
            "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
            "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        ];
        for (size, expected) in (0..).zip(expected) {
            let Ok(found) = root(&mut tree, size);
            assert_eq!(hex(found), expected, "{size}");
        }
    }
}
