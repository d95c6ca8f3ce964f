//! Step 3: what each operation of a change does, resolved to a path in the record.

use std::collections::BTreeMap;

use automerge::legacy::{ElementId, Key, ObjectId, Op, OpType};
use automerge::{ExpandedChange, ObjId, ObjType, ROOT, ReadDoc, ScalarValue, Value};

use super::{Rejection, malformed};
use crate::record::document::{Actor, Document, scalar_of};
use crate::record::edit::{FieldPath, is_canonical_id};
use crate::record::shape::{ContainerShape, KindShape};
use crate::record::value::Scalar;

/// What an operation does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Writes a scalar.
    Set(Scalar),
    /// Empties a scalar.
    Clear,
    /// Adds an entry.
    Add,
    /// Inserts into a narrative.
    InsertText,
    /// Deletes from a narrative.
    DeleteText,
}

/// One operation, resolved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operation {
    /// Where: a container, a scalar, or an entry.
    pub path: FieldPath,
    /// What.
    pub action: Action,
    /// Who added the entry that the path lies in; nothing outside of entries.
    pub owner: Option<Actor>,
}

/// An object of the document that operations may point at.
#[derive(Clone, Debug)]
struct Place {
    container: String,
    shape: ContainerShape,
    /// The entry's key and owner, when the object is an entry.
    entry: Option<(String, Actor)>,
}

impl Place {
    /// Whether both are entries under one key.
    fn is_same_entry_as(&self, other: &Self) -> bool {
        matches!((&self.entry, &other.entry), (Some((key, _)), Some((other, _))) if key == other)
    }
}

type ObjectKey = (u64, Vec<u8>);

/// Every container and entry of a document, by the operation that made it.
#[derive(Debug)]
pub(super) struct Places(BTreeMap<ObjectKey, Place>);

impl Places {
    pub(super) fn of(document: &Document, shape: &KindShape) -> Self {
        let doc = &document.inner;
        let mut places = BTreeMap::new();
        for container in shape.containers {
            for (_, id) in objects(doc, &ROOT, container.name) {
                let place =
                    Place { container: container.name.to_owned(), shape: container.shape, entry: None };
                if matches!(container.shape, ContainerShape::Entries(_)) {
                    for entry in doc.keys(&id) {
                        for (owner, entry_id) in objects(doc, &id, &entry) {
                            let place = Place { entry: Some((entry.clone(), owner)), ..place.clone() };
                            places.extend(object_key(&entry_id).map(|key| (key, place)));
                        }
                    }
                }
                places.extend(object_key(&id).map(|key| (key, place)));
            }
        }
        Self(places)
    }

    /// Resolves every operation of a change, and refuses what the kind's shape does not have. The entries that it
    /// adds are places for the changes after it.
    pub(super) fn resolve(
        &mut self,
        shape: &KindShape,
        change: &ExpandedChange,
    ) -> Result<Vec<Operation>, Rejection> {
        let writer = actor_of(change.actor_id.to_bytes())?;
        let mut operations = Vec::with_capacity(change.operations.len());
        for (op, number) in change.operations.iter().zip(change.start_op.get()..) {
            looks_back(op, number)?;
            let ObjectId::Id(object) = &op.obj else { return Err(shape_rule("shape.root")) };
            let key = (object.counter(), object.actor().to_bytes().to_vec());
            let place = self.0.get(&key).ok_or(malformed("unknown_object"))?;
            let operation = resolve_one(shape, place, op)?;
            if operation.action == Action::Add {
                let entry = operation.path.parts().last().cloned().unwrap_or_default();
                let place = Place { entry: Some((entry, writer)), ..place.clone() };
                if self
                    .0
                    .values()
                    .any(|known| known.container == place.container && known.is_same_entry_as(&place))
                {
                    return Err(shape_rule("shape.entry_exists"));
                }
                self.0.insert((number, writer.0.to_vec()), place);
            }
            operations.push(operation);
        }
        Ok(operations)
    }
}

