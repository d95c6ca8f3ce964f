//! Generates the Kotlin, Swift and Python sources from the built library.

mod closing_gaps;

use anyhow::Result;

fn main() -> Result<()> {
    uniffi::uniffi_bindgen_main();
    let arguments: Vec<String> = std::env::args().collect();
    let value_of = |name: &str| {
        let at = arguments.iter().position(|argument| argument == name)?;
        arguments.get(at + 1).map(String::as_str)
    };
    match (value_of("--language"), value_of("--out-dir")) {
        (Some(language), Some(folder)) => closing_gaps::close(language, folder.as_ref()),
        // It was asked for help, or for something else than sources.
        _ => Ok(()),
    }
}
