//! A record's document: opening, editing and reading it.
//!
//! The document is standard Automerge: any Automerge library opens it. This file, the gate and the
//! rebase are the only ones that call the library; everybody else sees content, edits and changes.
//!
//! Every document begins with a **derived first change**: made from the kind, the schema version
//! and the document's id alone, byte for byte the same wherever it is made, with every container
//! already in it. So two phones that start the same record offline share its beginning.

mod writing;

use std::collections::BTreeSet;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

use automerge::transaction::{CommitOptions, Transactable};
use automerge::{ActorId, Automerge, ObjId, ObjType, ROOT, ReadDoc, ScalarValue};

use super::edit::{Edit, EditError, FieldPath};
use super::kind::shape_of;
use super::shape::{ContainerShape, KindShape};
use super::value::{Node, Scalar};
use crate::clock::Moment;
use crate::gather::map_of;
use crate::id::DocumentId;
use writing::{descend, parts, write};

/// The actor of derived changes; no device can have it, because device actors are hashes that the
/// server checks.
const DERIVED_ACTOR: &[u8; 16] = b"tingfang/derived";

/// The map at the root that names kind, version and id.
const SCHEMA: &str = "schema";

/// The hash that names a change.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, minicbor::Encode, minicbor::Decode)]
#[cbor(transparent)]
pub struct ChangeHash(#[cbor(n(0), with = "minicbor::bytes")] pub [u8; 32]);

impl fmt::Display for ChangeHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for ChangeHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ChangeHash({self})")
    }
}

impl From<automerge::ChangeHash> for ChangeHash {
    fn from(hash: automerge::ChangeHash) -> Self {
        Self(hash.0)
    }
}

impl From<ChangeHash> for automerge::ChangeHash {
    fn from(hash: ChangeHash) -> Self {
        Self(hash.0)
    }
}

/// The id under which one device writes in one document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Actor(pub [u8; 16]);

/// A change as bytes, with its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RawChange {
    /// The change's hash.
    pub hash: ChangeHash,
    /// An uncompressed Automerge change chunk.
    pub bytes: Vec<u8>,
}

/// What a document says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schema {
    /// The kind's code.
    pub kind: String,
    /// The schema version.
    pub version: u32,
    /// The document's id.
    pub document: DocumentId,
}

/// One of the values that concurrent writers left in a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// The value.
    pub value: Scalar,
    /// Under which actor it was written.
    pub actor: Actor,
    /// The change that wrote it.
    pub change: ChangeHash,
}

/// A document that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the document cannot be read: {reason}")]
pub struct DocumentError {
    /// What the library said.
    pub reason: String,
}

impl DocumentError {
    fn new(reason: impl fmt::Display) -> Self {
        Self { reason: reason.to_string() }
    }
}

/// A record's document in memory. Opened when somebody looks at it, dropped afterwards.
#[derive(Clone)]
pub struct Document {
    pub(crate) inner: Automerge,
}

impl fmt::Debug for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Document").field("heads", &self.heads()).finish_non_exhaustive()
    }
}

/// The derived changes that begin a document of this kind: one for each schema version up to
/// `version`.
pub fn derived_changes(shape: &KindShape, version: u32, document: DocumentId) -> Vec<RawChange> {
    Document::begin_at_version(shape, version, document).changes()
}

fn derive_version(doc: &mut Automerge, shape: &KindShape, version: u32, document: DocumentId) {
    let mut transaction = doc.transaction();
    let result = (|| {
        let schema = match transaction.get(ROOT, SCHEMA)? {
            Some((_, schema)) => schema,
            None => {
                let schema = transaction.put_object(ROOT, SCHEMA, ObjType::Map)?;
                transaction.put(&schema, "kind", shape.code)?;
                transaction.put(&schema, "id", document.to_string())?;
                schema
            }
        };
        transaction.put(&schema, "version", i64::from(version))?;
        for container in shape.containers.iter().filter(|container| container.since == version) {
            let object = match container.shape {
                ContainerShape::Narrative => ObjType::Text,
                _ => ObjType::Map,
            };
            transaction.put_object(ROOT, container.name, object)?;
        }
        Ok::<(), automerge::AutomergeError>(())
    })();
    result.expect("writing fresh keys into maps of an own document cannot fail");
    transaction.commit_with(CommitOptions::default().with_time(0));
}

fn raw(change: &automerge::Change) -> RawChange {
    RawChange { hash: change.hash().into(), bytes: change.raw_bytes().to_vec() }
}

impl Document {
    /// How many operations it holds: one for each character and each field that was ever written.
    pub fn operations(&self) -> u64 {
        self.inner.stats().num_ops
    }

    /// A new document of this kind: just its derived beginning.
    pub fn begin(shape: &KindShape, document: DocumentId) -> Self {
        Self::begin_at_version(shape, shape.version, document)
    }

