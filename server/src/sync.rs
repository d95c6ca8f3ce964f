//! `tingfang sync/1` on the server's side: one request in, one response out.
//!
//! Order of trust: a frame's bytes are on the disk first ([`intake`]), then its items are judged
//! outside of any transaction ([`judging`]), then what was accepted is committed together with the
//! verdicts ([`commit`]), and only then the phone is answered, with what is new for it ([`pull`]).

mod adding_late;
mod claim;
mod commit;
mod comparing;
mod cursor;
mod facts;
mod grounds;
mod intake;
mod judged;
mod judging;
mod late;
mod pace;
mod pull;
mod questions;
mod run;
mod standing_in;
mod working;

pub(crate) use commit::item_position;
pub use late::{LetIn, Linked, with_it};
pub use pace::Pace;
pub use standing_in::{CarriedOver, CarryOver};

use std::sync::Arc;

use tingfang_core::audit::Checkpoint;
use tingfang_core::clock::Moment;
use tingfang_core::id::{DeviceId, LogEpoch, Minter, PersonId, TenantId};
use tingfang_core::policy::SignedPolicy;
use tingfang_core::signature::SecretKey;
use tingfang_core::sync::frame::{Beacon, Frame, FrameHash};
use tingfang_core::sync::order::{DeviceStanding, Terms, WipeOrder};
use tingfang_core::sync::verdict::Verdict;
use tingfang_core::sync::wire::{
    self, AuditProof, AuditState, FrameBytes, FrameRejection, FrameVerdicts, LastFrame, MOST_AUDIT_SIZES,
    SyncRequest, SyncResponse, WireError,
};

use crate::db::{Db, DbError};
use crate::log;
use crate::metrics::Metrics;
use crate::policies::KnownPolicies;
use crate::store::device::{self, Device, DeviceState};
use crate::store::{audit_log, frame, policy, wipe_order};

/// Why a request as a whole cannot be answered. A single bad frame or item is no such reason.
#[derive(Debug, thiserror::Error)]
pub enum SyncError {
    /// The bytes are no request.
    #[error("the request cannot be read")]
    Unreadable(#[source] WireError),
    /// The token belongs to another device than the one that the request names.
    #[error("the token is not this device's")]
    WrongDevice,
    /// The device belongs to another tenant.
    #[error("this server serves another tenant")]
    WrongTenant,
    /// The data layer failed.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// The sync door of a server. Cheap to clone.
#[derive(Clone)]
pub struct SyncDoor {
    db: Db,
    tenant: TenantId,
    key: SecretKey,
    minter: Minter,
    policies: KnownPolicies,
    terms: Terms,
    metrics: Metrics,
    pace: Option<Arc<Pace>>,
}

/// What became of the frames of a rescue file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TakenFrames {
    /// Frames that were taken now.
    pub frames: usize,
    /// Frames that were here before.
    pub known: usize,
    /// Items that are held.
    pub held: usize,
    /// Frames that were not taken, with the code of each reason.
    pub rejected: Vec<String>,
}

/// Who sends.
#[derive(Clone, Copy, Debug)]
struct Sender<'d> {
    device: &'d Device,
    person: PersonId,
}

impl SyncDoor {
    /// The door of a server.
    pub fn new(db: Db, tenant: TenantId, key: SecretKey, minter: Minter) -> Self {
        let (policies, metrics) = (KnownPolicies::default(), Metrics::default());
        Self { db, tenant, key, minter, policies, terms: Terms::default(), metrics, pace: None }
    }

    /// The same door, with the terms on which devices are used.
    #[must_use]
    pub fn on_terms(mut self, terms: Terms) -> Self {
        self.terms = terms;
        self
    }

    /// The same door, where each phone asks only so often.
    #[must_use]
    pub fn at_pace(mut self, pace: Pace) -> Self {
        self.pace = Some(Arc::new(pace));
        self
    }

