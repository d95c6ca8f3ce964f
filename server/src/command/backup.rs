//! `tingfang backup` and `tingfang restore`

use std::path::PathBuf;

use clap::Args;

use super::{Common, Output, Trouble};
use crate::app::{App, StartError, open_database};
use crate::host::system_minter;
use crate::log;

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
        let app = common.app(output)?;
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
        let target = config.database();
        if target.exists() {
            let source = std::io::Error::from(std::io::ErrorKind::AlreadyExists);
            return Err(Trouble::io("write", target.display())(source));
        }
        std::fs::create_dir_all(&config.data)
            .map_err(|source| StartError::Folder { folder: config.data.display().to_string(), source })?;
        // Written beside and moved: a restore that is cut off leaves no half of a database.
        let fresh = target.with_extension("fresh");
        std::fs::copy(&self.from, &fresh).map_err(Trouble::io("read", self.from.display()))?;
        std::fs::File::open(&fresh)
            .and_then(|file| file.sync_all())
            .map_err(Trouble::io("write", fresh.display()))?;
        std::fs::rename(&fresh, &target).map_err(Trouble::io("write", target.display()))?;
        let epoch = system_minter().mint();
        open_database(&config)?.write(move |tx| log::begin_epoch(tx, epoch))?;
        App::open(config)?;
        let folder = target.parent().map(|folder| folder.display().to_string()).unwrap_or_default();
        output.say("restored", &[("folder", &folder)]);
        output.document(&serde_json::json!({ "folder": folder }));
        Ok(())
    }
}
