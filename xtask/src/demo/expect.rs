//! What the demo says is checked first: a number that is not as it must be ends the demo.

use std::fmt::Debug;

use anyhow::{Context, Result, bail};
use serde_json::Value;

/// Fails with both values when they differ.
pub(super) fn same<T: PartialEq + Debug>(what: &str, got: T, wanted: T) -> Result<()> {
    if got != wanted {
        bail!("{what}: {wanted:?} was to be expected, and it is {got:?}");
    }
    Ok(())
}

/// Fails when the text does not hold the other.
pub(super) fn holds(what: &str, text: &str, part: &str) -> Result<()> {
    if !text.contains(part) {
        bail!("{what}: {part:?} was to be expected in\n{text}");
    }
    Ok(())
}

/// The text at a pointer such as `/hearing/id`.
pub(super) fn text<'v>(value: &'v Value, pointer: &str) -> Result<&'v str> {
    at(value, pointer)?.as_str().with_context(|| format!("{pointer} is no text in {value}"))
}

/// The whole number at a pointer.
pub(super) fn number(value: &Value, pointer: &str) -> Result<i64> {
    at(value, pointer)?.as_i64().with_context(|| format!("{pointer} is no whole number in {value}"))
}

/// The yes or no at a pointer.
pub(super) fn flag(value: &Value, pointer: &str) -> Result<bool> {
    at(value, pointer)?.as_bool().with_context(|| format!("{pointer} is no yes or no in {value}"))
}

/// The list at a pointer; the value itself for an empty pointer.
pub(super) fn list<'v>(value: &'v Value, pointer: &str) -> Result<&'v [Value]> {
    at(value, pointer)?
        .as_array()
        .map(Vec::as_slice)
        .with_context(|| format!("{pointer} is no list in {value}"))
}

fn at<'v>(value: &'v Value, pointer: &str) -> Result<&'v Value> {
    value.pointer(pointer).with_context(|| format!("there is no {pointer} in {value}"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_wrong_number_is_told_with_what_it_should_have_been() {
        let error = same("grades", 3, 4).expect_err("they differ").to_string();
        assert_eq!(error, "grades: 4 was to be expected, and it is 3");
        same("grades", 4, 4).expect("the same");
    }

    #[test]
    fn what_is_missing_is_named() {
        let value = json!({ "a": { "b": [1] } });
        assert_eq!(list(&value, "/a/b").expect("a list"), [json!(1)]);
        let error = text(&value, "/a/c").expect_err("none").to_string();
        assert!(error.contains("/a/c"), "{error}");
        text(&value, "/a/b").expect_err("a list is no text");
    }
}
