//! From sealed records to a final grade and a subsidy line, and back again.

use serde_json::Value;
use tingfang_core::grading::{DecisionState, VetoRuling, VetoState, View};
use tingfang_core::id::{AssignmentId, DecisionId, DocumentId, RoundId};
use tingfang_core::people::{AssignmentKind, Duty, Role, Subject};
use tingfang_core::phone::About;
use tingfang_core::record::attendance::{AttendanceOutcome, Presence};
use tingfang_core::record::edit::Edit;
use tingfang_core::record::scoresheet::VetoCode;
use tingfang_core::record::shape::ScalarType;
use tingfang_core::record::value::Scalar;
use tingfang_core::text::Language;
use tingfang_server::grading::{self, Actor, NewRound, NewSpotCheck, NewWork, Rule, Step};
use tingfang_server::problem::Problem;
use tingfang_server::store::{round, seal, subsidy_line};
use tingfang_server::verify::verify;
use tingfang_tests::fleet::{Fleet, FleetPhone};
use tingfang_tests::observers::{done, outcome};

struct Scene {
    fleet: Fleet,
    round: RoundId,
    manager: Actor,
    director: Actor,
    assessors: Vec<(FleetPhone, AssignmentId)>,
}

fn text(value: &str) -> Scalar {
    Scalar::Text(value.into())
}

/// An attended hearing, a sealed sheet, a reviewed file, and two assessors with their evidence.
fn scene(seed: u64, mark: &str) -> Scene {
    let mut fleet = Fleet::new(seed);
    let chair = fleet.person("安娜", Role::Supervisor);
    let reviewer = fleet.person("阅卷人", Role::Supervisor);
    let people = [fleet.person("评估甲", Role::Assessor), fleet.person("评估乙", Role::Assessor)];
    let (manager, director) = (fleet.person("管理", Role::Manager), fleet.person("主任", Role::Director));
    let now = fleet.minter.clock().now();
    let (manager, director) = (Actor { person: manager, at: now }, Actor { person: director, at: now });
    let hearing = fleet.world.assign(
        &fleet.db,
        &fleet.minter,
        AssignmentKind::Attendance,
        &[(chair, "安娜", Duty::Chair)],
    );
    attend(&mut fleet, chair, hearing);
    let round = begin(&fleet, manager);
    let review = work(&fleet, round, AssignmentKind::FileReview, &[reviewer], manager);
    review_file(&mut fleet, reviewer, review, mark);
    let assess = work(&fleet, round, AssignmentKind::Assessment, &people, manager);
    let assessors = people
        .iter()
        .map(|person| {
            let mut phone = fleet.phone(*person);
            fleet.sync(&mut phone);
            (phone, assess)
        })
        .collect();
    Scene { fleet, round, manager, director, assessors }
}

fn attend(fleet: &mut Fleet, chair: tingfang_core::id::PersonId, hearing: AssignmentId) {
    let mut phone = fleet.phone(chair);
    fleet.sync(&mut phone);
    let record = phone.phone.start(hearing, "attendance", About::default()).expect("a task");
    let undertaker = fleet.world.undertaker.to_string();
    let edits = [
        outcome(AttendanceOutcome::Attended),
        Edit::set(["presence", &undertaker], Presence::OnTime.to_scalar()),
        done(chair),
    ];
    phone.phone.edit(record, &edits).expect("fits");
    phone.phone.seal(record).expect("complete");
    let sheet = phone.phone.start(hearing, "observer_sheet", About::default()).expect("a task");
    let full = [1000, 1500, 1500, 1000, 2000, 1500, 500, 500, 500];
    let edits: Vec<Edit> = full
        .iter()
        .enumerate()
        .map(|(index, points)| {
            Edit::set(["points", &format!("HRG-0{}", index + 1)], Scalar::Integer(*points))
        })
        .collect();
    phone.phone.edit(sheet, &edits).expect("fits");
    phone.phone.seal(sheet).expect("complete: the rubric came with the task");
    assert_eq!(fleet.sync(&mut phone).not_accepted, 0, "{:?}", phone.phone.refused());
}

