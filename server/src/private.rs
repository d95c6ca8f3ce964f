//! Files and folders that only their owner reads: they hold names, findings and keys.
//!
//! On a system without such modes nothing is done; there the folder's own rights must serve.

use std::io;
use std::path::Path;

/// Makes a folder for its owner only, with those above it. One that was there and empty is made so
/// too; one that holds something already belongs to somebody else's purposes, and is left as it is.
///
/// # Errors
/// When it cannot be made.
pub fn make_folder(folder: &Path) -> io::Result<()> {
    if folder.is_dir() {
        return if std::fs::read_dir(folder)?.next().is_none() { tighten(folder, 0o700) } else { Ok(()) };
    }
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Makes a database file that is not there yet, and takes from others what they may do to one that
/// is, with the log beside it. The engine gives a fresh log the rights of its file.
///
/// # Errors
/// When the file cannot be made or its rights cannot be changed.
pub fn prepare_database(path: &Path) -> io::Result<()> {
    create(path)?;
    for end in ["-wal", "-shm"] {
        let mut beside = path.as_os_str().to_owned();
        beside.push(end);
        match tighten(Path::new(&beside), 0o600) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            done => done?,
        }
    }
    Ok(())
}

/// Makes an empty file where there is none, and takes from others what they may do to one that is.
///
/// # Errors
/// When the file cannot be made or its rights cannot be changed.
pub fn create(path: &Path) -> io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => tighten(path, 0o600),
        Err(error) => Err(error),
    }
}

/// Takes every right that this mode does not give.
fn tighten(path: &Path, mode: u32) -> io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let present = std::fs::metadata(path)?.permissions().mode() & 0o777;
        if present & !mode != 0 {
            std::fs::set_permissions(path, std::fs::Permissions::from_mode(present & mode))?;
        }
    }
    #[cfg(not(unix))]
    let _ = (std::fs::metadata(path)?, mode);
    Ok(())
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn mode(path: &Path) -> u32 {
        std::fs::metadata(path).expect("there").permissions().mode() & 0o777
    }

    #[test]
    fn an_empty_folder_is_taken_over_and_one_in_use_is_left() {
        let root = tempfile::tempdir().expect("a folder");
        let (empty, used, fresh) = (root.path().join("a"), root.path().join("b"), root.path().join("c/d"));
        for folder in [&empty, &used] {
            std::fs::create_dir(folder).expect("made");
            std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o755)).expect("set");
        }
        std::fs::write(used.join("file"), "").expect("written");
        for folder in [&empty, &used, &fresh] {
            make_folder(folder).expect("made");
        }
        assert_eq!((mode(&empty), mode(&used), mode(&fresh)), (0o700, 0o755, 0o700));
    }

    #[test]
    fn a_database_file_and_its_log_lose_what_others_may_do() {
        let root = tempfile::tempdir().expect("a folder");
        let (path, log) = (root.path().join("x.db"), root.path().join("x.db-wal"));
        for file in [&path, &log] {
            std::fs::write(file, "kept").expect("written");
            std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o664)).expect("set");
        }
        prepare_database(&path).expect("prepared");
        assert_eq!((mode(&path), mode(&log)), (0o600, 0o600));
        assert_eq!(std::fs::read_to_string(&path).expect("read"), "kept");
    }
}
