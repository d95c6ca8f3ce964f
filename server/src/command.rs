//! The command line: one file for each verb. Only here is anything printed.
//!
//! Output is Chinese by default, English with `--language en`, and one JSON document with `--json`.

mod backup;
mod device;
mod import;
mod init;
mod output;
mod phone;
mod serve;
mod trouble;
mod user;
mod verify;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

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
    /// Take Excel files in.
    Import(import::Import),
    /// Prove the data anew: signatures, chains, documents, seals, grades, ledger.
    Verify(verify::Verify),
    /// Copy the data into one file while the server goes on.
    Backup(backup::Backup),
    /// Put a backup into an empty data folder.
    Restore(backup::Restore),
    /// The phone in a terminal.
    Phone(crate::phone_cli::PhoneArgs),
}

impl Cli {
    /// Does what the command line says.
    pub fn run(self) -> ExitCode {
        let mut output = Output::new(self.common.json, self.common.language.as_deref());
        let done = match self.verb {
            Verb::Serve(verb) => verb.run(&self.common, &mut output),
            Verb::Init(verb) => verb.run(&self.common, &mut output),
            Verb::User(verb) => verb.run(&self.common, &mut output),
            Verb::Device(verb) => verb.run(&self.common, &mut output),
            Verb::Import(verb) => verb.run(&self.common, &mut output),
            Verb::Verify(verb) => verb.run(&self.common, &mut output),
            Verb::Backup(verb) => verb.run(&self.common, &mut output),
            Verb::Restore(verb) => verb.run(&self.common, &mut output),
            Verb::Phone(args) => phone::run(&args, &mut output),
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
        settings.argument("language", self.language.as_ref());
        for (key, value) in arguments {
            settings.argument(key, value.as_ref());
        }
        Config::read(settings)
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
}