fn begin(fleet: &Fleet, manager: Actor) -> RoundId {
    let id: RoundId = fleet.minter.mint();
    let wish = NewRound {
        id,
        organisation: fleet.world.organisation,
        name: "2026年第四季度评估".into(),
        rubric: Rule::Template("CRM-TRIAL".into()),
        subsidy_rule: Rule::Template("SUBSIDY-RATIO".into()),
        grading_rule: None,
        cases: vec![Subject { case: fleet.world.case, undertaker: fleet.world.undertaker }],
    };
    fleet.db.try_write(move |tx| grading::begin(tx, wish.clone(), manager)).expect("a round");
    id
}

fn work(
    fleet: &Fleet,
    id: RoundId,
    kind: AssignmentKind,
    people: &[tingfang_core::id::PersonId],
    manager: Actor,
) -> AssignmentId {
    let (assignment, people) = (fleet.minter.mint(), people.to_vec());
    fleet
        .db
        .try_write(move |tx| {
            let held = round::find(tx, id)?.expect("begun");
            let wish = NewWork { id: assignment, kind, cases: None, people: people.clone() };
            grading::work(tx, &held, wish, manager)
        })
        .expect("assigned");
    assignment
}

fn review_file(fleet: &mut Fleet, reviewer: tingfang_core::id::PersonId, review: AssignmentId, mark: &str) {
    let mut phone = fleet.phone(reviewer);
    fleet.sync(&mut phone);
    let record = phone.phone.start(review, "file_review", About::default()).expect("a task");
    let rubric = tingfang_core::rubric::templates().rubric("CRM-TRIAL").expect("shipped");
    let edits: Vec<Edit> =
        rubric.items.iter().map(|item| Edit::set(["marks", item.id.as_str()], text(mark))).collect();
    phone.phone.edit(record, &edits).expect("fits");
    phone.phone.seal(record).expect("complete");
    assert_eq!(fleet.sync(&mut phone).not_accepted, 0, "{:?}", phone.phone.refused());
}

/// Fills a sheet from the evidence row on the phone: everything accepted, then what `adjust` says.
fn score(scene: &mut Scene, index: usize, adjust: &[(&str, i64, &str)]) -> DocumentId {
    let key = format!("{}/{}/{}", scene.round, scene.fleet.world.case, scene.fleet.world.undertaker);
    let (phone, assignment) = &mut scene.assessors[index];
    let row = phone.phone.server_row("evidence", &key).expect("readable").expect("sent with the task");
    let row: Value = serde_json::from_str(&row).expect("JSON");
    let sheet = phone.phone.start(*assignment, "scoresheet", About::default()).expect("a task");
    let mut edits = Vec::new();
    for item in row["items"].as_array().expect("items") {
        let id = item["id"].as_str().expect("an id");
        let other = adjust.iter().find(|(adjusted, _, _)| *adjusted == id);
        match (other, item["default"].as_i64()) {
            (Some((_, points, reason)), _) => {
                edits.push(Edit::set(["decisions", id], text("adjusted")));
                edits.push(Edit::set(["points", id], Scalar::Integer(*points)));
                edits.push(Edit::set(["reasons", id], text(reason)));
            }
            (None, Some(points)) => {
                edits.push(Edit::set(["decisions", id], text("accepted")));
                edits.push(Edit::set(["points", id], Scalar::Integer(points)));
            }
            (None, None) => edits.push(Edit::set(["decisions", id], text("accepted"))),
        }
    }
    phone.phone.edit(sheet, &edits).expect("fits");
    phone.phone.seal(sheet).expect("complete");
    let progress = scene.fleet.sync(phone);
    assert_eq!(progress.not_accepted, 0, "{:?}", phone.phone.refused());
    sheet
}

