//! The stories. One binary, one file for each story.

mod authority;
mod command_line;
mod decisions;
mod field_work;
mod first_path;
mod forgotten;
mod full_disk;
mod gate_mutation;
mod grading;
mod jobs;
mod kills;
mod kinds;
mod log_order;
mod missing_report;
mod mobile_face;
mod nodes;
mod paper;
mod refusals;
mod restores;
mod shutdown;
mod tenants;
mod terminal;
mod unassigned;
mod verify;
mod walls;
mod words;
