//! The Tingfang server: sync, gate, grades, ledger, exchange, and the program `tingfang`.
//!
//! A request comes in through [`router`], is authorised in [`api`], reads and writes through the
//! repositories in [`store`] over the one data layer [`db`], and fails only as a [`problem`].

pub mod api;
pub mod app;
pub mod audit;
pub mod case_access;
pub mod command;
pub mod config;
pub mod db;
pub mod erasing;
pub mod exchange;
pub mod files;
pub mod frozen;
pub mod grading;
pub mod host;
pub mod idempotency;
pub mod identity;
pub mod importing;
pub mod jobs;
pub mod log;
pub mod metrics;
pub mod node;
pub mod phone_cli;
pub mod planning;
pub mod policies;
pub mod private;
pub mod problem;
pub mod project;
pub mod qr;
pub mod records;
pub mod router;
pub mod serve;
pub mod store;
pub mod sync;
#[cfg(test)]
mod testing;
pub mod verify;
