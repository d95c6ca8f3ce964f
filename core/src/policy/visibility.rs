//! Who reads what at a console, and receives what on a phone, as data (`core/data/visibility.toml`).

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

use super::Fact;
use crate::data_file::{self, DataFileError};
use crate::people::Role;
use crate::record::KINDS;
use crate::sync::row_kind::RowKind;

const SHIPPED: &str = include_str!("../../data/visibility.toml");

static TABLE: LazyLock<Visibility> =
    LazyLock::new(|| Visibility::parse(SHIPPED).expect("a test parses the shipped table"));

/// Who reads what at a console, and receives what on a phone.
#[derive(Clone, Debug)]
pub struct Visibility {
    records: BTreeMap<String, Row>,
    record_readers: Vec<Role>,
    facts: BTreeMap<Fact, Vec<Role>>,
    rows: BTreeMap<RowKind, Vec<Role>>,
}

/// Why a table cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum VisibilityError {
    /// Not the expected TOML, or a fact, a row or a role that does not exist.
    #[error("the table of visibility cannot be read")]
    Unreadable(#[source] DataFileError),
    /// A record kind that does not exist.
    #[error("the table of visibility speaks of {kind}, which does not exist")]
    Unknown {
        /// What it names.
        kind: String,
    },
    /// Something of which it does not say for whom it is.
    #[error("the table of visibility does not say for whom {name} is")]
    LeftOut {
        /// What is missing.
        name: String,
    },
    /// Two rows about one thing: the second would silently win.
    #[error("the table of visibility says twice for whom something is: {row}")]
    Twice {
        /// The first of them.
        row: String,
    },
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
    row: RowKind,
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
    /// When it is none, or speaks of a kind or a fact that does not exist, leaves one out, or says one twice.
    pub fn parse(text: &str) -> Result<Self, VisibilityError> {
        let file: File = data_file::read(text).map_err(VisibilityError::Unreadable)?;
        let records = table(file.record, |row| row.kind.clone())?;
        let facts = table(file.fact, |row| row.fact)?;
        let rows = table(file.phone_row, |row| row.row)?;
        let known = |kind: &str| KINDS.iter().any(|shape| shape.code == kind);
        let strange = records.keys().find(|kind| !known(kind)).cloned();
        let left_out = KINDS.iter().map(|shape| shape.code).find(|code| !records.contains_key(*code));
        let untold = Fact::ALL.iter().find(|fact| !facts.contains_key(fact)).map(|fact| format!("{fact:?}"));
        let for_nobody = RowKind::ALL.iter().find(|row| !rows.contains_key(row)).map(RowKind::to_string);
        if let Some(kind) = strange {
            return Err(VisibilityError::Unknown { kind });
        }
        if let Some(name) = left_out.map(str::to_owned).or(untold).or(for_nobody) {
            return Err(VisibilityError::LeftOut { name });
        }
        let reads =
            |role: &Role| records.values().any(|row| row.open.contains(role) || row.sealed.contains(role));
        Ok(Self {
            record_readers: Role::ALL.iter().copied().filter(reads).collect(),
            facts: facts.into_iter().map(|(fact, row)| (fact, row.readers)).collect(),
            rows: rows.into_iter().map(|(kind, row)| (kind, row.receivers)).collect(),
            records,
        })
    }

    /// The roles that read records of their organisation, of any kind and in any state.
    pub fn record_readers(&self) -> &[Role] {
        &self.record_readers
    }

    /// The roles that read a kind of fact about their organisation.
    pub fn readers(&self, fact: Fact) -> &[Role] {
        self.facts.get(&fact).map_or(&[], Vec::as_slice)
    }

    /// The roles in which somebody may be sent a kind of row on their phone; tests hold it against what is sent.
    pub fn receivers(&self, row: RowKind) -> &[Role] {
        self.rows.get(&row).map_or(&[], Vec::as_slice)
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

/// The rows of a table by what each is about; none is said twice.
fn table<K: Ord, R: std::fmt::Debug>(
    rows: Vec<R>,
    about: impl Fn(&R) -> K,
) -> Result<BTreeMap<K, R>, VisibilityError> {
    let mut table = BTreeMap::new();
    for row in rows {
        if let Some(first) = table.insert(about(&row), row) {
            return Err(VisibilityError::Twice { row: format!("{first:?}") });
        }
    }
    Ok(table)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_table_names_every_kind_and_who_keeps_records() {
        let shipped = Visibility::parse(SHIPPED).expect("a table");
        assert!(KINDS.iter().all(|shape| shipped.reads(Role::Manager, shape.code, true)));
        assert_eq!(shipped.record_readers(), [Role::Manager, Role::Director, Role::Auditor]);
    }

    #[test]
    fn a_table_with_a_gap_a_strange_name_or_two_words_on_one_thing_is_refused() {
        let last = SHIPPED.find("\n[[phone_row]]\nrow = \"evidence\"").expect("the last row");
        let again = &SHIPPED[last..];
        let cases = [
            // Two rows of one kind, and none of the other.
            (SHIPPED.replacen("kind = \"notice\"", "kind = \"attendance\"", 1), "attendance"),
            (SHIPPED.replacen("fact = \"plan\"", "fact = \"grade\"", 1), "Grade"),
            (format!("{SHIPPED}{again}"), "Evidence"),
            (SHIPPED.replacen("kind = \"notice\"", "kind = \"novel\"", 1), "novel"),
            (SHIPPED.replacen("fact = \"plan\"", "fact = \"novel\"", 1), "novel"),
            (SHIPPED.replacen("row = \"task\"", "row = \"novel\"", 1), "novel"),
            (SHIPPED[..last].to_owned(), "evidence"),
            (
                SHIPPED.replacen("[[fact]]\nfact = \"plan\"\nreaders = [\"manager\", \"director\"]\n", "", 1),
                "Plan",
            ),
        ];
        for (text, named) in cases {
            let refused = format!("{:?}", Visibility::parse(&text).expect_err(named));
            assert!(refused.contains(named), "{named}: {refused}");
        }
    }
}
