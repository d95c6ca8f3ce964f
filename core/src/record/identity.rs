//! Whose a record is and what it is about. The assignment says so, never the record itself: the
//! fields that repeat it are written once, with the value that the assignment gives them.
//!
//! Otherwise whoever writes a sheet could name a colleague as its author, or another case as its
//! subject, and take a colleague's place in the evidence.

use super::edit::FieldPath;
use super::shape::ScalarType;
use super::value::Scalar;
use crate::id::{CaseId, DocumentId, HearingId, OrganisationId, PersonId, RoundId, TenantId, UndertakerId};
use crate::people::{Assignment, AssignmentKind, Subject};

/// Whose a record is and what it is about, as the rows of server or phone have it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Identity {
    /// The one writer of a single-writer record.
    pub author: Option<PersonId>,
    /// The observer whose paper sheet it is a transcript of.
    pub transcribed_for: Option<PersonId>,
    /// The sealed record that it amends.
    pub amends: Option<DocumentId>,
    /// The case of a single-writer record, and of a shared one that is about one case.
    pub case: Option<CaseId>,
    /// The undertaker of a single-writer record, and of a shared one that is about one undertaker.
    pub undertaker: Option<UndertakerId>,
    /// The hearing.
    pub hearing: Option<HearingId>,
    /// The evaluation round.
    pub round: Option<RoundId>,
    /// The workstation or centre that is inspected.
    pub organisation: Option<OrganisationId>,
    /// The shared attendance that an observer's sheet belongs to.
    pub attendance: Option<DocumentId>,
}

impl Identity {
    /// What every record of an assignment is about.
    pub fn of_assignment(assignment: &Assignment, tenant: TenantId) -> Self {
        let attends = assignment.kind == AssignmentKind::Attendance;
        Self {
            hearing: assignment.hearing,
            round: assignment.round,
            organisation: assignment.inspected,
            attendance: attends.then(|| DocumentId::shared(tenant, assignment.id)),
            ..Self::default()
        }
        .about(assignment.only_subject())
    }

    /// The same, about this undertaker's work in this case where one is given.
    #[must_use]
    pub fn about(self, subject: Option<Subject>) -> Self {
        match subject {
            Some(Subject { case, undertaker }) => {
                Self { case: Some(case), undertaker: Some(undertaker), ..self }
            }
            None => self,
        }
    }

    /// What must stand at a path, when the path is one of identity: the value, or nothing at all.
    pub fn at(&self, path: &FieldPath) -> Option<Option<Scalar>> {
        let [container, field] = path.parts() else { return None };
        let value = match (container.as_str(), field.as_str()) {
            ("origin", "author") => self.author.map(|id| id.to_scalar()),
            ("origin", "transcribed_for") => self.transcribed_for.map(|id| id.to_scalar()),
            ("origin", "amends") => self.amends.map(|id| id.to_scalar()),
            ("subject", "case") => self.case.map(|id| id.to_scalar()),
            ("subject", "undertaker") => self.undertaker.map(|id| id.to_scalar()),
            ("subject", "hearing") => self.hearing.map(|id| id.to_scalar()),
            ("subject", "round") => self.round.map(|id| id.to_scalar()),
            ("subject", "organisation") => self.organisation.map(|id| id.to_scalar()),
            ("subject", "attendance") => self.attendance.map(|id| id.to_scalar()),
            _ => return None,
        };
        Some(value)
    }

    /// Whether something may be written at a path: anything outside of identity, and within it the
    /// one value. Nothing stands for taking a value away.
    pub fn admits(&self, path: &FieldPath, value: Option<&Scalar>) -> bool {
        match self.at(path) {
            None => true,
            Some(expected) => value.is_some() && expected.as_ref() == value,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> FieldPath {
        text.parse().expect("any text is a path")
    }

    #[test]
    fn a_field_of_identity_takes_its_one_value_and_is_never_emptied() {
        let (anna, ben) = (PersonId::from_bytes([1; 16]), PersonId::from_bytes([2; 16]));
        let identity = Identity { author: Some(anna), ..Identity::default() };
        assert!(identity.admits(&path("origin/author"), Some(&anna.to_scalar())));
        assert!(!identity.admits(&path("origin/author"), Some(&ben.to_scalar())));
        assert!(!identity.admits(&path("origin/author"), None));
        assert!(
            !identity.admits(&path("origin/transcribed_for"), Some(&ben.to_scalar())),
            "it is no transcript"
        );
        assert!(identity.admits(&path("origin/paper_kept"), Some(&Scalar::Flag(true))));
        assert!(identity.admits(&path("narrative"), None));
    }
}
