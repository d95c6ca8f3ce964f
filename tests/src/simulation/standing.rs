//! Who stood where at which place of the log, by the season's own account: it notes what it does to people, phones and
//! rules, and asks nobody. What the server has let into the log is held against that.

use std::collections::{BTreeMap, BTreeSet};

use tingfang_core::clock::LogPosition;
use tingfang_core::id::{DeviceId, DocumentId, PersonId};
use tingfang_core::people::Duty;
use tingfang_core::sync::frame::{Beacon, Frame};
use tingfang_server::log;
use tingfang_server::store::change_log::Sender;
use tingfang_server::store::{change_log, document, frame, seal};

use super::Season;
use super::office::Rules;
use super::operations::{Operation, operations};

/// How everybody stands.
#[derive(Clone, Debug)]
pub(super) struct Standing {
    /// Who takes part, as what.
    pub(super) members: BTreeMap<PersonId, Duty>,
    /// Who holds the role that it takes.
    pub(super) holders: BTreeSet<PersonId>,
    /// The phones that are reported lost or revoked.
    pub(super) away: BTreeSet<DeviceId>,
    pub(super) rules: Rules,
}

/// How everybody stood from each place of the log on.
#[derive(Clone, Debug)]
pub(super) struct Account {
    stood: Vec<(LogPosition, Standing)>,
    decided: Vec<Decided>,
}

/// What a manager has let in: of one phone, between two places of the log.
#[derive(Clone, Copy, Debug)]
struct Decided {
    device: DeviceId,
    document: DocumentId,
    after: LogPosition,
    until: LogPosition,
}

/// Something in the log, and where it stands.
struct Written<'o> {
    sender: Sender,
    position: LogPosition,
    document: DocumentId,
    /// The one writer of a sheet.
    owner: Option<PersonId>,
    /// Nothing for a seal.
    operations: &'o [Operation],
    is_seal: bool,
}

impl Account {
    pub(super) fn begin(standing: Standing) -> Self {
        Self { stood: vec![(LogPosition(0), standing)], decided: Vec::new() }
    }

    /// Notes what is so from now on, with the log as it is.
    fn note(&mut self, head: LogPosition, change: impl FnOnce(&mut Standing)) {
        let mut now = self.stood.last().expect("it has a beginning").1.clone();
        change(&mut now);
        self.stood.push((head, now));
    }

    /// How everybody stood when something was written at this place.
    fn at(&self, position: LogPosition) -> &Standing {
        let before = self.stood.iter().rev().find(|(from, _)| *from < position);
        &before.unwrap_or(&self.stood[0]).1
    }

    /// How everybody may have stood when the log went as far as this.
    fn while_at(&self, head: LogPosition) -> impl Iterator<Item = &Standing> {
        let then = self.stood.iter().filter(move |(from, _)| *from == head).map(|(_, standing)| standing);
        then.chain([self.at(head)])
    }

    /// The same account, with one change from its beginning to its end.
    fn doctored(&self, change: impl Fn(&mut Standing)) -> Self {
        let mut other = self.clone();
        other.stood.iter_mut().for_each(|(_, standing)| change(standing));
        other
    }
}

impl Standing {
    /// What stands against it that somebody writes or seals this with this phone.
    fn against(&self, written: &Written<'_>) -> Option<&'static str> {
        let (person, device) = (written.sender.person, written.sender.device);
        let Some(duty) = self.members.get(&person) else { return Some("takes no part") };
        if !self.holders.contains(&person) {
            return Some("has no role");
        }
        if self.away.contains(&device) {
            return Some("has lost the phone");
        }
        let may = match written.owner {
            Some(owner) => owner == person,
            None if written.is_seal => *duty == Duty::Chair,
            None => {
                written.operations.iter().all(|operation| self.allows_in_record(person, *duty, operation))
            }
        };
        (!may).then_some("may not do that")
    }

    /// The same, with nobody's phone lost.
    fn with_phones(&self) -> Self {
        Self { away: BTreeSet::new(), ..self.clone() }
    }

    /// Whether somebody might do that in the record that all of them share.
    fn allows_in_record(&self, person: PersonId, duty: Duty, operation: &Operation) -> bool {
        let parts: Vec<&str> = operation.path.iter().map(String::as_str).collect();
        match parts[..] {
            ["subject" | "origin" | "facts" | "presence", _] | ["deliberation"] => true,
            ["narrative"] => matches!(self.rules, Rules::Usual),
            ["observers", whom] if whom == person.to_string() => true,
            ["observers", _] => {
                duty == Duty::Chair && matches!(operation.value.as_deref(), Some("absent" | "on_paper"))
            }
            _ => false,
        }
    }
}

impl Season {
    /// Notes what is so from now on.
    pub(super) fn stands(&mut self, change: impl FnOnce(&mut Standing)) {
        let head = self.head();
        self.account.note(head, change);
    }

