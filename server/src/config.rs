//! Configuration: defaults, a TOML file, `TINGFANG_…` variables and the command line, in this
//! order; the later wins. Read once at the start, and every problem is reported together.
//!
//! One folder is enough: everything else has a default.

mod setting;

use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;

use tingfang_core::recovery::RecoveryKey;
use tingfang_core::text::Language;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;

use crate::db::Place;
use crate::files::FilesPlace;
use crate::identity::token::from_hex;

pub use setting::{ConfigFault, ConfigProblem, ConfigProblems, Settings};

/// A value that is never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Keeps the text from being printed.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(secret)")
    }
}

/// Everything that an operator may set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// `data`: the folder that holds everything.
    pub data: PathBuf,
    /// `database`: where the rows lie; the file in the data folder unless it is said otherwise.
    pub database: Place,
    /// `files`: where attached files lie; the folder `files` in the data folder unless it is said otherwise.
    pub files: FilesPlace,
    /// `listen`: address and port.
    pub listen: SocketAddr,
    /// `public_url`: where phones reach the server; stands in enrolment codes.
    pub public_url: String,
    /// `language`: of the command line's output.
    pub language: Language,
    /// `log`: what is logged, in the form of `tracing` filters.
    pub log: String,
    /// `log_json`: whether the log is JSON lines.
    pub log_json: bool,
    /// `body_limit_bytes`: the largest request body of the console API.
    pub body_limit_bytes: usize,
    /// `import_limit_bytes`: the largest Excel file taken over HTTP.
    pub import_limit_bytes: usize,
    /// `request_timeout_s`: how long a request may take, in seconds.
    pub request_timeout_s: u64,
    /// `drain_timeout_s`: how long requests under way may go on when the server is to stop, in
    /// seconds.
    pub drain_timeout_s: u64,
    /// `sign_in.failures`: how many failed sign-ins of one login lock it for a while.
    pub sign_in_failures: u32,
    /// `sign_in.window_s`: for how many seconds a failed sign-in counts.
    pub sign_in_window_s: u32,
    /// `sign_in.at_once`: how many passwords are hashed at once, each in 19 MiB.
    pub sign_in_at_once: u32,
    /// `sign_in.waiting`: how many more may wait for it; others are told to come back.
    pub sign_in_waiting: u32,
    /// `sign_in.patience_s`: for how many seconds they wait at the most.
    pub sign_in_patience_s: u64,
    /// `enrolment.failures`: after how many wrong codes, whoever sends them, more of them are too many.
    pub enrolment_failures: u32,
    /// `enrolment.window_s`: for how many seconds a wrong code counts.
    pub enrolment_window_s: u32,
    /// `sync.burst`: how many requests a phone may make at once, after a rest.
    pub sync_burst: u32,
    /// `sync.per_minute`: how many a phone may make in a minute for ever.
    pub sync_per_minute: u32,
    /// `session_hours`: how long a session lasts.
    pub session_hours: u32,
    /// `lease_days`: after how many days without the server a phone locks; 0 for never.
    pub lease_days: u32,
    /// `recovery_key`: the public half of the centre's recovery key, in hexadecimal digits; empty for none.
    pub recovery_key: Option<RecoveryKey>,
    /// `enrolment_hours`: how long an enrolment code may be used.
    pub enrolment_hours: u32,
    /// `verify_every_hours`: after how many hours the server proves its data anew by itself; 0 for never.
    pub verify_every_hours: u32,
    /// `admin_password`: the first administrator's password, for `init` without a terminal.
    pub admin_password: Option<Secret>,
}

