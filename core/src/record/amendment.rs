//! 更正: what comes after a seal. An amendment is a new document of the same kind that names the
//! sealed one and a reason, and is sealed in its turn. That of a single-writer record begins with the
//! sealed content and takes its place; that of a shared record is an addendum: it begins empty and
//! adds to what several people have sealed together.

use super::edit::{Edit, FieldPath};
use super::shape::{Container, ContainerShape, KindShape, Merge};
use super::value::{Node, Scalar};
use crate::id::DocumentId;

/// What a record is about; an addendum is about the same.
const SUBJECT: &str = "subject";

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
                edits.extend(entries.iter().filter_map(|(key, fields)| {
                    let Node::Map(fields) = fields else { return None };
                    let fields = fields.iter().filter_map(|(name, value)| match value {
                        Node::Scalar(value) => Some((name.clone(), value.clone())),
                        _ => None,
                    });
                    Some(Edit::Add {
                        container: container.name.to_owned(),
                        entry: key.parse().ok()?,
                        fields: fields.collect(),
                    })
                }));
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
