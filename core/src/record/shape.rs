//! The shape of a record kind: which containers its document has and what may stand in them.
//!
//! A kind is declared once, as typed structs, with [`record_kind!`](crate::record_kind),
//! [`field_group!`](crate::field_group) and [`codes!`](crate::codes). The same declaration gives
//! the struct that evidence and screens read, the template of the derived first change, and the
//! rules by which the gate judges every single operation of a change. So a kind costs one file.
//!
//! A document is two levels deep: the root holds containers, a container holds scalars or (for
//! [`ContainerShape::Entries`]) small groups of scalars keyed by UUID. All containers stand in the
//! derived first change, because a container made twice is two rival containers.

use std::collections::BTreeMap;

use super::edit::FieldPath;
use super::value::{Node, Scalar};
use crate::clock::Moment;
use crate::gather::map_of;
use crate::id;

/// What a single value may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScalarKind {
    /// A plain string of at most so many characters.
    Text {
        /// The longest text that is accepted, in characters.
        max_chars: usize,
    },
    /// One of a closed list of codes; `name` is the enumeration's name in the locale files.
    Code {
        /// The enumeration, for instance `attendance_outcome`.
        name: &'static str,
        /// Its codes.
        codes: &'static [&'static str],
    },
    /// Yes or no.
    Flag,
    /// A whole number within bounds, both included.
    Integer {
        /// Smallest value.
        min: i64,
        /// Largest value.
        max: i64,
    },
    /// A point in time.
    Moment,
    /// An id, as hyphenated lower-case text.
    Id,
}

/// What the keys of a [`ContainerShape::Keyed`] map are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyKind {
    /// An id, as hyphenated lower-case text.
    Id,
    /// The id of a rubric item, for instance `CRM-1.1`.
    Item,
    /// One of a closed list of codes.
    Code {
        /// The enumeration's name in the locale files.
        name: &'static str,
        /// Its codes.
        codes: &'static [&'static str],
    },
}

/// One named scalar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FieldShape {
    /// The key in the document.
    pub name: &'static str,
    /// What may stand there.
    pub kind: ScalarKind,
}

/// What a container holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ContainerShape {
    /// Named scalars.
    Group(&'static [FieldShape]),
    /// Add-only entries keyed by fresh UUIDs, each a group of named scalars.
    Entries(&'static [FieldShape]),
    /// Scalars of one kind under meaningful keys.
    Keyed(KeyKind, ScalarKind),
    /// A long text that several people may write together.
    Narrative,
}

/// One container of a kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Container {
    /// The key at the document's root.
    pub name: &'static str,
    /// The schema version that brought it; its container is made by that version's derived change.
    pub since: u32,
    /// What it holds.
    pub shape: ContainerShape,
}

/// How a kind is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Merge {
    /// Several people write one document; conflicts are shown.
    Shared,
    /// One person writes, perhaps from several devices.
    SingleWriter,
}

/// A record kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KindShape {
    /// The kind's code, for instance `attendance`.
    pub code: &'static str,
    /// The newest schema version that this program knows.
    pub version: u32,
    /// Who writes.
    pub merge: Merge,
    /// Whether every start is a record of its own, under a fresh id: what happens more than once in
    /// an assignment. Otherwise the id is derived, and starting again finds the record that is there.
    pub each_time: bool,
    /// The containers, in the order in which the first change makes them.
    pub containers: &'static [Container],
}

impl KindShape {
    /// The container of this name.
    pub fn container(&self, name: &str) -> Option<&'static Container> {
        self.containers.iter().find(|container| container.name == name)
    }
}

/// A struct whose document form is a [`KindShape`].
pub trait RecordKind: Sized {
    /// The shape.
    const SHAPE: KindShape;

    /// Reads the record out of a document's content. What is absent or of another type reads as
    /// empty, what is unknown is passed over: the document keeps it.
    fn read(root: &Node) -> Self;
}

/// A record that knows what it still lacks before it can be sealed.
pub trait Complete {
    /// The fields that must be filled first. `assigned` are the people who were assigned to the
    /// record; only shared records ask for them.
    fn missing(&self, assigned: &[id::PersonId]) -> Vec<FieldPath>;
}

/// A type that can stand as a container.
pub trait ContainerType: Sized {
    /// Its shape.
    const SHAPE: ContainerShape;
    /// Reads it.
    fn read(node: Option<&Node>) -> Self;
}

/// A group of named scalars.
pub trait FieldGroup: Sized {
    /// The scalars.
    const FIELDS: &'static [FieldShape];
    /// Reads the group.
    fn read(node: Option<&Node>) -> Self;
}

/// A type that can stand as a scalar.
pub trait ScalarType: Sized {
    /// What is accepted.
    const KIND: ScalarKind;
    /// Reads it; nothing when the scalar is of another type.
    fn from_scalar(scalar: &Scalar) -> Option<Self>;
    /// Writes it.
    fn to_scalar(&self) -> Scalar;
}

/// A type that can be a key.
pub trait KeyType: Sized + Ord {
    /// What is accepted.
    const KIND: KeyKind;
    /// Reads it.
    fn from_key(key: &str) -> Option<Self>;
}

/// Add-only entries keyed by UUID.
pub type Entries<T> = BTreeMap<id::EntryId, T>;

/// Scalars under meaningful keys.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(transparent)]
pub struct Keyed<K: Ord, V>(pub BTreeMap<K, V>);

