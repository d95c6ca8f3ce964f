//! `cargo xtask wheel`: the Python package of the phone library, with its typed stubs, for this platform.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result};

use crate::run::Run;
use crate::workspace::Workspace;
use crate::{bindings, mobile_library, setup};

/// What the package is called and built with.
const PROJECT: &str = "mobile-bindings/python/pyproject.toml";
/// What of the generated folder goes in under which name.
const PARTS: [(&str, &str); 2] = [("tingfang.py", "__init__.py"), ("tingfang.pyi", "__init__.pyi")];

/// Builds the library as it ships and packs it.
pub(crate) fn run(workspace: &Workspace, _: &[String]) -> Result<ExitCode> {
    bindings::generate(workspace, &["python"])?;
    let library = mobile_library::build(workspace)?;
    let wheel = pack(workspace, &mobile_library::strip(workspace, &library)?)?;
    println!("the wheel: {}", wheel.display());
    Ok(ExitCode::SUCCESS)
}

/// Packs a library with the module and the stubs that were generated; gives the wheel.
pub(crate) fn pack(workspace: &Workspace, library: &Path) -> Result<PathBuf> {
    let generated = bindings::folder(workspace, "python");
    let folder = workspace.target("wheel");
    let package = folder.join("tingfang");
    if folder.exists() {
        std::fs::remove_dir_all(&folder).with_context(|| format!("cannot clear {}", folder.display()))?;
    }
    std::fs::create_dir_all(&package).with_context(|| format!("cannot make {}", package.display()))?;
    copy(&workspace.path(PROJECT), &folder.join("pyproject.toml"))?;
    for (from, to) in PARTS {
        copy(&generated.join(from), &package.join(to))?;
    }
    copy(library, &package.join(library.file_name().context("a library without a name")?))?;
    // Says that the package has types (PEP 561).
    std::fs::write(package.join("py.typed"), "").context("cannot write py.typed")?;
    let python = setup::python(workspace)?;
    let platform = "import sysconfig; print(sysconfig.get_platform().replace('-', '_').replace('.', '_'))";
    let platform = Run::new(&python).args(["-c", platform]).captured()?;
    // The library is this platform's, whatever Python runs it.
    let settings = format!("[bdist_wheel]\nplat_name = {}\n", platform.trim());
    std::fs::write(folder.join("setup.cfg"), settings).context("cannot write setup.cfg")?;
    let made = folder.join("dist");
    Run::new(&python)
        .args(["-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir"])
        .arg(&made)
        .arg(&folder)
        .streamed()?;
    let mut wheels = std::fs::read_dir(&made).context("where the wheel should lie")?;
    let wheel = wheels.next().context("pip made no wheel")?.context("where the wheel should lie")?;
    Ok(wheel.path())
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    std::fs::copy(from, to).with_context(|| format!("cannot copy {}", from.display())).map(|_| ())
}
