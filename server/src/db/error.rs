//! What can go wrong below the repositories.

use std::sync::Arc;

/// Something that the engine below said. Shared, because one failed commit answers many writers.
pub(super) type Cause = Arc<dyn std::error::Error + Send + Sync>;

/// A failure of the data layer.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum DbError {
    /// The place cannot be opened.
    #[error("cannot open the database at {place}")]
    Open {
        /// The file or the server, without its password.
        place: String,
        /// Why.
        #[source]
        source: Cause,
    },
    /// A statement failed.
    #[error("a statement failed: {sql}")]
    Statement {
        /// The statement, without its values.
        sql: String,
        /// Why.
        #[source]
        source: Cause,
    },
    /// A row that must be unique is there already.
    #[error("a row of this kind exists already: {constraint}")]
    Unique {
        /// The columns, for instance `account.login`.
        constraint: String,
        /// Why.
        #[source]
        source: Cause,
    },
    /// A statement was handed the wrong number of values.
    #[error("a statement with {wanted} places was handed {given} values: {sql}")]
    Places {
        /// The statement.
        sql: String,
        /// How many places it has.
        wanted: usize,
        /// How many values came.
        given: usize,
    },
    /// A column is missing or holds something else.
    #[error("column {column} does not hold {wanted}")]
    Column {
        /// The column.
        column: String,
        /// The type that was wanted.
        wanted: String,
    },
    /// A transaction could not be begun, committed or taken back.
    #[error("cannot {doing} a transaction")]
    Transaction {
        /// What was being done.
        doing: &'static str,
        /// Why.
        #[source]
        source: Cause,
    },
    /// The connection was lost. Whether a commit that was under way has happened is not known.
    #[error("the connection to the database was lost")]
    Lost {
        /// Why.
        #[source]
        source: Cause,
    },
    /// Others were in the way: a deadlock, or a lock that was not to be had in time. Nothing was
    /// written, and the same may succeed later.
    #[error("the database was busy with others")]
    Conflict {
        /// Why.
        #[source]
        source: Cause,
    },
    /// A backup could not be made.
    #[error("cannot copy the database to {place}")]
    Backup {
        /// The target.
        place: String,
        /// Why.
        #[source]
        source: Cause,
    },
    /// There is no such database, and none is made.
    #[error("there is no database at {place}")]
    Missing {
        /// Where it should be.
        place: String,
    },
    /// The place holds a database of something else, or an empty file.
    #[error("the database at {place} is none of Tingfang")]
    Foreign {
        /// The file.
        place: String,
    },
    /// Rows are there already where a copy is to go.
    #[error("the target is not empty: table {table} has rows")]
    NotEmpty {
        /// The first table that has some.
        table: String,
    },
    /// The file was written by a newer program.
    #[error("the data was written by a newer program (schema {found}; this one knows {known})")]
    NewerSchema {
        /// The file's schema.
        found: u32,
        /// The newest that this program knows.
        known: u32,
    },
    /// The file was written by an older program, and is only to be read.
    #[error("the data was written by an older program (schema {found}; this one wants {known})")]
    OlderSchema {
        /// The file's schema.
        found: u32,
        /// The one that this program reads.
        known: u32,
    },
    /// A migration has another text than when it ran.
    #[error("migration {name} was edited after it had run")]
    EditedSchema {
        /// The migration.
        name: String,
    },
    /// Something that the program itself stored cannot be read.
    #[error("stored data is damaged: {0}")]
    Damaged(String),
    /// The writer has stopped, or a closure panicked.
    #[error("the database writer gave no answer")]
    NoAnswer,
}

impl DbError {
    /// The engine's cause in the shared form.
    pub(super) fn cause(error: impl std::error::Error + Send + Sync + 'static) -> Cause {
        Arc::new(error)
    }

    /// Others were in the way so often that it is better tried again later.
    pub fn busy(why: &str) -> Self {
        Self::Conflict { source: Self::cause(std::io::Error::other(why.to_owned())) }
    }

    /// Whether a row that must be unique was there already.
    pub const fn is_unique(&self) -> bool {
        matches!(self, Self::Unique { .. })
    }

    /// Whether the same may succeed when it is tried again, without anybody doing anything.
    pub const fn may_pass(&self) -> bool {
        matches!(self, Self::Lost { .. } | Self::Conflict { .. } | Self::Open { .. })
    }

    /// Stored JSON that does not parse. Says where, not what: the text may hold names.
    pub fn damaged(what: &str, error: &serde_json::Error) -> Self {
        Self::Damaged(format!("{what}: {:?} error in JSON at column {}", error.classify(), error.column()))
    }
}
