//! A case that was attended and reviewed, its assessors, and the steps of its grade.

use serde_json::Value;
use tingfang_core::id::{AssignmentId, DecisionId, DocumentId, PersonId, RoundId};
use tingfang_core::people::{AssignmentKind, Duty, Role};
use tingfang_core::phone::About;
use tingfang_core::record::attendance::{AttendanceOutcome, Presence};
use tingfang_core::record::edit::Edit;
use tingfang_core::record::shape::ScalarType;
use tingfang_core::record::value::Scalar;
use tingfang_core::sync::row_kind::RowKind;
use tingfang_server::grading::{self, Actor, NewWork, Step};
use tingfang_server::problem::Problem;
use tingfang_server::store::round;
use tingfang_tests::asked;
use tingfang_tests::fleet::{Fleet, FleetPhone};
use tingfang_tests::observers::{done, outcome};

pub(super) struct Scene {
    pub(super) fleet: Fleet,
    pub(super) round: RoundId,
    pub(super) manager: Actor,
    pub(super) director: Actor,
    pub(super) assessors: Vec<(FleetPhone, AssignmentId)>,
}

impl Scene {
    /// The director, a moment later than before.
    pub(super) fn director_now(&self) -> Actor {
        self.fleet.clock.pass_millis(1_000);
        Actor { at: self.fleet.minter.clock().now(), ..self.director }
    }
}

fn text(value: &str) -> Scalar {
    Scalar::Text(value.into())
}

/// An attended hearing, a sealed sheet, a reviewed file, and two assessors with their evidence.
pub(super) fn scene(seed: u64, mark: &str) -> Scene {
    scene_after(seed, mark, |_| ()).0
}

/// The same, with something that happens before the round begins.
pub(super) fn scene_after<T>(seed: u64, mark: &str, before: impl FnOnce(&mut Fleet) -> T) -> (Scene, T) {
    let mut fleet = Fleet::new(seed);
    let chair = fleet.person("安娜", Role::Supervisor);
    let reviewer = fleet.person("阅卷人", Role::Supervisor);
    let people = [fleet.person("评估甲", Role::Assessor), fleet.person("评估乙", Role::Assessor)];
    let (manager, director) = (fleet.person("管理", Role::Manager), fleet.person("主任", Role::Director));
    let happened = before(&mut fleet);
    let now = fleet.minter.clock().now();
    let (manager, director) = (Actor { person: manager, at: now }, Actor { person: director, at: now });
    let hearing = fleet.world.assign(
        &fleet.db,
        &fleet.minter,
        AssignmentKind::Attendance,
        &[(chair, "安娜", Duty::Chair)],
    );
    attend(&mut fleet, chair, hearing);
    let round = asked::round(&fleet, manager).id;
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
    (Scene { fleet, round, manager, director, assessors }, happened)
}

fn attend(fleet: &mut Fleet, chair: PersonId, hearing: AssignmentId) {
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

pub(super) fn work(
    fleet: &Fleet,
    id: RoundId,
    kind: AssignmentKind,
    people: &[PersonId],
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

pub(super) fn review_file(fleet: &mut Fleet, reviewer: PersonId, review: AssignmentId, mark: &str) {
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
pub(super) fn score(scene: &mut Scene, index: usize, adjust: &[(&str, i64, &str)]) -> DocumentId {
    let key = format!("{}/{}/{}", scene.round, scene.fleet.world.case, scene.fleet.world.undertaker);
    let (phone, assignment) = &mut scene.assessors[index];
    let row = phone.phone.server_row(RowKind::Evidence, &key).expect("readable").expect("sent with the task");
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

pub(super) fn propose(scene: &Scene) -> Result<Step, Problem> {
    let (round, manager, world) = (scene.round, scene.manager, scene.fleet.world.clone());
    let fresh: DecisionId = scene.fleet.minter.mint();
    scene
        .fleet
        .db
        .try_write(move |tx| grading::propose(tx, round, world.case, world.undertaker, fresh, manager))
}

/// Representation, answer, finalise.
pub(super) fn finish(scene: &Scene, id: DecisionId) -> Result<Step, Problem> {
    let manager = scene.manager;
    scene.fleet.db.try_write(move |tx| grading::tell_undertaker(tx, id, manager))?;
    scene.fleet.db.try_write(move |tx| {
        grading::answer_representation(
            tx,
            id,
            grading::Statement::TakenDown("无异议".into()),
            "已阅".into(),
            manager,
        )
    })?;
    finalise(scene, id)
}

pub(super) fn finalise(scene: &Scene, id: DecisionId) -> Result<Step, Problem> {
    let (line, director) = (scene.fleet.minter.mint(), scene.director);
    scene.fleet.db.try_write(move |tx| grading::finalise(tx, id, line, director))
}

pub(super) fn codes(problem: &Problem) -> Vec<String> {
    problem.body().errors.into_iter().map(|field| field.code).collect()
}

/// What `work` assigns, where it may be refused.
pub(super) fn try_work(
    scene: &Scene,
    kind: AssignmentKind,
    people: &[PersonId],
) -> Result<AssignmentId, Problem> {
    let (id, manager) = (scene.round, scene.manager);
    let (assignment, people) = (scene.fleet.minter.mint(), people.to_vec());
    scene.fleet.db.try_write(move |tx| {
        let held = round::find(tx, id)?.expect("begun");
        let wish = NewWork { id: assignment, kind, cases: None, people: people.clone() };
        grading::work(tx, &held, wish, manager).map(|_| assignment)
    })
}