    /// Answers one request of a device. Blocks; call it off the async threads.
    ///
    /// # Errors
    /// When the request as a whole cannot be answered.
    pub fn exchange(&self, device: &Device, request: &[u8]) -> Result<Vec<u8>, SyncError> {
        let decoded: SyncRequest = wire::decode(request).map_err(SyncError::Unreadable)?;
        if decoded.tenant != self.tenant {
            return Err(SyncError::WrongTenant);
        }
        if decoded.device != device.id {
            return Err(SyncError::WrongDevice);
        }
        let sender = Sender { device, person: device.person };
        let (verdicts, rejections) = self.take_frames(sender, &decoded)?;
        // Who asks too often hands in what it has, as ever, and is given nothing for a while.
        let retry_after_s = self.pace.as_ref().and_then(|pace| pace.take(device.id, self.now()));
        let (last_frame, beacon) = self.note_visit(device.id, decoded.epoch)?;
        let wipe = self.wipe_order(device.id, decoded.is_wiping)?;
        // A device that is lost, revoked or held may still hand in what it has, and receives nothing.
        let page = match device.state {
            _ if retry_after_s.is_some() => pull::Page::default(),
            DeviceState::Active => {
                let taken: Vec<u64> = verdicts.iter().map(|answered| answered.number).collect();
                self.pull(sender, &decoded, &taken, beacon.position)?
            }
            _ => pull::Page { cursor: decoded.cursor.clone(), ..pull::Page::default() },
        };
        let differs = if retry_after_s.is_some() { None } else { self.compare(sender, &decoded)? };
        let audit = self.audit_state(beacon.log_epoch, &decoded.audit_sizes)?;
        let response = SyncResponse {
            log_epoch: beacon.log_epoch,
            verdicts,
            rejections,
            last_frame,
            restart: page.restart,
            rows: page.rows,
            documents: page.documents,
            leave: page.leave,
            writers: page.writers,
            page: page.next,
            cursor: page.cursor,
            beacon,
            retry_after_s,
            answers: wire::request_digest(request),
            audit,
            terms: self.terms,
            wipe,
            differs,
            policy: self.policy_for(decoded.policy_version)?,
            standing: standing(device.state),
        };
        Ok(wire::encode_response(&response, &self.key))
    }

    /// Takes the frames of a rescue file as if their device had sent them. They were signed by it, so whoever
    /// brings the file can add nothing.
    ///
    /// # Errors
    /// When the data layer fails.
    pub fn take_rescued(&self, device: &Device, frames: &[FrameBytes]) -> Result<TakenFrames, DbError> {
        let sender = Sender { device, person: device.person };
        let mut taken = TakenFrames::default();
        for bytes in frames {
            let Ok(parsed) = Frame::from_bytes(&bytes.0) else {
                taken.rejected.push("unreadable".to_owned());
                continue;
            };
            let (epoch, number) = (parsed.header.epoch, parsed.header.number);
            let is_known = self.db.read(|tx| frame::find(tx, device.id, epoch, number))?.is_some();
            // The phone itself does not come by; that the file is of an earlier epoch says nothing of copies.
            match self.take_frame(sender, u32::MAX, &bytes.0)? {
                Ok(_) if is_known => taken.known += 1,
                Ok(answered) => {
                    self.metrics.judged(&answered.verdicts);
                    let held =
                        answered.verdicts.iter().filter(|verdict| matches!(verdict, Verdict::Held { .. }));
                    taken.held += held.count();
                    taken.frames += 1;
                }
                Err(code) => {
                    self.metrics.rejected_frame();
                    taken.rejected.push(code.to_owned());
                }
            }
        }
        Ok(taken)
    }

    /// What this door counts.
    pub const fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    /// Judges frames that were kept before a moment but not answered because a server stopped in
    /// between, and items whose wait had ended by then. Says how many frames there were.
    ///
    /// # Errors
    /// When the data layer fails.
    pub fn finish_leftovers(&self, before: Moment) -> Result<usize, DbError> {
        let left = self.judge_leftovers(before)?;
        for document in self.db.read(frame::blocked_documents)? {
            self.judge_blocked(document, late::Blocked::All)?;
        }
        Ok(left)
    }

