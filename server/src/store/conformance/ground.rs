//! What the rows of the suite refer to, and how the suite writes and reads.

use std::fmt::Debug;

use tingfang_core::case::{
    Case, CaseFlags, CaseKind, CaseSource, CaseStatus, CaseUndertaker, Hearing, HearingKind, HearingState,
    Known, Openness,
};
use tingfang_core::clock::{LogPosition, Moment};
use tingfang_core::people::{
    Assignment, AssignmentKind, Duty, Organisation, OrganisationLevel, PanelState, Person, Provider,
    ProviderKind, Subject, Undertaker, UndertakerKind,
};
use tingfang_core::signature::SecretKey;
use uuid::Uuid;

use crate::db::{Db, DbError, Tx, scratch};
use crate::log;
use crate::store::device::{Device, DeviceState};
use crate::store::round::RoundState;
use crate::store::{
    assignment, device, document, hearing, legal_case, organisation, person, provider, round, server_key,
    undertaker,
};

/// The largest number but one that a row holds.
pub(super) const BIG: i64 = i64::MAX - 1;
/// Names in the order in which the tests write them.
pub(super) const NAMES: [&str; 6] = ["b", "A", "张", "a", "é", "Z"];

/// The id of which every byte is this one.
pub(super) fn id<T: From<Uuid>>(nth: u8) -> T {
    Uuid::from_bytes([nth; 16]).into()
}

/// A moment so many milliseconds after the epoch.
pub(super) const fn at(millis: i64) -> Moment {
    Moment::from_millis(millis)
}

/// The server's key.
pub(super) fn key() -> SecretKey {
    SecretKey::from_seed(&[7; 32])
}

/// A database of its own.
pub(super) struct Ground {
    db: Db,
    _folder: tempfile::TempDir,
}

impl Ground {
    /// With a schema and no rows.
    pub(super) fn bare() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let db = Db::open(scratch::place(folder.path())).expect("a database");
        Self { db, _folder: folder }
    }

    /// With a few rows of everything that others refer to.
    pub(super) fn laid() -> Self {
        let ground = Self::bare();
        ground.write(lay);
        ground
    }

    /// Writes, and reads nothing of it before the commit.
    pub(super) fn write<T: Send + 'static>(
        &self,
        closure: impl FnMut(&Tx) -> Result<T, DbError> + Send + 'static,
    ) -> T {
        self.db.write(closure).expect("written")
    }

    /// Reads what was committed.
    pub(super) fn read<T>(&self, closure: impl FnMut(&Tx) -> Result<T, DbError>) -> T {
        self.db.read(closure).expect("readable")
    }

    /// Why a write is refused.
    pub(super) fn refused<T: Send + 'static>(
        &self,
        closure: impl FnMut(&Tx) -> Result<T, DbError> + Send + 'static,
    ) -> DbError {
        self.db.write(closure).err().expect("a refusal")
    }

    /// Which columns a write would make double.
    pub(super) fn double<T: Send + 'static>(
        &self,
        closure: impl FnMut(&Tx) -> Result<T, DbError> + Send + 'static,
    ) -> String {
        match self.refused(closure) {
            DbError::Unique { constraint, .. } => constraint,
            other => panic!("nothing is double: {other:?}"),
        }
    }

    /// Writes rows in their order.
    pub(super) fn save<V: Clone + Send + 'static>(
        &self,
        rows: &[V],
        save: impl Fn(&Tx, &V) -> Result<(), DbError> + Send + 'static,
    ) {
        let rows = rows.to_vec();
        self.write(move |tx| rows.iter().try_for_each(|row| save(tx, row)));
    }

    /// Every row is found as it was written.
    pub(super) fn holds<V: PartialEq + Clone + Debug>(
        &self,
        rows: &[V],
        find: impl Fn(&Tx, &V) -> Result<Option<V>, DbError>,
    ) {
        for row in rows {
            assert_eq!(self.read(|tx| find(tx, row)).as_ref(), Some(row));
        }
    }

    /// Every row of a list, page by page, two on each.
    pub(super) fn walk<T, K>(
        &self,
        page: impl Fn(&Tx, Option<&K>, u32) -> Result<Vec<T>, DbError>,
        key: impl Fn(&T) -> K,
    ) -> Vec<T> {
        let mut all = Vec::new();
        loop {
            let after = all.last().map(&key);
            let found = self.read(|tx| page(tx, after.as_ref(), 2));
            assert!(found.len() <= 2 && all.len() < 100, "a page has an end, and so has the list");
            if found.is_empty() {
                return all;
            }
            all.extend(found);
        }
    }

    /// Every row that a walk through a table meets.
    pub(super) fn each<T>(
        &self,
        for_each: impl Fn(&Tx, &mut dyn FnMut(T) -> Result<(), DbError>) -> Result<(), DbError>,
    ) -> Vec<T> {
        self.read(|tx| {
            let mut all = Vec::new();
            for_each(tx, &mut |row| {
                all.push(row);
                Ok(())
            })?;
            Ok(all)
        })
    }

    /// The newest position of the log.
    pub(super) fn head(&self) -> LogPosition {
        self.read(|tx| Ok(log::head(tx)?.0))
    }
}

