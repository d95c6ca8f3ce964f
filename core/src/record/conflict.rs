//! A conflict is data: a field, and the values that people wrote there without seeing each other.
//!
//! The winner that Automerge picks is shown as current, but both stay visible until somebody
//! decides; deciding is an ordinary [edit](super::edit::Edit::Set).

use super::document::{Candidate, Document};
use super::edit::FieldPath;
use super::value::Node;

/// A field with several values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflict {
    /// The field.
    pub path: FieldPath,
    /// The values, the current one last, with the actor and the change of each.
    pub candidates: Vec<Candidate>,
}

/// The conflicts of a document. Several people who wrote the same value do not conflict.
pub fn conflicts(document: &Document) -> Vec<Conflict> {
    let mut found = Vec::new();
    walk(document, &document.content(), &mut Vec::new(), &mut found);
    found
}

fn walk(document: &Document, node: &Node, keys: &mut Vec<String>, found: &mut Vec<Conflict>) {
    let Node::Map(map) = node else { return };
    for (key, child) in map {
        keys.push(key.clone());
        match child {
            Node::Scalar(_) => {
                let path: FieldPath = keys.join("/").parse().expect("any text is a path");
                let candidates = document.candidates(&path);
                let mut values: Vec<_> = candidates.iter().map(|candidate| &candidate.value).collect();
                values.dedup();
                if values.len() > 1 {
                    found.push(Conflict { path, candidates });
                }
            }
            _ => walk(document, child, keys, found),
        }
        keys.pop();
    }
}
