//! `tingfang backup` and `tingfang restore`

use std::fs::File;
use std::path::{Path, PathBuf};

use clap::Args;

use super::{Common, Output, Trouble};
use crate::app::{App, StartError};
use crate::db::{Db, DbError, Place};
use crate::host::system_minter;
use crate::{erasing, log, private, store};

/// What `backup` takes.
#[derive(Debug, Args)]
pub(super) struct Backup {
    /// The file to write; it must not exist. The server may go on meanwhile.
    #[arg(long, value_name = "FILE")]
    to: PathBuf,
}

/// What `restore` takes.
#[derive(Debug, Args)]
pub(super) struct Restore {
    /// A file that `backup` wrote.
    #[arg(long, value_name = "FILE")]
    from: PathBuf,
}

impl Backup {
    pub(super) fn run(self, common: &Common, output: &mut Output) -> Result<(), Trouble> {
        let app = common.app_to_read(output)?;
        app.db.backup_to(&self.to)?;
        let file = self.to.display().to_string();
        output.say("backed_up", &[("file", &file)]);
        output.document(&serde_json::json!({ "file": file }));
        Ok(())
    }
}

impl Restore {
    /// Puts a backup into an empty data folder. A new history of the log begins: phones notice, and
    /// send again what the backup does not hold.
    pub(super) fn run(self, common: &Common, output: &mut Output) -> Result<(), Trouble> {
        let config = common.config(&[])?;
        output.speak(config.language);
        if let Some(target) = config.database.file()
            && target.exists()
        {
            let source = std::io::Error::from(std::io::ErrorKind::AlreadyExists);
            return Err(Trouble::io("write", target.display())(source));
        }
        if !self.from.is_file() {
            let source = std::io::Error::from(std::io::ErrorKind::NotFound);
            return Err(Trouble::io("read", self.from.display())(source));
        }
        private::make_folder(&config.data)
            .map_err(|source| StartError::Folder { folder: config.data.display().to_string(), source })?;
        match &config.database {
            Place::File(target) => into_folder(&self.from, target)?,
            server @ Place::Postgres(_) => into_server(&self.from, &config.data, server)?,
        }
        let folder = match config.database.file().and_then(Path::parent) {
            Some(folder) => folder.display().to_string(),
            None => config.database.to_string(),
        };
        let app = App::open(config)?;
        erasing::catch_up(&app).map_err(Trouble::from)?;
        output.say("restored", &[("folder", &folder)]);
        output.document(&serde_json::json!({ "folder": folder }));
        Ok(())
    }
}

/// Made ready beside and then moved: a file that is no backup, or a restore that is cut off, leaves
/// nothing under the name of the database, and another restore may follow.
fn into_folder(from: &Path, target: &Path) -> Result<(), Trouble> {
    let fresh = target.with_extension("fresh");
    forget(&fresh);
    make_ready(from, &fresh).inspect_err(|_| forget(&fresh))?;
    std::fs::rename(&fresh, target).map_err(Trouble::io("write", target.display()))
}

/// Made ready in a file of the data folder and then copied in one transaction, so that a restore that
/// is cut off leaves a server without rows.
fn into_server(from: &Path, folder: &Path, server: &Place) -> Result<(), Trouble> {
    let fresh = folder.join("restore.fresh");
    forget(&fresh);
    let copied = make_ready(from, &fresh).and_then(|()| {
        let source = Db::open_to_read(&fresh).map_err(StartError::Db)?;
        let target = Db::open(server.clone()).map_err(StartError::Db)?;
        source.copy_into(&target).map_err(StartError::Db)?;
        Ok(())
    });
    forget(&fresh);
    copied
}

/// Copies a backup, asks that it is one, and begins the new history of its log.
fn make_ready(from: &Path, fresh: &Path) -> Result<(), Trouble> {
    private::create(fresh).map_err(Trouble::io("write", fresh.display()))?;
    let mut source = File::open(from).map_err(Trouble::io("read", from.display()))?;
    let mut copy = File::options().write(true).open(fresh).map_err(Trouble::io("write", fresh.display()))?;
    std::io::copy(&mut source, &mut copy).map_err(Trouble::io("write", fresh.display()))?;
    drop(copy);
    let no_backup = || Trouble::NoBackup { file: from.display().to_string() };
    let db = Db::open_existing(fresh).map_err(|error| match error {
        DbError::Foreign { .. } | DbError::Open { .. } | DbError::Statement { .. } => no_backup(),
        other => StartError::Db(other).into(),
    })?;
    if db.read(store::tenant::find).map_err(StartError::Db)?.is_none() {
        return Err(no_backup());
    }
    let epoch = system_minter().mint();
    db.write(move |tx| log::begin_epoch(tx, epoch)).map_err(StartError::Db)?;
    drop(db);
    Db::settle(fresh).map_err(StartError::Db)?;
    Ok(())
}

/// Removes what is left of a restore, with the log beside it.
fn forget(fresh: &Path) {
    for end in ["", "-wal", "-shm", "-journal"] {
        let mut name = fresh.as_os_str().to_owned();
        name.push(end);
        // What is not there need not be removed; what cannot be, the next step complains of.
        let _ = std::fs::remove_file(&name);
    }
}
