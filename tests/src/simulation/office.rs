//! The office: the server's machine, the members of the task, lost phones, and decisions on what is held.

use std::path::PathBuf;

use rand::RngExt;
use tingfang_core::id::{DeviceId, PersonId};
use tingfang_core::people::{Duty, Role};
use tingfang_core::policy::Policy;
use tingfang_server::db::Tx;
use tingfang_server::planning;
use tingfang_server::policies;
use tingfang_server::records::held::decidable;
use tingfang_server::store::device::DeviceState;
use tingfang_server::store::held_decision::{self, HeldOutcome};
use tingfang_server::store::policy::{self, PolicyOrigin};
use tingfang_server::store::{quarantine, role_grant};
use tingfang_server::sync::LetIn;

use super::standing::Account;
use super::{Fault, Season};
use crate::signed_in::signed_in;

/// What holds in the office.
#[derive(Clone, Copy, Debug)]
pub(super) enum Rules {
    /// The shipped policy.
    Usual,
    /// Nobody writes a narrative any more.
    Stricter,
}

impl Rules {
    fn text(self, version: u32) -> String {
        let usual = Policy::shipped_text();
        let numbered = usual.replacen(
            &format!("\nversion = {}\n", Policy::shipped().version),
            &format!("\nversion = {version}\n"),
            1,
        );
        match self {
            Self::Usual => numbered,
            Self::Stricter => numbered.replacen("\"narrative\", \"deliberation\",", "\"deliberation\",", 1),
        }
    }
}

/// What stands in the office.
pub(super) struct Office {
    pub(super) manager: PersonId,
    /// Whether this season's server is put back to an older state, or its phones.
    pub(super) restores_servers: bool,
    /// With the season's account of how everybody stood.
    backup: Option<(PathBuf, Account)>,
}

impl Office {
    pub(super) const fn new(manager: PersonId, restores_servers: bool) -> Self {
        Self { manager, restores_servers, backup: None }
    }
}

impl Season {
    /// In the morning.
    pub(super) fn office_opens(&mut self, day: usize) {
        if self.happens(Fault::ServerRestarted, 0.2) {
            self.fleet.restart_server();
        }
        if !self.office.restores_servers {
            return;
        }
        if let Some((backup, account)) = self.office.backup.take()
            && self.happens(Fault::ServerRestored, 0.5)
        {
            self.fleet.restore(&backup);
            self.account = account;
            self.only_copies_are_left();
            self.revoked_stay_revoked();
            self.seals_are_forgotten();
        }
        if day + 1 < super::DAYS {
            self.fleet.clock.pass_millis(1);
            self.office.backup = Some((self.fleet.backup(), self.account.clone()));
        }
    }

    /// At any time of the day.
    pub(super) fn office_acts(&mut self) {
        let nth = self.rng.random_range(0..self.observers.len());
        let (person, device) = (self.observers[nth].phone().person, self.observers[nth].phone().device);
        if nth > 0 && self.happens(Fault::MemberRemoved, 0.15) {
            self.members(|observer| observer != person);
        }
        if self.happens(Fault::RoleTaken, 0.1) {
            self.role_is_taken(person);
        }
        if self.observers[nth].has_its_phone() && self.happens(Fault::DeviceLost, 0.1) {
            self.device_is(device, DeviceState::Lost);
        }
        if self.happens(Fault::PolicyChanged, 0.1) {
            self.policy_is(Rules::Stricter);
        }
        if self.rng.random_bool(0.4) {
            self.everybody_is_back();
        }
        if self.rng.random_bool(0.2) {
            self.decide_on_all();
        }
    }

    /// While somebody's phone reads, they lose their role, the phone is revoked, or something else changes.
    pub(super) fn something_changes_between_pages(&mut self, nth: usize) {
        let person = self.observers[nth].phone().person;
        match self.rng.random_range(0..3) {
            0 => {
                self.it_happens(Fault::RoleTakenBetweenPages);
                self.role_is_taken(person);
            }
            1 => self.phone_is_revoked(nth),
            _ => {
                self.it_happens(Fault::ChangedBetweenPages);
                if self.rng.random_bool(0.3) {
                    self.policy_is(Rules::Stricter);
                } else {
                    self.leaves_or_loses_the_phone(nth);
                }
            }
        }
    }

    /// While what somebody has signed is on its way, they get another policy, or something else changes.
    pub(super) fn something_changes_under_frame(&mut self, nth: usize) {
        let person = self.observers[nth].phone().person;
        if self.rng.random_bool(0.5) {
            self.it_happens(Fault::PolicyChangedUnderFrame);
            self.policy_is(Rules::Stricter);
            return;
        }
        self.it_happens(Fault::ChangedUnderFrame);
        if self.rng.random_bool(0.3) {
            self.role_is_taken(person);
        } else {
            self.leaves_or_loses_the_phone(nth);
        }
    }

    fn leaves_or_loses_the_phone(&mut self, nth: usize) {
        let (person, device) = (self.observers[nth].phone().person, self.observers[nth].phone().device);
        // A task has a chair.
        if nth > 0 && self.rng.random_bool(0.5) {
            self.members(|observer| observer != person);
        } else if self.observers[nth].has_its_phone() {
            self.device_is(device, DeviceState::Lost);
        }
    }

