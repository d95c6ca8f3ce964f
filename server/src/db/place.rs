//! Where the data lies: one SQLite file in a folder, or a PostgreSQL server.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// The name of the file in its folder.
const FILE: &str = "tingfang.db";

/// A place of data. Shown without its password.
#[derive(Clone, PartialEq, Eq)]
pub enum Place {
    /// A SQLite file.
    File(PathBuf),
    /// A PostgreSQL server, by its URL.
    Postgres(String),
}

/// A text that names no place.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} names no database; write sqlite:FOLDER or postgres://user:password@host:port/name")]
pub struct NoPlace(
    /// What was given, without a password.
    pub String,
);

impl Place {
    /// The SQLite file of a folder.
    pub fn in_folder(folder: &Path) -> Self {
        Self::File(folder.join(FILE))
    }

    /// The file, where it is one.
    pub fn file(&self) -> Option<&Path> {
        match self {
            Self::File(path) => Some(path),
            Self::Postgres(_) => None,
        }
    }
}

impl<P: AsRef<Path> + ?Sized> From<&P> for Place {
    fn from(file: &P) -> Self {
        Self::File(file.as_ref().to_owned())
    }
}

impl FromStr for Place {
    type Err = NoPlace;

    fn from_str(text: &str) -> Result<Self, NoPlace> {
        let no_place = || NoPlace(without_secrets(text).to_owned());
        if let Some(folder) = text.strip_prefix("sqlite:").filter(|folder| !folder.is_empty()) {
            return Ok(Self::in_folder(Path::new(folder)));
        }
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            let config: postgres::Config = text.parse().map_err(|_| no_place())?;
            if config.get_dbname().is_none() || config.get_hosts().is_empty() {
                return Err(no_place());
            }
            return Ok(Self::Postgres(text.to_owned()));
        }
        Err(no_place())
    }
}

/// A URL without what may hold a password: options, and user and password in front of the host.
fn without_secrets(url: &str) -> &str {
    let place = url.split('?').next().unwrap_or_default();
    place.rsplit_once('@').map_or(place, |(_, place)| place)
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => path.display().fmt(f),
            Self::Postgres(url) => {
                let place = without_secrets(url);
                write!(f, "postgres://{}", place.split_once("://").map_or(place, |(_, rest)| rest))
            }
        }
    }
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_a_folder_or_a_server_and_never_shows_its_password() {
        let folder: Place = "sqlite:/srv/tingfang".parse().expect("a folder");
        assert_eq!(folder, Place::File("/srv/tingfang/tingfang.db".into()));
        let server: Place =
            "postgres://app:secret@db.example:5432/tingfang?options=x".parse().expect("a server");
        assert_eq!(server.to_string(), "postgres://db.example:5432/tingfang");
        assert_eq!(format!("{server:?}"), server.to_string());
    }

    #[test]
    fn what_names_no_place_is_told_what_would_and_keeps_its_secret() {
        let hidden: Place = "postgres://db/x?password=secret%40q".parse().expect("a server");
        assert_eq!(hidden.to_string(), "postgres://db/x");
        for text in [
            "",
            "sqlite:",
            "mysql://app:secret@db/x",
            "postgres://app:secret@db.example",
            "postgres://db?user=a&password=secret",
        ] {
            let error = text.parse::<Place>().expect_err("no place").to_string();
            assert!(error.contains("sqlite:FOLDER") && !error.contains("secret"), "{error}");
        }
    }
}
