//! Help, and what is wrong with arguments, in the language that was asked for.
//!
//! The texts stand in the locale: `help` has one for each verb and argument, `help_word` the words
//! that the parser itself writes, `argument_problem` the sentences about arguments.
#![expect(clippy::print_stderr, clippy::print_stdout, reason = "this is where the program speaks")]

use std::ffi::OsString;
use std::process::ExitCode;

use clap::Command;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use tingfang_core::text::{Language, label, sentence};

/// What the parser writes by itself, with its key in `help_word`.
const WORDS: &[(&str, &str)] = &[
    ("[OPTIONS]", "options_place"),
    ("<COMMAND>", "command_place"),
    ("Usage:", "usage"),
    ("Commands:", "commands"),
    ("Arguments:", "arguments"),
    ("Options:", "options"),
    ("[default: ", "default"),
    ("[env: ", "environment"),
    ("[possible values: ", "possible"),
    ("Print help", "help"),
    ("Print version", "version"),
];

/// The language that the arguments ask for, or else the environment. An unknown one is reported when
/// the settings are read.
pub(super) fn language_of(arguments: &[OsString]) -> Language {
    let texts: Vec<&str> = arguments.iter().filter_map(|argument| argument.to_str()).collect();
    let beside = texts.windows(2).find(|pair| pair[0] == "--language").map(|pair| pair[1].to_owned());
    let joined = || texts.iter().find_map(|text| text.strip_prefix("--language=")).map(str::to_owned);
    let wanted = beside.or_else(joined).or_else(|| std::env::var("TINGFANG_LANGUAGE").ok());
    if wanted.as_deref() == Some("en") { Language::En } else { Language::Zh }
}

/// The command with its texts in this language.
pub(super) fn localised(command: Command, language: Language) -> Command {
    with_texts(command.disable_help_subcommand(true), "", language)
}

fn with_texts(command: Command, path: &str, language: Language) -> Command {
    let key = if path.is_empty() { "about" } else { path };
    let mut command = command.about(text(language, key)).long_about(None::<&str>);
    let arguments: Vec<String> = command.get_arguments().map(|found| found.get_id().to_string()).collect();
    for name in arguments {
        let key = join(path, &name);
        command =
            command.mut_arg(&name, |argument| argument.help(text(language, &key)).long_help(None::<&str>));
    }
    let verbs: Vec<String> = command.get_subcommands().map(|found| found.get_name().to_owned()).collect();
    for name in verbs {
        let path = join(path, &name);
        command = command.mut_subcommand(&name, |verb| with_texts(verb, &path, language));
    }
    command
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

fn text(language: Language, key: &str) -> &'static str {
    label(language, "help", key).unwrap_or("")
}

/// Tells what the parser has to say: help, or what is wrong.
pub(super) fn tell(error: &clap::Error, language: Language) -> ExitCode {
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            print!("{}", in_words(&error.render().to_string(), language));
            ExitCode::SUCCESS
        }
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            eprint!("{}", in_words(&error.render().to_string(), language));
            usage_error()
        }
        _ => {
            let line = problem(error, language);
            eprintln!("{}", sentence(language, "command", "trouble", &[("text", &line)]));
            usage_error()
        }
    }
}

/// The exit code that the parser itself would give.
fn usage_error() -> ExitCode {
    ExitCode::from(2)
}

fn in_words(text: &str, language: Language) -> String {
    let mut text = text.to_owned();
    for (word, key) in WORDS {
        text = text.replace(word, label(language, "help_word", key).unwrap_or(word));
    }
    text
}

