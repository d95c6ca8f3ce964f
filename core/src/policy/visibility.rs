//! Who reads what at a console, and receives what on a phone, as data (`core/data/visibility.toml`).

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

use super::{Fact, PolicyError};
use crate::data_file;
use crate::people::Role;
use crate::record::KINDS;

const SHIPPED: &str = include_str!("../../data/visibility.toml");

static TABLE: LazyLock<Visibility> =
    LazyLock::new(|| Visibility::parse(SHIPPED).expect("a test parses the shipped table"));

/// Who reads what at a console, and receives what on a phone.
#[derive(Clone, Debug)]
pub struct Visibility {
    records: BTreeMap<String, Row>,
    facts: BTreeMap<Fact, Vec<Role>>,
    rows: BTreeMap<String, Vec<Role>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(rename = "version")]
    _version: u32,
    record: Vec<Row>,
    fact: Vec<FactRow>,
    phone_row: Vec<PhoneRow>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PhoneRow {
    row: String,
    receivers: Vec<Role>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct FactRow {
    fact: Fact,
    readers: Vec<Role>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    kind: String,
    open: Vec<Role>,
    sealed: Vec<Role>,
    #[serde(default)]
    independent: bool,
}

impl Visibility {
    /// The table that this version ships.
    pub fn shipped() -> &'static Self {
        &TABLE
    }

    /// Reads a table.
    ///
    /// # Errors
    /// When it is none, or speaks of a kind or a fact that does not exist, or leaves one out.
    pub fn parse(text: &str) -> Result<Self, PolicyError> {
        let file: File = data_file::read(text).map_err(PolicyError::Unreadable)?;
        let rows: BTreeMap<String, Row> =
            file.record.into_iter().map(|row| (row.kind.clone(), row)).collect();
        let known = |kind: &str| KINDS.iter().any(|shape| shape.code == kind);
        let strange = rows.keys().find(|kind| !known(kind)).cloned();
        let left_out = KINDS.iter().map(|shape| shape.code).find(|code| !rows.contains_key(*code));
        let facts: BTreeMap<Fact, Vec<Role>> =
            file.fact.into_iter().map(|row| (row.fact, row.readers)).collect();
        let untold = Fact::ALL.iter().find(|fact| !facts.contains_key(fact)).map(|fact| format!("{fact:?}"));
        match strange.or_else(|| left_out.map(str::to_owned)).or(untold) {
            Some(kind) => Err(PolicyError::UnknownKind { rule: "visibility".to_owned(), kind }),
            None => {
                let received = file.phone_row.into_iter().map(|row| (row.row, row.receivers)).collect();
                Ok(Self { records: rows, facts, rows: received })
            }
        }
    }

    /// The roles that read a kind of fact about their organisation.
    pub fn readers(&self, fact: Fact) -> &[Role] {
        self.facts.get(&fact).map_or(&[], Vec::as_slice)
    }

    /// The roles in which somebody may be sent a kind of row on their phone, which tests hold against what is sent; none of a kind that the table does not name.
    pub fn receivers(&self, row: &str) -> &[Role] {
        self.rows.get(row).map_or(&[], Vec::as_slice)
    }

    /// Whether who has this role in a record's organisation reads it.
    pub fn reads(&self, role: Role, kind: &str, is_sealed: bool) -> bool {
        self.records.get(kind).is_some_and(|row| {
            let readers = if is_sealed { &row.sealed } else { &row.open };
            readers.contains(&role)
        })
    }

    /// Whether several people make one of the kind each, and none may look at another's before all are in.
    pub fn is_independent(&self, kind: &str) -> bool {
        self.records.get(kind).is_some_and(|row| row.independent)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_table_names_every_kind_and_a_table_with_a_gap_is_refused() {
        let table = Visibility::parse(SHIPPED).expect("a table");
        assert!(KINDS.iter().all(|shape| table.reads(Role::Manager, shape.code, true)));
        let gap = SHIPPED.replacen("kind = \"notice\"", "kind = \"attendance\"", 1);
        let refused = Visibility::parse(&gap).expect_err("no row for notices");
        assert!(refused.to_string().contains("notice"), "{refused}");
        let gap = SHIPPED.replacen("fact = \"plan\"", "fact = \"grade\"", 1);
        let refused = Visibility::parse(&gap).expect_err("no row for plans");
        assert!(refused.to_string().contains("Plan"), "{refused}");
    }
}
