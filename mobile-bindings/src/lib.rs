//! Tingfang on a phone: records that are complete and useful without a network for weeks.
//!
//! One object does the work, [`Tingfang`]; almost everything else is a value. An app does four things:
//!
//! 1. **Enrol once.** Scan the QR code and call [`enrol`]. Keep the [`Profile`]; the secrets are in the
//!    app's [`KeyStore`].
//! 2. **Open** with [`Tingfang::open`], at every start of the app.
//! 3. **Record.** [`Tingfang::agenda`] says what is to be done, [`Tingfang::start`] begins the record
//!    that a task asks for, [`Tingfang::edit`] writes into it, [`Tingfang::show`] shows it,
//!    [`Tingfang::seal`] closes it. None of this needs a network, and all of it is on disk when the
//!    call returns.
//! 4. **Sync** with [`Tingfang::start_sync`], whenever there is a network. The HTTP request itself is the
//!    app's ([`Transport`]), so that the platform's proxies, certificates and background rules apply.
//!
//! Calls block for as long as SQLite takes, and may come from any thread. Whoever reads waits for nobody who writes. Of
//! those that write one works at a time, so they also wait while another attaches or exports a file. The main thread
//! should leave long lists and search to another. Whatever waits for a network is a [`SyncTask`], a [`FetchTask`] or an asynchronous function, and runs on threads of the library's own.
//! Labels of kinds, fields, codes and rules come from [`label`] and [`field_label`]; no code is shown to a person
//! as it is.
//!
//! The names of rules, codes and fields are stable. Fields have paths: `facts/outcome` is a field of
//! a group, `findings/<entry id>/text` one of an entry, `observers/<person id>` a value under a key,
//! `narrative` a long text.

mod app_calls;
mod diagnostics;
mod enrolment;
mod error;
mod fetch_task;
mod form;
mod hardware_key;
mod key_store;
mod labels;
mod listener;
mod model;
mod phone;
mod recovery;
mod running;
mod runtime;
mod sync_task;
mod transport;
mod wire;

pub use enrolment::{EnrolmentCode, Profile, enrol, read_enrolment_code};
pub use error::TingfangError;
pub use fetch_task::{FetchListener, FetchTask};
pub use form::{FieldKind, FormField, FormSection, KeyKind, RecordForm, SectionLayout, record_form};
pub use hardware_key::HardwareKey;
pub use key_store::KeyStore;
pub use labels::{field_label, label};
pub use listener::{Change, Listener, Subscription};
pub use model::agenda::{Agenda, AgendaItem};
pub use model::attachment::{Attachment, FetchEnd, FetchProgress, NewAttachment};
pub use model::case::{CaseCard, ChannelMark};
pub use model::contact::Contact;
pub use model::device::{CourtRoom, DeviceStatus, Rescued, Storage};
pub use model::edit::{EntryField, FieldEdit};
pub use model::page::{FoundPage, RefusedPage, ResultPage, ReturnedPage, ToConfirmPage};
pub use model::question::{PossibleAnswer, Question, QuestionAnswer};
pub use model::record::{About, Authorship, Candidate, Conflict, Field, RecordRow, RecordView, RefusedItem};
pub use model::score::{Score, ScoredItem};
pub use model::sync::{Compared, SyncEnd, SyncOptions, SyncProgress, SyncReport, SyncStatus};
pub use model::value::FieldValue;
pub use phone::Tingfang;
pub use recovery::{recover, recovery_request};
pub use sync_task::{SyncListener, SyncTask};
pub use transport::{HttpHeader, HttpReply, HttpRequest, HttpResponse, Transport, TransportFailure};

uniffi::setup_scaffolding!("tingfang");
