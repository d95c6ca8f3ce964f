//! `tingfang device rescue`: taking in what a phone has exported because it cannot reach the server.

use std::fs::File;
use std::path::{Path, PathBuf};

use clap::Args;
use tingfang_core::recovery::{RecoveryProblem, RecoverySecret};
use tingfang_core::rescue::RescueReader;
use tokio::runtime::Builder;

use super::{Output, Trouble};
use crate::app::App;
use crate::files;
use crate::identity::token::from_hex;
use crate::problem::Problem;
use crate::store::device::{self, DeviceState};

/// What `device rescue` takes.
#[derive(Debug, Args)]
pub(super) struct Rescue {
    /// The file that the phone has written.
    #[arg(long, value_name = "FILE")]
    file: PathBuf,
    /// The file with the secret half of the centre's recovery key; needed when the phone knew one.
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
}

impl Rescue {
    /// Everything in the file is held for a manager: the device counts as lost from now on.
    pub(super) fn run(self, app: &App, output: Output) -> Result<(), Trouble> {
        let secret = self.key.as_deref().map(secret_in).transpose()?;
        let opened = File::open(&self.file).map_err(Trouble::io("read", self.file.display()))?;
        let mut rescue = RescueReader::open(opened, secret.as_ref())?;
        let id = rescue.head.device;
        let (now, is_ours) = (app.now(), rescue.head.tenant == app.tenant);
        let found = app.db.try_write(move |tx| {
            let not_there = Problem::NotFound { what: "device" };
            let Some(found) = device::find(tx, id)?.filter(|_| is_ours) else { return Err(not_there) };
            if found.state == DeviceState::Active {
                device::set_state(tx, id, DeviceState::Lost, now)?;
            }
            device::find(tx, id)?.ok_or(not_there)
        })?;
        let taken = app.sync.take_rescued(&found, &rescue.index.frames)?;
        let runtime = Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(Trouble::io("read", self.file.display()))?;
        let mut files_taken = 0;
        for file in rescue.index.files.clone() {
            let sender = (found.id, found.person);
            if runtime.block_on(files::take_in(app, sender, &file, rescue.bytes()))? {
                files_taken += 1;
            }
        }
        let counts = [
            ("frames", taken.frames.to_string()),
            ("known", taken.known.to_string()),
            ("held", taken.held.to_string()),
            ("rejected", taken.rejected.len().to_string()),
            ("files", files_taken.to_string()),
        ];
        let values: Vec<(&str, &str)> = counts.iter().map(|(key, text)| (*key, text.as_str())).collect();
        output.say("rescued", &values);
        output.document(&serde_json::json!({
            "device": id, "frames": taken.frames, "known": taken.known, "held": taken.held,
            "rejected": taken.rejected, "files": files_taken,
        }));
        Ok(())
    }
}

fn secret_in(path: &Path) -> Result<RecoverySecret, Trouble> {
    let text = std::fs::read_to_string(path).map_err(Trouble::io("read", path.display()))?;
    let seed = from_hex(text.trim()).and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
    Ok(seed.map(RecoverySecret::from_seed).ok_or(RecoveryProblem::Unreadable)?)
}
