//! Typed names of things.
//!
//! Every kind of thing has its own id type, so that a case can never be passed where a hearing is
//! meant. An id is 16 bytes: a UUIDv7 when it was minted, a UUIDv8 when it was derived from
//! something that both sides know (a record that answers an assignment, for one).

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::clock::Clock;

/// A text that is no id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is no id; an id looks like 019a2b3c-0000-7000-8000-000000000000")]
pub struct InvalidId {
    /// The type that was wanted, for instance `CaseId`.
    pub what: &'static str,
    /// What was given.
    pub text: String,
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident,)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// The 16 bytes of the id.
            pub fn as_bytes(&self) -> &[u8; 16] {
                self.0.as_bytes()
            }

            /// The id with these bytes.
            pub const fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(Uuid::from_bytes(bytes))
            }
        }

        impl From<Uuid> for $name {
            fn from(uuid: Uuid) -> Self {
                Self(uuid)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                Uuid::try_parse(text)
                    .map(Self)
                    .map_err(|_| InvalidId { what: stringify!($name), text: text.to_owned() })
            }
        }

        impl<C> minicbor::Encode<C> for $name {
            fn encode<W: minicbor::encode::Write>(
                &self,
                e: &mut minicbor::Encoder<W>,
                _: &mut C,
            ) -> Result<(), minicbor::encode::Error<W::Error>> {
                e.bytes(self.0.as_bytes())?;
                Ok(())
            }
        }

        impl<'b, C> minicbor::Decode<'b, C> for $name {
            fn decode(d: &mut minicbor::Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
                let bytes = <[u8; 16]>::try_from(d.bytes()?)
                    .map_err(|_| minicbor::decode::Error::message(concat!(stringify!($name), " is not 16 bytes")))?;
                Ok(Self::from_bytes(bytes))
            }
        }
    )+};
}

ids! {
    /// The top authority of a deployment: a province, a city, a lone county.
    TenantId,
    /// An organisation of legal aid: department, centre, workstation.
    OrganisationId,
    /// A provider 承办单位: a law firm, a grassroots legal service office, a centre of its own.
    ProviderId,
    /// Somebody with an account or a name in a record.
    PersonId,
    /// An undertaker 承办人: the lawyer or legal worker who handles aid cases.
    UndertakerId,
    /// A legal aid case 案件.
    CaseId,
    /// A hearing 开庭.
    HearingId,
    /// An assignment: who is to make which record about what.
    AssignmentId,
    /// A record, that is: one CRDT document.
    DocumentId,
    /// An entry inside a record, for instance one finding.
    EntryId,
    /// An installation of the phone app.
    DeviceId,
    /// An evaluation round 评估批次.
    RoundId,
    /// A grade decision 等次决定.
    DecisionId,
    /// A line in the subsidy ledger.
    SubsidyLineId,
    /// A check on the spot 实地核实.
    SpotCheckId,
    /// A veto 一票否决 that somebody raised.
    VetoId,
    /// One ruling in the history of a veto.
    RulingId,
    /// The history of a server's log; a restored server begins a new one.
    LogEpoch,
    /// Something kept in quarantine: a refused or malformed change.
    QuarantineId,
    /// A sealed record that a manager has returned with notes.
    ReturnId,
    /// What staff say of an undertaker's report.
    CheckId,
    /// A complaint 投诉.
    ComplaintId,
    /// Work that some node of the server does when it comes to it.
    JobId,
    /// What a person decides on something held.
    HeldDecisionId,
    /// An attached file on its way to the server.
    UploadId,
}

impl DocumentId {
    /// Derives the id of the shared record that answers an assignment (UUIDv8).
    ///
    /// Two observers who start the same attendance without having met land in one document.
    /// The assignment's id is random, so nobody can probe for a planned attendance.
    pub fn shared(tenant: TenantId, assignment: AssignmentId) -> Self {
        Self::derive(&["tingfang-record/shared", "1"], &[tenant.as_bytes(), assignment.as_bytes()])
    }

