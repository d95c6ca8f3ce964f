//! A document's content as plain values, free of the CRDT underneath.

use std::collections::BTreeMap;

use serde::Serialize;

use super::shape::ScalarType;
use crate::clock::Moment;

/// A single value.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, minicbor::Encode, minicbor::Decode)]
#[serde(untagged)]
pub enum Scalar {
    /// A plain string, code or id.
    #[n(0)]
    Text(#[n(0)] String),
    /// A whole number.
    #[n(1)]
    Integer(#[n(0)] i64),
    /// Yes or no.
    #[n(2)]
    Flag(#[n(0)] bool),
    /// A point in time.
    #[n(3)]
    Moment(#[n(0)] Moment),
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

impl<C> minicbor::Encode<C> for Node {
    /// The canonical form: maps in key order, definite lengths. Digests of sealed content rest on it.
    fn encode<W: minicbor::encode::Write>(
        &self,
        e: &mut minicbor::Encoder<W>,
        context: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        match self {
            Self::Scalar(scalar) => e.array(2)?.u8(0)?.encode_with(scalar, context)?.ok(),
            Self::Text(text) => e.array(2)?.u8(1)?.str(text)?.ok(),
            Self::Map(map) => {
                e.array(2)?.u8(2)?.map(map.len() as u64)?;
                for (key, node) in map {
                    e.str(key)?.encode_with(node, context)?;
                }
                Ok(())
            }
        }
    }
}

/// Reads a scalar field of a map.
pub fn scalar_in<T: ScalarType>(node: Option<&Node>, field: &str) -> Option<T> {
    match node?.get(field)? {
        Node::Scalar(scalar) => T::from_scalar(scalar),
        _ => None,
    }
}
