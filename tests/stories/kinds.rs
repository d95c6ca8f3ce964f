//! Every kind of record, one after the other, on one way: begun, written offline on two devices,
//! disagreed about, put right, sealed, amended, synced, and read as evidence; with the roles that may
//! be given the work and those that may not.

mod ground;

use tingfang_core::id::{AssignmentId, DocumentId};
use tingfang_core::people::{AssignmentKind, Duty, Role};
use tingfang_core::phone::About;
use tingfang_core::policy::Visibility;
use tingfang_core::record::shape::Merge;
use tingfang_core::record::{KINDS, shape_of};
use tingfang_core::rubric::Channel;
use tingfang_core::sync::frame::{Claim, Item};
use tingfang_core::sync::verdict::Verdict;
use tingfang_server::records;
use tingfang_server::store::{document, seal};
use tingfang_tests::fleet::FleetPhone;
use tingfang_tests::received;
use tingfang_tests::signed_in::signed_in;

use crate::words::edit_of;
use ground::Ground;

/// One kind and what is peculiar to it.
struct Row {
    kind: &'static str,
    /// The work that asks for it.
    work: AssignmentKind,
    /// The duty of who seals it.
    seals: Duty,
    /// The duty of who writes it together with them; nothing for a record of one writer, who writes it
    /// on two devices.
    helps: Option<Duty>,
    /// The roles that may be given the sealing duty, in order.
    may: &'static [Role],
    /// A field, and the two values that are written into it offline.
    clash: (&'static str, &'static str, &'static str),
    /// What each of the writers adds for themselves.
    each: &'static [&'static str],
    /// What else the record needs, and what makes it speak.
    rest: &'static [&'static str],
    /// The channel on which it is evidence.
    channel: Option<Channel>,
}

const STAFF: &[Role] = &[Role::Supervisor, Role::Manager];

