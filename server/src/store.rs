//! The repositories: synchronous functions over a transaction, one file for each noun.
//!
//! A function reads or writes rows and keeps what the tables cannot say (a natural key, a span).
//! It authorises nobody; that is visible in the handlers.

pub mod account;
pub mod assignment;
pub mod attachment;
pub mod audit_log;
pub mod case_relation;
pub mod change_log;
pub mod complaint;
pub mod decision;
pub mod device;
pub mod document;
pub mod enrolment_code;
pub mod erasure;
pub mod filter;
pub mod form;
pub mod frame;
pub mod frame_conflict;
pub mod hearing;
pub mod held_decision;
pub mod home_visit;
pub mod idempotency;
pub mod import_result;
pub mod job;
pub mod lease;
pub mod ledger;
pub mod legal_case;
pub mod organisation;
pub mod owed_report;
pub mod person;
pub mod policy;
pub mod proved;
pub mod provider;
pub mod quarantine;
pub mod recipient;
pub mod record_link;
pub mod record_return;
pub mod report_check;
pub mod rewritten_change;
pub mod role_grant;
pub mod round;
pub mod seal;
pub mod server_key;
pub mod session;
pub mod spot_check;
pub mod stand_in;
pub mod subsidy_line;
pub mod task_report;
pub mod tenant;
pub mod tip;
pub mod undertaker;
pub mod upload;
pub mod veto;
pub mod wipe_order;

#[cfg(test)]
mod conformance;
