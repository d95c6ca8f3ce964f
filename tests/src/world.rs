//! The rows that a story needs: one centre, its people, one case with one hearing, assignments.

use std::path::{Path, PathBuf};

use tingfang_core::case::{
    Case, CaseFlags, CaseKind, CaseSource, CaseStatus, CaseUndertaker, Hearing, HearingKind, HearingState,
    Known, Openness, Stage,
};
use tingfang_core::clock::Moment;
use tingfang_core::id::{
    AssignmentId, CaseId, HearingId, Minter, OrganisationId, PersonId, ProviderId, UndertakerId,
};
use tingfang_core::people::task::{TaskHearing, TaskMember, TaskState, TaskSubject};
use tingfang_core::people::{
    Assignment, AssignmentKind, Duty, ObserverKind, Organisation, OrganisationLevel, PanelState, Person,
    Provider, ProviderKind, Role, Subject, Task, Undertaker, UndertakerKind,
};
use tingfang_core::sync::row_kind::RowKind;
use tingfang_server::app::initialise;
use tingfang_server::db::{Db, DbError, Tx, scratch};
use tingfang_server::log;
use tingfang_server::store::{
    assignment, hearing, legal_case, organisation, person, provider, role_grant, undertaker,
};

use crate::time::{HandClock, minter};

/// The data folder of server processes below a folder, with one centre and whatever else is to stand in it.
pub fn laid(folder: &Path, seed: u64, lay: impl FnOnce(&World, &Db, &Minter)) -> PathBuf {
    let data = folder.join("server");
    std::fs::create_dir_all(&data).expect("made");
    let minter = minter(&HandClock::new(), seed);
    let db = Db::open(scratch::place(&data)).expect("a fresh database");
    initialise(&db, &minter, "云河县(虚构)").expect("a fresh server");
    lay(&World::found(&db, &minter), &db, &minter);
    data
}

/// The same, in which these people attend one hearing, the first of them as its chair.
pub fn one_hearing(folder: &Path, seed: u64, people: &[&str]) -> PathBuf {
    laid(folder, seed, |world, db, minter| {
        let duties = std::iter::once(Duty::Chair).chain(std::iter::repeat(Duty::Observer));
        let members: Vec<_> = people
            .iter()
            .zip(duties)
            .map(|(name, duty)| (world.person(db, minter, name, Role::Supervisor), *name, duty))
            .collect();
        world.assign(db, minter, AssignmentKind::Attendance, &members);
    })
}

/// What stands in the rows.
#[derive(Clone, Debug)]
pub struct World {
    /// The centre.
    pub organisation: OrganisationId,
    /// The undertaker of the case.
    pub undertaker: UndertakerId,
    /// The case.
    pub case: CaseId,
    /// Its hearing.
    pub hearing: HearingId,
}

impl World {
    /// Writes the rows.
    pub fn found(db: &Db, minter: &Minter) -> Self {
        let world = Self {
            organisation: minter.mint(),
            undertaker: minter.mint(),
            case: minter.mint(),
            hearing: minter.mint(),
        };
        let provider: ProviderId = minter.mint();
        let (now, rows) = (minter.clock().now(), world.clone());
        db.write(move |tx| rows.write(tx, provider, now)).expect("fresh rows");
        world
    }

    fn write(&self, tx: &Tx, provider_id: ProviderId, now: Moment) -> Result<(), DbError> {
        organisation::save(
            tx,
            &Organisation {
                id: self.organisation,
                name: "云河县法律援助中心(虚构)".into(),
                level: OrganisationLevel::County,
                parent: None,
                region_code: None,
            },
        )?;
        provider::save(
            tx,
            &Provider {
                id: provider_id,
                name: "明理律师事务所(虚构)".into(),
                kind: ProviderKind::ALL[0],
                on_panel: true,
            },
        )?;
        undertaker::save(
            tx,
            &Undertaker {
                id: self.undertaker,
                name: "周律师".into(),
                licence_no: "15101202610000001".into(),
                provider: provider_id,
                kind: UndertakerKind::ALL[0],
                practice_since: None,
                panel_state: PanelState::ALL[0],
            },
        )?;
        legal_case::save(tx, &self.case_row(provider_id))?;
        hearing::save(tx, &self.hearing_row(now))
    }