    /// Judges frames that were kept before a moment but not answered. One that cannot be judged does
    /// not hold up the others; it stays, and somebody must look.
    ///
    /// # Errors
    /// When the data layer is away.
    pub fn judge_leftovers(&self, before: Moment) -> Result<usize, DbError> {
        let left = self.db.read(|tx| frame::unjudged(tx, before))?;
        for kept in &left {
            match self.judge_and_commit(kept) {
                Ok(_) => {}
                Err(error) if error.may_pass() => return Err(error),
                Err(error) => {
                    let (device, epoch, number) = (kept.device, kept.epoch, kept.number);
                    tracing::error!(%error, %device, epoch, number, "a kept frame cannot be judged");
                }
            }
        }
        Ok(left.len())
    }

    fn take_frames(
        &self,
        sender: Sender<'_>,
        request: &SyncRequest,
    ) -> Result<(Vec<FrameVerdicts>, Vec<FrameRejection>), DbError> {
        let mut verdicts = Vec::new();
        let mut rejections = Vec::new();
        for (index, bytes) in request.frames.iter().enumerate() {
            match self.take_frame(sender, request.epoch, &bytes.0)? {
                Ok(answered) => {
                    self.metrics.judged(&answered.verdicts);
                    verdicts.push(answered);
                }
                Err(code) => {
                    self.metrics.rejected_frame();
                    let index = u32::try_from(index).unwrap_or(u32::MAX);
                    rejections.push(FrameRejection { index, code: code.to_owned() });
                }
            }
        }
        Ok((verdicts, rejections))
    }

    /// The audit log as it is now, and that it began as the phone knows it.
    fn audit_state(&self, log: LogEpoch, sizes: &[u64]) -> Result<AuditState, DbError> {
        self.db.read(|tx| {
            let Checkpoint { size, root, signature, .. } = audit_log::checkpoint(tx, log, &self.key)?;
            let mut proofs = Vec::new();
            for known in sizes.iter().copied().filter(|known| *known < size).take(MOST_AUDIT_SIZES) {
                let nodes = audit_log::consistency(tx, known, size)?.concat();
                proofs.push(AuditProof { size: known, nodes });
            }
            Ok(AuditState { size, root, signature, proofs })
        })
    }

    fn note_visit(&self, id: DeviceId, epoch: u32) -> Result<(LastFrame, Beacon), DbError> {
        let now = self.now();
        let (last, (position, log_epoch)) = self.db.write(move |tx| {
            device::seen(tx, id, epoch, now)?;
            Ok((frame::last(tx, id, epoch)?, log::head(tx)?))
        })?;
        let last_frame = last.map_or(LastFrame { number: 0, hash: FrameHash::NONE }, |(number, hash)| {
            LastFrame { number, hash: FrameHash(hash) }
        });
        Ok((last_frame, Beacon::sign(log_epoch, position, now, &self.key)))
    }

    /// The policy that holds now, for a phone that has another version.
    fn policy_for(&self, known: u32) -> Result<Option<SignedPolicy>, DbError> {
        self.db.read(|tx| match policy::newest_version(tx)? {
            Some(newest) if newest != known => Ok(policy::find(tx, newest)?.map(|kept| kept.signed)),
            _ => Ok(None),
        })
    }

    /// The order to wipe a device, while there is one. A phone that follows it says so first.
    fn wipe_order(&self, id: DeviceId, is_wiping: bool) -> Result<Option<WipeOrder>, DbError> {
        let Some(kept) = self.db.read(|tx| wipe_order::find(tx, id))? else { return Ok(None) };
        if is_wiping {
            let now = self.now();
            self.db.write(move |tx| wipe_order::set_wiped(tx, id, now))?;
        } else if kept.wiped_at.is_some() {
            // It has not heard the answer, and has something more to hand in.
            self.db.write(move |tx| wipe_order::set_not_wiped(tx, id))?;
        }
        Ok(Some(kept.order))
    }

    fn now(&self) -> Moment {
        self.minter.clock().now()
    }
}

/// What whoever holds a device is told of its state.
const fn standing(state: DeviceState) -> DeviceStanding {
    match state {
        DeviceState::Active => DeviceStanding::Active,
        DeviceState::HeldByCourt | DeviceState::Lost | DeviceState::Frozen => DeviceStanding::Suspended,
        DeviceState::Revoked => DeviceStanding::Revoked,
    }
}
