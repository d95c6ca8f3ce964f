//! Tables whose rows the ledger proves: what a row says, as one hash.
//!
//! Whoever writes such a row names it in the entry of the ledger that says why, with the hash over
//! every column ([`super::ledger::append`]). `verify` reads the rows again and holds the hashes
//! against the newest entry that names each: a row without an entry, an entry without its row, and
//! a changed column are found alike.

use tingfang_core::signature::digest;

use crate::db::{DbError, Row, Tx, Value};

/// A table of proved rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Proved {
    /// The table.
    pub table: &'static str,
    /// The column by whose value rows are proved; rows that share it are proved together.
    key: &'static str,
    /// Every other column.
    columns: &'static [&'static str],
}

/// What the rows under one key say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowHash {
    /// The value of the key; bytes in hexadecimal.
    pub key: String,
    /// The hash over every column of every row under the key.
    pub hash: [u8; 32],
}

/// 评估标准 frozen rubrics.
pub const RUBRIC: Proved =
    Proved { table: "rubric", key: "rubric_hash", columns: &["code", "body", "frozen_at"] };

/// What frozen rubrics lean on.
pub const FORM: Proved =
    Proved { table: "form", key: "form_hash", columns: &["kind", "file", "body", "frozen_at"] };

/// The forms of each round, together.
pub const ROUND_FORM: Proved = Proved { table: "round_form", key: "round_id", columns: &["form_hash"] };

/// 评估批次 rounds.
pub const ROUND: Proved = Proved {
    table: "round",
    key: "round_id",
    columns: &[
        "organisation_id",
        "name",
        "rubric_hash",
        "sheet_rubric_hash",
        "grading_rule",
        "subsidy_rule",
        "state",
        "created_at",
        "created_by",
    ],
};

/// The cases of each round, together.
pub const ROUND_CASE: Proved =
    Proved { table: "round_case", key: "round_id", columns: &["legal_case_id", "undertaker_id"] };

/// 一票否决 rulings.
pub const VETO_RULING: Proved = Proved {
    table: "veto_ruling",
    key: "veto_ruling_id",
    columns: &["veto_id", "legal_case_id", "undertaker_id", "body", "ruled_by", "ruled_at"],
};

/// 实地核实 checks on the spot.
pub const SPOT_CHECK: Proved = Proved {
    table: "spot_check",
    key: "spot_check_id",
    columns: &[
        "round_id",
        "legal_case_id",
        "undertaker_id",
        "checked_by",
        "checked_on",
        "place",
        "finding",
        "entered_by",
        "entered_at",
    ],
};

/// What staff said of undertakers' reports.
pub const REPORT_CHECK: Proved = Proved {
    table: "report_check",
    key: "report_check_id",
    columns: &["document_id", "seq", "person_id", "state", "answers", "note", "checked_at"],
};

/// What was decided on items that were held.
pub const HELD_DECISION: Proved = Proved {
    table: "held_decision",
    key: "held_decision_id",
    columns: &["quarantine_id", "decision", "reason", "decided_by", "decided_at"],
};

/// 等次决定 decisions.
pub const GRADE_DECISION: Proved = Proved {
    table: "grade_decision",
    key: "grade_decision_id",
    columns: &[
        "round_id",
        "legal_case_id",
        "undertaker_id",
        "number",
        "state",
        "outcome",
        "evidence",
        "evidence_seq",
        "representation",
        "case_facts",
        "decided_at",
    ],
};

/// 补贴单 subsidy lines.
pub const SUBSIDY_LINE: Proved = Proved {
    table: "subsidy_line",
    key: "subsidy_line_id",
    columns: &[
        "grade_decision_id",
        "undertaker_id",
        "base_fen",
        "factor_percent",
        "amount_fen",
        "reverses_id",
        "entry_no",
    ],
};

/// 删除令 orders to erase what a record says.
pub const ERASURE: Proved = Proved {
    table: "erasure",
    key: "order_no",
    columns: &["document_id", "organisation_id", "ordered_by", "ordered_at", "reason", "signature"],
};

/// Every table of proved rows.
pub const ALL: &[Proved] = &[
    RUBRIC,
    FORM,
    ROUND,
    ROUND_FORM,
    ROUND_CASE,
    VETO_RULING,
    SPOT_CHECK,
    REPORT_CHECK,
    HELD_DECISION,
    GRADE_DECISION,
    SUBSIDY_LINE,
    ERASURE,
];

impl Proved {
    /// The table with this name.
    pub fn named(table: &str) -> Option<Self> {
        ALL.iter().copied().find(|proved| proved.table == table)
    }

    /// What the rows under a key say.
    ///
    /// # Errors
    /// When there are none.
    pub fn hash(&self, tx: &Tx, key: impl Into<Value>) -> Result<RowHash, DbError> {
        let (mut found, key) = (Vec::new(), key.into());
        let sql = format!("{} where {} = ?1 order by {}", self.select(), self.key, self.order());
        tx.for_each(&sql, &[key], |row| self.take(row, &mut found))?;
        let missing = || DbError::Damaged(format!("a row of {} is not there", self.table));
        finish(found).pop().ok_or_else(missing)
    }

    /// What all rows say, key by key.
    ///
    /// # Errors
    /// When the data layer fails.
    pub fn all(&self, tx: &Tx) -> Result<Vec<RowHash>, DbError> {
        let mut found = Vec::new();
        let sql = format!("{} order by {}", self.select(), self.order());
        tx.for_each(&sql, &[], |row| self.take(row, &mut found))?;
        Ok(finish(found))
    }

    fn select(&self) -> String {
        format!("select {}, {} from {}", self.key, self.columns.join(", "), self.table)
    }

    fn order(&self) -> String {
        format!("{}, {}", self.key, self.columns.join(", "))
    }

    fn take(&self, row: &Row, found: &mut Vec<(String, Vec<u8>)>) -> Result<(), DbError> {
        let key = text(&row.get(self.key)?);
        let mut bytes = self.table.as_bytes().to_vec();
        for column in self.columns {
            write(&mut bytes, column, &row.get(column)?);
        }
        match found.last_mut() {
            Some((last, rows)) if *last == key => rows.extend(bytes),
            _ => found.push((key, bytes)),
        }
        Ok(())
    }
}

fn finish(found: Vec<(String, Vec<u8>)>) -> Vec<RowHash> {
    let hash = |(key, bytes): (String, Vec<u8>)| {
        let hash = digest("tingfang-row/1", &[key.as_bytes(), &bytes]);
        RowHash { key, hash }
    };
    found.into_iter().map(hash).collect()
}

/// Column, type and length stand before every value, so that no two rows are written alike.
fn write(bytes: &mut Vec<u8>, column: &str, value: &Value) {
    let (kind, content): (u8, Vec<u8>) = match value {
        Value::Null => (0, Vec::new()),
        Value::Integer(number) => (1, number.to_le_bytes().to_vec()),
        Value::Text(text) => (2, text.as_bytes().to_vec()),
        Value::Blob(blob) => (3, blob.clone()),
    };
    bytes.extend(column.as_bytes());
    bytes.push(kind);
    bytes.extend((content.len() as u64).to_le_bytes());
    bytes.extend(content);
}

fn text(key: &Value) -> String {
    match key {
        Value::Null => String::new(),
        Value::Integer(number) => number.to_string(),
        Value::Text(text) => text.clone(),
        Value::Blob(blob) => hex(blob),
    }
}

/// Bytes in hexadecimal.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
