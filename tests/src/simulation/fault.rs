//! What goes wrong, and how often it did.

use std::collections::BTreeMap;
use std::fmt;

/// A kind of fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// A request never arrives.
    RequestLost,
    /// A request arrives twice.
    RequestTwice,
    /// A request arrives days later, after others.
    RequestLate,
    /// A request arrives cut off.
    RequestCut,
    /// A request arrives with a flipped bit.
    RequestFlipped,
    /// The server commits and its answer is lost.
    AnswerLost,
    /// An answer arrives cut off.
    AnswerCut,
    /// An answer to an earlier request arrives.
    AnswerOld,
    /// The network goes away between two pages.
    PageMissing,
    /// The phone's app is killed and starts again.
    PhoneRestarted,
    /// The phone dies after it has noted the number of a frame and before it has written the frame.
    PhoneDiedBeforeCommit,
    /// The phone dies between two parts of an answer that it takes.
    PhoneDiedInAnswer,
    /// The phone's disk takes no more for a while.
    PhoneDiskFull,
    /// An old copy of the phone's data is put back.
    PhoneRestored,
    /// A phone's platform throws its keys away, and the centre opens it again.
    PhoneKeysLost,
    /// A phone is gone for ever, with what it had not handed in.
    PhoneDestroyed,
    /// Somebody copies the phone and uses the copy.
    PhoneCloned,
    /// The phone's clock jumps by up to a year, forwards or backwards.
    ClockJumped,
    /// A changed app writes what its owner may not.
    RuleBroken,
    /// A changed app signs a frame of forged items with a key that is enrolled.
    FrameForged,
    /// The server's process is killed and starts again.
    ServerRestarted,
    /// A second node answers.
    OtherNode,
    /// The server's disk takes no more changes for a while.
    ServerDiskFull,
    /// Yesterday's backup is put in the server's place.
    ServerRestored,
    /// A member is taken off the task, and comes back later.
    MemberRemoved,
    /// A role is taken, and given again later.
    RoleTaken,
    /// A phone is reported lost, and found later.
    DeviceLost,
    /// The policy is another from now on, and is taken back later.
    PolicyChanged,
    /// A role is taken between two pages of one answer.
    RoleTakenBetweenPages,
    /// The phone is revoked between two pages of one answer, for good.
    DeviceRevokedBetweenPages,
    /// A member, the policy or the phone's state changes there otherwise.
    ChangedBetweenPages,
    /// The policy is another after a frame was signed and before it is judged.
    PolicyChangedUnderFrame,
    /// A member, a role or the phone's state changes there.
    ChangedUnderFrame,
}

impl Fault {
    /// Every kind.
    pub const ALL: [Self; 33] = [
        Self::RequestLost,
        Self::RequestTwice,
        Self::RequestLate,
        Self::RequestCut,
        Self::RequestFlipped,
        Self::AnswerLost,
        Self::AnswerCut,
        Self::AnswerOld,
        Self::PageMissing,
        Self::PhoneRestarted,
        Self::PhoneDiedBeforeCommit,
        Self::PhoneDiedInAnswer,
        Self::PhoneDiskFull,
        Self::PhoneRestored,
        Self::PhoneKeysLost,
        Self::PhoneDestroyed,
        Self::PhoneCloned,
        Self::ClockJumped,
        Self::RuleBroken,
        Self::FrameForged,
        Self::ServerRestarted,
        Self::OtherNode,
        Self::ServerDiskFull,
        Self::ServerRestored,
        Self::MemberRemoved,
        Self::RoleTaken,
        Self::DeviceLost,
        Self::PolicyChanged,
        Self::RoleTakenBetweenPages,
        Self::DeviceRevokedBetweenPages,
        Self::ChangedBetweenPages,
        Self::PolicyChangedUnderFrame,
        Self::ChangedUnderFrame,
    ];
}

/// How often each fault happened.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    counts: BTreeMap<Fault, u64>,
    /// How many days phones have lived through, all together.
    pub phone_days: u64,
}

impl Tally {
    /// Counts one.
    pub fn count(&mut self, fault: Fault) {
        *self.counts.entry(fault).or_default() += 1;
    }

    /// How often a fault happened.
    pub fn of(&self, fault: Fault) -> u64 {
        self.counts.get(&fault).copied().unwrap_or_default()
    }

    /// Takes the counts of another season into this one.
    pub fn add(&mut self, other: &Self) {
        self.phone_days += other.phone_days;
        for (fault, count) in &other.counts {
            *self.counts.entry(*fault).or_default() += count;
        }
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:>8}  phone-days", self.phone_days)?;
        Fault::ALL.iter().try_for_each(|fault| writeln!(f, "{:>8}  {fault:?}", self.of(*fault)))
    }
}
