//! 结果运用 consequences of final grades. Pure; what is paid and decided stands in the server's ledger.
//!
//! - [`subsidy`]: what a grade is paid.
//! - [`bulletin`]: what is published of a round.
//! - [`own_result`]: what an undertaker is told.

pub mod bulletin;
pub mod own_result;
pub mod subsidy;

pub use bulletin::{Bulletin, GradedWork, Remarks};
pub use own_result::{OwnResult, ToldGrade};
pub use subsidy::{CaseFacts, SubsidyAmount, SubsidyProblem, SubsidyReason, SubsidyRule};