/// Whether an operation refers to what was there before it alone. What refers to a later one would mean one thing
/// where both come in together, and another where they come one by one.
fn looks_back(op: &Op, number: u64) -> Result<(), Rejection> {
    let object = if let ObjectId::Id(id) = &op.obj { Some(id) } else { None };
    let element = if let Key::Seq(ElementId::Id(id)) = &op.key { Some(id) } else { None };
    let mut referred = op.pred.iter().chain(object).chain(element);
    if referred.all(|id| id.counter() < number) { Ok(()) } else { Err(malformed("later_operation")) }
}

fn resolve_one(shape: &KindShape, place: &Place, op: &Op) -> Result<Operation, Rejection> {
    match (&place.shape, &op.key) {
        (ContainerShape::Narrative, Key::Seq(_)) => resolve_text(place, op),
        (ContainerShape::Narrative, Key::Map(_)) | (_, Key::Seq(_)) => Err(malformed("key_type")),
        (ContainerShape::Entries(_), Key::Map(key)) if place.entry.is_none() => resolve_entry(place, key, op),
        (_, Key::Map(key)) => resolve_scalar(shape, place, key, op),
    }
}

fn resolve_text(place: &Place, op: &Op) -> Result<Operation, Rejection> {
    let action = match (&op.action, op.insert) {
        (OpType::Put(ScalarValue::Str(_)), true) => Action::InsertText,
        (OpType::Delete, false) => Action::DeleteText,
        _ => return Err(shape_rule("shape.text_operation")),
    };
    Ok(Operation { path: FieldPath::new([&place.container]), action, owner: None })
}

fn resolve_entry(place: &Place, key: &str, op: &Op) -> Result<Operation, Rejection> {
    let fresh = op.pred.is_empty() && !op.insert && op.action == OpType::Make(ObjType::Map);
    if !fresh || !is_canonical_id(key) {
        return Err(shape_rule("shape.entry_operation"));
    }
    Ok(Operation { path: FieldPath::new([&place.container, key]), action: Action::Add, owner: None })
}

fn resolve_scalar(shape: &KindShape, place: &Place, key: &str, op: &Op) -> Result<Operation, Rejection> {
    if op.insert {
        return Err(malformed("key_type"));
    }
    let path = match &place.entry {
        Some((entry, _)) => FieldPath::new([&place.container, entry, key]),
        None => FieldPath::new([&place.container, key]),
    };
    let kind = shape.scalar_at(&path).map_err(|_| shape_rule("shape.unknown_field"))?;
    let action = match &op.action {
        OpType::Put(value) => {
            let scalar = scalar_of(value).ok_or_else(|| shape_rule("shape.value_type"))?;
            kind.check(&scalar).map_err(|_| shape_rule("shape.value"))?;
            Action::Set(scalar)
        }
        OpType::Delete => Action::Clear,
        _ => return Err(shape_rule("shape.scalar_operation")),
    };
    Ok(Operation { path, action, owner: place.entry.as_ref().map(|(_, owner)| *owner) })
}

fn objects(doc: &automerge::Automerge, parent: &ObjId, key: &str) -> Vec<(Actor, ObjId)> {
    let all = doc.get_all(parent, key).unwrap_or_default();
    all.into_iter()
        .filter_map(|(value, id)| {
            let (Value::Object(_), ObjId::Id(_, actor, _)) = (&value, &id) else { return None };
            Some((actor_of(actor.to_bytes()).ok()?, id))
        })
        .collect()
}

fn object_key(id: &ObjId) -> Option<ObjectKey> {
    if let ObjId::Id(counter, actor, _) = id { Some((*counter, actor.to_bytes().to_vec())) } else { None }
}

fn actor_of(bytes: &[u8]) -> Result<Actor, Rejection> {
    <[u8; 16]>::try_from(bytes).map(Actor).map_err(|_| malformed("actor"))
}

fn shape_rule(rule: &str) -> Rejection {
    Rejection::Refused { rule: rule.to_owned() }
}
