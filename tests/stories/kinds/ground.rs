//! A centre in which every kind of work can be assigned, by the planner itself.

use tingfang_core::evidence::{DefaultScore, EvidenceSet, collect};
use tingfang_core::id::{AssignmentId, DocumentId, OwnRecord, PersonId};
use tingfang_core::people::task::TaskRound;
use tingfang_core::people::{AssignmentKind, Duty, Role, Subject, SubjectCount, VisitStage};
use tingfang_core::record::edit::FieldPath;
use tingfang_core::record::shape::KindShape;
use tingfang_core::record::value::{Node, Scalar};
use tingfang_core::rubric::{Channel, templates};
use tingfang_core::sync::frame::{Claim, Item};
use tingfang_core::sync::verdict::Verdict;
use tingfang_server::grading::Actor;
use tingfang_server::planning::{self, NewAssignment};
use tingfang_server::problem::Problem;
use tingfang_server::project;
use tingfang_server::store::person;
use tingfang_tests::asked;
use tingfang_tests::fleet::{Fleet, FleetPhone};

use super::Row;
use crate::words::{edit_of, scalar_of};

pub(super) struct Ground {
    pub(super) fleet: Fleet,
    round: TaskRound,
    people: u32,
}

impl Ground {
    pub(super) fn laid(seed: u64) -> Self {
        let fleet = Fleet::new(seed);
        let manager = fleet.person("管理", Role::Manager);
        let actor = Actor { person: manager, at: fleet.minter.clock().now() };
        let held = asked::round(&fleet, actor);
        let round = TaskRound { id: held.id, name: held.name, rubric: held.rubric_hash };
        Self { fleet, round, people: 0 }
    }

    /// Somebody with a role; who undertakes is the undertaker of the case.
    pub(super) fn person(&mut self, role: Role) -> PersonId {
        self.people += 1;
        let id = self.fleet.person(&format!("{} {}", role.code(), self.people), role);
        if role == Role::Undertaker {
            let undertaker = self.fleet.world.undertaker;
            self.fleet
                .db
                .write(move |tx| {
                    let mut row = person::find(tx, id)?.expect("there");
                    row.undertaker = Some(undertaker);
                    person::save(tx, &row)
                })
                .expect("the undertaker");
        }
        id
    }

    /// A role for who helps: one that may have that duty.
    pub(super) fn helper_role(&self, row: &Row) -> Role {
        let duty = row.helps.expect("somebody helps");
        let policy = tingfang_core::policy::Policy::shipped();
        policy.roles_of_duty(row.work.record_kinds(), duty)[0]
    }

    fn wish(&self, row: &Row, members: Vec<(PersonId, Duty)>) -> NewAssignment {
        let world = &self.fleet.world;
        let subject = Subject { case: world.case, undertaker: world.undertaker };
        let graded = row.work.scores() || row.work == AssignmentKind::FileReview;
        NewAssignment {
            id: self.fleet.minter.mint(),
            kind: row.work,
            organisation: world.organisation,
            hearing: row.work.may_name_hearing().then_some(world.hearing),
            inspected: (row.work == AssignmentKind::Inspection).then_some(world.organisation),
            stage: (row.work == AssignmentKind::ReturnVisit).then_some(VisitStage::After),
            note: None,
            round: graded.then(|| self.round.clone()),
            subjects: if row.work.subject_count() == SubjectCount::None { vec![] } else { vec![subject] },
            members,
            due_at: Some(self.fleet.minter.clock().now().plus_millis(86_400_000)),
            created_by: None,
        }
    }

    pub(super) fn assign(&mut self, row: &Row, first: PersonId, second: PersonId) -> AssignmentId {
        let mut members = vec![(first, row.seals)];
        members.extend(row.helps.map(|duty| (second, duty)));
        let wish = self.wish(row, members);
        let (id, now) = (wish.id, self.fleet.minter.clock().now());
        self.fleet
            .db
            .try_write(move |tx| planning::assign(tx, wish.clone(), now).map(|_| ()))
            .unwrap_or_else(|problem| panic!("{}: {problem:?}", row.kind));
        id
    }

    /// Whether the planner gives the sealing duty to somebody with this role.
    pub(super) fn may(&mut self, row: &Row, role: Role) -> bool {
        let person = self.person(role);
        let wish = self.wish(row, vec![(person, row.seals)]);
        let now = self.fleet.minter.clock().now();
        // Whatever it says is taken back: the next role is asked on the same ground.
        let told = self.fleet.db.try_write(move |tx| match planning::assign(tx, wish.clone(), now) {
            Ok(_) => Err::<(), _>(Problem::Exists { what: "assignment" }),
            Err(problem) => Err(problem),
        });
        match told {
            Err(Problem::Exists { .. }) => true,
            Err(Problem::Invalid(_)) => false,
            other => panic!("{} for {}: {other:?}", row.kind, role),
        }
    }