/// What is wrong with the arguments, and what would be right.
fn problem(error: &clap::Error, language: Language) -> String {
    let list = label(language, "phone", "list").unwrap_or(", ");
    let context = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => text.clone(),
        Some(ContextValue::Strings(texts)) => texts.join(list),
        Some(ContextValue::Number(number)) => number.to_string(),
        _ => String::new(),
    };
    let argument = context(ContextKind::InvalidArg);
    let value = context(ContextKind::InvalidValue);
    let key = match error.kind() {
        ErrorKind::UnknownArgument => "unknown",
        ErrorKind::InvalidSubcommand => "verb",
        ErrorKind::MissingSubcommand => "verb_missing",
        ErrorKind::MissingRequiredArgument => "missing",
        ErrorKind::ArgumentConflict if context(ContextKind::PriorArg) == argument => "twice",
        ErrorKind::ArgumentConflict => "conflict",
        ErrorKind::InvalidValue if value.is_empty() => "no_value",
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => "value",
        _ => "other",
    };
    let cause = std::error::Error::source(error).map(ToString::to_string).unwrap_or_default();
    let valid = [context(ContextKind::ValidValue), cause].into_iter().find(|text| !text.is_empty());
    let verb = context(ContextKind::InvalidSubcommand);
    let verbs = context(ContextKind::ValidSubcommand);
    let other = context(ContextKind::PriorArg);
    let values = [
        ("argument", argument.as_str()),
        ("value", &value),
        ("valid", valid.as_deref().unwrap_or("-")),
        ("verb", &verb),
        ("verbs", &verbs),
        ("other", &other),
        ("kind", &error.kind().to_string()),
    ];
    sentence(language, "argument_problem", key, &values)
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory, FromArgMatches};

    use super::*;
    use crate::command::Cli;

    const LANGUAGES: [Language; 2] = [Language::Zh, Language::En];

    fn keys(command: &Command, path: &str, found: &mut Vec<String>) {
        found.push(if path.is_empty() { "about".to_owned() } else { path.to_owned() });
        found.extend(command.get_arguments().map(|argument| join(path, argument.get_id().as_str())));
        for verb in command.get_subcommands() {
            keys(verb, &join(path, verb.get_name()), found);
        }
    }

    #[test]
    fn every_verb_and_argument_has_its_help_in_both_languages() {
        let mut wanted = Vec::new();
        keys(&Cli::command(), "", &mut wanted);
        assert!(wanted.len() > 60, "{wanted:?}");
        let missing: Vec<&String> = wanted
            .iter()
            .filter(|key| LANGUAGES.iter().any(|language| label(*language, "help", key).is_none()))
            .collect();
        assert!(missing.is_empty(), "[help] lacks {missing:?}");
    }

    fn refused(arguments: &[&str]) -> clap::Error {
        localised(Cli::command(), Language::Zh)
            .try_get_matches_from(arguments)
            .and_then(|matches| Cli::from_arg_matches(&matches))
            .expect_err("not taken")
    }

    #[test]
    fn help_is_in_the_language_that_was_asked_for() {
        let ascii_words = |text: &str| text.contains("Usage") || text.contains("Options");
        for arguments in [&["tingfang", "--help"][..], &["tingfang", "phone", "edit", "--help"]] {
            let help = in_words(&refused(arguments).render().to_string(), Language::Zh);
            assert!(!ascii_words(&help) && help.contains("用法"), "{help}");
        }
        let asked = |text: &str| language_of(&[OsString::from("tingfang"), OsString::from(text)]);
        assert_eq!(asked("--language=en"), Language::En);
    }

    #[test]
    fn what_is_wrong_with_arguments_is_told_in_both_languages() {
        let wrong: [&[&str]; 8] = [
            &["tingfang", "serv"],
            &["tingfang", "serve", "--lissten", "x"],
            &["tingfang", "import", "cases"],
            &["tingfang", "import", "casess", "--file", "x"],
            &["tingfang", "init", "--level", "moon"],
            &["tingfang", "verify", "--data"],
            &["tingfang", "verify", "--data", "a", "--data", "b"],
            &["tingfang", "phone", "resolve", "r", "f", "v", "--other", "w"],
        ];
        for arguments in wrong {
            let error = refused(arguments);
            let (zh, en) = (problem(&error, Language::Zh), problem(&error, Language::En));
            assert_ne!(zh, en, "{arguments:?}");
            for text in [&zh, &en] {
                assert!(!text.contains(['{', '}']) && text.len() > 10, "{arguments:?}: {text}");
            }
            assert!(!en.starts_with("These arguments"), "{arguments:?} has no sentence of its own: {en}");
        }
    }
}