const TABLE: &[Row] = &[
    Row {
        kind: "attendance",
        work: AssignmentKind::Attendance,
        seals: Duty::Chair,
        helps: Some(Duty::Observer),
        may: &[Role::Supervisor],
        clash: ("facts/outcome", "attended", "adjourned"),
        each: &["observers/{self}=done"],
        rest: &["presence/{undertaker}=on_time"],
        channel: Some(Channel::Attendance),
    },
    Row {
        kind: "observer_sheet",
        work: AssignmentKind::Attendance,
        seals: Duty::Chair,
        helps: None,
        may: &[Role::Supervisor],
        clash: ("points/HRG-01", "800", "900"),
        each: &[],
        rest: &["points/HRG-05=1500"],
        channel: Some(Channel::Attendance),
    },
    Row {
        kind: "file_review",
        work: AssignmentKind::FileReview,
        seals: Duty::Reviewer,
        helps: None,
        may: &[Role::Supervisor, Role::Assessor],
        clash: ("marks/CRM-1.1", "full", "half"),
        each: &[],
        rest: &["papers/judgment=missing"],
        channel: Some(Channel::FileReview),
    },
    Row {
        kind: "scoresheet",
        work: AssignmentKind::Assessment,
        seals: Duty::Assessor,
        helps: None,
        may: &[Role::Assessor],
        clash: ("decisions/CRM-1.1", "accepted", "adjusted"),
        each: &[],
        rest: &["reasons/CRM-1.1=阅卷所见与依据不一"],
        channel: None,
    },
    Row {
        kind: "return_visit",
        work: AssignmentKind::ReturnVisit,
        seals: Duty::Lead,
        helps: Some(Duty::Visitor),
        may: STAFF,
        clash: ("answers/RTV-01", "satisfied", "dissatisfied"),
        each: &["+attempts at=2026-11-24T02:00:00Z way=phone outcome=connected by={self}"],
        rest: &[
            "facts/way=phone",
            "facts/respondent=recipient",
            "facts/notice_read=true",
            "facts/verification=call_record",
            "answers/RTV-02=satisfied",
            "answers/RTV-03=basically",
            "answers/RTV-05=satisfied",
            "answers/RTV-06=no",
            "answers/RTV-07=in_time",
            "answers/RTV-08=yes",
            "answers/RTV-09=yes",
            "answers/RTV-10=yes",
            "answers/RTV-12=yes",
            "answers/RTV-15=yes",
        ],
        channel: Some(Channel::ReturnVisit),
    },
    Row {
        kind: "tracking_card",
        work: AssignmentKind::FollowUp,
        seals: Duty::Lead,
        helps: Some(Duty::Staff),
        may: STAFF,
        clash: ("facts/card_no", "跟踪卡〔2026〕1号", "跟踪卡〔2026〕7号"),
        each: &["+steps step=meeting tick=yes"],
        rest: &[
            "facts/issued_at=2026-11-01T02:00:00Z",
            "facts/returned_at=2026-11-20T02:00:00Z",
            "facts/recipient_mark=signature",
        ],
        channel: None,
    },
    Row {
        kind: "notice",
        work: AssignmentKind::FollowUp,
        seals: Duty::Lead,
        helps: None,
        may: STAFF,
        clash: ("delivery/way", "post", "in_person"),
        each: &[],
        rest: &[
            "delivery/topic=rights_and_duties",
            "delivery/delivered_at=2026-11-02T02:00:00Z",
            "delivery/proof=signature",
        ],
        channel: None,
    },
    Row {
        kind: "progress_contact",
        work: AssignmentKind::FollowUp,
        seals: Duty::Lead,
        helps: None,
        may: STAFF,
        clash: ("facts/with", "recipient", "undertaker"),
        each: &[],
        rest: &["facts/at=2026-11-10T02:00:00Z", "facts/way=phone", "progress:已约见受援人，正在取证。"],
        channel: None,
    },
    Row {
        kind: "court_visit",
        work: AssignmentKind::CourtVisit,
        seals: Duty::Lead,
        helps: Some(Duty::Visitor),
        may: STAFF,
        clash: ("facts/organ", "云河县人民法院", "云河县法院刑庭"),
        each: &["+lines case={case} undertaker={undertaker} manners=good skill=average dedication=good"],
        rest: &[
            "facts/organ_kind=court",
            "facts/purpose=many_undertakers",
            "facts/visited_at=2026-11-12T02:00:00Z",
        ],
        channel: Some(Channel::CourtVisit),
    },
    Row {
        kind: "pre_hearing_report",
        work: AssignmentKind::PreHearingReport,
        seals: Duty::Reporter,
        helps: None,
        may: &[Role::Undertaker],
        clash: ("facts/file_reading", "part", "whole"),
        each: &[],
        rest: &[
            "facts/occasion=before_hearing",
            "+meetings at=2026-11-20T02:00:00Z place=看守所 topic=核实口供",
            "evidence:已调取监控录像。",
            "viewpoint:不构成入户盗窃。",
            "analysis:争议焦点在住所的认定。",
        ],
        channel: Some(Channel::PreHearingReport),
    },
    Row {
        kind: "discussion",
        work: AssignmentKind::Discussion,
        seals: Duty::Chair,
        helps: Some(Duty::Participant),
        may: &[Role::Manager, Role::Director],
        clash: ("facts/ground", "complicated", "group_case"),
        each: &["members/{self}=signed", "+opinions by={self} stance=agrees text=同意方案"],
        rest: &["facts/held_at=2026-11-15T02:00:00Z", "scheme:申请非法证据排除。"],
        channel: None,
    },
    Row {
        kind: "inspection",
        work: AssignmentKind::Inspection,
        seals: Duty::Lead,
        helps: Some(Duty::Inspector),
        may: STAFF,
        clash: ("points/CTR-1", "2000", "2500"),
        each: &[],
        rest: &["facts/way=unannounced", "facts/began_at=2026-11-16T02:00:00Z", "facts/result=to_rectify"],
        channel: None,
    },
    Row {
        kind: "complaint_intake",
        work: AssignmentKind::FollowUp,
        seals: Duty::Lead,
        helps: None,
        may: STAFF,
        clash: ("facts/ground", "below_standard", "took_money"),
        each: &[],
        rest: &[
            "facts/way=oral",
            "facts/received_at=2026-11-18T02:00:00Z",
            "facts/complainant_name=李某",
            "account:承办人索要车费。",
            "+findings case={case} undertaker={undertaker} defect=took_money severity=grave text=索要车费",
        ],
        channel: Some(Channel::Complaint),
    },
    Row {
        kind: "response",
        work: AssignmentKind::Response,
        seals: Duty::Respondent,
        helps: None,
        may: &[Role::Undertaker],
        clash: ("facts/answers", "representation", "explanation"),
        each: &[],
        rest: &["statement:已及时会见，附会见笔录。"],
        channel: None,
    },
];