    /// Derives the id of a single-writer record from assignment × subject × writer (UUIDv8), so
    /// that phone and console of one person meet.
    pub fn own(tenant: TenantId, record: &OwnRecord<'_>) -> Self {
        // Nobody has the id of zeros, so a transcript never meets the clerk's own sheet.
        let observer = record.transcribed_for.map_or([0; 16], |observer| *observer.as_bytes());
        Self::derive(
            &["tingfang-record/own", record.kind],
            &[
                tenant.as_bytes(),
                record.assignment.as_bytes(),
                record.case.as_bytes(),
                record.undertaker.as_bytes(),
                record.writer.as_bytes(),
                &observer,
            ],
        )
    }

    /// Whether the id was minted, not derived: a derived one belongs to whoever it is derived for.
    pub fn is_minted(self) -> bool {
        self.0.get_version_num() == 7
    }

    fn derive(context: &[&str], parts: &[&[u8; 16]]) -> Self {
        let mut hasher = blake3::Hasher::new();
        for text in context {
            hasher.update(&(text.len() as u64).to_le_bytes());
            hasher.update(text.as_bytes());
        }
        for part in parts {
            hasher.update(*part);
        }
        let mut bytes = [0_u8; 16];
        bytes.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
        Self(uuid::Builder::from_custom_bytes(bytes).into_uuid())
    }
}

impl EntryId {
    /// Names an answer to a question of a questionnaire, as if it were an entry of its record: what the
    /// answer alleges is ruled on by this name.
    pub fn of_question(question: &str) -> Self {
        let hash = crate::signature::digest("tingfang-question/1", &[question.as_bytes()]);
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&hash[..16]);
        Self(uuid::Builder::from_custom_bytes(bytes).into_uuid())
    }
}

/// What names a single-writer record: a writer has one of a kind on each subject of an assignment,
/// and a clerk one for each observer whose paper sheet is entered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OwnRecord<'k> {
    /// The assignment that asks for it.
    pub assignment: AssignmentId,
    /// The record kind's code.
    pub kind: &'k str,
    /// The case.
    pub case: CaseId,
    /// The undertaker whose work it is about.
    pub undertaker: UndertakerId,
    /// Who writes it.
    pub writer: PersonId,
    /// The observer whose paper sheet it is a transcript of.
    pub transcribed_for: Option<PersonId>,
}

/// Where random bytes come from. Handed in, so that a test with a seed repeats exactly.
pub trait Entropy: Send + Sync {
    /// Fills the buffer with random bytes.
    fn fill(&self, buffer: &mut [u8]);
}

/// Makes fresh ids, the only place that does.
#[derive(Clone)]
pub struct Minter {
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
}

impl Minter {
    /// A minter over this clock and this source of randomness.
    pub fn new(clock: Arc<dyn Clock>, entropy: Arc<dyn Entropy>) -> Self {
        Self { clock, entropy }
    }

    /// A fresh id (UUIDv7: sorts by time).
    pub fn mint<T: From<Uuid>>(&self) -> T {
        let mut random = [0_u8; 10];
        self.entropy.fill(&mut random);
        let millis = u64::try_from(self.clock.now().as_millis()).unwrap_or(0);
        uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid().into()
    }

    /// The clock that stamps the ids.
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.clock
    }

    /// Random bytes for keys, tokens and seeds.
    pub fn random<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.entropy.fill(&mut bytes);
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shared_record_of_an_assignment_has_one_id_everywhere() {
        let tenant = TenantId::from_bytes([1; 16]);
        let assignment = AssignmentId::from_bytes([2; 16]);
        let id = DocumentId::shared(tenant, assignment);
        assert_eq!(id, DocumentId::shared(tenant, assignment));
        assert_eq!(Uuid::from_bytes(*id.as_bytes()).get_version_num(), 8);
        assert_ne!(id, DocumentId::shared(tenant, AssignmentId::from_bytes([3; 16])));
    }

    #[test]
    fn a_wrong_id_says_what_an_id_looks_like() {
        let error = "12".parse::<CaseId>().expect_err("too short");
        assert_eq!(
            error.to_string(),
            "\"12\" is no id; an id looks like 019a2b3c-0000-7000-8000-000000000000"
        );
        assert_eq!(error.what, "CaseId");
    }
}
