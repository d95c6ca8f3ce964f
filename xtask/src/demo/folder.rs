//! The folder of one demo: emptied at the start, kept at the end.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::workspace::Workspace;

/// Stands in every folder that a demo made, so that no other folder is ever emptied.
const MARK: &str = ".tingfang-demo";

/// Where everything of one demo lies.
#[derive(Debug)]
pub(super) struct DataFolder {
    root: PathBuf,
}

impl DataFolder {
    /// An empty folder: the one asked for, or one below `target`.
    ///
    /// # Errors
    /// When the folder holds something that no demo put there.
    pub(super) fn prepare(workspace: &Workspace, asked: Option<PathBuf>) -> Result<Self> {
        let root = asked.unwrap_or_else(|| workspace.target("demo"));
        let root = std::path::absolute(&root).with_context(|| format!("{} is no path", root.display()))?;
        Self::empty(root)
    }

    fn empty(root: PathBuf) -> Result<Self> {
        let shown = root.display();
        if root.join(MARK).exists() {
            std::fs::remove_dir_all(&root).with_context(|| format!("cannot empty {shown}"))?;
        } else if root.exists()
            && root.read_dir().with_context(|| format!("cannot list {shown}"))?.next().is_some()
        {
            bail!("{shown} holds something that is not of a demo; name another folder with --data");
        }
        std::fs::create_dir_all(&root).with_context(|| format!("cannot make {shown}"))?;
        std::fs::write(root.join(MARK), "").with_context(|| format!("cannot write in {shown}"))?;
        Ok(Self { root })
    }

    /// The folder itself.
    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    /// Copies the attached files of the server into another data folder: a backup is of the database, and files
    /// are copied as files (`docs/operations.md`).
    pub(super) fn copy_files_to(&self, data: &Path) -> Result<()> {
        copy(&self.path("server/files"), &data.join("files"))
    }

    /// A path below it.
    pub(super) fn path(&self, relative: impl AsRef<Path>) -> PathBuf {
        self.root.join(relative)
    }
}

/// Copies a folder with all that is in it.
fn copy(from: &Path, to: &Path) -> Result<()> {
    std::fs::create_dir_all(to).with_context(|| format!("cannot make {}", to.display()))?;
    for entry in from.read_dir().with_context(|| format!("cannot list {}", from.display()))? {
        let entry = entry.with_context(|| format!("cannot list {}", from.display()))?;
        let (source, target) = (entry.path(), to.join(entry.file_name()));
        if source.is_dir() {
            copy(&source, &target)?;
        } else {
            std::fs::copy(&source, &target).with_context(|| format!("cannot copy {}", source.display()))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_of_an_earlier_demo_is_emptied_and_any_other_is_left_alone() {
        let base = std::env::temp_dir().join(format!("tingfang-demo-folder-{}", std::process::id()));
        let ours = DataFolder::empty(base.join("ours")).expect("a new folder");
        std::fs::write(ours.path("left"), "x").expect("writable");
        let again = DataFolder::empty(base.join("ours")).expect("our own folder");
        assert!(!again.path("left").exists());
        std::fs::create_dir_all(base.join("theirs")).expect("writable");
        std::fs::write(base.join("theirs/thesis.txt"), "x").expect("writable");
        DataFolder::empty(base.join("theirs")).expect_err("somebody else's folder");
        assert!(base.join("theirs/thesis.txt").exists());
        std::fs::remove_dir_all(&base).expect("removable");
    }
}