#[test]
fn every_kind_stands_in_the_table() {
    let told: Vec<_> = TABLE.iter().map(|row| row.kind).collect();
    let known: Vec<_> = KINDS.iter().map(|shape| shape.code).collect();
    for kind in &known {
        assert!(told.contains(kind), "no row for {kind}");
    }
    assert_eq!(told.len(), known.len());
}

#[test]
fn every_duty_is_given_to_the_roles_of_the_table_and_to_no_other() {
    for row in TABLE {
        let mut ground = Ground::laid(2_000);
        let may: Vec<Role> = Role::ALL.iter().copied().filter(|role| ground.may(row, *role)).collect();
        assert_eq!(may, row.may, "{} as {}", row.kind, row.seals);
    }
}

#[test]
fn every_kind_goes_all_the_way() {
    for (nth, row) in TABLE.iter().enumerate() {
        all_the_way(row, 2_100 + nth as u64);
    }
}

/// Whoever takes no part reads a record by their role alone, as the table of visibility says; who supervises,
/// observes, undertakes, scores or keeps accounts elsewhere in the house never does.
fn seen_as_the_table_says(ground: &mut Ground, record: DocumentId, kind: &str, is_sealed: bool) {
    const NEVER: [Role; 5] =
        [Role::Supervisor, Role::OutsideObserver, Role::Undertaker, Role::Assessor, Role::Admin];
    for role in Role::ALL.iter().copied() {
        let reader = signed_in(&ground.fleet, ground.fleet.person(&format!("{role} {is_sealed}"), role));
        let reads = ground.fleet.db.try_read(|tx| records::open(tx, &reader, record).map(|_| ())).is_ok();
        let says = Visibility::shipped().reads(role, kind, is_sealed);
        assert_eq!(reads, says, "{role} and {kind}, sealed: {is_sealed}");
        assert!(!(reads && NEVER.contains(&role)), "{role} and {kind}");
    }
}

/// The phone of whoever takes no part holds nothing of a record, whatever their role: not its number, not that of its
/// task, and not whom it is about. The undertaker of the very case is among them. Read from the bytes of the store,
/// past everything that the phone would show.
fn no_other_phone_holds(ground: &mut Ground, writer: &FleetPhone, record: DocumentId, task: AssignmentId) {
    let recipient = "李某".as_bytes();
    let traces = [record.as_bytes().as_slice(), task.as_bytes().as_slice(), recipient];
    let there = writer.bytes_at_rest();
    assert!(holds(&there, traces[0]) && holds(&there, traces[1]), "who takes part has it");
    for role in Role::ALL.iter().copied() {
        let person = ground.person(role);
        let at_rest = ground.phone(person).bytes_at_rest();
        for trace in traces {
            assert!(!holds(&at_rest, trace), "the phone of a {role} holds {trace:?} of {record}");
        }
    }
}

fn holds(bytes: &[u8], trace: &[u8]) -> bool {
    bytes.windows(trace.len()).any(|window| window == trace)
}

