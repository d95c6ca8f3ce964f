//! Rust's standard library for other targets, against which parts are type-checked. Not every machine can have it:
//! some have no rustup, some may not download from it.

use super::Available;
use crate::run::Run;
use crate::workspace::Workspace;

/// Tries to install it.
pub(crate) fn install(workspace: &Workspace, target: &str) -> Available {
    if is_there(workspace, target) {
        return Available::Yes;
    }
    let tried = Run::new("rustup").args(["target", "add", target]).dir(workspace.path("")).captured();
    match tried {
        Ok(_) if is_there(workspace, target) => Available::Yes,
        Ok(_) => Available::No("rustup added it to another toolchain".to_owned()),
        Err(error) => Available::No(first_line(&format!("{error:#}"))),
    }
}

/// The toolchain itself knows best, whoever installed it.
fn is_there(workspace: &Workspace, target: &str) -> bool {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    Run::new(rustc)
        .args(["--print", "target-libdir", "--target", target])
        .dir(workspace.path(""))
        .captured()
        .is_ok_and(|folder| std::path::Path::new(folder.trim()).is_dir())
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().to_owned()
}