impl Config {
    /// Puts the configuration together.
    ///
    /// # Errors
    /// Every problem of every source, together.
    pub fn read(mut settings: Settings) -> Result<Self, ConfigProblems> {
        let data: PathBuf = settings.take("data", "tingfang-data", |text| Some(PathBuf::from(text)));
        let listen: SocketAddr = settings.take("listen", "127.0.0.1:8040", |text| text.parse().ok());
        let own = format!("sqlite:{}", data.display());
        let database = settings.take_hidden("database", &own, |text| text.parse().ok());
        let own = data.join("files").display().to_string();
        let files = settings.take("files", &own, |text| text.parse().ok());
        let config = Self {
            data,
            database,
            files,
            listen,
            public_url: settings.take("public_url", &format!("http://{listen}"), |text| {
                text.starts_with("http").then(|| text.trim_end_matches('/').to_owned())
            }),
            language: settings.take("language", "zh", language),
            log: settings.take("log", "info", |text| is_filter(text).then(|| text.to_owned())),
            log_json: settings.take("log_json", "false", |text| text.parse().ok()),
            body_limit_bytes: settings.take("body_limit_bytes", "1048576", positive),
            import_limit_bytes: settings.take("import_limit_bytes", "33554432", positive),
            request_timeout_s: settings.take("request_timeout_s", "60", positive),
            drain_timeout_s: settings.take("drain_timeout_s", "20", positive),
            sign_in_failures: settings.take("sign_in.failures", "5", positive),
            sign_in_window_s: settings.take("sign_in.window_s", "900", positive),
            sign_in_at_once: settings.take("sign_in.at_once", "4", positive),
            sign_in_waiting: settings.take("sign_in.waiting", "32", |text| text.parse().ok()),
            sign_in_patience_s: settings.take("sign_in.patience_s", "5", positive),
            enrolment_failures: settings.take("enrolment.failures", "30", positive),
            enrolment_window_s: settings.take("enrolment.window_s", "300", positive),
            sync_burst: settings.take("sync.burst", "600", positive),
            sync_per_minute: settings.take("sync.per_minute", "120", positive),
            session_hours: settings.take("session_hours", "12", positive),
            lease_days: settings.take("lease_days", "30", |text| text.parse().ok()),
            recovery_key: settings.take("recovery_key", "", recovery_key),
            enrolment_hours: settings.take("enrolment_hours", "48", positive),
            verify_every_hours: settings.take("verify_every_hours", "24", |text| text.parse().ok()),
            admin_password: settings.take_secret("admin_password"),
        };
        settings.finish(config)
    }

    /// The language alone, whatever the other settings say.
    ///
    /// # Errors
    /// When it is none that is known.
    pub fn language_of(mut settings: Settings) -> Result<Language, ConfigProblems> {
        let language = settings.take("language", "zh", language);
        settings.finish_early("language", language)
    }

    /// A configuration of defaults for this folder.
    pub fn for_folder(data: impl Into<PathBuf>) -> Self {
        let mut config = Self::read(Settings::default()).expect("the defaults are sound");
        config.data = data.into();
        config.database = Place::in_folder(&config.data);
        config.files = FilesPlace::Folder(config.data.join("files"));
        config
    }
}

fn recovery_key(text: &str) -> Option<Option<RecoveryKey>> {
    if text.is_empty() {
        return Some(None);
    }
    let key = from_hex(text).and_then(|bytes| <[u8; 32]>::try_from(bytes).ok())?;
    Some(Some(RecoveryKey(key)))
}

fn language(text: &str) -> Option<Language> {
    match text {
        "zh" => Some(Language::Zh),
        "en" => Some(Language::En),
        _ => None,
    }
}

/// Whether a text is a filter of logs. A lone word that is no level would be read as the name of a
/// module, and silence everything else.
fn is_filter(text: &str) -> bool {
    let lone_words = text.split(',').map(str::trim).filter(|part| !part.contains(['=', '[', ':']));
    lone_words.clone().all(|word| !word.is_empty() && word.parse::<LevelFilter>().is_ok())
        && EnvFilter::try_new(text).is_ok()
}

fn positive<T: std::str::FromStr + PartialOrd + Default>(text: &str) -> Option<T> {
    text.parse().ok().filter(|number| *number > T::default())
}

