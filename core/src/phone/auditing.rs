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

    /// The last checkpoints of histories that the server has ended, by saying that it was put back to an older
    /// state, the earliest first; none as long as it never was. Whoever has ordered no restore asks why.
    ///
    /// # Errors
    /// When the store fails.
    pub fn former_checkpoints(&self) -> Result<Vec<Checkpoint>, PhoneError> {
        former(self.store.reader())
    }

    /// Compares a checkpoint from elsewhere, such as another phone or a bulletin.
    ///
    /// # Errors
    /// When the store fails.
    pub fn compare_checkpoint(&mut self, shown: Checkpoint) -> Result<Compared, PhoneError> {
        if !shown.is_signed_by(&self.profile.server) {
            return Ok(Compared::OfAnother);
        }
        let known = self.checkpoint()?;
        if known.is_some_and(|known| known.log != shown.log) {
            // Of a history that has ended: no proof can be asked for, but it may be the same, or speak against it.
            let former = self.former_checkpoints()?;
            return match former
                .into_iter()
                .find(|former| (former.log, former.size) == (shown.log, shown.size))
            {
                Some(former) if former.contradicts(&shown) => {
                    self.store.write("noting a broken history", |tx| note_broken(tx, &former, &shown))?;
                    Ok(Compared::Contradicts)
                }
                Some(_) => Ok(Compared::Same),
                None => Ok(Compared::OfAnother),
            };
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
    let now = Checkpoint::signed(log, state.size, state.root, state.signature, server);
    if !now.is_signed_by(server) {
        return Err(PhoneError::BadResponse { reason: "its checkpoint is not signed".to_owned() });
    }
    note_former(tx, log)?;
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

/// The server speaks of another history: it says that it was put back to an older state. What it had signed of
/// the one before is kept for good, so that it can be held against bulletins and against the archive of the
/// centre: a restore that nobody has ordered is a rewriting.
fn note_former(tx: &Tx<'_>, log: LogEpoch) -> Result<(), PhoneError> {
    let known = own(tx)?.into_iter().chain(of_others(tx)?);
    let ended: Vec<_> = known.filter(|known| known.log != log).collect();
    if ended.is_empty() {
        return Ok(());
    }
    let mut all = former(tx)?;
    all.extend(ended);
    let texts: Vec<String> = all.iter().map(ToString::to_string).collect();
    setting::write(tx, Setting::FormerCheckpoints, texts.join("\n").as_bytes())
}

fn former(reader: &Reader) -> Result<Vec<Checkpoint>, PhoneError> {
    Ok(Checkpoint::all_in(&text(reader, Setting::FormerCheckpoints)?.unwrap_or_default()))
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
    Ok(Checkpoint::all_in(&all))
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
