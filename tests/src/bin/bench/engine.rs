//! What depends on the engine below: lists and searches over many cases, and intake over several
//! nodes. The other measures of a server are told once more over the engine of the environment.

use std::time::Duration;

use tingfang_core::case::Case;
use tingfang_core::id::OrganisationId;
use tingfang_core::people::{AssignmentKind, Duty, Organisation, OrganisationLevel, Role, Subject};
use tingfang_core::record::edit::Edit;
use tingfang_core::record::value::Scalar;
use tingfang_server::db::Place;
use tingfang_server::grading::{Actor, Findings, recompute};
use tingfang_server::project;
use tingfang_server::store::legal_case::{self, CaseFilter};
use tingfang_server::store::organisation;
use tingfang_server::sync::SyncDoor;
use tingfang_tests::asked;
use tingfang_tests::bulk::{Texts, fill};
use tingfang_tests::fleet::Fleet;
use tingfang_tests::observers::{done, outcome, start};

use super::{CHANGES, counted, median, timed, written};
use crate::figures::Figures;

/// Lists and searches in one county among many, each with so many cases.
pub(crate) fn lists(figures: &mut Figures, counties: usize, cases_each: usize) {
    let fleet = Fleet::new(61);
    let (minter, base) = (fleet.minter.clone(), fleet.world.case);
    let places: Vec<OrganisationId> = (0..counties).map(|_| minter.mint()).collect();
    for (nth, place) in places.iter().copied().enumerate() {
        let minter = minter.clone();
        let add = move |tx: &tingfang_server::db::Tx| {
            let base = legal_case::find(tx, base)?.expect("the world has a case");
            let county = Organisation {
                id: place,
                name: format!("第{nth}县法律援助中心"),
                level: OrganisationLevel::County,
                parent: None,
                region_code: None,
            };
            organisation::save(tx, &county)?;
            for number in 0..cases_each {
                let case_no = format!("第{nth}县援刑字〔2025〕{number}号");
                let case = Case { id: minter.mint(), organisation: place, case_no, ..base.clone() };
                legal_case::save(tx, &case)?;
            }
            Ok(())
        };
        fleet.db.write(add).expect("written");
    }
    let mine = Some(vec![places[counties / 2]]);
    let page = |filter: CaseFilter, wanted: usize| {
        let run = || {
            let found = fleet.db.read(|tx| legal_case::page(tx, &filter, None, 50)).expect("a page");
            assert_eq!(found.len(), wanted);
        };
        median(21, || timed(run).1)
    };
    let row = |figures: &mut Figures, what: String, time: Duration| {
        figures.row(&what, "–", &format!("{:.2} ms", time.as_secs_f64() * 1e3));
    };
    let (of, each) = (counted(counties), counted(cases_each));
    let all = page(CaseFilter { organisations: mine.clone(), ..CaseFilter::default() }, 50);
    row(figures, format!("the first 50 cases of one county among {of} with {each} each"), all);
    let search = Some(format!("{}号", cases_each - 1));
    let found = page(CaseFilter { organisations: mine, search: search.clone(), ..CaseFilter::default() }, 1);
    row(figures, format!("one case of a county by a part of its number, among {of} × {each}"), found);
    let found = page(CaseFilter { search, ..CaseFilter::default() }, counties.min(50));
    row(figures, format!("cases of all counties by a part of their number, among {of} × {each}"), found);
}

/// What a record takes on the disk, in a backup.
pub(crate) fn storage(figures: &mut Figures, records: usize) {
    let fleet = Fleet::new(64);
    let person = fleet.person("安娜", Role::Supervisor);
    let size = |fleet: &Fleet| std::fs::metadata(fleet.backup()).expect("a backup").len();
    let empty = size(&fleet);
    fleet.clock.pass_millis(1);
    fill(&fleet.db, person, records, Texts::Templated, 4);
    let each = (size(&fleet) - empty) / records as u64;
    let what = format!("bytes of a backup for each of {} records of 44 values", counted(records));
    figures.row(&what, "–", &format!("{each} B"));
}

/// The evidence of a case, read from the rows.
pub(crate) fn evidence(figures: &mut Figures) {
    let mut fleet = Fleet::new(62);
    let person = fleet.person("安娜", Role::Supervisor);
    let members = [(person, "安娜", Duty::Chair)];
    let assignment = fleet.world.assign(&fleet.db, &fleet.minter, AssignmentKind::Attendance, &members);
    let mut phone = fleet.phone(person);
    fleet.sync(&mut phone);
    let record = start(&mut phone, assignment, "attendance");
    let attended = outcome(tingfang_core::record::attendance::AttendanceOutcome::Attended);
    let undertaker = fleet.world.undertaker.to_string();
    let presence = Edit::set(["presence", &undertaker], Scalar::Text("on_time".into()));
    phone.phone.edit(record, &[attended, presence, done(person)]).expect("fits");
    phone.phone.seal(record).expect("complete");
    fleet.sync(&mut phone);
    let case = fleet.world.case;
    let time = median(101, || {
        timed(|| {
            let found = fleet.db.read(|tx| project::sealed_records(tx, case, None)).expect("readable");
            assert_eq!(found.len(), 1);
        })
        .1
    });
    figures.row(
        "a case's sealed record, read at its heads",
        "–",
        &format!("{:.2} ms", time.as_secs_f64() * 1e3),
    );
    let manager = fleet.person("管理", Role::Manager);
    let held = asked::round(&fleet, Actor { person: manager, at: fleet.minter.clock().now() });
    let subject = Subject { case, undertaker: fleet.world.undertaker };
    let time = median(51, || {
        timed(|| {
            let again = fleet.db.read(|tx| {
                let findings = Findings::now(tx, &held, subject)?;
                let head = tingfang_server::log::head(tx)?.0;
                recompute(tx, &held, case, subject.undertaker, Some(head), &findings)
            });
            assert_eq!(again.expect("readable").evidence.sources.len(), 1);
        })
        .1
    });
    figures.row(
        "a grade computed anew from the rows: a case with one sealed record",
        "–",
        &format!("{:.2} ms", time.as_secs_f64() * 1e3),
    );
}

/// Durable intake over one, two and four nodes of one database.
pub(crate) fn nodes(figures: &mut Figures, phones: usize) {
    for count in [1, 2, 4] {
        let mut fleet = Fleet::new(63);
        if count > 1 && matches!(fleet.db.place(), Place::File(_)) {
            continue;
        }
        let requests = written(&mut fleet, phones);
        let nodes: Vec<SyncDoor> = (0..count).map(|_| fleet.another_node()).collect();
        let devices: Vec<_> = requests.iter().map(|(device, _)| fleet.device(*device)).collect();
        let (_, time) = timed(|| {
            std::thread::scope(|scope| {
                for (index, ((_, request), device)) in requests.iter().zip(&devices).enumerate() {
                    let node = &nodes[index % nodes.len()];
                    scope.spawn(move || node.exchange(device, request).expect("an answer"));
                }
            });
        });
        let rate = (phones * CHANGES) as f64 / time.as_secs_f64();
        let what =
            format!("durable intake over {count} node(s), {phones} phones at once, {CHANGES} changes each");
        figures.row(&what, "–", &format!("{rate:.0} changes/s"));
    }
}
