//! Keeping watch over the server's history: the phone remembers the last checkpoint of the audit log, and
//! those that other phones or printed bulletins have shown it, and asks for the proof that each is the
//! beginning of what there is now. A server that cannot give it has rewritten what it signed.

use super::store::setting::{self, Setting};
use super::store::{Reader, Tx};
use super::{Phone, PhoneError};
use crate::audit::{Checkpoint, tree};
use crate::id::LogEpoch;
use crate::sync::wire::{AuditState, MOST_AUDIT_SIZES};

/// What comes of a checkpoint that somebody has shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compared {
    /// It is the one that this phone has.
    Same,
    /// The server is asked with the next sync.
    Asked,
    /// So many wait to be asked for that there is no room; sync first.
    SyncFirst,
    /// It cannot be of the same history as what this phone has: the server has told two.
    Contradicts,
    /// Another server has signed it, or another history of this one.
    OfAnother,
}

impl Phone {
    /// The last checkpoint of the server's audit log; nothing before the first sync.
    ///
    /// # Errors
    /// When the store fails.
    pub fn checkpoint(&self) -> Result<Option<Checkpoint>, PhoneError> {
        own(self.store.reader())
    }

    /// Two checkpoints that cannot be of one history, or the one that the server could not prove to be the
    /// beginning of the other, as text; nothing as long as all is well.
    ///
    /// # Errors
    /// When the store fails.
    pub fn broken_history(&self) -> Result<Option<String>, PhoneError> {
        text(self.store.reader(), Setting::BrokenHistory)
    }

    /// Compares a checkpoint from elsewhere, such as another phone or a bulletin.
    ///
    /// # Errors
    /// When the store fails.
    pub fn compare_checkpoint(&mut self, shown: Checkpoint) -> Result<Compared, PhoneError> {
        let known = self.checkpoint()?;
        let of_another = known.is_some_and(|known| known.log != shown.log);
        if of_another || !shown.is_signed_by(&self.profile.server) {
            return Ok(Compared::OfAnother);
        }
        match known {
            Some(known) if known.contradicts(&shown) => {
                self.store.write("noting a broken history", |tx| note_broken(tx, &known, &shown))?;
                Ok(Compared::Contradicts)
            }
            Some(known) if (known.size, known.root) == (shown.size, shown.root) => Ok(Compared::Same),
            _ => {
                let mut all = of_others(self.store.reader())?;
                if !all.contains(&shown) {
                    if all.len() + 1 >= MOST_AUDIT_SIZES {
                        return Ok(Compared::SyncFirst);
                    }
                    all.push(shown);
                }
                self.store.write("keeping a checkpoint", |tx| {
                    // An answer that is under way was not asked for it: its silence would accuse nobody.
                    setting::forget(tx, Setting::LastRequest)?;
                    keep_of_others(tx, &all)
                })?;
                Ok(Compared::Asked)
            }
        }
    }
}

/// The sizes for which a request asks proofs.
pub(super) fn sizes(reader: &Reader) -> Result<Vec<u64>, PhoneError> {
    let known = own(reader)?.into_iter().chain(of_others(reader)?);
    Ok(known.map(|checkpoint| checkpoint.size).collect())
}

/// Takes the server's word on its audit log, and holds it against what is known.
pub(super) fn take(
    tx: &Tx<'_>,
    log: LogEpoch,
    state: &AuditState,
    server: &crate::signature::PublicKey,
) -> Result<(), PhoneError> {
    let now = Checkpoint { log, size: state.size, root: state.root, signature: state.signature };
    if !now.is_signed_by(server) {
        return Err(PhoneError::BadResponse { reason: "its checkpoint is not signed".to_owned() });
    }
    let known = own(tx)?.into_iter().chain(of_others(tx)?).filter(|known| known.log == log);
    // Each was asked for, so a server that says nothing has nothing to say.
    for known in known {
        if !begins(&known, &now, state) {
            return note_broken(tx, &known, &now);
        }
    }
    keep_of_others(tx, &[])?;
    setting::write(tx, Setting::Checkpoint, now.to_string().as_bytes())
}

/// Whether a checkpoint is proved to be the beginning of what there is now.
fn begins(known: &Checkpoint, now: &Checkpoint, state: &AuditState) -> bool {
    let (old, new) = ((known.size, &known.root), (now.size, &now.root));
    let proof = state.proofs.iter().find(|proof| proof.size == known.size);
    let nodes = proof.map_or(&[][..], |proof| &proof.nodes);
    let nodes: Option<Vec<_>> = nodes.chunks(32).map(|node| node.try_into().ok()).collect();
    nodes.is_some_and(|nodes| tree::is_consistent(old, new, &nodes))
}

fn own(reader: &Reader) -> Result<Option<Checkpoint>, PhoneError> {
    Ok(text(reader, Setting::Checkpoint)?.and_then(|text| text.parse().ok()))
}

fn of_others(reader: &Reader) -> Result<Vec<Checkpoint>, PhoneError> {
    let all = text(reader, Setting::CheckpointsOfOthers)?.unwrap_or_default();
    Ok(all.split("\n\n").filter_map(|text| text.parse().ok()).collect())
}

fn keep_of_others(tx: &Tx<'_>, all: &[Checkpoint]) -> Result<(), PhoneError> {
    let texts: Vec<String> = all.iter().map(ToString::to_string).collect();
    setting::write(tx, Setting::CheckpointsOfOthers, texts.join("\n").as_bytes())
}

/// Keeps the first two that do not go together: they are the evidence.
fn note_broken(tx: &Tx<'_>, known: &Checkpoint, other: &Checkpoint) -> Result<(), PhoneError> {
    if setting::is_set(tx, Setting::BrokenHistory)? {
        return Ok(());
    }
    setting::write(tx, Setting::BrokenHistory, format!("{known}\n{other}").as_bytes())
}

fn text(reader: &Reader, setting: Setting) -> Result<Option<String>, PhoneError> {
    Ok(setting::read(reader, setting)?.and_then(|bytes| String::from_utf8(bytes).ok()))
}
