//! The rescue export of a phone: everything that the server does not have, as one file.

use std::io::Write;

use super::store::setting::{self, Setting};
use super::store::{attachment, frame, item};
use super::vault::{PART_BYTES, Taken};
use super::{Phone, PhoneError};
use crate::recovery::RecoveryKey;
use crate::rescue::{RescueHead, RescueIndex, RescueKey, RescueProblem, RescueWriter, RescuedFile};
use crate::sync::order::Terms;
use crate::sync::wire::FrameBytes;

/// What was exported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rescued {
    /// How many frames.
    pub frames: usize,
    /// How many files.
    pub files: usize,
    /// How much could not be signed: changes, seals and words on a task. What no earlier frame in the file carries is not
    /// in it, and stays on the phone, to be read and copied. Nothing, but where the phone's key is lost
    /// ([`PhoneError::OtherKey`]).
    pub unsigned: u64,
    /// Whether only the centre can read it.
    pub is_encrypted: bool,
}

impl Phone {
    /// Writes everything that the server does not have into a file. Nothing changes on the phone, but that
    /// what was not signed yet is signed now; when the phone reaches the server after all, it sends the same,
    /// and nothing comes in twice.
    ///
    /// It works while the phone is locked by its lease.
    ///
    /// # Errors
    /// When the store or the file fails.
    pub fn export_for_rescue(&mut self, to: &mut dyn Write) -> Result<Rescued, PhoneError> {
        self.cut_frames()?;
        let reader = self.store.reader();
        let unsigned = item::count_drafts(reader)?;
        // What they carried is written anew once the phone has read everything, and signed anew where that can be.
        let is_to_come = setting::is_set(reader, Setting::Recovering)? || unsigned > 0;
        let mut frames = if is_to_come { frame::abandoned(reader)? } else { Vec::new() };
        frames.extend(frame::of_epoch(reader, self.epoch())?);
        let unsent = attachment::unsent(reader)?;
        let listed =
            unsent.iter().map(|file| RescuedFile::new(file.digest, file.size_bytes, file.media_type));
        let index =
            RescueIndex { files: listed.collect(), frames: frames.into_iter().map(FrameBytes).collect() };
        let key = self.minter.random();
        let sealed_to = self.recovery_key()?;
        let sealed = sealed_to.and_then(|centre| centre.seal(&self.minter, self.profile.device, &key).ok());
        let rescued = Rescued {
            frames: index.frames.len(),
            files: index.files.len(),
            unsigned,
            is_encrypted: sealed.is_some(),
        };
        let (tenant, device) = (self.profile.tenant, self.profile.device);
        let head = RescueHead { tenant, device, key: sealed.map_or(RescueKey::Open(key), RescueKey::Sealed) };
        let mut writer = RescueWriter::begin(to, &head, key, &index).map_err(failed)?;
        for file in &unsent {
            let taken = Taken { digest: file.digest, size_bytes: file.size_bytes };
            let mut offset = 0;
            while offset < file.size_bytes {
                let bytes = self.vault.read(taken, offset, PART_BYTES)?;
                writer.add(&bytes).map_err(failed)?;
                offset += bytes.len() as u64;
            }
        }
        writer.end().map_err(failed)?;
        Ok(rescued)
    }

    /// The centre's recovery key, as the server has told it.
    pub(super) fn recovery_key(&self) -> Result<Option<RecoveryKey>, PhoneError> {
        let terms = setting::read(self.store.reader(), Setting::Terms)?;
        let terms: Option<Terms> = terms.and_then(|bytes| minicbor::decode(&bytes).ok());
        Ok(terms.and_then(|terms| terms.recovery_key))
    }
}

fn failed(problem: RescueProblem) -> PhoneError {
    let doing = "writing the rescue file";
    match problem {
        RescueProblem::Io(source) => PhoneError::File { doing, source },
        other => PhoneError::Damaged { reason: other.to_string() },
    }
}
