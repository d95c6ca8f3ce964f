//! 人员 people: everybody with an account or a name in a record.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::relation::PersonTies;
use crate::codes;
use crate::id::{PersonId, ProviderId, UndertakerId};

codes! {
    /// Where an observer comes from 旁听人类别 (domain 10.2; practice F37, F38, F42).
    ObserverKind as "observer_kind" {
        CentreStaff = "centre_staff",
        AidLawyer = "aid_lawyer",
        Volunteer = "volunteer",
        CongressDeputy = "congress_deputy",
        ConsultativeMember = "consultative_member",
        DisciplineInspector = "discipline_inspector",
        JusticeOffice = "justice_office",
        Expert = "expert",
    }
}

impl ObserverKind {
    /// Whether somebody of this kind is staff of the justice administration. Others never see what
    /// lies under privilege, a pre-hearing report for one (domain 3.4, 6.3).
    pub const fn is_staff(self) -> bool {
        matches!(self, Self::CentreStaff | Self::JusticeOffice)
    }
}

/// A person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// Their id.
    pub id: PersonId,
    /// Their name.
    pub name: String,
    /// The name that they sign in with; nothing for somebody without an account.
    pub login: Option<String>,
    /// The telephone number.
    pub phone: Option<String>,
    /// The provider that they work for. Staff of a centre have none, unless they undertake aid
    /// cases themselves.
    pub provider: Option<ProviderId>,
    /// The undertaker that they are, where they are one.
    pub undertaker: Option<UndertakerId>,
    /// Where they come from as an observer.
    pub observer_kind: Option<ObserverKind>,
    /// Whether they are of age; minors do not observe (interpretation of criminal procedure 223, court rules 9).
    pub adult: bool,
    /// The last day on which their training as an observer counts.
    pub trained_until: Option<Date>,
}

impl Person {
    /// Somebody of whom no more than an id is known: they may do nothing.
    pub fn unknown(id: PersonId, name: String) -> Self {
        let (login, phone, provider, undertaker, observer_kind, trained_until) = Default::default();
        Self { id, name, login, phone, provider, undertaker, observer_kind, adult: false, trained_until }
    }

    /// What ties them to cases.
    pub const fn ties(&self) -> PersonTies {
        PersonTies { person: self.id, undertaker: self.undertaker, provider: self.provider }
    }
}
