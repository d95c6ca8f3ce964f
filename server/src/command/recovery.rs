//! `tingfang recovery`: the centre's key that opens a phone whose PIN was forgotten or whose keys are lost. It needs no data
//! folder, and its secret half is to be kept away from the server.

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use tingfang_core::recovery::{RecoveryProblem, RecoveryRequest, RecoverySecret};

use super::{Common, Output, Trouble};
use crate::host::system_minter;
use crate::identity::token::{from_hex, hex};
use crate::private;

/// What can be done about phones that do not open.
#[derive(Debug, Subcommand)]
pub(super) enum Recovery {
    /// Make the centre's recovery key.
    Key(Key),
    /// Answer a phone that asks to be opened.
    Answer(Answer),
}

/// What `recovery key` takes.
#[derive(Debug, Args)]
pub(super) struct Key {
    /// The file for the secret half; it must not exist.
    #[arg(long, value_name = "FILE")]
    to: PathBuf,
}

/// What `recovery answer` takes.
#[derive(Debug, Args)]
pub(super) struct Answer {
    /// The file with the phone's request.
    #[arg(long, value_name = "FILE")]
    request: PathBuf,
    /// The file with the secret half.
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
}

impl Recovery {
    pub(super) fn run(self, common: &Common, output: &mut Output) -> Result<(), Trouble> {
        output.speak(common.language()?);
        match self {
            Self::Key(Key { to }) => make(&to, *output),
            Self::Answer(Answer { request, key }) => answer(&request, &key, *output),
        }
    }
}

fn make(to: &Path, output: Output) -> Result<(), Trouble> {
    let secret = RecoverySecret::from_seed(system_minter().random());
    if to.exists() {
        let source = std::io::Error::from(std::io::ErrorKind::AlreadyExists);
        return Err(Trouble::io("write", to.display())(source));
    }
    private::create(to).map_err(Trouble::io("write", to.display()))?;
    let mut file =
        std::fs::OpenOptions::new().write(true).open(to).map_err(Trouble::io("write", to.display()))?;
    writeln!(file, "{}", hex(&secret.seed())).map_err(Trouble::io("write", to.display()))?;
    file.sync_all().map_err(Trouble::io("write", to.display()))?;
    let public = hex(&secret.public().0);
    let fingerprint = secret.public().fingerprint();
    let path = to.display().to_string();
    output.say("recovery_key_made", &[("file", &path), ("key", &public), ("fingerprint", &fingerprint)]);
    output.document(&serde_json::json!({ "file": path, "recovery_key": public, "fingerprint": fingerprint }));
    Ok(())
}

fn answer(request: &Path, key: &Path, output: Output) -> Result<(), Trouble> {
    let read = |path: &Path| std::fs::read_to_string(path).map_err(Trouble::io("read", path.display()));
    let request: RecoveryRequest = read(request)?.parse()?;
    let seed = from_hex(read(key)?.trim()).and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
    let secret = seed.map(RecoverySecret::from_seed).ok_or(RecoveryProblem::Unreadable)?;
    let answer = secret.answer(&request, &system_minter())?.to_string();
    output.say("recovery_answer", &[("device", &request.device.to_string()), ("answer", &answer)]);
    output.document(&serde_json::json!({ "device": request.device, "answer": answer }));
    Ok(())
}
