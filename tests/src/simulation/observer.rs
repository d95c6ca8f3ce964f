//! Observers: what they write, and what happens to their phones.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use rand::RngExt;
use tingfang_core::id::DocumentId;
use tingfang_core::people::Duty;
use tingfang_core::policy::Policy;
use tingfang_core::record::edit::Edit;
use tingfang_core::record::value::{Node, Scalar};

use super::kept::{self, Taken};
use super::{Fault, Season};
use crate::acknowledged;
use crate::fleet::FleetPhone;
use crate::observers::NO_RULES;
use crate::time::HandClock;

const YEAR_MS: i64 = 365 * super::DAY_MS;
/// The most characters of a short text.
const LONGEST_REMARK: usize = 500;

/// A character that somebody typed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Typed {
    pub(super) token: char,
    /// Whether it was only on a phone whose data was replaced, or on a copy.
    pub(super) may_be_gone: bool,
    /// Whether it was on a phone that was copied: the copy may have brought it in.
    pub(super) was_copied: bool,
}

/// Somebody with a phone.
pub(super) struct Observer {
    phone: Option<FleetPhone>,
    pub(super) clock: Arc<HandClock>,
    pub(super) duty: Duty,
    /// Their own sheet.
    pub(super) sheet: DocumentId,
    pub(super) typed: Vec<Typed>,
    /// A copy of the phone's data, and how much was typed by then.
    backup: Option<(PathBuf, usize)>,
    /// What the phone was told is stored, before its data was replaced.
    pub(super) acknowledged: BTreeSet<[u8; 32]>,
    /// The frames that it was told are taken, before its data was replaced.
    pub(super) taken: BTreeSet<Taken>,
    /// Whether somebody has used a copy of the phone: with the next frame it may contradict itself.
    pub(super) was_copied: bool,
    /// Whether the phone is gone for ever.
    pub(super) is_gone: bool,
    /// Whether the phone is revoked. It goes on, and nothing comes of it by itself.
    pub(super) is_revoked: bool,
    /// Whether the owner has another phone since then.
    pub(super) was_replaced: bool,
    /// The last request that was answered, with its answer.
    pub(super) last_answer: Option<(Vec<u8>, Vec<u8>)>,
}

impl Observer {
    pub(super) fn new(phone: FleetPhone, clock: Arc<HandClock>, duty: Duty, sheet: DocumentId) -> Self {
        Self {
            phone: Some(phone),
            clock,
            duty,
            sheet,
            typed: Vec::new(),
            backup: None,
            acknowledged: BTreeSet::new(),
            taken: BTreeSet::new(),
            was_copied: false,
            is_gone: false,
            is_revoked: false,
            was_replaced: false,
            last_answer: None,
        }
    }

    pub(super) fn phone(&mut self) -> &mut FleetPhone {
        self.phone.as_mut().expect("only away while it is changed")
    }

    /// Whether the phone is there and may do what its owner may.
    pub(super) const fn has_its_phone(&self) -> bool {
        !self.is_gone && !self.is_revoked
    }

    /// A phone that is gone or revoked is replaced by a fresh one.
    pub(super) fn is_replaced_by(&mut self, another: FleetPhone) {
        self.phone = Some(another);
        self.is_gone = false;
        self.is_revoked = false;
        self.was_replaced = true;
        self.last_answer = None;
    }

    pub(super) fn change(&mut self, change: impl FnOnce(FleetPhone) -> FleetPhone) {
        self.phone = self.phone.take().map(change);
    }
}

impl Season {
    /// One or two edits of somebody, which the phone keeps or says why not.
    pub(super) fn write_something(&mut self, nth: usize) {
        let (record, next) = (self.record, (nth + 1) % self.observers.len());
        let others = self.observers[next].phone().person;
        if self.observers[nth].duty != Duty::Chair && self.happens(Fault::RuleBroken, 0.05) {
            let phone = &mut self.observers[nth].phone().phone;
            phone.use_policy(Some(Policy::parse(NO_RULES).expect("a policy"))).expect("kept");
            let absent = Edit::set(["observers", &others.to_string()], Scalar::Text("absent".into()));
            // The record may be gone from the phone.
            let _ = phone.edit(record, &[absent]);
            phone.use_policy(None).expect("the server's again");
        }
        for _ in 0..self.rng.random_range(1..=2) {
            let token = self.token();
            let edit = if self.rng.random_bool(0.8) {
                let container = if self.rng.random_bool(0.5) { "narrative" } else { "deliberation" };
                let at = self.rng.random_range(0..12);
                Edit::Splice { container: container.into(), at, delete: 0, insert: token.into() }
            } else {
                Edit::set(["facts", "court_remark"], Scalar::Text(token.into()))
            };
            let is_text = matches!(edit, Edit::Splice { .. });
            self.tell(|| format!("  {nth} types {token}"));
            let observer = &mut self.observers[nth];
            // Who was taken off hears it from the phone at once; then nothing was typed.
            if observer.phone().phone.edit(record, &[edit]).is_ok() && is_text {
                observer.typed.push(Typed { token, may_be_gone: false, was_copied: false });
            }
        }
        if self.has_small_pages {
            self.write_much(nth);
        }
    }