/// Two of everything, three people: the second case and the second round belong to the second
/// organisation.
fn lay(tx: &Tx) -> Result<(), DbError> {
    server_key::insert(tx, &key().seed(), &key().public().0, at(1))?;
    log::begin(tx, id(1))?;
    organisation::save(tx, &organisation(1, "云河县法律援助中心"))?;
    organisation::save(tx, &organisation(2, "云河县司法局"))?;
    provider::save(tx, &provider(1, "云河律师事务所"))?;
    provider::save(tx, &provider(2, "云河法律服务所"))?;
    undertaker::save(tx, &undertaker(1, "李明"))?;
    undertaker::save(tx, &undertaker(2, "王芳"))?;
    for (nth, name) in [(1, "陈静"), (2, "周敏"), (3, "吴刚")] {
        person::save(tx, &person(nth, name))?;
    }
    round::freeze_rubric(tx, "r1", "CRM-TRIAL", "", at(1))?;
    for nth in [1, 2] {
        let undertakers = vec![CaseUndertaker { undertaker: id(nth), provider: id(nth) }];
        let legal_case = Case { organisation: id(nth), undertakers, ..case(nth, &format!("云援{nth}")) };
        legal_case::save(tx, &legal_case)?;
        hearing::save(tx, &hearing(nth))?;
        let round = round::Kept { organisation: id(nth), ..round(nth) };
        round::insert(tx, &round, &[subject(nth, nth)])?;
        assignment::insert(tx, &assignment(nth), None, &[(id(2), Duty::Chair)], None, at(1))?;
        device::insert(tx, &device(nth))?;
        document::insert(tx, &document(nth))?;
    }
    Ok(())
}

pub(super) fn organisation(nth: u8, name: &str) -> Organisation {
    let level = OrganisationLevel::County;
    Organisation { id: id(nth), name: name.to_owned(), level, parent: None, region_code: None }
}

pub(super) fn provider(nth: u8, name: &str) -> Provider {
    Provider { id: id(nth), name: name.to_owned(), kind: ProviderKind::LawFirm, on_panel: true }
}

/// Of the first provider; the licence is `L-` and the number.
pub(super) fn undertaker(nth: u8, name: &str) -> Undertaker {
    Undertaker {
        id: id(nth),
        name: name.to_owned(),
        licence_no: format!("L-{nth}"),
        provider: id(1),
        kind: UndertakerKind::ALL[0],
        practice_since: None,
        panel_state: PanelState::ALL[0],
    }
}

pub(super) fn person(nth: u8, name: &str) -> Person {
    Person {
        id: id(nth),
        name: name.to_owned(),
        login: None,
        phone: None,
        provider: None,
        undertaker: None,
        observer_kind: None,
        adult: true,
        trained_until: None,
    }
}

/// Of the first organisation, without anything that may be left out.
pub(super) fn case(nth: u8, case_no: &str) -> Case {
    Case {
        id: id(nth),
        organisation: id(1),
        case_no: case_no.to_owned(),
        organ_case_no: None,
        kind: CaseKind::Civil,
        stage: None,
        cause: String::new(),
        source: CaseSource::Application,
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

/// Of the first case, without anything that may be left out.
pub(super) fn hearing(nth: u8) -> Hearing {
    Hearing {
        id: id(nth),
        case: id(1),
        kind: HearingKind::Trial,
        state: HearingState::Scheduled,
        court: String::new(),
        courtroom: None,
        starts_at: at(i64::from(nth)),
        procedure: None,
        instance: None,
        openness: Openness::Unknown,
        defendant_under_18_at_trial: Known::Unknown,
        record_may_be_sealed: Known::Unknown,
        presiding: None,
        device_rule: None,
        source: None,
    }
}

/// Of the first organisation.
pub(super) fn round(nth: u8) -> round::Kept {
    round::Kept {
        id: id(nth),
        organisation: id(1),
        name: format!("第{nth}批"),
        rubric_hash: "r1".to_owned(),
        sheet_rubric_hash: "r1".to_owned(),
        grading_rule: String::new(),
        subsidy_rule: String::new(),
        state: RoundState::Open,
        created_at: at(1),
        created_by: id(1),
    }
}

/// Of the first organisation, about the first case, without anything that may be left out.
pub(super) fn assignment(nth: u8) -> Assignment {
    Assignment {
        id: id(nth),
        kind: AssignmentKind::FileReview,
        organisation: id(1),
        hearing: None,
        round: None,
        inspected: None,
        stage: None,
        note: None,
        subjects: vec![subject(1, 1)],
        members: Vec::new(),
        due_at: None,
    }
}

pub(super) fn subject(case: u8, undertaker: u8) -> Subject {
    Subject { case: id(case), undertaker: id(undertaker) }
}

/// Of the first person.
pub(super) fn device(nth: u8) -> Device {
    Device {
        id: id(nth),
        person: id(1),
        name: String::new(),
        algorithm: server_key::ED25519,
        public_key: vec![nth; 32],
        epoch: 0,
        state: DeviceState::Active,
        enrolled_at: at(i64::from(nth)),
        enrolled_by: None,
        last_seen_at: None,
    }
}

/// Begun by the first person at the position of its number, without anything that may be left out.
pub(super) fn document(nth: u8) -> document::Kept {
    document::Kept {
        id: id(nth),
        kind: "attendance".to_owned(),
        schema_version: 1,
        assignment: None,
        case: None,
        undertaker: None,
        transcribed_for: None,
        writer: None,
        amends: None,
        begun_by: id(1),
        begun_position: LogPosition(u64::from(nth)),
        sealed_position: None,
        revision: 0,
        changed_at: at(1),
        erased_by: None,
    }
}
