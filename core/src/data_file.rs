//! Data files, TOML, read by way of a tree.

use serde::de::DeserializeOwned;

/// Why a text is no data file of its kind.
#[derive(Debug, thiserror::Error)]
pub enum DataFileError {
    /// It is no TOML.
    #[error(transparent)]
    NoToml(#[from] basic_toml::Error),
    /// It is TOML of something else.
    #[error(transparent)]
    OtherShape(#[from] serde_json::Error),
    /// The same, or no TOML, with the line.
    #[error(transparent)]
    AtLine(#[from] toml::de::Error),
}

/// Reads a data file.
///
/// It goes by way of a tree of values: the reader of TOML is in the library that phones carry once then, and not once
/// for each type. The price is that a mistake is told without its line; what a person has just written is checked by
/// [`read_by_line`] first.
///
/// # Errors
/// When the text is none.
pub(crate) fn read<T: DeserializeOwned>(text: &str) -> Result<T, DataFileError> {
    let tree: serde_json::Value = basic_toml::from_str(text)?;
    Ok(serde_json::from_value(tree)?)
}

/// Reads a data file that a person has written, and says in which line a mistake stands.
///
/// # Errors
/// When the text is none.
pub(crate) fn read_by_line<T: DeserializeOwned>(text: &str) -> Result<T, DataFileError> {
    Ok(toml::from_str(text)?)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn both_readers_read_the_same_and_the_larger_one_names_the_line() {
        type File = BTreeMap<String, Vec<i64>>;
        let text = "a = [1]\nb = [2, 3]\n";
        assert_eq!(read::<File>(text).expect("a file"), read_by_line::<File>(text).expect("a file"));
        for mistake in ["a = [1]\nb = [2,, 3]\n", "a = [1]\nb = [\"2\"]\n"] {
            assert!(read::<File>(mistake).is_err());
            let told = read_by_line::<File>(mistake).expect_err("a mistake").to_string();
            assert!(told.contains("line 2"), "{told}");
        }
    }
}