fn propose(scene: &Scene) -> Result<Step, Problem> {
    let (round, manager, world) = (scene.round, scene.manager, scene.fleet.world.clone());
    let fresh: DecisionId = scene.fleet.minter.mint();
    scene
        .fleet
        .db
        .try_write(move |tx| grading::propose(tx, round, world.case, world.undertaker, fresh, manager))
}

/// Representation, answer, finalise.
fn finish(scene: &Scene, id: DecisionId) -> Result<Step, Problem> {
    let (manager, director) = (scene.manager, scene.director);
    scene.fleet.db.try_write(move |tx| grading::tell_undertaker(tx, id, manager))?;
    scene.fleet.db.try_write(move |tx| {
        grading::answer_representation(tx, id, "无异议".into(), "已阅".into(), manager)
    })?;
    let line = scene.fleet.minter.mint();
    scene.fleet.db.try_write(move |tx| grading::finalise(tx, id, line, director))
}

fn codes(problem: &Problem) -> Vec<String> {
    problem.body().errors.into_iter().map(|field| field.code).collect()
}

#[test]
fn sealed_records_become_a_grade_and_a_subsidy_line_that_can_be_proved_anew() {
    let mut scene = scene(61, "full");
    let early = propose(&scene).err().expect("nobody has scored yet");
    assert!(codes(&early).contains(&"too_few_sheets".to_owned()), "{:?}", codes(&early));
    let first = score(&mut scene, 0, &[]);
    score(&mut scene, 1, &[("CRM-4.1", 400, "辩护意见过于笼统")]);
    let proposed = propose(&scene).unwrap_or_else(|problem| panic!("{:?}", problem.body()));
    assert_eq!(proposed.decision.outcome.grade.code(), "excellent");
    assert!(proposed.decision.outcome.may_be_final());
    let id = proposed.decision.id;
    let done = finish(&scene, id).unwrap_or_else(|problem| panic!("{:?}", problem.body()));
    assert_eq!(done.decision.state, DecisionState::Final);

    let lines = scene.fleet.db.read(|tx| subsidy_line::of_decision(tx, id)).expect("readable");
    assert_eq!(lines.len(), 1);
    assert_eq!((lines[0].factor_percent, lines[0].amount_fen), (130, lines[0].base_fen * 13 / 10));

    let (held, kept) = (done.round, done.decision);
    let told = scene
        .fleet
        .db
        .read(|tx| grading::explanation(tx, &held, &kept, View::Full, Language::Zh))
        .expect("explained");
    let sealed = scene.fleet.db.read(|tx| seal::find(tx, first)).expect("readable").expect("sealed");
    let heads = sealed.seal.statement.heads[0].to_string();
    for wanted in ["CRM-4.1", "辩护意见过于笼统", "评估甲", "安娜", "设备", &heads] {
        assert!(told.contains(wanted), "{wanted} is missing in:\n{told}");
    }
    let public = scene
        .fleet
        .db
        .read(|tx| grading::explanation(tx, &held, &kept, View::Public, Language::En))
        .expect("explained");
    assert!(!public.contains("安娜") && !public.contains("周律师"), "{public}");

    let report = verify(&scene.fleet.db).expect("readable");
    assert!(report.is_clean(), "{:?}", report.differences);
    assert_eq!(report.grades, 1);
    assert!(report.ledger_entries >= 5, "{report:?}");

    let (director, minter) = (scene.director, scene.fleet.minter.clone());
    scene
        .fleet
        .db
        .try_write(move |tx| grading::supersede(tx, id, "投诉属实", || minter.mint(), director))
        .unwrap_or_else(|problem| panic!("{:?}", problem.body()));
    let lines = scene.fleet.db.read(|tx| subsidy_line::of_decision(tx, id)).expect("readable");
    assert_eq!(
        lines.iter().map(|line| line.amount_fen).sum::<i64>(),
        0,
        "the line is reversed, not overwritten"
    );
    assert_eq!(lines[1].reverses, Some(lines[0].id));
    let again = propose(&scene).unwrap_or_else(|problem| panic!("{:?}", problem.body()));
    assert_eq!((again.decision.number, again.decision.state), (2, DecisionState::Proposed));
    assert!(verify(&scene.fleet.db).expect("readable").is_clean());
}

