//! The content hash by which a data file is frozen.
//!
//! The canonical form is the file's TOML read as a tree and written as JSON: keys sorted, no
//! spaces, UTF-8 unescaped, integers in decimal. Comments, order of keys and layout do not count;
//! every value does. Before it stands the context line, for instance `tingfang-rubric/1` and a line
//! feed, so that no hash of one kind of file is ever one of another. The hash is BLAKE3.
//!
//! Anybody can recompute it, in Python for one:
//! `blake3(b"tingfang-rubric/1\n" + json.dumps(tomllib.load(f), sort_keys=True,
//! separators=(",", ":"), ensure_ascii=False).encode())`.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The BLAKE3 hash of a data file's canonical form; 64 hexadecimal digits in text.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ContentHash([u8; 32]);

/// A text that is no content hash.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a content hash; one is 64 hexadecimal digits")]
pub struct InvalidHash(pub String);

impl ContentHash {
    /// The hash of a tree under a context line such as `tingfang-rubric/1`.
    pub fn of(context: &str, tree: &toml::Table) -> Self {
        let mut text = String::new();
        write_table(&mut text, tree);
        Self::of_text(context, &text)
    }

    /// The hash of a text that is canonical already, under a context line.
    pub fn of_text(context: &str, text: &str) -> Self {
        let mut hasher = blake3::Hasher::new();
        hasher.update(context.as_bytes()).update(b"\n").update(text.as_bytes());
        Self(*hasher.finalize().as_bytes())
    }

    /// The 32 bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The first eight digits, for people.
    pub fn short(&self) -> String {
        self.to_string().chars().take(8).collect()
    }
}

impl fmt::Display for ContentHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for ContentHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ContentHash({self})")
    }
}

impl FromStr for ContentHash {
    type Err = InvalidHash;

    fn from_str(text: &str) -> Result<Self, InvalidHash> {
        blake3::Hash::from_hex(text)
            .map(|hash| Self(*hash.as_bytes()))
            .map_err(|_| InvalidHash(text.to_owned()))
    }
}

impl Serialize for ContentHash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ContentHash {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

fn write_table(out: &mut String, table: &toml::Table) {
    let mut keys: Vec<_> = table.keys().collect();
    keys.sort();
    out.push('{');
    for (nth, key) in keys.into_iter().enumerate() {
        if nth > 0 {
            out.push(',');
        }
        write_text(out, key);
        out.push(':');
        write_value(out, &table[key]);
    }
    out.push('}');
}

fn write_value(out: &mut String, value: &toml::Value) {
    match value {
        toml::Value::String(text) => write_text(out, text),
        toml::Value::Integer(number) => out.push_str(&number.to_string()),
        toml::Value::Boolean(flag) => out.push_str(if *flag { "true" } else { "false" }),
        toml::Value::Array(values) => {
            out.push('[');
            for (nth, value) in values.iter().enumerate() {
                if nth > 0 {
                    out.push(',');
                }
                write_value(out, value);
            }
            out.push(']');
        }
        toml::Value::Table(table) => write_table(out, table),
        // No data file of ours has these (points and money are integers, dates are strings), and
        // the typed reading refuses them; as text they still count.
        toml::Value::Float(number) => write_text(out, &number.to_string()),
        toml::Value::Datetime(time) => write_text(out, &time.to_string()),
    }
}

fn write_text(out: &mut String, text: &str) {
    out.push_str(&serde_json::to_string(text).expect("a string can always be written as JSON"));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hash(text: &str) -> ContentHash {
        ContentHash::of("tingfang-test/1", &text.parse().expect("toml"))
    }

    #[test]
    fn layout_and_comments_do_not_count_and_every_value_does() {
        let one = hash("b = 1_00\na = \"听\"\n[t]\nx = [1, 2]");
        assert_eq!(one, hash("# note\na = '听'\nt = { x = [1,2] }\nb = 100"));
        assert_ne!(one, hash("b = 1_01\na = \"听\"\n[t]\nx = [1, 2]"));
        assert_ne!(one, hash("b = 1_00\na = \"听\"\n[t]\nx = [2, 1]"));
    }

    #[test]
    fn the_canonical_form_is_sorted_json() {
        let mut text = String::new();
        write_table(&mut text, &"b = 1_00\na = \"听\\n\"\n[t]\nx = [true]".parse().expect("toml"));
        assert_eq!(text, r#"{"a":"听\n","b":100,"t":{"x":[true]}}"#);
    }

    #[test]
    fn a_hash_reads_back() {
        let one = hash("a = 1");
        assert_eq!(one.to_string().parse(), Ok(one));
        assert!("12".parse::<ContentHash>().is_err());
    }
}
