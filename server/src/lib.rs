//! The Tingfang server.

pub mod exchange;
