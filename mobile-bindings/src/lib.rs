//! Tingfang on a phone: records that are complete and useful without a network for weeks.
//!
//! One object does the work, [`Tingfang`]; everything else is a value. An app does four things:
//!
//! 1. **Enrol once.** Scan the QR code ([`read_enrolment_code`]), begin an [`Enrolment`], post its
//!    request, hand the server's answer back. Keep the [`Profile`] and the token.
//! 2. **Open** with [`Tingfang::open`], at every start of the app.
//! 3. **Record.** [`Tingfang::tasks`] says what is to be done, [`Tingfang::start`] begins the record
//!    that a task asks for, [`Tingfang::edit`] writes into it, [`Tingfang::show`] shows it,
//!    [`Tingfang::seal`] closes it. None of this needs a network, and all of it is on disk when the
//!    call returns.
//! 4. **Sync** with [`Tingfang::sync`], whenever there is a network, from a background thread. The
//!    HTTP request itself is the app's ([`Transport`]), so that the platform's proxies, certificates
//!    and background rules apply.
//!
//! Calls block for as long as SQLite takes, and may come from any thread; the main thread should
//! leave lists, search and sync to another. Labels of kinds, fields, codes and rules come from
//! [`label`] and [`field_label`]; no code is shown to a person as it is.
//!
//! The names of rules, codes and fields are stable. Fields have paths: `facts/outcome` is a field of
//! a group, `findings/<entry id>/text` one of an entry, `observers/<person id>` a value under a key,
//! `narrative` a long text.

mod enrolment;
mod error;
mod form;
mod host;
mod labels;
mod model;
mod tingfang;

pub use enrolment::{Enrolled, Enrolment, EnrolmentCode, EnrolmentRequest, Profile, read_enrolment_code};
pub use error::TingfangError;
pub use form::{FieldKind, FormField, FormSection, KeyKind, RecordForm, SectionLayout, record_form};
pub use host::{KeyStore, Transport};
pub use labels::{field_label, label};
pub use model::edit::{EntryField, FieldEdit};
pub use model::record::{About, Authorship, Candidate, Conflict, Field, RecordRow, RecordView, RefusedItem};
pub use model::sync::{Compared, Endpoint, SyncProgress, SyncStatus};
pub use model::value::FieldValue;
pub use tingfang::Tingfang;

uniffi::setup_scaffolding!("tingfang");
