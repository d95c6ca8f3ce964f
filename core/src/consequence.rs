//! 结果运用 consequences of final grades. Pure; what is paid and decided stands in the server's ledger.
//!
//! - [`subsidy`]: what a grade is paid.

pub mod subsidy;

pub use subsidy::{CaseFacts, SubsidyAmount, SubsidyProblem, SubsidyReason, SubsidyRule};
