//! What the command line prints.
#![expect(clippy::print_stderr, reason = "this is where the program speaks")]

use std::io::Write;
use std::process::ExitCode;

use serde::Serialize;
use tingfang_core::text::{Language, sentence};

use super::trouble::Trouble;

/// Where a verb speaks: sentences in the chosen language, or JSON.
#[derive(Clone, Copy, Debug)]
pub struct Output {
    json: bool,
    language: Language,
}

impl Output {
    /// Output in this form and language.
    pub const fn new(json: bool, language: Language) -> Self {
        Self { json, language }
    }

    /// Goes on in this language.
    pub const fn speak(&mut self, language: Language) {
        self.language = language;
    }

    /// The language of the sentences.
    pub const fn language(&self) -> Language {
        self.language
    }

    /// Whether the output is JSON.
    pub const fn is_json(&self) -> bool {
        self.json
    }

    /// Says a sentence of the locale section `command`; nothing when the output is JSON.
    pub fn say(&self, key: &str, values: &[(&str, &str)]) {
        self.line(&sentence(self.language, "command", key, values));
    }

    /// Prints a line; nothing when the output is JSON.
    pub fn line(&self, text: &str) {
        if !self.json {
            // Somebody who reads only the first lines closes the pipe; that is no failure.
            let _ = writeln!(std::io::stdout(), "{text}");
        }
    }

    /// Prints the one JSON document; nothing when the output is sentences.
    pub fn document(&self, value: &impl Serialize) {
        if self.json {
            match serde_json::to_string(value) {
                Ok(text) => {
                    let _ = writeln!(std::io::stdout(), "{text}");
                }
                Err(error) => eprintln!("{error}"),
            }
        }
    }

    /// Says what went wrong, with the fix, and gives the exit code.
    pub fn trouble(&self, trouble: &Trouble) -> ExitCode {
        if self.json {
            self.document(&trouble.document());
        } else {
            for (index, line) in trouble.lines(self.language).iter().enumerate() {
                let key = if index == 0 { "trouble" } else { "trouble_more" };
                eprintln!("{}", sentence(self.language, "command", key, &[("text", line)]));
            }
        }
        ExitCode::FAILURE
    }
}
