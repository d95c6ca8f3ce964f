//! `tingfang phone …`: the same core as a phone app, in a terminal.
//!
//! A folder takes the place of a phone: the store, the profile and the key file lie in it. Every
//! command opens the store, does one thing, and ends; what it did is on the disk by then. Only
//! `enrol` and `sync` need a network.

mod attachments;
mod checkpoint;
mod field_work;
mod home;
mod pin;
mod problem;
mod reference;
mod render;
mod transport;
mod work;

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use tingfang_core::phone::Phone;
use tingfang_core::text::Language;

pub use problem::PhoneCliError;
pub(crate) use problem::causes;
pub use transport::TransportError;

/// What `tingfang phone` takes.
#[derive(Args, Debug)]
pub struct PhoneArgs {
    /// The folder that takes the place of a phone.
    #[arg(long, env = "TINGFANG_PHONE", default_value = "phone")]
    dir: PathBuf,
    /// Another policy than the shipped one: what a tampered phone would carry. The server judges by
    /// its own.
    #[arg(long, global = true, hide = true)]
    policy: Option<PathBuf>,
    /// The phone's PIN, where it has one.
    #[arg(long, global = true, env = "TINGFANG_PHONE_PIN", hide_env_values = true)]
    pin: Option<String>,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand, Debug)]
enum Verb {
    /// Enrols the phone with a one-time code.
    Enrol {
        /// Where the server is, for instance http://127.0.0.1:8080.
        #[arg(long)]
        server: String,
        /// The one-time code.
        #[arg(long)]
        code: String,
        /// What its owner calls the phone.
        #[arg(long, default_value = "terminal")]
        name: String,
        /// The server's key fingerprint as its console shows it; checked when given.
        #[arg(long)]
        fingerprint: Option<String>,
    },
    /// Sends what waits and reads what is new.
    Sync,
    /// Lists the tasks.
    Tasks,
    /// Lists records, the last touched first, or those that hold a text.
    List {
        /// The text; two Chinese characters are enough.
        #[arg(long)]
        search: Option<String>,
        /// How many at most.
        #[arg(long, default_value_t = 50)]
        limit: u32,
    },
    /// Shows a record.
    Show {
        /// The record: its id or the beginning of it.
        record: String,
    },
    /// Starts the record that a task asks for, or finds the one that is there.
    Record {
        /// The task: its number in the list, or its id or the beginning of it.
        #[arg(required_unless_present = "without_task", conflicts_with = "without_task")]
        task: Option<String>,
        /// Starts a record that no task asks for; a manager links it later.
        #[arg(long, requires = "kind")]
        without_task: bool,
        /// The kind, when the task asks for several: attendance, observer_sheet, …
        #[arg(long)]
        kind: Option<String>,
        /// The case, when the task is about several: its number or its id.
        #[arg(long)]
        case: Option<String>,
        /// The undertaker, when the case has several: the name or the id.
        #[arg(long)]
        undertaker: Option<String>,
        /// The observer whose paper sheet is entered.
        #[arg(long)]
        for_observer: Option<String>,
    },
    /// Writes into a record.
    Edit {
        /// The record.
        record: String,
        /// Sets a field: facts/outcome=attended. `self` stands for the owner in a path.
        #[arg(long = "set", value_name = "FIELD=VALUE")]
        set: Vec<String>,
        /// Empties a field.
        #[arg(long = "clear", value_name = "FIELD")]
        clear: Vec<String>,
        /// Adds an entry: findings:defect=manners,severity=hint,text=… A comma inside a value stays
        /// when no known field follows it.
        #[arg(long = "add", value_name = "LIST:FIELD=VALUE,…")]
        add: Vec<String>,
        /// Appends to a long text: narrative=…
        #[arg(long = "append", value_name = "TEXT=…")]
        append: Vec<String>,
    },
    /// Lists fields with several values, of one record or of all.
    Conflicts {
        /// The record.
        record: Option<String>,
    },
    /// Settles a conflict.
    Resolve {
        /// The record.
        record: String,
        /// The field.
        field: String,
        /// The value that holds, one of those that stand against each other.
        #[arg(required_unless_present = "other", conflicts_with = "other")]
        value: Option<String>,
        /// A value that nobody wrote.
        #[arg(long, value_name = "VALUE")]
        other: Option<String>,
    },
    /// Attaches a file to a record.
    Attach {
        /// The record.
        record: String,
        /// The file.
        file: PathBuf,
        /// What it shows: `scan`, `photo`, `sound` or `paper`.
        #[arg(long, default_value = "scan")]
        purpose: String,
        /// Its format, for instance image/jpeg; told by the ending when left out.
        #[arg(long)]
        r#type: Option<String>,
    },
    /// Lists the attachments of a record.
    Files {
        /// The record.
        record: String,
    },
    /// Fetches an attachment that is not on this phone.
    Fetch {
        /// The record.
        record: String,
        /// The digest of the file, or its beginning.
        digest: String,
        /// The file to write.
        #[arg(long, value_name = "FILE")]
        to: PathBuf,
    },
    /// Seals a record.
    Seal {
        /// The record.
        record: String,
    },
    /// Confirms that a clerk's transcript is what you wrote on paper.
    Confirm {
        /// The record.
        record: String,
    },
    /// Shows how the recipients of a task are reached: the rules of safe contact first.
    Contacts {
        /// The task.
        task: String,
        /// You have read the rules, and want the numbers.
        #[arg(long)]
        rules_read: bool,
    },
    /// Says that a task cannot be done, is put off, or that somebody did not come.
    Report {
        /// The task.
        task: String,
        /// What is reported: `impossible`, `postponed` or `member_absent`.
        kind: String,
        /// Why.
        #[arg(long)]
        reason: String,
        /// Until when it is put off.
        #[arg(long)]
        until: Option<String>,
        /// Who did not come.
        #[arg(long)]
        absent: Option<String>,
    },
    /// Lists the records that were returned to you with notes.
    Returned,
    /// Begins an amendment of a sealed record.
    Amend {
        /// The record.
        record: String,
        /// Why.
        #[arg(long)]
        reason: String,
    },
    /// Lists what the server did not accept, with the text to copy.
    Refused,
    /// Shows the state of sync.
    Status,
    /// Shows the checkpoint of the server's audit log, or compares it with another's.
    Checkpoint {
        /// A file with what another phone or a bulletin shows.
        #[arg(long, value_name = "FILE")]
        compare: Option<std::path::PathBuf>,
    },
    /// Writes everything that the server does not have into a file, for when it cannot be reached any more.
    Rescue {
        /// The file; it must not exist.
        file: PathBuf,
    },
    /// Gives the phone a PIN, or takes it away.
    SetPin {
        /// The new PIN.
        #[arg(required_unless_present = "none", conflicts_with = "none")]
        new: Option<String>,
        /// Takes it away.
        #[arg(long)]
        none: bool,
    },
    /// Asks the centre to open a phone whose PIN was forgotten or whose keys are lost.
    ForgottenPin,
    /// Takes the centre's answer: the phone opens without a PIN.
    Recover {
        /// The file with the answer.
        answer: PathBuf,
    },
    /// Shows the evidence and default scores of a task's cases, as the server sent them.
    Evidence {
        /// The task.
        task: String,
        /// The case, when the task is about several.
        #[arg(long)]
        case: Option<String>,
        /// The undertaker, when the case has several.
        #[arg(long)]
        undertaker: Option<String>,
    },
    /// Writes a record as a standard Automerge file.
    Save {
        /// The record.
        record: String,
        /// The file.
        file: PathBuf,
    },
}

