//! The API from the outside: requests through the whole router, without a network.

mod assignments;
mod audit_log;
mod case_access;
mod devices;
mod erasures;
mod field_work;
mod foreign;
mod grades;
mod idempotency;
mod imports;
mod lists;
mod openapi;
mod problems;
mod refused;
mod secrets;
mod sign_in;
mod sync;
mod uploads;
mod verifications;
mod visibility;