#[test]
fn an_unqualified_grade_waits_for_a_re_review_and_pays_nothing() {
    let mut scene = scene(62, "little");
    score(&mut scene, 0, &[]);
    score(&mut scene, 1, &[]);
    let proposed = propose(&scene).unwrap_or_else(|problem| panic!("{:?}", problem.body()));
    assert_eq!(proposed.decision.outcome.grade.code(), "unqualified");
    assert!(proposed.decision.outcome.needs_re_review().is_some());
    let refused = finish(&scene, proposed.decision.id).err().expect("others must look first");
    assert_eq!(codes(&refused), ["re_review_first"]);
}

/// What `work` assigns, where it may be refused.
fn try_work(
    scene: &Scene,
    kind: AssignmentKind,
    people: &[tingfang_core::id::PersonId],
) -> Result<AssignmentId, Problem> {
    let (id, manager) = (scene.round, scene.manager);
    let (assignment, people) = (scene.fleet.minter.mint(), people.to_vec());
    scene.fleet.db.try_write(move |tx| {
        let held = round::find(tx, id)?.expect("begun");
        let wish = NewWork { id: assignment, kind, cases: None, people: people.clone() };
        grading::work(tx, &held, wish, manager).map(|_| assignment)
    })
}

/// A check on the spot by somebody.
fn look(scene: &Scene, id: DecisionId, by: tingfang_core::id::PersonId) -> Result<Step, Problem> {
    let (check, manager) = (scene.fleet.minter.mint(), scene.manager);
    scene.fleet.db.try_write(move |tx| {
        let check = NewSpotCheck {
            id: check,
            checked_by: by,
            checked_on: manager.at.in_china().date(),
            place: "承办律师事务所".into(),
            finding: "会见、阅卷均无记录,与案卷一致".into(),
        };
        grading::check_on_the_spot(tx, id, check, manager)
    })
}

