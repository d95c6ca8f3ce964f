//! `tingfang sync/1`: what phone and server must agree on.
//!
//! - [`actor`]: under which id a device writes in a document.
//! - [`copies`]: changes that say the same, of which one comes in.
//! - [`frame`]: the signed, chained envelopes in which a phone's work travels.
//! - [`wire`]: one request and one response; CBOR inside zstd.
//! - [`scope_digest`]: a sum over everything that a phone has, by which damage is found.
//! - [`order`]: what a server orders a device to do, and the terms of its use.
//! - [`verdict`]: what the server says about each item.
//! - [`receipt`]: what it signs about a frame when it has said so.
//! - [`gate`]: the ingestion gate; nothing from a phone reaches a document but through it.
//! - [`rebase`]: what was written after a change that was not accepted, written anew without it.

pub mod actor;
pub mod copies;
pub mod frame;
pub mod gate;
pub mod order;
pub mod rebase;
pub mod receipt;
pub mod row_kind;
pub mod scope_digest;
pub mod standing;
pub mod verdict;
pub mod wire;
