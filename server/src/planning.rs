//! From a wish to an assignment: the gates, the relations, the duties; and the tasks that follow.

pub mod assign;
mod check;
pub mod correction;
mod members;
pub mod task;

pub use assign::{NewAssignment, assign};
pub use check::avoidance;
pub use members::{avoid, cancel, give_role, put_off, set_members, take_role};