#[test]
fn an_unqualified_grade_stands_after_others_reviewed_it_again_and_somebody_went_to_look() {
    let mut scene = scene(65, "little");
    score(&mut scene, 0, &[]);
    score(&mut scene, 1, &[]);
    let id = propose(&scene).unwrap_or_else(|problem| panic!("{:?}", problem.body())).decision.id;
    let again = scene.fleet.person("复评人", Role::Assessor);
    let early = try_work(&scene, AssignmentKind::ReReview, &[again]).expect_err("nothing waits for it yet");
    assert_eq!(codes(&early), ["not_in_re_review"]);
    let manager = scene.manager;
    scene.fleet.db.try_write(move |tx| grading::send_to_re_review(tx, id, manager)).unwrap_or_else(
        |problem| {
            panic!("{:?}", problem.body());
        },
    );
    let own = scene.assessors[0].0.person;
    let refused = try_work(&scene, AssignmentKind::ReReview, &[own]).expect_err("nobody reviews their own");
    assert_eq!(codes(&refused), ["took_part"]);
    let assignment = try_work(&scene, AssignmentKind::ReReview, &[again])
        .unwrap_or_else(|problem| panic!("{:?}", problem.body()));
    let mut phone = scene.fleet.phone(again);
    scene.fleet.sync(&mut phone);
    scene.assessors.push((phone, assignment));
    score(&mut scene, 2, &[]);

    let proposed = propose(&scene).unwrap_or_else(|problem| panic!("{:?}", problem.body()));
    assert_eq!(proposed.decision.id, id, "it is the same decision, one step on");
    let stops: Vec<&str> = proposed.decision.outcome.stops.iter().map(|stop| stop.code()).collect();
    assert_eq!(stops, ["needs_spot_check"]);
    let counts: Vec<bool> = proposed.decision.outcome.sheets.iter().map(|sheet| sheet.counts).collect();
    assert_eq!(counts, [false, false, true], "the first review stays on record");
    let refused = finish(&scene, id).err().expect("nobody has been there");
    assert_eq!(codes(&refused), ["re_review_first"]);
    let own = look(&scene, id, own).err().expect("the first assessors do not check their own work");
    assert_eq!(codes(&own), ["took_part"]);
    let looked = look(&scene, id, manager.person).unwrap_or_else(|problem| panic!("{:?}", problem.body()));
    assert!(looked.decision.outcome.may_be_final());
    let done = finish(&scene, id).unwrap_or_else(|problem| panic!("{:?}", problem.body()));
    assert_eq!(
        (done.decision.state, done.decision.outcome.grade.code()),
        (DecisionState::Final, "unqualified")
    );
    let lines = scene.fleet.db.read(|tx| subsidy_line::of_decision(tx, id)).expect("readable");
    assert_eq!(lines.iter().map(|line| line.factor_percent).collect::<Vec<_>>(), [60]);
    let report = verify(&scene.fleet.db).expect("readable");
    assert!(report.is_clean(), "{:?}", report.differences);
    let path = scene.fleet.backup();
    let copy = rusqlite::Connection::open(&path).expect("opens");
    assert_eq!(copy.execute("delete from spot_check", []).expect("runs"), 1);
    drop(copy);
    let report = verify(&tingfang_server::db::Db::open(&path).expect("opens")).expect("readable");
    assert!(!report.is_clean(), "a grade that rests on a check that is gone");
}

#[test]
fn a_round_closes_when_every_grade_is_final_and_takes_no_more_work() {
    let mut scene = scene(66, "full");
    score(&mut scene, 0, &[]);
    score(&mut scene, 1, &[]);
    let id = propose(&scene).unwrap_or_else(|problem| panic!("{:?}", problem.body())).decision.id;
    let (round_id, director) = (scene.round, scene.director);
    let held = move |tx: &tingfang_server::db::Tx| {
        round::find(tx, round_id)?.ok_or(Problem::NotFound { what: "round" })
    };
    let early =
        scene.fleet.db.try_write(move |tx| grading::close(tx, held(tx)?, director)).expect_err("open");
    assert_eq!(codes(&early), ["grade_not_final"]);
    finish(&scene, id).unwrap_or_else(|problem| panic!("{:?}", problem.body()));
    scene
        .fleet
        .db
        .try_write(move |tx| grading::close(tx, held(tx)?, director))
        .unwrap_or_else(|problem| panic!("{:?}", problem.body()));
    let more = scene.fleet.person("后来者", Role::Assessor);
    let refused = try_work(&scene, AssignmentKind::Assessment, &[more]).expect_err("closed");
    assert_eq!(codes(&refused), ["round_closed"]);
    scene
        .fleet
        .db
        .try_write(move |tx| grading::reopen(tx, held(tx)?, "投诉属实", director))
        .unwrap_or_else(|problem| panic!("{:?}", problem.body()));
    try_work(&scene, AssignmentKind::Assessment, &[more])
        .unwrap_or_else(|problem| panic!("{:?}", problem.body()));
    assert!(verify(&scene.fleet.db).expect("readable").is_clean());
}