    /// Notes that a manager lets in what is held of a phone, while that is done.
    pub(super) fn while_decided<T>(
        &mut self,
        device: DeviceId,
        document: DocumentId,
        decide: impl FnOnce(&mut Self) -> T,
    ) -> T {
        let after = self.head();
        let done = decide(self);
        let until = self.head();
        self.account.decided.push(Decided { device, document, after, until });
        done
    }

    fn head(&self) -> LogPosition {
        self.fleet.db.read(log::head).expect("readable").0
    }

    /// Nothing is in the log that its writer might not write when it came, but what a manager has let in; and nothing
    /// that its writer might never write.
    pub(super) fn nobody_wrote_what_they_may_not(&self) {
        assert_eq!(self.strangers(&self.account), Vec::<String>::new());
    }

    /// An account in which people, phones or rules stood otherwise does not go with the log.
    pub(super) fn another_account_is_noticed(&mut self) {
        let people: Vec<(PersonId, DeviceId)> = self
            .observers
            .iter_mut()
            .map(|observer| (observer.phone().person, observer.phone().device))
            .collect();
        let (person, device) = people[0];
        let others = [
            (
                "a member",
                self.account.doctored(|standing| standing.members.retain(|there, _| *there != person)),
            ),
            ("a role", self.account.doctored(|standing| standing.holders.retain(|there| *there != person))),
            ("a phone", self.account.doctored(|standing| standing.away.extend([device]))),
            ("a rule", self.account.doctored(|standing| standing.rules = Rules::Stricter)),
            (
                "the chair",
                self.account.doctored(|standing| standing.members.extend([(person, Duty::Observer)])),
            ),
        ];
        for (what, other) in others {
            assert!(!self.strangers(&other).is_empty(), "nobody notices that {what} is another");
        }
    }

    /// What is in the log and does not go with an account.
    fn strangers(&self, account: &Account) -> Vec<String> {
        let mut strangers = Vec::new();
        let sheets = self.observers.iter().map(|observer| observer.sheet);
        for document in std::iter::once(self.record).chain(sheets) {
            self.each_written(document, |written, what| {
                if !self.is_in_order(account, written) {
                    let Sender { person, device, epoch, frame_number, .. } = written.sender;
                    let against = account.at(written.position).against(written).unwrap_or("might");
                    strangers.push(format!(
                        "{what} in {document} at {}: {person} {against}, {device} {epoch}/{frame_number}",
                        written.position
                    ));
                }
            });
        }
        strangers
    }

    /// Goes through the changes of a document, and its seal.
    fn each_written(&self, id: DocumentId, mut each: impl FnMut(&Written<'_>, &str)) {
        let read = self
            .fleet
            .db
            .read(|tx| Ok((document::find(tx, id)?, change_log::of_document(tx, id)?, seal::find(tx, id)?)));
        let (Some(row), changes, sealed) = read.expect("readable") else { return };
        let by = |person, device| Sender { person, device, epoch: 0, frame_number: 0, not_before: None };
        let written = |sender, position| Written {
            sender,
            position,
            document: id,
            owner: row.writer,
            operations: &[],
            is_seal: false,
        };
        for (change, operations) in changes.iter().zip(operations(&changes)) {
            let Some(sender) = change.sender else { continue };
            let words: Vec<String> = operations.iter().map(ToString::to_string).collect();
            each(&Written { operations: &operations, ..written(sender, change.position) }, &words.join(", "));
        }
        if let Some(sealed) = sealed {
            let sealed_by = written(by(sealed.person, sealed.device), sealed.position);
            each(&Written { is_seal: true, ..sealed_by }, "the seal");
        }
    }

    /// Whether it was in order when it came; or a manager has let it in, and it was in order then or when its writer
    /// last had heard from the server, whatever their phone was.
    fn is_in_order(&self, account: &Account, written: &Written<'_>) -> bool {
        let now = account.at(written.position);
        if now.against(written).is_none() {
            return true;
        }
        let is_let_in = account.decided.iter().any(|decided| {
            (decided.device, decided.document) == (written.sender.device, written.document)
                && decided.after < written.position
                && written.position <= decided.until
        });
        is_let_in && (now.with_phones().against(written).is_none() || self.was_in_order(account, written))
    }

    /// Whether it was in order when its writer last had heard from the server, whatever their phone was. What they had
    /// heard of another history of the log proves nothing now, and nothing is asked of it.
    fn was_in_order(&self, account: &Account, written: &Written<'_>) -> bool {
        let Some(beacon) = self.beacon_of(written.sender) else { return true };
        account.while_at(beacon.position).any(|then| then.with_phones().against(written).is_none())
    }

    /// The beacon in the frame of a change; nothing where it is of another history of the log.
    fn beacon_of(&self, sender: Sender) -> Option<Beacon> {
        let Sender { device, epoch, frame_number, .. } = sender;
        let found =
            self.fleet.db.read(|tx| Ok((frame::find(tx, device, epoch, frame_number)?, log::head(tx)?)));
        let (kept, (_, log_epoch)) = found.expect("readable");
        let parsed = kept.and_then(|kept| Frame::from_bytes(&kept.bytes).ok())?;
        parsed.header.beacon.filter(|beacon| beacon.log_epoch == log_epoch)
    }
}
