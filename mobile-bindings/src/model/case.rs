//! Cases, mirrored.

use tingfang_core::id::{AssignmentId, CaseId};
use tingfang_core::people::task::{TaskHearing, TaskSubject};
use tingfang_core::phone::{self, ChannelState};
use tingfang_core::rubric::Channel;

use super::record::RecordRow;

/// The way on which something about quality comes in. Labels: section `channel`.
#[uniffi::remote(Enum)]
pub enum Channel {
    /// A hearing is attended.
    Attendance,
    /// A recipient is asked.
    ReturnVisit,
    /// A court or another organ is asked.
    CourtVisit,
    /// The file is checked.
    FileReview,
    /// The undertaker reports.
    PreHearingReport,
    /// Somebody complains: a `complaint_intake`. Every other channel has the code of its record kind.
    Complaint,
}

/// How far a channel has come in a case, as far as this phone knows. Labels: section `channel_state`.
#[uniffi::remote(Enum)]
pub enum ChannelState {
    /// Nobody has asked the owner of this phone for it.
    NotAsked,
    /// An open task asks for it; what a task may bring besides is not asked for.
    Asked,
    /// A record of it is begun.
    Begun,
    /// A record of it is sealed.
    Sealed,
}

/// How far one channel has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Record)]
pub struct ChannelMark {
    /// The channel.
    pub channel: Channel,
    /// How far it has come.
    pub state: ChannelState,
}

/// A case.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct CaseCard {
    /// The case.
    pub case: CaseId,
    /// The centre's number of it.
    pub case_no: String,
    /// The code of its kind. Labels: section `case_kind`.
    pub case_kind: String,
    /// The cause of action or the charge.
    pub cause: String,
    /// Whose work in it the owner's tasks are about.
    pub subjects: Vec<TaskSubject>,
    /// The four channels of the law, the undertaker's report and complaints, in this order.
    pub channels: Vec<ChannelMark>,
    /// The next hearing that an open task names. One that was cancelled or postponed is left out, and so is an
    /// attendance that the law refuses; another task may still name its hearing.
    pub next_hearing: Option<TaskHearing>,
    /// The tasks about it, the earliest first.
    pub tasks: Vec<AssignmentId>,
    /// The records about it on this phone, those of shared tasks included.
    pub records: Vec<RecordRow>,
}

impl From<phone::CaseCard> for CaseCard {
    fn from(card: phone::CaseCard) -> Self {
        let mark = |mark: phone::ChannelMark| ChannelMark { channel: mark.channel, state: mark.state };
        Self {
            case: card.case,
            case_no: card.case_no,
            case_kind: card.case_kind,
            cause: card.cause,
            subjects: card.subjects,
            channels: card.channels.into_iter().map(mark).collect(),
            next_hearing: card.next_hearing,
            tasks: card.tasks,
            records: card.records.into_iter().map(RecordRow::from).collect(),
        }
    }
}
