//! The harness of the stories: fleets of real phones against a real server core, over a wire in
//! memory, with a clock and a randomness that are handed in, so that a failing seed repeats exactly.

pub mod acknowledged;
pub mod app;
pub mod asked;
pub mod balancer;
pub mod bulk;
pub mod by_hand;
pub mod counting_line;
pub mod deaths;
pub mod desk;
pub mod fleet;
pub mod frail_line;
pub mod hostile;
pub mod hostile_uploads;
pub mod memory;
pub mod mutants;
pub mod observers;
pub mod postgres;
pub mod processes;
pub mod received;
pub mod signed_in;
pub mod simulation;
pub mod tamper;
pub mod time;
pub mod upload_line;
pub mod world;
