//! 案件 cases and 开庭 hearings, and the two gates before an attendance.
//!
//! - [`aid_case`]: a legal aid case; [`hearing`]: a hearing of a case;
//! - [`legal_gate`]: whether the law lets anybody be sent to a hearing;
//! - [`observer_gate`]: whether this person may observe it.

pub mod aid_case;
pub mod gate_rule;
pub mod hearing;
pub mod legal_gate;
pub mod observer_gate;

pub use aid_case::{
    AidForm, Case, CaseFlags, CaseKind, CaseSource, CaseStatus, CaseUndertaker, Organ, OrganKind, Stage,
};
pub use gate_rule::{GateArticle, GateRefusal, GateRule};
pub use hearing::{Hearing, HearingKind, HearingState, Instance, Known, Openness, Procedure};
pub use legal_gate::may_attend;
pub use observer_gate::{ObserverFacts, may_observe};

#[cfg(test)]
mod test_data {
    use super::*;
    use crate::clock::Moment;
    use crate::id::{CaseId, HearingId, OrganisationId};

    /// A public hearing whose facts are known, on 2026-12-01 at 9:00 in China.
    pub(super) fn hearing() -> Hearing {
        Hearing {
            id: HearingId::from_bytes([1; 16]),
            case: CaseId::from_bytes([2; 16]),
            kind: HearingKind::Trial,
            state: HearingState::Scheduled,
            court: "a court".to_owned(),
            courtroom: None,
            starts_at: Moment::parse("2026-12-01T09:00:00+08:00").expect("a time"),
            procedure: Some(Procedure::Ordinary),
            instance: Some(Instance::First),
            openness: Openness::Public,
            defendant_under_18_at_trial: Known::No,
            record_may_be_sealed: Known::No,
            presiding: None,
            device_rule: None,
            source: None,
        }
    }

    /// A case of this kind that nothing speaks against.
    pub(super) fn case(kind: CaseKind) -> Case {
        Case {
            id: CaseId::from_bytes([2; 16]),
            organisation: OrganisationId::from_bytes([3; 16]),
            case_no: "1".to_owned(),
            organ_case_no: None,
            kind,
            stage: None,
            cause: "a cause".to_owned(),
            source: CaseSource::Notice,
            aid_form: None,
            status: CaseStatus::InProgress,
            undertakers: Vec::new(),
            recipients: Vec::new(),
            organ: None,
            assigned_on: None,
            closed_on: None,
            archived_on: None,
            close_method: None,
            effect: None,
            flags: CaseFlags::default(),
            first_case_of_undertaker: false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::{Language, label};

    #[test]
    fn every_code_of_this_chapter_has_a_label_in_both_languages() {
        let enumerations: &[(&str, &[&str])] = &[
            (AidForm::NAME, AidForm::CODES),
            (CaseKind::NAME, CaseKind::CODES),
            (CaseSource::NAME, CaseSource::CODES),
            (CaseStatus::NAME, CaseStatus::CODES),
            (HearingKind::NAME, HearingKind::CODES),
            (HearingState::NAME, HearingState::CODES),
            (Instance::NAME, Instance::CODES),
            (Known::NAME, Known::CODES),
            (Openness::NAME, Openness::CODES),
            (OrganKind::NAME, OrganKind::CODES),
            (Procedure::NAME, Procedure::CODES),
            (Stage::NAME, Stage::CODES),
        ];
        for (name, codes) in enumerations {
            for code in *codes {
                for language in [Language::Zh, Language::En] {
                    assert!(label(language, name, code).is_some(), "{language:?} lacks {name}.{code}");
                }
            }
        }
    }
}
