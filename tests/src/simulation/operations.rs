//! What changes do, read from their bytes alone: neither the gate nor a shape has a say in it.

use std::collections::BTreeMap;
use std::fmt;

use automerge::Change;
use automerge::ScalarValue;
use automerge::legacy::{Key, ObjectId, OpId, OpType};
use tingfang_server::store::change_log;

/// One operation.
pub(super) struct Operation {
    /// The names on the way to what it writes; a text is written as a whole.
    pub(super) path: Vec<String>,
    /// The text that it writes.
    pub(super) value: Option<String>,
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let beginning: String = self.value.iter().flat_map(|value| value.chars()).take(8).collect();
        write!(f, "{} {beginning}", self.path.join("/"))
    }
}

/// The operations of each of a document's changes, which come in the order of the log.
pub(super) fn operations(changes: &[change_log::Entry]) -> Vec<Vec<Operation>> {
    let mut objects: BTreeMap<OpId, Vec<String>> = BTreeMap::new();
    changes.iter().map(|entry| operations_of(&entry.bytes, &mut objects)).collect()
}

fn operations_of(bytes: &[u8], objects: &mut BTreeMap<OpId, Vec<String>>) -> Vec<Operation> {
    let change = Change::try_from(bytes).expect("it is in the log").decode();
    let (first, actor) = (change.start_op.get(), change.actor_id.clone());
    let numbered = (first..).zip(change.operations);
    numbered
        .map(|(number, operation)| {
            let mut path = match &operation.obj {
                ObjectId::Root => Vec::new(),
                ObjectId::Id(object) => objects.get(object).expect("it was made before").clone(),
            };
            if let Key::Map(name) = &operation.key {
                path.push(name.to_string());
            }
            if matches!(operation.action, OpType::Make(_)) {
                objects.insert(OpId(number, actor.clone()), path.clone());
            }
            let value = match operation.action {
                OpType::Put(ScalarValue::Str(text)) => Some(text.to_string()),
                _ => None,
            };
            Operation { path, value }
        })
        .collect()
}