    /// So much at once that a few of these fill a page.
    fn write_much(&mut self, nth: usize) {
        let record = self.record;
        for _ in 0..2 {
            let much = Scalar::Text(self.token().to_string().repeat(LONGEST_REMARK));
            let fields = ["court_remark", "feedback_to"];
            let edits = fields.map(|field| Edit::set(["facts", field], much.clone()));
            // Who was taken off writes nothing.
            let _ = self.observers[nth].phone().phone.edit(record, &edits);
        }
    }

    /// What happens to a phone by itself.
    pub(super) fn phone_fault(&mut self, nth: usize) {
        if self.happens(Fault::PhoneRestarted, 0.06) {
            self.observers[nth].change(FleetPhone::restart);
        }
        if self.happens(Fault::PhoneDiedBeforeCommit, 0.04) {
            self.observers[nth].change(FleetPhone::dies_before_the_commit);
        }
        if self.happens(Fault::ClockJumped, 0.05) {
            let by = self.rng.random_range(-YEAR_MS..YEAR_MS);
            self.observers[nth].clock.pass_millis(by);
        }
        if self.happens(Fault::PhoneDiskFull, 0.05) {
            self.disk_is_full(nth);
        }
        if self.happens(Fault::PhoneKeysLost, 0.04) {
            let centre = &self.centre;
            self.observers[nth].change(|phone| phone.loses_its_keys(centre));
        }
        if self.office.restores_servers {
            return;
        }
        if self.rng.random_bool(0.1) {
            let path = self.folder.path().join(format!("backup-{}.db", self.typed));
            let observer = &mut self.observers[nth];
            observer.phone().copy_data(&path);
            observer.backup = Some((path, observer.typed.len()));
        }
        if self.observers[nth].backup.is_some() && self.happens(Fault::PhoneRestored, 0.25) {
            let observer = &mut self.observers[nth];
            let (path, typed) = observer.backup.take().expect("there is one");
            let told = acknowledged::to_phone(&observer.phone().path);
            observer.acknowledged.extend(told);
            let taken = kept::taken(&observer.phone().path);
            observer.taken.extend(taken);
            for typed in &mut observer.typed[typed..] {
                typed.may_be_gone = true;
            }
            observer.change(|phone| phone.replaced_by(&path));
        }
        if self.happens(Fault::PhoneCloned, 0.08) {
            self.a_copy_is_used(nth);
        }
    }

    /// A table of the phone's store takes nothing for the time of an edit and an exchange. Whatever comes of it,
    /// the phone goes on afterwards, and what it said to have kept is there.
    fn disk_is_full(&mut self, nth: usize) {
        let tables = ["change", "item", "frame", "server_row", "setting"];
        let table = tables[self.rng.random_range(0..tables.len())];
        let data = rusqlite::Connection::open(&self.observers[nth].phone().path).expect("opens");
        for act in ["insert", "update"] {
            let trigger =
                format!("full_{act} before {act} on {table} begin select raise(abort, 'full'); end");
            data.execute_batch(&format!("create trigger {trigger}")).expect("full from now on");
        }
        let (token, record) = (self.token(), self.record);
        let edit = Edit::Splice { container: "narrative".into(), at: 0, delete: 0, insert: token.into() };
        let observer = &mut self.observers[nth];
        if observer.phone().phone.edit(record, &[edit]).is_ok() {
            observer.typed.push(Typed { token, may_be_gone: false, was_copied: false });
        }
        let device = observer.phone().device;
        if let Ok(request) = observer.phone().phone.next_request()
            && let Some(answer) = self.arrive(device, &request)
        {
            let _ = self.observers[nth].phone().takes(&answer, 2);
        }
        data.execute_batch("drop trigger full_insert; drop trigger full_update")
            .expect("there is room again");
    }

    fn a_copy_is_used(&mut self, nth: usize) {
        let (path, clock) = (self.folder.path().join(format!("copy-{}.db", self.typed)), self.clock());
        let seed = self.rng.random();
        self.observers[nth].was_copied = true;
        for typed in &mut self.observers[nth].typed {
            typed.was_copied = true;
        }
        let mut copy = self.observers[nth].phone().cloned_to(&path, &clock, seed);
        let token = self.token();
        let edit = Edit::Splice { container: "narrative".into(), at: 0, delete: 0, insert: token.into() };
        if copy.phone.edit(self.record, &[edit]).is_ok() {
            self.observers[nth].typed.push(Typed { token, may_be_gone: true, was_copied: true });
        }
        self.fleet.sync(&mut copy);
    }
}

/// The characters of the record's texts.
pub(super) fn characters(content: &Node) -> Vec<char> {
    let text = |name: &str| match content.get(name) {
        Some(Node::Text(text)) => text.chars().collect::<Vec<char>>(),
        _ => Vec::new(),
    };
    [text("narrative"), text("deliberation")].concat()
}
