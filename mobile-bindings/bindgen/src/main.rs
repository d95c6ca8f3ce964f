//! Generates the Kotlin, Swift and Python sources from the built library.

mod closing_gaps;

use anyhow::{Context, Result};

fn main() -> Result<()> {
    uniffi::uniffi_bindgen_main();
    let arguments: Vec<String> = std::env::args().collect();
    let value_of = |name: &str| {
        let at = arguments.iter().position(|argument| argument == name)?;
        arguments.get(at + 1).map(String::as_str)
    };
    if arguments.get(1).is_none_or(|verb| verb != "generate") {
        return Ok(());
    }
    let written_out = "write `--language NAME` and `--out-dir FOLDER` out: their gaps are closed by these";
    let language = value_of("--language").context(written_out)?;
    let folder = value_of("--out-dir").context(written_out)?;
    closing_gaps::close(language, folder.as_ref())
}