fn all_the_way(row: &Row, seed: u64) {
    let kind = row.kind;
    let shape = shape_of(kind).expect("a known kind");
    assert_eq!(shape.merge == Merge::Shared, row.helps.is_some(), "{kind}");
    let mut ground = Ground::laid(seed);
    let role = *row.may.last().expect("somebody may");
    let first = ground.person(role);
    let second = if row.helps.is_some() { ground.person(ground.helper_role(row)) } else { first };
    let assignment = ground.assign(row, first, second);
    let (mut one, mut two) = (ground.phone(first), ground.phone(second));

    // Begun without a network: in one document where it is shared or derived, else by one device.
    let record = one.phone.start(assignment, kind, About::default()).expect("the task asks for it");
    if shape.each_time {
        ground.fleet.sync(&mut one);
        ground.fleet.sync(&mut two);
    } else {
        let same = two.phone.start(assignment, kind, About::default()).expect("the same record");
        assert_eq!(same, record, "{kind}");
    }

    // Both write the same field offline, and each what is their own.
    let (path, mine, other) = row.clash;
    for (phone, value) in [(&mut one, mine), (&mut two, other)] {
        let clash =
            edit_of(shape, &ground.fill(&format!("{path}={value}"), phone.person), &ground.fleet.minter);
        phone.phone.edit(record, &[clash]).unwrap_or_else(|error| panic!("{kind}: {error}"));
        ground.write(phone, shape, record, row.each);
    }
    ground.send_all(&mut one, kind);
    ground.send_all(&mut two, kind);
    ground.send_all(&mut one, kind);
    for phone in [&one, &two] {
        let seen = phone.phone.show(record).expect("there");
        assert_eq!(seen.conflicts.len(), 1, "{kind}: the two values are shown");
        assert_eq!(seen.conflicts[0].path.to_string(), ground.fill(path, first), "{kind}");
    }

    seen_as_the_table_says(&mut ground, record, kind, false);
    no_other_phone_holds(&mut ground, &one, record, assignment);

    // Put right by an ordinary edit, filled up, and sealed by whose part it is.
    ground.write(&mut one, shape, record, &[&format!("{path}={mine}")]);
    ground.write(&mut one, shape, record, row.rest);
    if row.helps.is_some() {
        two.phone.seal(record).expect_err("only who leads seals");
    }
    one.phone.seal(record).unwrap_or_else(|error| panic!("{kind}: {error}"));
    ground.send_all(&mut one, kind);
    ground.send_all(&mut two, kind);
    assert!(two.phone.show(record).expect("there").sealed, "{kind}");
    let kept = ground.fleet.db.read(|tx| seal::find(tx, record)).expect("readable").expect("sealed");
    assert_eq!(kept.person, first, "{kind}");
    let again = edit_of(shape, &ground.fill(&format!("{path}={other}"), first), &ground.fleet.minter);
    one.phone.edit(record, &[again]).expect_err("what is sealed is not written in");

    seen_as_the_table_says(&mut ground, record, kind, true);
    no_other_phone_holds(&mut ground, &one, record, assignment);

    // Evidence, on the channel that the table names.
    assert_eq!(ground.speaks_on(), row.channel, "{kind}");

    // What comes later is an amendment: a record of its own, with a reason.
    let amendment = one.phone.amend(record, "笔误").unwrap_or_else(|error| panic!("{kind}: {error}"));
    ground.write(&mut one, shape, amendment, &[&format!("{path}={other}")]);
    one.phone.seal(amendment).unwrap_or_else(|error| panic!("{kind}: {error}"));
    ground.send_all(&mut one, kind);
    let rows = ground.fleet.db.read(|tx| document::of_assignment(tx, assignment)).expect("readable");
    let amending = rows.iter().find(|kept| kept.amends == Some(record)).expect("it is on the server");
    assert!(amending.sealed_position.is_some(), "{kind}");
    let before = one.phone.show(record).expect("there");
    assert_eq!(
        ground.value(&before.content, path, first),
        ground.value_of(shape, path, mine, first),
        "{kind}"
    );

    stranger_is_refused(row, &mut ground, role, assignment);
    let sent = received::as_the_table_says(&ground.fleet.db);
    assert!(sent.iter().any(|row| row == "task") && sent.iter().any(|row| row == "seal"), "{kind}: {sent:?}");
}

/// Somebody with the right role who takes no part may not begin such a record, nor write in it.
fn stranger_is_refused(row: &Row, ground: &mut Ground, role: Role, assignment: AssignmentId) {
    let shape = shape_of(row.kind).expect("a known kind");
    let stranger = ground.person(role);
    let mut phone: FleetPhone = ground.phone(stranger);
    let (claim, document) = match (shape.merge, shape.each_time) {
        (Merge::Shared, _) => return ground.stranger_begins_shared(&mut phone, row, assignment),
        (Merge::SingleWriter, true) => {
            let claim = Claim::EachTime {
                assignment,
                case: Some(ground.fleet.world.case),
                undertaker: Some(ground.fleet.world.undertaker),
            };
            (claim, ground.fleet.minter.mint())
        }
        (Merge::SingleWriter, false) => ground.own_claim(stranger, row.kind, assignment),
    };
    let begin = Item::Begin { document, kind: row.kind.to_owned(), version: shape.version, claim };
    let verdicts = ground.fleet.send(&mut phone, vec![begin]);
    assert!(
        matches!(&verdicts[..], [Verdict::Refused { rule, .. }] if rule == "not_assigned"),
        "{}: {verdicts:?}",
        row.kind
    );
}
