//! 未报: a report that was asked for and did not come. Derived, never entered (domain 7.4); whether there is
//! a report at all bears on the grade.

use serde::{Deserialize, Serialize};

use crate::clock::Moment;
use crate::id::AssignmentId;

/// A report that was due and is not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct MissingReport {
    /// What asked for it.
    pub assignment: AssignmentId,
    /// When it was due.
    pub due_at: Moment,
}
