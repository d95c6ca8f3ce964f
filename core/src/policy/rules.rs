//! The rules and their interpreter.

use serde::Deserialize;

use super::facts::{Act, Facts, RecordState, Request};
use crate::data_file::{self, DataFileError};
use crate::id::PersonId;
use crate::people::{Duty, Relation, Role};
use crate::record::edit::FieldPath;
use crate::record::shape_of;

/// The policy that this version ships.
const SHIPPED: &str = include_str!("../../data/policy/2.toml");

/// What a policy says of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ruling<'p> {
    /// Allowed, by this rule.
    Allow(&'p str),
    /// Denied, by this rule.
    Deny(&'p str),
}

/// A policy file that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PolicyError {
    /// Not the expected TOML.
    #[error("the policy cannot be read")]
    Unreadable(#[source] DataFileError),
    /// Phones, which have a smaller reader of TOML, would read it otherwise.
    #[error("the policy uses a form of TOML that phones read otherwise; write it more plainly")]
    ReadOtherwise,
    /// A rule about a record kind that does not exist.
    #[error("rule {rule}: the kind {kind} does not exist")]
    UnknownKind {
        /// The rule.
        rule: String,
        /// What it names.
        kind: String,
    },
}

/// A set of rules.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// Counts the policies.
    pub version: u32,
    deny: Vec<Denial>,
    allow: Vec<Allowance>,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Denial {
    rule: String,
    relations: Option<Vec<Relation>>,
    states: Option<Vec<RecordState>>,
    acts: Option<Vec<Act>>,
    /// Duties for which it does not hold.
    #[serde(default)]
    except_duties: Vec<Duty>,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Allowance {
    rule: String,
    kind: String,
    roles: Vec<Role>,
    duties: Vec<Duty>,
    acts: Vec<Act>,
    paths: Vec<String>,
    /// The only values that may be written; any when left out.
    values: Option<Vec<String>>,
    #[serde(default)]
    own_record: bool,
    #[serde(default)]
    own_entry: bool,
}

impl Policy {
    /// The policy that this version ships.
    pub fn shipped() -> Self {
        Self::parse(SHIPPED).expect("a test parses the shipped policy")
    }

    /// The same as text.
    pub const fn shipped_text() -> &'static str {
        SHIPPED
    }

    /// Reads a policy.
    ///
    /// # Errors
    /// When it is no policy, or speaks of what does not exist.
    pub fn parse(text: &str) -> Result<Self, PolicyError> {
        data_file::read::<Self>(text).map_err(PolicyError::Unreadable)?.of_known_kinds()
    }

    /// The same for a policy that a person has written: a mistake is told with its line.
    ///
    /// # Errors
    /// When it is no policy, or speaks of what does not exist.
    pub fn parse_by_line(text: &str) -> Result<Self, PolicyError> {
        data_file::read_by_line::<Self>(text).map_err(PolicyError::Unreadable)?.of_known_kinds()
    }

    fn of_known_kinds(self) -> Result<Self, PolicyError> {
        let stray = self.allow.iter().find(|allowance| shape_of(&allowance.kind).is_none());
        match stray {
            Some(stray) => {
                Err(PolicyError::UnknownKind { rule: stray.rule.clone(), kind: stray.kind.clone() })
            }
            None => Ok(self),
        }
    }

    /// The roles that do everything that a duty asks for in these kinds of records: those that every
    /// rule about the duty names. Who has none of them is not given the duty.
    pub fn roles_of_duty(&self, kinds: &[&str], duty: Duty) -> Vec<Role> {
        let mut asked = self
            .allow
            .iter()
            .filter(|rule| kinds.contains(&&*rule.kind) && rule.duties.contains(&duty))
            .peekable();
        if asked.peek().is_none() {
            return Vec::new();
        }
        let asked: Vec<&Allowance> = asked.collect();
        Role::ALL.iter().copied().filter(|role| asked.iter().all(|rule| rule.roles.contains(role))).collect()
    }

    /// Judges a request. Denials come first; then the first allowance that fits. What none fits is
    /// denied, with the reason that came closest.
    pub fn judge(&self, facts: &Facts, request: &Request<'_>) -> Ruling<'_> {
        if let Some(denial) = self.deny.iter().find(|denial| denial.applies(facts, request)) {
            return Ruling::Deny(&denial.rule);
        }
        let mut closest = Fit::NotPermitted;
        for allowance in &self.allow {
            match allowance.fit(facts, request) {
                Fit::Fits => return Ruling::Allow(&allowance.rule),
                fit => closest = closest.max(fit),
            }
        }
        Ruling::Deny(closest.reason())
    }
}

/// How far an allowance fits a request; the further, the better it explains a denial.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Fit {
    NotPermitted,
    RoleLacking,
    NotAssigned,
    DutyLacking,
    NotOwn,
    Fits,
}

impl Fit {
    const fn reason(self) -> &'static str {
        match self {
            Self::NotPermitted | Self::Fits => "not_permitted",
            Self::RoleLacking => "role_lacking",
            Self::NotAssigned => "not_assigned",
            Self::DutyLacking => "duty_lacking",
            Self::NotOwn => "not_own",
        }
    }
}

impl Denial {
    fn applies(&self, facts: &Facts, request: &Request<'_>) -> bool {
        self.relations.as_ref().is_none_or(|relations| relations.contains(&facts.relation))
            && !facts.duty.is_some_and(|duty| self.except_duties.contains(&duty))
            && self.states.as_ref().is_none_or(|states| states.contains(&facts.state))
            && self.acts.as_ref().is_none_or(|acts| acts.contains(&request.act))
    }
}

impl Allowance {
    fn admits(&self, request: &Request<'_>) -> bool {
        match (&self.values, request.act) {
            (Some(values), Act::Set) => {
                request.value.is_some_and(|value| values.iter().any(|known| known == value))
            }
            _ => true,
        }
    }

    fn fit(&self, facts: &Facts, request: &Request<'_>) -> Fit {
        let named = self.kind == request.kind
            && self.acts.contains(&request.act)
            && self.paths.iter().any(|pattern| matches(pattern, request.path, facts.person))
            && self.admits(request);
        if !named {
            return Fit::NotPermitted;
        }
        if !self.roles.iter().any(|role| facts.roles.contains(role)) {
            return Fit::RoleLacking;
        }
        match facts.duty {
            None => return Fit::NotAssigned,
            Some(duty) if !self.duties.contains(&duty) => return Fit::DutyLacking,
            Some(_) => {}
        }
        let owns_record = !self.own_record || facts.is_writer;
        let owns_entry = !self.own_entry || request.entry_owner == Some(facts.person);
        if owns_record && owns_entry { Fit::Fits } else { Fit::NotOwn }
    }
}

fn matches(pattern: &str, path: &FieldPath, person: PersonId) -> bool {
    let mut parts = path.parts().iter().map(String::as_str).filter(|part| !part.is_empty());
    for wanted in pattern.split('/').filter(|part| !part.is_empty()) {
        if wanted == "**" {
            return true;
        }
        let fits = parts.next().is_some_and(|part| match wanted {
            "*" => true,
            "{self}" => part == person.to_string(),
            name => part == name,
        });
        if !fits {
            return false;
        }
    }
    parts.next().is_none()
}