impl<K: Ord, V> Default for Keyed<K, V> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<K: Ord, V> std::ops::Deref for Keyed<K, V> {
    type Target = BTreeMap<K, V>;
    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

/// A long text.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize)]
#[serde(transparent)]
pub struct Narrative(pub String);

/// A short text: at most 500 characters.
pub type ShortText = String;

/// Points in hundredths, between 0 and 100.00 points.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct PointsHundredths(pub i64);

/// The id of a rubric item, for instance `CRM-1.1`: capital letters, digits, `-` and `.`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct ItemId(String);

impl ItemId {
    /// Accepts 1 to 32 characters out of `A-Z 0-9 - .`; anything else is nothing.
    pub fn parse(text: &str) -> Option<Self> {
        let valid = (1..=32).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'-' || b == b'.');
        valid.then(|| Self(text.to_owned()))
    }

    /// The id's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for ItemId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// An amount of money in fen, up to a hundred million yuan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct AmountFen(pub i64);

/// The code of an answer, as a questionnaire's data file has it. Which codes a question takes is data
/// with a version, so the document keeps any; whoever reads it holds it against its questionnaire.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct AnswerCode(pub String);

impl<T: FieldGroup> ContainerType for Entries<T> {
    const SHAPE: ContainerShape = ContainerShape::Entries(T::FIELDS);
    fn read(node: Option<&Node>) -> Self {
        let Some(Node::Map(map)) = node else { return Self::new() };
        map_of(map.iter().filter_map(|(key, entry)| Some((key.parse().ok()?, T::read(Some(entry))))))
    }
}

impl<K: KeyType, V: ScalarType> ContainerType for Keyed<K, V> {
    const SHAPE: ContainerShape = ContainerShape::Keyed(K::KIND, V::KIND);
    fn read(node: Option<&Node>) -> Self {
        let Some(Node::Map(map)) = node else { return Self::default() };
        Self(map_of(map.iter().filter_map(|(key, value)| {
            let Node::Scalar(scalar) = value else { return None };
            Some((K::from_key(key)?, V::from_scalar(scalar)?))
        })))
    }
}

impl ContainerType for Narrative {
    const SHAPE: ContainerShape = ContainerShape::Narrative;
    fn read(node: Option<&Node>) -> Self {
        match node {
            Some(Node::Text(text)) => Self(text.clone()),
            _ => Self::default(),
        }
    }
}

impl ScalarType for ShortText {
    const KIND: ScalarKind = ScalarKind::Text { max_chars: 500 };
    fn from_scalar(scalar: &Scalar) -> Option<Self> {
        if let Scalar::Text(text) = scalar { Some(text.clone()) } else { None }
    }
    fn to_scalar(&self) -> Scalar {
        Scalar::Text(self.clone())
    }
}

impl ScalarType for bool {
    const KIND: ScalarKind = ScalarKind::Flag;
    fn from_scalar(scalar: &Scalar) -> Option<Self> {
        if let Scalar::Flag(flag) = scalar { Some(*flag) } else { None }
    }
    fn to_scalar(&self) -> Scalar {
        Scalar::Flag(*self)
    }
}

impl ScalarType for Moment {
    const KIND: ScalarKind = ScalarKind::Moment;
    fn from_scalar(scalar: &Scalar) -> Option<Self> {
        if let Scalar::Moment(moment) = scalar { Some(*moment) } else { None }
    }
    fn to_scalar(&self) -> Scalar {
        Scalar::Moment(*self)
    }
}

impl ScalarType for PointsHundredths {
    const KIND: ScalarKind = ScalarKind::Integer { min: 0, max: 100_00 };
    fn from_scalar(scalar: &Scalar) -> Option<Self> {
        if let Scalar::Integer(points) = scalar { Some(Self(*points)) } else { None }
    }
    fn to_scalar(&self) -> Scalar {
        Scalar::Integer(self.0)
    }
}

impl ScalarType for AmountFen {
    const KIND: ScalarKind = ScalarKind::Integer { min: 0, max: 10_000_000_000 };
    fn from_scalar(scalar: &Scalar) -> Option<Self> {
        if let Scalar::Integer(fen) = scalar { Some(Self(*fen)) } else { None }
    }
    fn to_scalar(&self) -> Scalar {
        Scalar::Integer(self.0)
    }
}

impl ScalarType for AnswerCode {
    const KIND: ScalarKind = ScalarKind::Text { max_chars: 64 };
    fn from_scalar(scalar: &Scalar) -> Option<Self> {
        if let Scalar::Text(code) = scalar { Some(Self(code.clone())) } else { None }
    }
    fn to_scalar(&self) -> Scalar {
        Scalar::Text(self.0.clone())
    }
}

impl ScalarType for ItemId {
    const KIND: ScalarKind = ScalarKind::Text { max_chars: 32 };
    fn from_scalar(scalar: &Scalar) -> Option<Self> {
        if let Scalar::Text(text) = scalar { Self::parse(text) } else { None }
    }
    fn to_scalar(&self) -> Scalar {
        Scalar::Text(self.0.clone())
    }
}

impl KeyType for ItemId {
    const KIND: KeyKind = KeyKind::Item;
    fn from_key(key: &str) -> Option<Self> {
        Self::parse(key)
    }
}

macro_rules! id_scalars {
    ($($name:ident),+) => {$(
        impl ScalarType for id::$name {
            const KIND: ScalarKind = ScalarKind::Id;
            fn from_scalar(scalar: &Scalar) -> Option<Self> {
                if let Scalar::Text(text) = scalar { text.parse().ok() } else { None }
            }
            fn to_scalar(&self) -> Scalar {
                Scalar::Text(self.to_string())
            }
        }
        impl KeyType for id::$name {
            const KIND: KeyKind = KeyKind::Id;
            fn from_key(key: &str) -> Option<Self> {
                key.parse().ok()
            }
        }
    )+};
}

id_scalars!(
    PersonId,
    UndertakerId,
    CaseId,
    HearingId,
    AssignmentId,
    DocumentId,
    EntryId,
    RoundId,
    OrganisationId
);
