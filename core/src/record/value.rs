//! A document's content as plain values, free of the CRDT underneath.

use std::collections::BTreeMap;

use serde::Serialize;

use super::shape::ScalarType;
use crate::clock::Moment;

/// A single value.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(untagged)]
pub enum Scalar {
    /// A plain string, code or id.
    Text(String),
    /// A whole number.
    Integer(i64),
    /// Yes or no.
    Flag(bool),
    /// A point in time.
    Moment(Moment),
}

impl std::fmt::Display for Scalar {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Integer(number) => number.fmt(f),
            Self::Flag(flag) => flag.fmt(f),
            Self::Moment(moment) => moment.fmt(f),
        }
    }
}

/// A value, or something that holds values.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Node {
    /// A single value.
    Scalar(Scalar),
    /// A long text.
    Text(String),
    /// Values by key.
    Map(BTreeMap<String, Node>),
}

impl Node {
    /// The value under a key; nothing when this is no map or has no such key.
    pub fn get(&self, key: &str) -> Option<&Self> {
        if let Self::Map(map) = self { map.get(key) } else { None }
    }

    /// The value at a path of keys.
    pub fn at(&self, path: &[&str]) -> Option<&Self> {
        path.iter().try_fold(self, |node, key| node.get(key))
    }
}

/// Reads a scalar field of a map.
pub fn scalar_in<T: ScalarType>(node: Option<&Node>, field: &str) -> Option<T> {
    match node?.get(field)? {
        Node::Scalar(scalar) => T::from_scalar(scalar),
        _ => None,
    }
}
