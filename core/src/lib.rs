//! Everything that a Tingfang phone and its server must agree on.
//!
//! The chapters follow the way of one finding: a hearing passes the legal gate ([`case`]), an
//! observer records it ([`record`]), the phone keeps and sends it ([`phone`], [`sync`]), the server
//! judges every change ([`policy`], [`sync::gate`]), sealed records become evidence on rubric items
//! ([`rubric`], [`evidence`]), independent scoresheets become a grade ([`grading`]), and a final
//! grade becomes a subsidy line ([`consequence`]).
//!
//! Core never reads the clock, the environment, the network or randomness that it was not handed.

pub mod audit;
pub mod case;
pub mod clock;
pub mod consequence;
pub mod data_file;
pub mod erasure;
pub mod evidence;
pub mod gather;
pub mod grading;
pub mod id;
pub mod people;
#[cfg(feature = "phone")]
pub mod phone;
pub mod policy;
pub mod record;
pub mod recovery;
#[cfg(feature = "phone")]
pub mod rescue;
pub mod rubric;
pub mod signature;
pub mod sync;
pub mod text;
