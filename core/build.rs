//! Packs the labels of `locales/`: a language is one file of the library, a third as large as its texts.

use std::io::Write;
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::DeflateEncoder;

fn main() {
    let locales = Path::new("locales");
    println!("cargo::rerun-if-changed=locales");
    let made = PathBuf::from(std::env::var_os("OUT_DIR").expect("cargo names a folder"));
    for language in ["zh", "en"] {
        let mut packed = DeflateEncoder::new(Vec::new(), Compression::best());
        for file in files(&locales.join(language)) {
            let text = std::fs::read(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
            packed.write_all(&text).expect("memory takes it");
            packed.write_all(b"\n").expect("memory takes it");
        }
        let packed = packed.finish().expect("memory takes it");
        std::fs::write(made.join(format!("{language}.toml.deflate")), packed)
            .expect("cargo's folder takes files");
    }
}

/// The locale files of a folder, by name.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.expect("a folder can be read").path()).collect();
    // Editors leave others beside them.
    files.retain(|file| {
        let name = file.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        name.ends_with(".toml") && !name.starts_with('.')
    });
    files.sort();
    files
}