#[test]
fn a_round_takes_a_centres_own_rules_and_tells_what_is_wrong_with_them() {
    let scene = scene(67, "full");
    let (manager, world) = (scene.manager, scene.fleet.world.clone());
    let begin = |rubric: Rule, subsidy: Rule| {
        let (id, world) = (scene.fleet.minter.mint(), world.clone());
        scene.fleet.db.try_write(move |tx| {
            let wish = NewRound {
                id,
                organisation: world.organisation,
                name: "自定标准".into(),
                rubric: rubric.clone(),
                subsidy_rule: subsidy.clone(),
                grading_rule: None,
                cases: vec![Subject { case: world.case, undertaker: world.undertaker }],
            };
            grading::begin(tx, wish, manager)
        })
    };
    let shipped = tingfang_core::rubric::templates().rubric("CRM-TRIAL").expect("shipped");
    let own = shipped.text().replace("id = \"CRM-TRIAL\"", "id = \"YC-CRM\"");
    let ratio = Rule::Template("SUBSIDY-RATIO".into());
    let held =
        begin(Rule::Own(own.clone()), ratio.clone()).unwrap_or_else(|problem| panic!("{:?}", problem.body()));
    assert_ne!(held.rubric_hash, shipped.hash().to_string());
    let spoilt = own.replacen("points = 4_00", "points = 9_00", 1);
    assert_ne!(spoilt, own);
    let refused = begin(Rule::Own(spoilt), Rule::Own("id = 1".into())).expect_err("both are wrong");
    let body = refused.body();
    let fields: Vec<&str> = body.errors.iter().map(|error| error.field.as_str()).collect();
    assert!(fields.contains(&"rubric_toml") && fields.contains(&"subsidy_rule_toml"), "{body:?}");
    assert!(verify(&scene.fleet.db).expect("readable").is_clean());
}

#[test]
fn an_alleged_veto_stops_the_end_and_a_verified_one_decides() {
    let mut scene = scene(63, "full");
    score(&mut scene, 0, &[]);
    score(&mut scene, 1, &[]);
    let id = propose(&scene).unwrap_or_else(|problem| panic!("{:?}", problem.body())).decision.id;
    rule(&scene, VetoState::Alleged);
    let refused = finish(&scene, id).err().expect("a veto is alleged");
    assert_eq!(codes(&refused), ["veto_pending"]);
    rule(&scene, VetoState::Verified);
    let proposed = propose(&scene).unwrap_or_else(|problem| panic!("{:?}", problem.body()));
    assert_eq!(proposed.decision.outcome.grade.code(), "unqualified");
}

fn rule(scene: &Scene, state: VetoState) {
    let (world, manager) = (scene.fleet.world.clone(), scene.manager);
    let ruling = VetoRuling {
        veto: scene.fleet.minter.mint(),
        code: VetoCode::TookBenefit,
        state,
        answers: None,
        ground: "受援人来信".into(),
    };
    scene
        .fleet
        .db
        .try_write(move |tx| grading::allege(tx, world.case, world.undertaker, ruling.clone(), manager))
        .expect("ruled");
}

#[test]
fn a_flipped_bit_in_what_was_decided_is_found() {
    let mut scene = scene(64, "full");
    score(&mut scene, 0, &[]);
    score(&mut scene, 1, &[]);
    let id = propose(&scene).unwrap_or_else(|problem| panic!("{:?}", problem.body())).decision.id;
    finish(&scene, id).unwrap_or_else(|problem| panic!("{:?}", problem.body()));
    for sql in [
        "update ledger_entry set body = replace(body, 'excellent', 'excellemt') where kind = 'grade_step'",
        "update ledger_entry set entered_at = entered_at + 1 where entry_no = 2",
        "update grade_decision set outcome = replace(outcome, '评估甲', '评估甴')",
        "update subsidy_line set amount_fen = amount_fen + 1",
        "update rubric set body = replace(body, '有效', '有敃')",
    ] {
        let path = scene.fleet.backup();
        let changed = rusqlite::Connection::open(&path).expect("opens").execute(sql, []).expect("runs");
        assert!(changed > 0, "{sql}");
        let report = verify(&tingfang_server::db::Db::open(&path).expect("opens")).expect("readable");
        assert!(!report.is_clean(), "{sql} escaped");
        std::fs::remove_file(&path).expect("removed");
    }
}
