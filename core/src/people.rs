//! Who takes part: organisations, providers, people, their roles and their assignments.
//!
//! - [`organisation`], [`provider`], [`person`], [`undertaker`], [`recipient`]: the parties;
//! - [`role`]: what a person is in an organisation, and since when;
//! - [`assignment`]: who is to make which record about what; [`task`]: the same as a phone gets it;
//!   [`task_report`]: what a member says of it without making a record;
//! - [`relation`]: how a person stands to a case. Relation wins over role (DESIGN invariant 15).

pub mod assignment;
pub mod enrolment;
mod organisation;
pub mod person;
pub mod provider;
pub mod recipient;
pub mod relation;
pub mod report_due;
pub mod role;
pub mod task;
pub mod task_report;
pub mod undertaker;

pub use assignment::{Assignment, AssignmentKind, Duty, Member, Subject, SubjectCount, VisitStage};
pub use enrolment::{Enrolment, code_signs};
pub use organisation::{Organisation, OrganisationLevel};
pub use person::{ObserverKind, Person};
pub use provider::{Provider, ProviderKind};
pub use recipient::{RecipientContact, RecipientGroup, SafeContact};
pub use relation::{CaseTies, PersonTies, Relation, RelationGround, relation_to_case};
pub use report_due::ReportDue;
pub use role::{Role, RoleGrant};
pub use task::Task;
pub use task_report::{TaskCommand, TaskReport, TaskReportKind};
pub use undertaker::{PanelState, Undertaker, UndertakerKind};

#[cfg(test)]
mod tests {
    use super::task::TaskState;
    use super::*;
    use crate::text::{Language, label};

    #[test]
    fn every_code_of_this_chapter_has_a_label_in_both_languages() {
        let enumerations: &[(&str, &[&str])] = &[
            (AssignmentKind::NAME, AssignmentKind::CODES),
            (Duty::NAME, Duty::CODES),
            (ObserverKind::NAME, ObserverKind::CODES),
            (OrganisationLevel::NAME, OrganisationLevel::CODES),
            (PanelState::NAME, PanelState::CODES),
            (ProviderKind::NAME, ProviderKind::CODES),
            (RecipientGroup::NAME, RecipientGroup::CODES),
            (Relation::NAME, Relation::CODES),
            (RelationGround::NAME, RelationGround::CODES),
            (Role::NAME, Role::CODES),
            (TaskReportKind::NAME, TaskReportKind::CODES),
            (TaskState::NAME, TaskState::CODES),
            (UndertakerKind::NAME, UndertakerKind::CODES),
            (VisitStage::NAME, VisitStage::CODES),
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
