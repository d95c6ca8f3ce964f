//! Records: the CRDT documents that phones write, one small document per record.
//!
//! - [`shape`]: how a kind is declared; [`kind`]: the list of kinds; a file for each kind.
//! - [`document`]: opening, editing and reading a document; the derived first change.
//! - [`identity`]: whose a record is and what it is about, which the assignment says.
//! - [`conflict`]: conflicts as data; [`seal`]: sealing; [`amendment`]: what comes after a seal.

pub mod amendment;
pub mod attendance;
pub mod common;
pub mod conflict;
mod declare;
pub mod document;
pub mod edit;
pub mod file_review;
pub mod identity;
pub mod kind;
pub mod observer_sheet;
pub mod scoresheet;
pub mod seal;
pub mod shape;
pub mod value;

pub use kind::{KINDS, Record, shape_of};
pub use shape::ItemId;
