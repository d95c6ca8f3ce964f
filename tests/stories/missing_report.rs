//! A report that was asked for and never came: nobody enters that, and the grade shows it.

use tingfang_core::case::Hearing;
use tingfang_core::clock::{LogPosition, Moment};
use tingfang_core::evidence::{DefaultScore, EvidenceSet};
use tingfang_core::id::{AssignmentId, PersonId, RoundId};
use tingfang_core::people::{AssignmentKind, Duty, ReportDue, Role, Subject};
use tingfang_core::phone::About;
use tingfang_core::rubric::Channel;
use tingfang_server::grading::Actor;
use tingfang_server::planning::{self, NewAssignment};
use tingfang_server::project;
use tingfang_server::store::{self, assignment, hearing};
use tingfang_tests::asked::{assign, round, undertaker, wish};
use tingfang_tests::fleet::Fleet;

struct Ground {
    fleet: Fleet,
    reporter: PersonId,
}

impl Ground {
    fn new(seed: u64) -> Self {
        let fleet = Fleet::new(seed);
        let reporter = undertaker(&fleet, "承办人");
        Self { fleet, reporter }
    }

    fn now(&self) -> Moment {
        self.fleet.minter.clock().now()
    }

    fn subject(&self) -> Subject {
        Subject { case: self.fleet.world.case, undertaker: self.fleet.world.undertaker }
    }

    /// Asks for a report; when nobody says by when, its hearing does.
    fn ask(&self, due_at: Option<Moment>) -> AssignmentId {
        let report = wish(&self.fleet, AssignmentKind::PreHearingReport, &[(self.reporter, Duty::Reporter)]);
        let hearing = Some(self.fleet.world.hearing);
        assign(&self.fleet, NewAssignment { hearing, due_at, ..report })
    }

    fn round(&self) -> RoundId {
        let manager = self.fleet.person("管理", Role::Manager);
        round(&self.fleet, Actor { person: manager, at: self.now() }).id
    }

    fn evidence(&self, id: RoundId, until: Option<LogPosition>) -> EvidenceSet {
        let Subject { case, undertaker } = self.subject();
        let read = |tx: &tingfang_server::db::Tx| {
            let held = store::round::find(tx, id)?.expect("begun");
            project::evidence(tx, &held, case, undertaker, until)
        };
        self.fleet.db.read(read).expect("readable")
    }

    fn head(&self) -> LogPosition {
        self.fleet.db.read(tingfang_server::log::head).expect("readable").0
    }
}

#[test]
fn a_report_that_is_due_before_the_round_and_does_not_come_costs_its_items() {
    let ground = Ground::new(3_100);
    let assignment = ground.ask(Some(ground.now().plus_millis(1)));
    ground.fleet.clock.pass_millis(2);
    let round = ground.round();
    let evidence = ground.evidence(round, None);
    assert_eq!(evidence.missing_reports.len(), 1);
    assert_eq!(evidence.missing_reports[0].assignment, assignment);
    let costs = evidence.items.iter().filter(|item| {
        matches!(item.default, DefaultScore::Scored { channel: Channel::PreHearingReport, points, .. }
            if points.0 == 0)
    });
    assert!(costs.count() > 0);
}

#[test]
fn what_is_called_off_or_not_due_yet_is_not_missing_and_what_came_later_was_missing_before() {
    let mut ground = Ground::new(3_101);
    let later = ground.ask(Some(ground.now().plus_millis(60_000)));
    let called_off = ground.ask(Some(ground.now().plus_millis(1)));
    let missing = ground.ask(Some(ground.now().plus_millis(1)));
    ground.fleet.clock.pass_millis(2);
    let cancel = move |tx: &tingfang_server::db::Tx| planning::cancel(tx, called_off, "已撤回").map(|_| ());
    ground.fleet.db.try_write(cancel).expect("open");
    let round = ground.round();
    let told = |evidence: EvidenceSet| -> Vec<AssignmentId> {
        evidence.missing_reports.iter().map(|missing| missing.assignment).collect()
    };
    assert_eq!(told(ground.evidence(round, None)), [missing], "neither {later} nor {called_off}");
    let before = ground.head();

    let mut phone = ground.fleet.phone(ground.reporter);
    ground.fleet.sync(&mut phone);
    let record = phone.phone.start(missing, "pre_hearing_report", About::default()).expect("asked");
    for words in ["facts/occasion=regular", "evidence:甲", "viewpoint:乙", "analysis:丙"] {
        let shape = tingfang_core::record::shape_of("pre_hearing_report").expect("a kind");
        phone.phone.edit(record, &[crate::words::edit_of(shape, words, &ground.fleet.minter)]).expect("fits");
    }
    phone.phone.seal(record).expect("complete");
    assert_eq!(ground.fleet.sync(&mut phone).not_accepted, 0);
    assert_eq!(told(ground.evidence(round, None)), []);
    // A grade that rested on the log as it was then is computed anew with what was known then.
    assert_eq!(told(ground.evidence(round, Some(before))), [missing]);
}

#[test]
fn nobody_has_to_say_by_when_a_report_before_a_hearing_is_due() {
    let ground = Ground::new(3_102);
    let day = 86_400_000;
    let before = i64::from(ReportDue::shipped().days_before_hearing) * day;
    assert!(before > 0);
    for (begins, due) in [(before + day, day), (before, before)] {
        let (hearing, now) = (ground.fleet.world.hearing, ground.now());
        let set = move |tx: &tingfang_server::db::Tx| {
            let found = hearing::find(tx, hearing)?.expect("there");
            hearing::save(tx, &Hearing { starts_at: now.plus_millis(begins), ..found })
        };
        ground.fleet.db.write(set).expect("the hearing");
        let asked = ground.ask(None);
        let kept = ground.fleet.db.read(|tx| assignment::find(tx, asked)).expect("readable").expect("there");
        assert_eq!(
            kept.assignment.due_at,
            Some(now.plus_millis(due)),
            "days before it, or by the hearing itself"
        );
    }
}
