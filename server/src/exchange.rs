//! Excel in: people, cases and hearings from the workbooks that centres already keep.
//!
//! Pure: bytes in, typed rows and problems out; what becomes of the rows is for the importer.
//!
//! - [`columns`]: which header means which field, as data; [`layout`]: the same for one file;
//!   [`workbook`]: rows of cells, streamed;
//!   [`cell`], [`when`]: what a cell says; [`row`]: typed reading of one row;
//! - [`people`], [`cases`], [`hearings`]: the three kinds of sheet;
//! - [`problem`]: what is wrong, in words that name the fix; [`mod@error_sheet`]: the upload with a
//!   last column saying what is wrong in each row.
//!
//! Good rows are not held up by bad ones. An empty cell says nothing: on a second import it
//! changes nothing.

pub mod cases;
pub mod cell;
pub mod columns;
pub mod error_sheet;
pub mod hearings;
pub mod key;
pub mod layout;
pub mod people;
pub mod problem;
pub mod row;
pub mod sheet;
pub mod when;
pub mod workbook;

pub use cases::{CaseRow, FlagsRow, UndertakerEntry, each_case, parse_cases};
pub use columns::SheetKind;
pub use error_sheet::{ErrorSheet, error_sheet};
pub use hearings::{HearingKey, HearingRow, each_hearing, parse_hearings};
pub use people::{PersonRow, each_person, parse_people};
pub use problem::{MissingColumn, ProblemCode, Recovery, RowProblem, WorkbookProblem};
pub use sheet::{Numbered, ReadRow, Sheet, Take};
pub use workbook::{Found, Row};

#[cfg(test)]
mod demo_files;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