/// The `TINGFANG_…` variables of the environment.
pub fn environment() -> BTreeMap<String, String> {
    std::env::vars().filter(|(name, _)| name.starts_with(setting::PREFIX)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_later_source_wins() {
        let mut settings = Settings::default();
        settings
            .file("tingfang.toml", "listen = \"127.0.0.1:1\"\nsession_hours = 3\n[sign_in]\nfailures = 9");
        settings.variables(&BTreeMap::from([
            ("TINGFANG_LISTEN".to_owned(), "127.0.0.1:2".to_owned()),
            ("TINGFANG_SIGN_IN_WINDOW_S".to_owned(), "60".to_owned()),
            ("TINGFANG_SYNC_PER_MINUTE".to_owned(), "30".to_owned()),
        ]));
        settings.argument("data", Some("/srv/tingfang"));
        settings.argument("listen", None::<&str>);
        let config = Config::read(settings).expect("sound");
        assert_eq!(config.listen.port(), 2);
        assert_eq!(config.public_url, "http://127.0.0.1:2");
        assert_eq!((config.session_hours, config.sign_in_failures, config.sign_in_window_s), (3, 9, 60));
        assert_eq!((config.sync_burst, config.sync_per_minute), (600, 30));
        assert_eq!(config.database, Place::File("/srv/tingfang/tingfang.db".into()));
    }

    #[test]
    fn every_problem_is_reported_together() {
        let mut settings = Settings::default();
        settings.file("tingfang.toml", "lissten = 1\nsession_hours = 0\nlanguage = \"fr\"");
        settings.variables(&BTreeMap::from([("TINGFANG_DATTA".to_owned(), "x".to_owned())]));
        let problems = Config::read(settings).expect_err("four problems");
        let text = problems.to_string();
        for part in ["lissten", "session_hours", "language", "TINGFANG_DATTA", "tingfang.toml", "zh or en"] {
            assert!(text.contains(part), "{part} is missing in: {text}");
        }
        assert_eq!(problems.0.len(), 4, "{text}");
    }

    #[test]
    fn a_filter_of_logs_that_means_nothing_is_reported() {
        for (text, sound) in [("info", true), ("warn,tingfang_server=debug", true), ("off", true)]
            .into_iter()
            .chain([("inof", false), ("info,tingfang_server=lots", false), ("", false)])
        {
            let mut settings = Settings::default();
            settings.variables(&BTreeMap::from([("TINGFANG_LOG".to_owned(), text.to_owned())]));
            let read = Config::read(settings);
            assert_eq!(read.is_ok(), sound, "{text:?}: {read:?}");
        }
    }

    #[test]
    fn the_variables_of_tests_are_no_settings() {
        let mut settings = Settings::default();
        settings.variables(&BTreeMap::from([("TINGFANG_TEST_PROGRAM".to_owned(), "x".to_owned())]));
        Config::read(settings).expect("they are the tests' own");
    }

    #[test]
    fn the_language_alone_minds_no_other_setting_but_is_understood() {
        let language = |name: &str| {
            let mut settings = Settings::default();
            settings.file("tingfang.toml", "lissten = 1\nlanguage = \"zh\"");
            settings.variables(&BTreeMap::from([("TINGFANG_LANGUAGE".to_owned(), name.to_owned())]));
            Config::language_of(settings)
        };
        assert_eq!(language("en"), Ok(Language::En));
        let problems = language("xx").expect_err("none that is known");
        assert_eq!(problems.0.len(), 1, "{problems}");
        assert!(problems.to_string().contains("TINGFANG_LANGUAGE"), "{problems}");
    }

    #[test]
    fn a_secret_is_never_printed() {
        let mut settings = Settings::default();
        settings
            .variables(&BTreeMap::from([("TINGFANG_ADMIN_PASSWORD".to_owned(), "open sesame".to_owned())]));
        let config = Config::read(settings).expect("sound");
        assert_eq!(config.admin_password.as_ref().map(Secret::expose), Some("open sesame"));
        assert!(!format!("{config:?}").contains("sesame"));
    }
}