/// What a command says: the same thing for people and for scripts.
pub struct Answer {
    /// For people.
    pub text: String,
    /// For scripts.
    pub json: serde_json::Value,
}

/// Opens the phone of a folder that has no PIN, for who means to do much with it, as a benchmark does.
///
/// # Errors
/// When the folder is no enrolled phone, or its store cannot be opened.
pub fn open(folder: &Path) -> Result<Phone, PhoneCliError> {
    Ok(home::Home::new(folder.to_owned()).open(None)?.phone)
}

/// Runs one command.
///
/// # Errors
/// When it did not do its work; then nothing was written.
pub fn run(args: &PhoneArgs, language: Language) -> Result<Answer, PhoneCliError> {
    let home = home::Home::new(args.dir.clone());
    if let Verb::Enrol { server, code, name, fingerprint } = &args.verb {
        return work::enrol(&home, language, server, code, name, fingerprint.as_deref());
    }
    match &args.verb {
        Verb::ForgottenPin => return pin::request(&home, language),
        Verb::Recover { answer } => return pin::recover(&home, answer, language),
        _ => {}
    }
    let mut open = home.open(args.pin.as_deref())?;
    if let Some(path) = &args.policy {
        open.phone.use_policy(Some(home::read_policy(path)?))?;
    }
    let mut desk = work::Desk { phone: open.phone, connection: open.connection, language };
    match &args.verb {
        Verb::Enrol { .. } | Verb::ForgottenPin | Verb::Recover { .. } => unreachable!("handled above"),
        Verb::Rescue { file } => desk.rescue(file),
        Verb::SetPin { new, .. } => desk.set_pin(new.as_deref()),
        Verb::Sync => desk.sync(),
        Verb::Tasks => desk.tasks(),
        Verb::List { search, limit } => desk.list(search.as_deref(), *limit),
        Verb::Show { record } => desk.show(record),
        Verb::Record { task: None, kind, .. } => {
            desk.record_without_task(kind.as_deref().unwrap_or_default())
        }
        Verb::Record { task: Some(task), kind, case, undertaker, for_observer, .. } => desk.record(
            task,
            kind.as_deref(),
            (case.as_deref(), undertaker.as_deref()),
            for_observer.as_deref(),
        ),
        Verb::Edit { record, set, clear, add, append } => desk.edit(record, set, clear, add, append),
        Verb::Conflicts { record } => desk.conflicts(record.as_deref()),
        Verb::Resolve { record, field, value, other } => {
            desk.resolve(record, field, value.as_deref(), other.as_deref())
        }
        Verb::Attach { record, file, purpose, r#type } => {
            desk.attach(record, file, purpose, r#type.as_deref())
        }
        Verb::Files { record } => desk.files(record),
        Verb::Fetch { record, digest, to } => desk.fetch(record, digest, to),
        Verb::Seal { record } => desk.seal(record),
        Verb::Confirm { record } => desk.confirm(record),
        Verb::Contacts { task, rules_read } => desk.contacts(task, *rules_read),
        Verb::Report { task, kind, reason, until, absent } => {
            desk.report(task, kind, reason, until.as_deref(), absent.as_deref())
        }
        Verb::Returned => desk.returned(),
        Verb::Amend { record, reason } => desk.amend(record, reason),
        Verb::Refused => desk.refused(),
        Verb::Status => desk.status(),
        Verb::Checkpoint { compare: None } => desk.checkpoint(),
        Verb::Checkpoint { compare: Some(file) } => desk.compare_checkpoint(file),
        Verb::Evidence { task, case, undertaker } => {
            desk.evidence(task, case.as_deref(), undertaker.as_deref())
        }
        Verb::Save { record, file } => desk.save(record, file),
    }
}
