//! 更正: what comes after a seal. An amendment is a new document of the same kind that names the
//! sealed one and a reason, and is sealed in its turn. That of a single-writer record begins with the
//! sealed content and takes its place; that of a shared record is an addendum: it begins empty and
//! adds to what several people have sealed together.

use super::edit::{Edit, FieldPath};
use super::shape::{Container, ContainerShape, KindShape, Merge};
use super::value::{Node, Scalar};
use crate::gather::map_of;
use crate::id::DocumentId;

/// What a record is about; an addendum is about the same.
const SUBJECT: &str = "subject";

/// What an addendum does not repeat: what it is about, where it comes from, and who was done with the record.
const NOT_ADDED: [&str; 3] = [SUBJECT, "origin", "observers"];

/// The edits that say in an addendum what was written too late for the seal: fields that differ, entries that
/// are new or differ, and what was added to a text. `late` is the record as it would be without the seal.
pub fn late(shape: &KindShape, sealed: &Node, late: &Node) -> Vec<Edit> {
    let mut edits = Vec::new();
    for container in shape.containers.iter().filter(|container| !NOT_ADDED.contains(&container.name)) {
        let (before, Some(content)) = (sealed.get(container.name), late.get(container.name)) else {
            continue;
        };
        edits.extend(added(container, before, content));
    }
    edits.retain(|edit| shape.check(edit).is_ok());
    edits
}

fn added(container: &Container, before: Option<&Node>, content: &Node) -> Vec<Edit> {
    let differs = |key: &str, value: &Node| before.and_then(|before| before.get(key)) != Some(value);
    match (container.shape, content) {
        (ContainerShape::Group(_) | ContainerShape::Keyed(..), Node::Map(fields)) => {
            let fields = fields.iter().filter(|(key, value)| differs(key, value));
            let set = |(key, value): (&String, &Node)| match value {
                Node::Scalar(value) => Some(Edit::set([container.name, key], value.clone())),
                _ => None,
            };
            fields.filter_map(set).collect()
        }
        (ContainerShape::Entries(_), Node::Map(entries)) => {
            let entries = entries.iter().filter(|(key, fields)| differs(key, fields));
            entries.filter_map(|(key, fields)| add_entry(container, key, fields)).collect()
        }
        (ContainerShape::Narrative, Node::Text(text)) => {
            let before = if let Some(Node::Text(before)) = before { before.as_str() } else { "" };
            let insert = inserted(before, text);
            let (container, is_empty) = (container.name.to_owned(), insert.is_empty());
            if is_empty { Vec::new() } else { vec![Edit::Splice { container, at: 0, delete: 0, insert }] }
        }
        _ => Vec::new(),
    }
}

/// What stands in a text between the beginning and the end that it shares with another.
fn inserted(before: &str, text: &str) -> String {
    let (before, text): (Vec<char>, Vec<char>) = (before.chars().collect(), text.chars().collect());
    let same = |(one, other): &(&char, &char)| one == other;
    let start = before.iter().zip(&text).take_while(same).count();
    let end = before[start..].iter().rev().zip(text[start..].iter().rev()).take_while(same).count();
    text[start..text.len() - end].iter().collect()
}

fn add_entry(container: &Container, key: &str, fields: &Node) -> Option<Edit> {
    let Node::Map(fields) = fields else { return None };
    let fields = fields.iter().filter_map(|(name, value)| match value {
        Node::Scalar(value) => Some((name.clone(), value.clone())),
        _ => None,
    });
    Some(Edit::Add { container: container.name.to_owned(), entry: key.parse().ok()?, fields: map_of(fields) })
}

/// The edits with which an amendment begins: what it amends and why, and for a record of one writer
/// the sealed content.
///
/// Entries keep their ids, so that a finding can be followed through an amendment.
pub fn begin(shape: &KindShape, sealed: &Node, amends: DocumentId, reason: &str) -> Vec<Edit> {
    let mut edits = Vec::new();
    let carried = |container: &&Container| shape.merge == Merge::SingleWriter || container.name == SUBJECT;
    for container in shape.containers.iter().filter(carried) {
        let Some(content) = sealed.get(container.name) else { continue };
        match (container.shape, content) {
            (ContainerShape::Group(_) | ContainerShape::Keyed(..), Node::Map(fields)) => {
                edits.extend(fields.iter().filter_map(|(key, value)| {
                    let Node::Scalar(value) = value else { return None };
                    Some(Edit::set([container.name, key], value.clone()))
                }));
            }
            (ContainerShape::Entries(_), Node::Map(entries)) => {
                edits.extend(entries.iter().filter_map(|(key, fields)| add_entry(container, key, fields)));
            }
            (ContainerShape::Narrative, Node::Text(text)) if !text.is_empty() => edits.push(Edit::Splice {
                container: container.name.to_owned(),
                at: 0,
                delete: 0,
                insert: text.clone(),
            }),
            _ => {}
        }
    }
    // What this version does not know stays in the sealed document, which is never touched.
    edits.retain(|edit| shape.check(edit).is_ok());
    edits.push(Edit::Set {
        path: FieldPath::new(["origin", "amends"]),
        value: Scalar::Text(amends.to_string()),
    });
    edits.push(Edit::Set {
        path: FieldPath::new(["origin", "amendment_reason"]),
        value: Scalar::Text(reason.to_owned()),
    });
    edits
}