    /// A new document of an older schema version.
    pub fn begin_at_version(shape: &KindShape, version: u32, document: DocumentId) -> Self {
        let mut inner = Automerge::new().with_actor(ActorId::from(DERIVED_ACTOR.as_slice()));
        (1..=version).for_each(|step| derive_version(&mut inner, shape, step, document));
        Self { inner }
    }

    /// Opens a saved document.
    ///
    /// # Errors
    /// When the bytes are no document.
    pub fn load(bytes: &[u8]) -> Result<Self, DocumentError> {
        Automerge::load(bytes).map(|inner| Self { inner }).map_err(DocumentError::new)
    }

    /// Builds a document from changes that were accepted before, in causal order.
    ///
    /// # Errors
    /// When a change cannot be read or its dependencies are missing.
    pub fn from_changes<'a>(changes: impl IntoIterator<Item = &'a [u8]>) -> Result<Self, DocumentError> {
        let mut document = Self { inner: Automerge::new() };
        document.apply(changes)?;
        Ok(document)
    }

    /// Builds a document from those changes that rest on none that is missing, and names the others. A phone
    /// that reads on may know a change before it knows what that rests on.
    ///
    /// # Errors
    /// When a change cannot be read.
    pub fn from_what_fits<'a>(
        changes: impl IntoIterator<Item = &'a [u8]>,
    ) -> Result<(Self, BTreeSet<ChangeHash>), DocumentError> {
        let mut open = Vec::new();
        for bytes in changes {
            open.push(automerge::Change::try_from(bytes).map_err(DocumentError::new)?);
        }
        let (mut fitting, mut known) = (Vec::with_capacity(open.len()), BTreeSet::new());
        loop {
            let before = fitting.len();
            let mut left = Vec::new();
            for change in open {
                if change.deps().iter().all(|dep| known.contains(dep)) {
                    known.insert(change.hash());
                    fitting.push(change);
                } else {
                    left.push(change);
                }
            }
            open = left;
            if open.is_empty() || fitting.len() == before {
                break;
            }
        }
        let mut document = Self { inner: Automerge::new() };
        document.take(fitting)?;
        Ok((document, open.iter().map(|change| change.hash().into()).collect()))
    }

    /// Adds changes that were accepted before: from the own store, or from a page of the server.
    /// Changes of unknown origin go through [the gate](crate::sync::gate) instead.
    ///
    /// # Errors
    /// When a change cannot be read or its dependencies are missing.
    pub fn apply<'a>(&mut self, changes: impl IntoIterator<Item = &'a [u8]>) -> Result<(), DocumentError> {
        let changes = changes
            .into_iter()
            .map(automerge::Change::try_from)
            .collect::<Result<Vec<_>, _>>()
            .map_err(DocumentError::new)?;
        self.take(changes)?;
        let missing = self.inner.get_missing_deps(&[]);
        if let Some(hash) = missing.first() {
            return Err(DocumentError::new(format_args!("change {hash} is missing")));
        }
        Ok(())
    }

    /// The library panics over what it cannot follow. What was accepted should never be such, but a record that
    /// cannot be read must not stop whoever reads the others.
    fn take(&mut self, changes: Vec<automerge::Change>) -> Result<(), DocumentError> {
        let taken = catch_unwind(AssertUnwindSafe(|| self.inner.apply_changes(changes)));
        taken.map_err(|_| DocumentError::new("the library does not follow it"))?.map_err(DocumentError::new)
    }

    /// The document as a standard Automerge file.
    pub fn save(&self) -> Vec<u8> {
        self.inner.save()
    }

    /// The newest changes: those on which no other depends. Sorted.
    pub fn heads(&self) -> Vec<ChangeHash> {
        let mut heads: Vec<ChangeHash> = self.inner.get_heads().into_iter().map(Into::into).collect();
        heads.sort_unstable();
        heads
    }

    /// Every change, in causal order.
    pub fn changes(&self) -> Vec<RawChange> {
        self.inner.get_changes(&[]).iter().map(raw).collect()
    }

    /// The changes on which these heads rest, and the heads themselves.
    pub fn changes_up_to(&self, heads: &[ChangeHash]) -> Vec<ChangeHash> {
        let (mut found, mut open) = (BTreeSet::new(), heads.to_vec());
        while let Some(hash) = open.pop() {
            if let Some(change) = self.inner.get_change_by_hash(&hash.into())
                && found.insert(hash)
            {
                open.extend(change.deps().iter().map(|dep| ChangeHash::from(*dep)));
            }
        }
        found.into_iter().collect()
    }

    /// What the document says of itself; nothing when it says nothing that can be read.
    pub fn schema(&self) -> Option<Schema> {
        let (_, schema) = self.inner.get(ROOT, SCHEMA).ok()??;
        let text = |key: &str| match self.inner.get(&schema, key).ok()??.0 {
            automerge::Value::Scalar(value) => value.as_str().map(str::to_owned),
            automerge::Value::Object(_) => None,
        };
        let version = match self.inner.get(&schema, "version").ok()??.0 {
            automerge::Value::Scalar(value) => u32::try_from(value.as_i64()?).ok()?,
            automerge::Value::Object(_) => return None,
        };
        Some(Schema { kind: text("kind")?, version, document: text("id")?.parse().ok()? })
    }

    /// The content now.
    pub fn content(&self) -> Node {
        node_of(self.inner.hydrate(None))
    }

    /// The content as it was at these heads. A sealed record is read this way, for ever.
    pub fn content_at(&self, heads: &[ChangeHash]) -> Node {
        let heads: Vec<automerge::ChangeHash> = heads.iter().map(|&hash| hash.into()).collect();
        node_of(self.inner.hydrate(Some(&heads)))
    }

    /// Under which actor a change was written; nothing when it cannot be read.
    pub fn actor_of(change: &[u8]) -> Option<Actor> {
        let change = automerge::Change::try_from(change).ok()?;
        <[u8; 16]>::try_from(change.actor_id().to_bytes()).ok().map(Actor)
    }

    /// Whether all of these changes are in the document.
    pub fn holds(&self, hashes: &[ChangeHash]) -> bool {
        hashes.iter().all(|&hash| self.inner.get_change_by_hash(&hash.into()).is_some())
    }

    /// Writes edits under an actor, and returns the changes that this made: one, or several when a
    /// long text had to be committed in parts.
    ///
    /// # Errors
    /// When an edit does not fit the kind; then nothing is written.
    pub fn edit(&mut self, actor: Actor, edits: &[Edit]) -> Result<Vec<RawChange>, EditError> {
        let shape = self.shape()?;
        edits.iter().try_for_each(|edit| shape.check(edit))?;
        let mut draft = self.inner.clone().with_actor(ActorId::from(actor.0.as_slice()));
        let before = draft.get_heads();
        for part in parts(edits) {
            let mut transaction = draft.transaction();
            for edit in &part {
                write(&mut transaction, edit)?;
            }
            transaction.commit_with(CommitOptions::default().with_time(0));
        }
        let made = draft.get_changes(&before).iter().map(raw).collect();
        self.inner = draft;
        Ok(made)
    }

    /// Every value that concurrent writers left at a path, the winner last; one when there is no
    /// conflict.
    pub fn candidates(&self, path: &FieldPath) -> Vec<Candidate> {
        let Some((last, parents)) = path.parts().split_last() else { return Vec::new() };
        let Some(object) = descend(&self.inner, parents) else { return Vec::new() };
        let values = self.inner.get_all(&object, last.as_str()).unwrap_or_default();
        values
            .into_iter()
            .filter_map(|(value, id)| {
                let automerge::Value::Scalar(value) = value else { return None };
                let ObjId::Id(_, actor, _) = &id else { return None };
                Some(Candidate {
                    value: scalar_of(&value)?,
                    actor: Actor(<[u8; 16]>::try_from(actor.to_bytes()).ok()?),
                    change: self.inner.hash_for_opid(&id)?.into(),
                })
            })
            .collect()
    }

    /// Under which actor the entry at a path was added; nothing when there is no such entry.
    pub fn maker(&self, path: &FieldPath) -> Option<Actor> {
        match descend(&self.inner, path.parts())? {
            ObjId::Id(_, actor, _) => <[u8; 16]>::try_from(actor.to_bytes()).ok().map(Actor),
            ObjId::Root => None,
        }
    }

    /// The shape of the document's kind.
    ///
    /// # Errors
    /// When the document names no kind that this version knows.
    pub fn shape(&self) -> Result<&'static KindShape, EditError> {
        let schema =
            self.schema().ok_or_else(|| EditError::Document { reason: "it names no kind".into() })?;
        shape_of(&schema.kind)
            .ok_or_else(|| EditError::Document { reason: format!("the kind {} is not known", schema.kind) })
    }
}

/// Our scalar for the library's; nothing for types that no record holds.
pub(crate) fn scalar_of(value: &ScalarValue) -> Option<Scalar> {
    match value {
        ScalarValue::Str(text) => Some(Scalar::Text(text.to_string())),
        ScalarValue::Int(number) => Some(Scalar::Integer(*number)),
        ScalarValue::Boolean(flag) => Some(Scalar::Flag(*flag)),
        ScalarValue::Timestamp(millis) => Some(Scalar::Moment(Moment::from_millis(*millis))),
        _ => None,
    }
}

fn node_of(value: automerge::hydrate::Value) -> Node {
    use automerge::hydrate::Value;
    match value {
        Value::Scalar(scalar) => match scalar_of(&scalar) {
            Some(scalar) => Node::Scalar(scalar),
            None => Node::Text(scalar.to_string()),
        },
        Value::Text(text) => Node::Text(text.to_string()),
        Value::Map(map) => {
            Node::Map(map_of(map.iter().map(|(key, value)| (key.clone(), node_of(value.value.clone())))))
        }
        Value::List(list) => Node::Map(map_of(
            list.iter().enumerate().map(|(index, value)| (index.to_string(), node_of(value.value.clone()))),
        )),
    }
}

#[cfg(test)]
mod tests;
