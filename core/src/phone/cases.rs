//! 案件 the cases of the phone's owner, and what each of the channels has brought, as far as this phone knows.

use std::collections::BTreeMap;

use super::store::document::{self, RecordPlace};
use super::store::task;
use super::{Phone, PhoneError, RecordRow};
use crate::case::GateRule;
use crate::clock::Moment;
use crate::codes;
use crate::id::{AssignmentId, CaseId};
use crate::people::task::{TaskHearing, TaskState, TaskSubject};
use crate::people::{AssignmentKind, Task};
use crate::record::complaint_intake::ComplaintIntake;
use crate::record::shape::RecordKind;
use crate::rubric::Channel;

codes! {
    /// How far a channel has come in a case, as far as this phone knows.
    ChannelState as "channel_state" {
        /// Nobody has asked the owner of this phone for it.
        NotAsked = "not_asked",
        /// An open task asks for it; what a task may bring besides is not asked for.
        Asked = "asked",
        /// A record of it is begun.
        Begun = "begun",
        /// A record of it is sealed.
        Sealed = "sealed",
    }
}

/// How far one channel has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChannelMark {
    /// The channel.
    pub channel: Channel,
    /// How far it has come.
    pub state: ChannelState,
}

/// A case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseCard {
    /// The case.
    pub case: CaseId,
    /// The centre's number of it.
    pub case_no: String,
    /// The code of its kind: section `case_kind`.
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

impl Phone {
    /// A page of cases by their numbers; `after` is number and id of the last case before. With a text only those whose
    /// number, cause, undertaker or provider holds it.
    ///
    /// # Errors
    /// When the store fails, or the phone is locked.
    pub fn cases(
        &self,
        text: Option<&str>,
        after: Option<(&str, CaseId)>,
        limit: u32,
    ) -> Result<Vec<CaseCard>, PhoneError> {
        self.check_lease()?;
        let words = text.map(super::search::folded).filter(|words| !words.is_empty());
        let cases = task::cases(self.store.reader(), words.as_deref(), after, limit)?;
        cases.into_iter().filter_map(|case| self.case(case).transpose()).collect()
    }

    /// How many cases there are on this phone.
    ///
    /// # Errors
    /// When the store fails.
    pub fn case_count(&self) -> Result<u64, PhoneError> {
        task::case_count(self.store.reader())
    }

    /// One case; nothing when no task of this phone is about it.
    ///
    /// # Errors
    /// When the store fails, or the phone is locked.
    pub fn case(&self, case: CaseId) -> Result<Option<CaseCard>, PhoneError> {
        self.check_lease()?;
        let reader = self.store.reader();
        let assignments = task::of_case(reader, case)?;
        let mut card: Option<CaseCard> = None;
        let mut states = BTreeMap::new();
        for assignment in &assignments {
            let Some(task) = self.known_task(*assignment)? else { continue };
            let mut rows = document::rows_of_assignment(reader, *assignment)?;
            // A task may be about several cases; what several write together is about all of them.
            rows.retain(|row| row.case.is_none_or(|about| about == case));
            let places: Vec<RecordPlace> = rows.iter().map(RecordPlace::from).collect();
            note_channels(&task, &places, &mut states);
            let mut about = task.subjects.iter().filter(|subject| subject.case == case);
            let Some(first) = about.next() else { continue };
            let card = card.get_or_insert_with(|| CaseCard {
                case,
                case_no: first.case_no.clone(),
                case_kind: first.case_kind.clone(),
                cause: first.cause.clone(),
                subjects: Vec::new(),
                channels: Vec::new(),
                next_hearing: None,
                tasks: assignments.clone(),
                records: Vec::new(),
            });
            for subject in std::iter::once(first).chain(about) {
                if card.subjects.iter().all(|known| known.undertaker != subject.undertaker) {
                    card.subjects.push(subject.clone());
                }
            }
            for row in rows {
                card.records.push(self.record_row(row)?);
            }
            let is_asked = task.state == TaskState::Open;
            let coming =
                task.hearing.filter(|hearing| is_asked && is_to_come(hearing, task.kind, self.now()));
            let sooner = |hearing: &TaskHearing| {
                card.next_hearing.as_ref().is_none_or(|known| hearing.starts_at < known.starts_at)
            };
            if coming.as_ref().is_some_and(sooner) {
                card.next_hearing = coming;
            }
        }
        Ok(card.map(|card| CaseCard { channels: marks(&states), ..card }))
    }
}

/// Whether a hearing is still to come, as far as a task of this kind knows. What the law closes to an audience takes
/// place all the same, for the undertaker for instance.
fn is_to_come(hearing: &TaskHearing, kind: AssignmentKind, now: Moment) -> bool {
    let called_off = [GateRule::HearingCancelled.code(), GateRule::HearingPostponed.code()];
    let stands_against =
        |rule: &String| kind == AssignmentKind::Attendance || called_off.contains(&rule.as_str());
    hearing.starts_at >= now && !hearing.refused_by.iter().any(stands_against)
}

/// The channel of a record kind. A kind that is a channel has its code, but for complaints: what is recorded of them
/// is how they were taken down.
fn channel_of(kind: &str) -> Option<Channel> {
    if kind == ComplaintIntake::SHAPE.code { Some(Channel::Complaint) } else { Channel::from_code(kind) }
}

/// Notes how far the channels of a task have come in the case that its records are about.
fn note_channels(task: &Task, places: &[RecordPlace], states: &mut BTreeMap<Channel, ChannelState>) {
    for (nth, kind) in task.kind.record_kinds().iter().enumerate() {
        let Some(channel) = channel_of(kind) else { continue };
        let of_kind = || places.iter().filter(|place| place.kind == *kind);
        let state = if of_kind().any(|place| place.is_sealed) {
            ChannelState::Sealed
        } else if of_kind().next().is_some() {
            ChannelState::Begun
        } else if task.state == TaskState::Open && nth == 0 {
            // What else a task takes need not be: who follows a case is not asked for complaints.
            ChannelState::Asked
        } else {
            ChannelState::NotAsked
        };
        let known = states.entry(channel).or_insert(ChannelState::NotAsked);
        *known = (*known).max(state);
    }
}

fn marks(states: &BTreeMap<Channel, ChannelState>) -> Vec<ChannelMark> {
    let state = |channel| states.get(&channel).copied().unwrap_or(ChannelState::NotAsked);
    Channel::ALL.iter().map(|channel| ChannelMark { channel: *channel, state: state(*channel) }).collect()
}