    /// A phone of somebody, with their tasks.
    pub(super) fn phone(&mut self, person: PersonId) -> FleetPhone {
        let mut phone = self.fleet.phone(person);
        self.fleet.sync(&mut phone);
        phone
    }

    /// Syncs a phone, and everything that it sends is accepted.
    pub(super) fn send_all(&self, phone: &mut FleetPhone, kind: &str) {
        let progress = self.fleet.sync(phone);
        assert_eq!(progress.not_accepted, 0, "{kind}: {:?}", phone.phone.refused());
    }

    /// The words of the table with the ids of this ground.
    pub(super) fn fill(&self, words: &str, person: PersonId) -> String {
        let world = &self.fleet.world;
        words
            .replace("{self}", &person.to_string())
            .replace("{case}", &world.case.to_string())
            .replace("{undertaker}", &world.undertaker.to_string())
    }

    pub(super) fn write(
        &self,
        phone: &mut FleetPhone,
        shape: &KindShape,
        record: DocumentId,
        words: &[&str],
    ) {
        for said in words {
            let edit = edit_of(shape, &self.fill(said, phone.person), &self.fleet.minter);
            phone
                .phone
                .edit(record, &[edit])
                .unwrap_or_else(|error| panic!("{} {said}: {error}", shape.code));
        }
    }

    pub(super) fn value(&self, content: &Node, path: &str, person: PersonId) -> Option<Scalar> {
        let path: FieldPath = self.fill(path, person).parse().expect("any text is a path");
        let parts: Vec<&str> = path.parts().iter().map(String::as_str).collect();
        match content.at(&parts) {
            Some(Node::Scalar(value)) => Some(value.clone()),
            _ => None,
        }
    }

    pub(super) fn value_of(
        &self,
        shape: &KindShape,
        path: &str,
        text: &str,
        person: PersonId,
    ) -> Option<Scalar> {
        let path: FieldPath = self.fill(path, person).parse().expect("any text is a path");
        Some(scalar_of(shape, &path, text))
    }

    /// The one channel on which something is said of the undertaker's work; nothing when nothing is.
    pub(super) fn speaks_on(&self) -> Option<Channel> {
        let evidence = self.evidence();
        let mut channels = evidence.channels.clone();
        channels.extend(evidence.allegations.iter().map(|allegation| allegation.channel));
        channels.dedup();
        assert!(channels.len() <= 1, "{channels:?}");
        let channel = channels.pop();
        // Who speaks of quality moves points; a complaint alleges, and moves none.
        let scored = evidence.items.iter().any(
            |item| matches!(item.default, DefaultScore::Scored { channel: by, .. } if Some(by) == channel),
        );
        assert_eq!(scored, channel.is_some_and(|channel| channel != Channel::Complaint), "{channel:?}");
        channel
    }

    fn evidence(&self) -> EvidenceSet {
        let (case, undertaker) = (self.fleet.world.case, self.fleet.world.undertaker);
        let records =
            self.fleet.db.read(|tx| project::sealed_records(tx, case, None)).expect("sealed records");
        let rubric = templates().rubric("CRM-TRIAL").expect("shipped");
        collect(rubric, templates().observer_sheet(), case, undertaker, &records, &[])
    }

    /// The claim of somebody for a record of their own.
    pub(super) fn own_claim(
        &self,
        writer: PersonId,
        kind: &str,
        assignment: AssignmentId,
    ) -> (Claim, DocumentId) {
        let (case, undertaker) = (self.fleet.world.case, self.fleet.world.undertaker);
        let own = OwnRecord { assignment, kind, case, undertaker, writer, transcribed_for: None };
        let claim = Claim::Own { assignment, case, undertaker, transcribed_for: None };
        (claim, DocumentId::own(self.fleet.tenant(), &own))
    }

    /// A stranger begins no shared record of an assignment, and nothing of one that is there reaches them.
    pub(super) fn stranger_begins_shared(
        &mut self,
        phone: &mut FleetPhone,
        row: &Row,
        assignment: AssignmentId,
    ) {
        let tenant = self.fleet.tenant();
        let begin = |assignment: AssignmentId| Item::Begin {
            document: DocumentId::shared(tenant, assignment),
            kind: row.kind.to_owned(),
            version: 1,
            claim: Claim::Shared { assignment },
        };
        let mut items = vec![begin(assignment)];
        // A hearing is assigned once; other work is assigned again, and nobody has begun it yet.
        if row.work != AssignmentKind::Attendance {
            let first = self.person(*row.may.last().expect("somebody may"));
            let second = self.person(self.helper_role(row));
            items.push(begin(self.assign(row, first, second)));
        }
        // Whether it is there already is not told.
        let verdicts = self.fleet.send(phone, items);
        for verdict in &verdicts {
            let refused = matches!(verdict, Verdict::Refused { rule, .. } if rule == "not_assigned");
            assert!(refused, "{}: {verdict:?}", row.kind);
        }
        assert!(phone.phone.records(None, 10).expect("readable").is_empty(), "nothing reaches the stranger");
    }
}
