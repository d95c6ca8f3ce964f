//! Records: the CRDT documents that phones write, one small document per record.
//!
//! - [`shape`]: how a kind is declared; [`kind`]: the list of kinds; a file for each kind.
//! - [`document`]: opening, editing and reading a document; the derived first change.
//! - [`identity`]: whose a record is and what it is about, which the assignment says.
//! - [`conflict`]: conflicts as data; [`seal`]: sealing; [`amendment`]: what comes after a seal; [`size`]: how
//!   large a record may get.

pub mod amendment;
pub mod attachment;
pub mod attendance;
pub mod common;
pub mod complaint_intake;
pub mod conflict;
pub mod court_visit;
mod declare;
pub mod discussion;
pub mod document;
pub mod doubt;
pub mod edit;
pub mod field_name;
pub mod file_review;
pub mod identity;
pub mod inspection;
pub mod kind;
pub mod notice;
pub mod observer_sheet;
pub mod pre_hearing_report;
pub mod progress_contact;
pub mod response;
pub mod retry_plan;
pub mod return_visit;
pub mod scoresheet;
pub mod seal;
pub mod shape;
pub mod size;
pub mod tracking_card;
pub mod value;

pub use kind::{KINDS, Record, shape_of};
pub use shape::ItemId;