    /// Somebody reports what has become of a phone.
    pub(super) fn device_is(&mut self, device: DeviceId, state: DeviceState) {
        self.fleet.set_device_state(device, state);
        self.stands(|standing| {
            standing.away.remove(&device);
            if state != DeviceState::Active {
                standing.away.insert(device);
            }
        });
    }

    fn role_is_taken(&mut self, person: PersonId) {
        let organisation = self.fleet.world.organisation;
        let take = move |tx: &Tx| planning::take_role(tx, person, organisation, Role::Supervisor);
        self.fleet.db.try_write(take).unwrap_or_else(|problem| panic!("{:?}", problem.body()));
        self.stands(|standing| {
            standing.holders.remove(&person);
            standing.members.remove(&person);
        });
    }

    /// All members, roles and phones are as on the first day.
    pub(super) fn everybody_is_back(&mut self) {
        let organisation = self.fleet.world.organisation;
        for nth in 0..self.observers.len() {
            let (person, device) = (self.observers[nth].phone().person, self.observers[nth].phone().device);
            let give = move |tx: &Tx| role_grant::add(tx, person, organisation, Role::Supervisor);
            self.fleet.db.write(give).expect("given");
            self.stands(|standing| standing.holders.extend([person]));
            if self.observers[nth].has_its_phone() && self.fleet.device(device).state != DeviceState::Active {
                self.device_is(device, DeviceState::Active);
            }
        }
        self.members(|_| true);
        self.policy_is(Rules::Usual);
    }

    /// The next version of the policy; nothing where it says the same as the one that holds.
    fn policy_is(&mut self, rules: Rules) {
        let newest = self.fleet.db.read(policy::all).expect("readable").pop();
        let text =
            rules.text(newest.as_ref().map_or(Policy::shipped().version, |kept| kept.signed.version) + 1);
        let says = |text: &str| text.lines().filter(|line| !line.starts_with("version")).collect::<String>();
        let holds = newest.map_or(Policy::shipped_text().to_owned(), |kept| kept.signed.text);
        if says(&holds) != says(&text) {
            let (key, now) = (self.fleet.server_key(), self.fleet.minter.clock().now());
            policies::adopt(&self.fleet.db, key, &text, PolicyOrigin::Centre, now).expect("the next one");
            self.stands(|standing| standing.rules = rules);
        }
    }

    pub(super) fn members(&mut self, stays: impl Fn(PersonId) -> bool) {
        let all: Vec<(PersonId, Duty)> =
            self.observers.iter_mut().map(|observer| (observer.phone().person, observer.duty)).collect();
        let organisation = self.fleet.world.organisation;
        // Nobody is assigned who has no role at the moment.
        let may = |person: PersonId| {
            let grants = self.fleet.db.read(|tx| role_grant::held(tx, person)).expect("readable");
            grants.iter().any(|grant| (grant.organisation, grant.role) == (organisation, Role::Supervisor))
        };
        let members: Vec<_> = all.into_iter().filter(|(person, _)| stays(*person) && may(*person)).collect();
        let (assignment, now) = (self.assignment, members.iter().copied().collect());
        // A task without a chair is refused; then the members stay as they are.
        let set = self.fleet.db.try_write(move |tx| planning::set_members(tx, assignment, members.clone()));
        if set.is_ok() {
            self.stands(|standing| standing.members = now);
        }
        self.tell(|| format!("  members: {:?}", set.map(|kept| kept.assignment.members)));
    }

    /// A person decides on whatever is held, one way or the other.
    pub(super) fn decide_on_all(&mut self) {
        let all = self.fleet.db.read(|tx| quarantine::page(tx, None, None, None, 10_000)).expect("listed");
        // Of a copy of what another phone had written nobody decides before it is known whether that comes back.
        for item in all.iter().filter(|item| item.verdict == "held" && item.writer.is_none()) {
            let manager = signed_in(&self.fleet, self.office.manager);
            // What is decided, or came in meanwhile, is refused.
            let Ok((kept, organisation)) = self.fleet.db.try_read(|tx| decidable(tx, &manager, item.id))
            else {
                continue;
            };
            let lets_in = self.rng.random_bool(0.6);
            let decision = held_decision::Kept {
                id: self.fleet.minter.mint(),
                item: item.id,
                outcome: if lets_in { HeldOutcome::Accepted } else { HeldOutcome::Rejected },
                reason: "核对过".to_owned(),
                decided_by: self.office.manager,
                decided_at: self.fleet.minter.clock().now(),
            };
            self.tell(|| format!("  {:?} {:?} {}", decision.outcome, item.place, item.rule));
            if lets_in {
                let said = self.while_decided(kept.place.0, kept.document, |season| {
                    season.fleet.door().let_in(&kept, decision.clone(), organisation).expect("an answer")
                });
                // Where a rule stands against it, there is one thing left to say.
                if let LetIn::Refused(_) = said {
                    let decision = held_decision::Kept { outcome: HeldOutcome::Rejected, ..decision };
                    self.fleet.door().keep_out(&kept, decision, organisation).expect("an answer");
                }
            } else {
                self.fleet.door().keep_out(&kept, decision, organisation).expect("an answer");
            }
        }
    }
}
