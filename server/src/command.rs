//! The command line: one file for each verb. Only here is anything printed.
//!
//! Output is Chinese by default, English with `--language en`, and one JSON document with `--json`.

mod backup;
mod copy;
mod device;
mod help;
mod import;
mod init;
mod migrate;
mod output;
mod phone;
mod policy;
mod recovery;
mod rescue;
mod serve;
mod trouble;
mod user;
mod verify;

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand};
use tingfang_core::text::Language;

use crate::app::App;
use crate::config::{Config, ConfigProblems, Settings, environment};

pub use output::Output;
pub use trouble::Trouble;

/// 听访: field supervision of legal aid quality.
#[derive(Debug, Parser)]
#[command(name = "tingfang", version, about)]
pub struct Cli {
    #[command(flatten)]
    common: Common,
    #[command(subcommand)]
    verb: Verb,
}

/// What every verb takes.
#[derive(Debug, Args)]
pub struct Common {
    /// The folder that holds everything.
    #[arg(long, global = true, value_name = "DIR")]
    data: Option<PathBuf>,
    /// The database: sqlite:FOLDER or postgres://…; without it, the file in the data folder.
    #[arg(long, global = true, value_name = "URL")]
    database: Option<String>,
    /// A configuration file (TOML).
    #[arg(long, global = true, value_name = "FILE", env = "TINGFANG_CONFIG")]
    config: Option<PathBuf>,
    /// The language of the output: zh or en.
    #[arg(long, global = true, value_name = "LANGUAGE")]
    language: Option<String>,
    /// Print one JSON document instead of sentences.
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Serve phones and consoles.
    Serve(serve::Serve),
    /// Fill a fresh data folder: tenant, organisation, first administrator.
    Init(init::Init),
    /// Add people and set passwords.
    #[command(subcommand)]
    User(user::User),
    /// Enrol phones.
    #[command(subcommand)]
    Device(device::Device),
    /// Open phones whose PIN was forgotten or whose keys are lost.
    #[command(subcommand)]
    Recovery(recovery::Recovery),
    /// See and change who may write what.
    #[command(subcommand)]
    Policy(policy::Policy),
    /// Take Excel files in.
    Import(import::Import),
    /// Prove the data anew: signatures, chains, documents, seals, grades, ledger.
    Verify(verify::Verify),
    /// Copy the data into one file while the server goes on.
    Backup(backup::Backup),
    /// Put a backup into an empty data folder.
    Restore(backup::Restore),
    /// Bring the schema of the data up to date.
    Migrate(migrate::Migrate),
    /// Copy everything into another database, and prove that it is alike.
    Copy(copy::Copy),
    /// The phone in a terminal.
    Phone(crate::phone_cli::PhoneArgs),
}

impl Cli {
    /// Reads the arguments. Help, and what is wrong with them, is told in the language that they ask
    /// for, or the environment; then there is nothing to run but an exit code.
    ///
    /// # Errors
    /// When help was asked for or the arguments mean nothing.
    pub fn from_arguments(arguments: Vec<OsString>) -> Result<Self, ExitCode> {
        let language = help::language_of(&arguments);
        help::localised(Self::command(), language)
            .try_get_matches_from(arguments)
            .and_then(|matches| Self::from_arg_matches(&matches))
            .map_err(|error| help::tell(&error, language))
    }

    /// Does what the command line says.
    pub fn run(self) -> ExitCode {
        // A language that is wrong is told in the usual one.
        let language = self.common.language();
        let mut output = Output::new(self.common.json, language.clone().unwrap_or_default());
        let done = match self.verb {
            Verb::Serve(verb) => verb.run(&self.common, &mut output),
            Verb::Init(verb) => verb.run(&self.common, &mut output),
            Verb::User(verb) => verb.run(&self.common, &mut output),
            Verb::Device(verb) => verb.run(&self.common, &mut output),
            Verb::Recovery(verb) => verb.run(&self.common, &mut output),
            Verb::Policy(verb) => verb.run(&self.common, &mut output),
            Verb::Import(verb) => verb.run(&self.common, &mut output),
            Verb::Verify(verb) => verb.run(&self.common, &mut output),
            Verb::Backup(verb) => verb.run(&self.common, &mut output),
            Verb::Restore(verb) => verb.run(&self.common, &mut output),
            Verb::Migrate(verb) => verb.run(&self.common, &mut output),
            Verb::Copy(verb) => verb.run(&self.common, &mut output),
            Verb::Phone(args) => language.map_err(Trouble::from).and_then(|_| phone::run(&args, &mut output)),
        };
        match done {
            Ok(()) => ExitCode::SUCCESS,
            Err(trouble) => output.trouble(&trouble),
        }
    }
}

impl Common {
    /// The configuration, with further arguments of a verb.
    ///
    /// # Errors
    /// Every problem of every source, together.
    pub fn config(&self, arguments: &[(&str, Option<String>)]) -> Result<Config, ConfigProblems> {
        Config::read(self.settings(arguments))
    }

    fn settings(&self, arguments: &[(&str, Option<String>)]) -> Settings {
        let mut settings = Settings::default();
        if let Some(file) = &self.config {
            let name = file.display().to_string();
            match std::fs::read_to_string(file) {
                Ok(text) => settings.file(&name, &text),
                Err(error) => settings.unreadable(&name, error.to_string()),
            }
        }
        settings.variables(&environment());
        settings.argument("data", self.data.as_ref().map(|folder| folder.display().to_string()));
        settings.argument("database", self.database.as_ref());
        settings.argument("language", self.language.as_ref());
        for (key, value) in arguments {
            settings.argument(key, value.as_ref());
        }
        settings
    }

    /// The application over an initialised data folder; output goes on in its language.
    ///
    /// # Errors
    /// When the configuration is wrong or the folder cannot be opened.
    pub fn app(&self, output: &mut Output) -> Result<App, Trouble> {
        let config = self.config(&[])?;
        output.speak(config.language);
        Ok(App::open(config)?)
    }

    /// The same, to read the folder as it is.
    ///
    /// # Errors
    /// As [`Common::app`], and when the folder was written by an older program.
    pub fn app_to_read(&self, output: &mut Output) -> Result<App, Trouble> {
        let config = self.config(&[])?;
        output.speak(config.language);
        Ok(App::open_to_read(config)?)
    }

    /// The language alone, for the phone, which has no other setting.
    ///
    /// # Errors
    /// When no such language is known.
    pub fn language(&self) -> Result<Language, ConfigProblems> {
        Config::language_of(self.settings(&[]))
    }
}