    fn case_row(&self, provider: ProviderId) -> Case {
        Case {
            id: self.case,
            organisation: self.organisation,
            case_no: "云援刑字〔2026〕17号".into(),
            organ_case_no: Some("(2026)川0199刑初123号".into()),
            kind: CaseKind::Criminal,
            stage: Some(Stage::ALL[2]),
            cause: "盗窃".into(),
            source: CaseSource::ALL[0],
            aid_form: None,
            status: CaseStatus::ALL[3],
            undertakers: vec![CaseUndertaker { undertaker: self.undertaker, provider }],
            recipients: vec!["李某".into()],
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

    fn hearing_row(&self, now: Moment) -> Hearing {
        Hearing {
            id: self.hearing,
            case: self.case,
            kind: HearingKind::ALL[0],
            state: HearingState::ALL[0],
            court: "云河县人民法院(虚构)".into(),
            courtroom: Some("第三法庭".into()),
            starts_at: now.plus_millis(86_400_000),
            procedure: None,
            instance: None,
            openness: Openness::Public,
            defendant_under_18_at_trial: Known::No,
            record_may_be_sealed: Known::No,
            presiding: None,
            device_rule: None,
            source: None,
        }
    }

    /// Adds a person with a role.
    pub fn person(&self, db: &Db, minter: &Minter, name: &str, role: Role) -> PersonId {
        let id = minter.mint();
        let row = Person {
            id,
            name: name.to_owned(),
            login: Some(name.to_owned()),
            phone: None,
            provider: None,
            undertaker: None,
            observer_kind: Some(ObserverKind::CentreStaff),
            adult: true,
            trained_until: Some(jiff::civil::date(2099, 12, 31)),
        };
        let organisation = self.organisation;
        db.write(move |tx| {
            person::save(tx, &row)?;
            role_grant::add(tx, id, organisation, role).map(|_| ())
        })
        .expect("a fresh person");
        id
    }

    /// Adds a second undertaker to the case.
    pub fn second_undertaker(&self, db: &Db, minter: &Minter, name: &str) -> UndertakerId {
        let (id, case, first, name) = (minter.mint(), self.case, self.undertaker, name.to_owned());
        db.write(move |tx| {
            let colleague = undertaker::find(tx, first)?.expect("there");
            let licence_no = "15101202610000002".to_owned();
            undertaker::save(tx, &Undertaker { id, name: name.clone(), licence_no, ..colleague.clone() })?;
            let mut row = legal_case::find(tx, case)?.expect("there");
            row.undertakers.push(CaseUndertaker { undertaker: id, provider: colleague.provider });
            legal_case::save(tx, &row)
        })
        .expect("a fresh undertaker");
        id
    }

    /// Adds a second case of the same undertaker.
    pub fn second_case(&self, db: &Db, minter: &Minter, case_no: &str) -> CaseId {
        let (id, first, case_no) = (minter.mint(), self.case, case_no.to_owned());
        db.write(move |tx| {
            let known = legal_case::find(tx, first)?.expect("there");
            let case_no = case_no.clone();
            legal_case::save(tx, &Case { id, case_no, organ_case_no: None, ..known })
        })
        .expect("a fresh case");
        id
    }

    /// Assigns people to the hearing or the case, and publishes their tasks.
    pub fn assign(
        &self,
        db: &Db,
        minter: &Minter,
        kind: AssignmentKind,
        members: &[(PersonId, &str, Duty)],
    ) -> AssignmentId {
        self.assign_on(db, minter, kind, &[(self.undertaker, "周律师")], members)
    }

    /// The same, about the work of these undertakers.
    pub fn assign_on(
        &self,
        db: &Db,
        minter: &Minter,
        kind: AssignmentKind,
        undertakers: &[(UndertakerId, &str)],
        members: &[(PersonId, &str, Duty)],
    ) -> AssignmentId {
        let id = minter.mint();
        let attends = kind == AssignmentKind::Attendance;
        let row = Assignment {
            id,
            kind,
            organisation: self.organisation,
            hearing: attends.then_some(self.hearing),
            round: None,
            inspected: None,
            stage: None,
            note: None,
            subjects: undertakers
                .iter()
                .map(|(undertaker, _)| Subject { case: self.case, undertaker: *undertaker })
                .collect(),
            members: Vec::new(),
            due_at: None,
        };
        let task = Task {
            assignment: id,
            kind,
            due_at: None,
            hearing: attends.then(|| self.task_hearing(minter.clock().now())),
            round: None,
            subjects: undertakers
                .iter()
                .map(|(undertaker, name)| TaskSubject {
                    case: self.case,
                    case_no: "云援刑字〔2026〕17号".into(),
                    case_kind: "criminal".into(),
                    cause: "盗窃".into(),
                    undertaker: *undertaker,
                    undertaker_name: (*name).into(),
                    provider_name: "明理律师事务所(虚构)".into(),
                    assigned_on: None,
                })
                .collect(),
            members: members
                .iter()
                .map(|(person, name, duty)| TaskMember { person: *person, name: (*name).into(), duty: *duty })
                .collect(),
            stage: None,
            inspected: None,
            note: None,
            reports: Vec::new(),
            state: TaskState::Open,
            roles: None,
        };
        let members: Vec<(PersonId, Duty)> = members.iter().map(|(id, _, duty)| (*id, *duty)).collect();
        let now = minter.clock().now();
        db.write(move |tx| {
            assignment::insert(tx, &row, None, &members, None, now)?;
            let body = serde_json::to_value(&task).expect("a task is JSON");
            for (person, _) in &members {
                log::publish(tx, *person, RowKind::Task, &id.to_string(), &body)?;
            }
            let kept = assignment::find(tx, id)?.expect("just written");
            tingfang_server::project::on_assigned(tx, &kept)
        })
        .expect("a fresh assignment");
        id
    }

    fn task_hearing(&self, now: Moment) -> TaskHearing {
        TaskHearing {
            id: self.hearing,
            court: "云河县人民法院(虚构)".into(),
            courtroom: Some("第三法庭".into()),
            starts_at: now.plus_millis(86_400_000),
            kind: "trial".into(),
            procedure: None,
            instance: None,
            openness: "public".into(),
            device_rule: None,
            refused_by: Vec::new(),
        }
    }
}
