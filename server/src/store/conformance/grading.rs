//! Rounds with what they have frozen, and the decisions that were made in them.

use std::collections::BTreeMap;

use jiff::civil::date;
use tingfang_core::case::{CaseKind, Stage};
use tingfang_core::clock::{Interval, LogPosition};
use tingfang_core::consequence::CaseFacts;
use tingfang_core::evidence::{
    Allegation, AllegationGround, AllegationKey, Answer, DefaultScore, EvidenceSet, FindingNote,
    ItemEvidence, MissingReport, Piece, Provenance, Source, SourceState,
};
use tingfang_core::grading::outcome::{Given, ItemOutcome, Phase, RecordRef, RulingRef, SheetOutcome};
use tingfang_core::grading::{
    Basis, DecisionState, GradeOutcome, Ratio, ReReviewReason, RepresentationState, SheetTotal, Stop,
    VetoOutcome, VetoRuling, VetoState, outcome,
};
use tingfang_core::id::OrganisationId;
use tingfang_core::record::ItemId;
use tingfang_core::record::common::{DefectCode, Severity};
use tingfang_core::record::scoresheet::{ItemDecision, VetoCode};
use tingfang_core::record::shape::PointsHundredths;
use tingfang_core::rubric::{Channel, ContentHash, FormKind, FormText, Grade};

use super::ground::{BIG, Ground, at, id, round, subject};
use crate::db::Tx;
use crate::store::decision::{EarlierRepresentation, Representation};
use crate::store::round::RoundState;
use crate::store::{decision, form, round, veto};

fn hash(text: &str) -> ContentHash {
    ContentHash::of_text("conformance", text)
}

#[test]
fn a_round_keeps_every_column_its_cases_and_the_rubrics_that_it_froze() {
    let ground = Ground::laid();
    for (hash, code, body) in
        [("é", "b", ""), ("张", "b", "[rubric]\n'é'"), ("a", "张", "x"), ("A", "Z", "y")]
    {
        ground.write(move |tx| round::freeze_rubric(tx, hash, code, body, at(BIG)));
    }
    ground.write(|tx| round::freeze_rubric(tx, "张", "another", "text", at(1)));
    let text = |hash: &str| ground.read(|tx| round::rubric_text(tx, hash));
    assert_eq!((text("张"), text("é")), (Some("[rubric]\n'é'".to_owned()), Some(String::new())));
    assert_eq!((text("É"), text("a")), (None, Some("x".to_owned())));
    let rubrics = ground.read(round::rubrics);
    let listed: Vec<_> = rubrics.iter().map(|(hash, code, _)| (&**hash, &**code)).collect();
    assert_eq!(listed, [("r1", "CRM-TRIAL"), ("A", "Z"), ("é", "b"), ("张", "b"), ("a", "张")]);

    let whole = round::Kept {
        organisation: id(2),
        name: "2026年 \"é\"".to_owned(),
        rubric_hash: "张".to_owned(),
        sheet_rubric_hash: "é".to_owned(),
        grading_rule: "[rule]\n".to_owned(),
        subsidy_rule: "'".to_owned(),
        state: RoundState::Closed,
        created_at: at(BIG),
        created_by: id(3),
        ..round(11)
    };
    let bare = round::Kept { name: String::new(), ..round(12) };
    let cases = [subject(2, 1), subject(1, 2), subject(1, 1), subject(2, 2)];
    let given = whole.clone();
    ground.write(move |tx| round::insert(tx, &given, &cases));
    ground.save(std::slice::from_ref(&bare), |tx, row| round::insert(tx, row, &[]));
    ground.holds(&[whole.clone(), bare.clone(), round(1)], |tx, row| round::find(tx, row.id));
    assert_eq!(ground.read(|tx| round::find(tx, id(99))), None);
    let sorted = [subject(1, 1), subject(1, 2), subject(2, 1), subject(2, 2)];
    assert_eq!(ground.read(|tx| round::cases(tx, id(11))), sorted);
    let page = |tx: &Tx, after: Option<&_>, limit| round::cases_page(tx, id(11), after.copied(), limit);
    assert_eq!(ground.walk(page, |row| *row), sorted);
    assert_eq!(ground.read(|tx| round::cases(tx, id(12))), []);
    let listed = |places: &[u8]| {
        let places: Vec<_> = places.iter().copied().map(id).collect();
        let page = |tx: &Tx, after: Option<&_>, limit| round::page(tx, &places, after.copied(), limit);
        ground.walk(page, |row| row.id)
    };
    assert_eq!(listed(&[]), []);
    assert_eq!(listed(&[1]), [round(1), bare.clone()]);
    let second = round::Kept { organisation: id(2), ..round(2) };
    assert_eq!(listed(&[1, 2]), [round(1), second, whole.clone(), bare]);
    let open = |case: u8| ground.read(|tx| round::open_of_case(tx, id(case)));
    assert_eq!((open(1), open(2)), (vec![(id(1), id(1))], vec![(id(2), id(2))]));
    ground.write(|tx| round::set_state(tx, id(11), RoundState::Open));
    ground.write(|tx| round::set_state(tx, id(1), RoundState::Closed));
    let opened = round::Kept { state: RoundState::Open, ..whole };
    ground.holds(&[opened], |tx, row| round::find(tx, row.id));
    let mut pairs = open(1);
    pairs.sort();
    assert_eq!(pairs, [(id(11), id(1)), (id(11), id(2))]);

    assert_eq!(ground.double(|tx| round::insert(tx, &round(1), &[])), "round.round_id");
    let twice = ground.double(|tx| round::insert(tx, &round(99), &[subject(1, 1); 2]));
    assert_eq!(twice, "round_case.round_id, round_case.legal_case_id, round_case.undertaker_id");
    assert_eq!(ground.read(|tx| round::find(tx, id(99))), None, "nothing of it was written");
}

#[test]
fn a_form_is_frozen_once_and_shared_by_rounds() {
    let ground = Ground::laid();
    let form = |kind: FormKind, file: &str, text: &str| FormText {
        kind,
        file: file.to_owned(),
        text: text.to_owned(),
    };
    let mut forms = [
        form(FormKind::Vetoes, "否决.toml", "[é]\n'张'"),
        form(FormKind::Scales, "", ""),
        form(FormKind::Questionnaire, "b", "b"),
        form(FormKind::ObserverSheet, "A", "b"),
    ];
    forms.sort_by_key(|form| form.hash().to_string());
    forms.reverse();
    let freeze = |round: u8, forms: &[FormText]| {
        let forms = forms.to_vec();
        move |tx: &Tx| form::freeze(tx, id(round), &forms, at(BIG))
    };
    ground.write(freeze(1, &forms));
    let renamed = form(forms[0].kind, "another file", &forms[0].text);
    ground.write(freeze(2, &[renamed]));
    assert_eq!(ground.read(|tx| form::of_round(tx, id(2))), forms[..1], "as it was frozen first");
    forms.reverse();
    assert_eq!(ground.read(|tx| form::of_round(tx, id(1))), forms, "by hash");
    let hashes = forms.each_ref().map(|form| form.hash().to_string());
    assert_eq!(ground.read(|tx| form::hashes(tx, id(1))), hashes);
    assert_eq!(ground.read(|tx| form::hashes(tx, id(99))), Vec::<String>::new());
    assert_eq!(ground.double(freeze(1, &forms[..1])), "round_form.round_id, round_form.form_hash");
}

fn ruling(nth: u8, veto: u8, ruled_at: i64) -> VetoRuling {
    VetoRuling {
        ruling: id(nth),
        veto: id(veto),
        code: VetoCode::TookBenefit,
        state: VetoState::Alleged,
        answers: None,
        ground: String::new(),
        ruled_at: at(ruled_at),
    }
}

/// A veto of the evidence, with nothing left out.
fn allegation() -> Allegation {
    let (defect, text) = (Some(DefectCode::ALL[0]), Some("é'张".to_owned()));
    Allegation {
        key: AllegationKey { code: VetoCode::ForgedRecords, document: id(5), entry: Some(id(6)) },
        channel: Channel::Complaint,
        ground: AllegationGround::GraveFinding { defect, text },
    }
}

#[test]
fn a_ruling_is_kept_whole_and_the_history_of_a_veto_is_in_order() {
    let ground = Ground::laid();
    let kept = |case: u8, ruling: VetoRuling| veto::Kept {
        case: id(case),
        undertaker: id(case),
        ruling,
        ruled_by: id(3),
    };
    let whole = VetoRuling {
        code: VetoCode::ForgedRecords,
        state: VetoState::Verified,
        answers: Some(allegation().key),
        ground: "查证属实 \"é\"".to_owned(),
        ..ruling(11, 1, 7)
    };
    let all = [
        kept(1, whole.clone()),
        kept(1, ruling(13, 1, 5)),
        kept(1, ruling(12, 2, 5)),
        kept(2, ruling(1, 3, 1)),
    ];
    ground.save(&all, veto::insert);
    let of_case = |case: u8| ground.read(|tx| veto::of_case(tx, id(case), id(1)));
    assert_eq!(of_case(1), [ruling(12, 2, 5), ruling(13, 1, 5), whole], "by time, then by id");
    assert_eq!(of_case(2), [], "another undertaker's");
    let listed = |places: &[u8], case: Option<u8>, veto: Option<u8>| {
        let places: Vec<_> = places.iter().copied().map(id).collect();
        let page = |tx: &Tx, after: Option<&_>, limit| {
            veto::page(tx, &places, case.map(id), veto.map(id), after.copied(), limit)
        };
        ground.walk(page, |row| row.ruling.ruling)
    };
    let [whole, thirteen, twelve, foreign] = all;
    assert_eq!(listed(&[2], None, None), std::slice::from_ref(&foreign));
    let wanted = [foreign, whole.clone(), twelve, thirteen.clone()];
    assert_eq!(listed(&[1, 2], None, None), wanted);
    assert_eq!(listed(&[1, 2], Some(1), Some(1)), [whole, thirteen.clone()]);
    assert_eq!(ground.double(move |tx| veto::insert(tx, &thirteen)), "veto_ruling.veto_ruling_id");
}

/// A source and an item of evidence, with as little left out as can be.
fn evidence() -> EvidenceSet {
    let item = ItemId::parse("CRM-1.1").expect("an item");
    let sealed = Interval { not_before: None, not_after: at(5) };
    let provenance = Provenance {
        document: id(5),
        kind: "file_review".to_owned(),
        heads: vec!["00ff".to_owned()],
        author: id(1),
        author_name: "陈静".to_owned(),
        device: id(1),
        amends: Some(id(4)),
        transcribed_for: Some(id(2)),
        confirmed: Some(sealed),
        sealed,
        observed_at: Some(at(1)),
    };
    let finding = FindingNote {
        entry: id(6),
        defect: None,
        severity: Some(Severity::Grave),
        text: Some(String::new()),
        item: Some(item.clone()),
        deduction: PointsHundredths(BIG),
    };
    let piece = Piece {
        channel: Channel::FileReview,
        source: Some(0),
        answer: Answer::SheetPoints {
            item: item.clone(),
            points: PointsHundredths(1),
            of: PointsHundredths(3),
        },
        percent: Some(33_33),
        share: Some(Ratio::new(1, 3)),
        deduction: PointsHundredths(25),
        findings: vec![finding.clone()],
    };
    let points = PointsHundredths(4_00);
    let exact = Ratio::new(i128::from(BIG), 3);
    let default = DefaultScore::Scored { channel: Channel::FileReview, points, exact };
    EvidenceSet {
        rubric: hash("rubric"),
        sheet_rubric: hash("sheet"),
        case: id(1),
        undertaker: id(1),
        sources: vec![Source {
            provenance,
            hearing: Some(id(1)),
            amends: Some(id(4)),
            amendment_reason: Some("é".to_owned()),
            first: id(4),
            state: SourceState::SupersededBy(id(7)),
        }],
        items: vec![ItemEvidence { item, points, pieces: vec![piece], default }],
        unplaced: vec![(0, finding)],
        allegations: vec![allegation()],
        missing_reports: vec![MissingReport { assignment: id(8), due_at: at(5) }],
        channels: vec![Channel::FileReview, Channel::Complaint],
    }
}

fn outcome_of(evidence: &EvidenceSet) -> GradeOutcome {
    let points = PointsHundredths(85_00);
    let record = RecordRef { document: id(5), heads: vec!["00ff".to_owned()] };
    let total = SheetTotal {
        earned: points,
        applicable: PointsHundredths(BIG),
        exact: Ratio::new(255, 3),
        score: points,
        grade: Grade::Good,
    };
    GradeOutcome {
        case: id(1),
        undertaker: id(1),
        grade: Grade::Unqualified,
        decided_by: outcome::DecidedBy::VerifiedVeto,
        score: points,
        exact: Ratio::new(-1, 3),
        grade_of_score: Grade::Good,
        sheets: vec![SheetOutcome {
            record: record.clone(),
            assessor: id(1),
            assessor_name: "陈静".to_owned(),
            phase: Phase::ReReview,
            counts: true,
            total,
            unseen: vec![id(8)],
        }],
        items: vec![ItemOutcome {
            item: evidence.items[0].item.clone(),
            points,
            default: DefaultScore::NotApplicable { by: None },
            given: vec![Given {
                decision: ItemDecision::Adjusted,
                points: None,
                reason: Some("'".to_owned()),
            }],
        }],
        vetoes: vec![VetoOutcome {
            code: VetoCode::ForgedRecords,
            state: VetoState::Verified,
            allegation: Some(allegation()),
            rulings: vec![ruling(1, 2, 3)],
        }],
        stops: vec![
            Stop::NeedsReReview { reason: ReReviewReason::GradesDiffer },
            Stop::NeedsSpotCheck,
            Stop::PendingVeto { code: VetoCode::CausedLoss },
        ],
        basis: Basis {
            rubric: hash("rubric"),
            leans_on: BTreeMap::from([("é".to_owned(), hash("é")), ("A".to_owned(), hash("A"))]),
            sheet_rubric: hash("sheet"),
            scale: hash("scale"),
            rule: hash("rule"),
            evidence: vec![record.clone()],
            missing_reports: evidence.missing_reports.clone(),
            sheets: vec![record],
            rulings: vec![RulingRef { ruling: id(1), state: VetoState::Verified }],
            checked_on_the_spot: true,
        },
    }
}

/// A decision of the first round on the first case, without anything that may be left out.
pub(super) fn bare_decision(nth: u8) -> decision::Kept {
    let evidence = evidence();
    decision::Kept {
        id: id(nth),
        round: id(1),
        case: id(1),
        undertaker: id(1),
        number: 1,
        state: DecisionState::Proposed,
        outcome: GradeOutcome { sheets: Vec::new(), items: Vec::new(), ..outcome_of(&evidence) },
        evidence: EvidenceSet { sources: Vec::new(), items: Vec::new(), ..evidence.clone() },
        evidence_position: LogPosition(0),
        representation: Representation::default(),
        case_facts: CaseFacts { kind: CaseKind::Civil, stage: None, closed_on: None },
        decided_at: at(1),
    }
}

#[test]
fn a_decision_keeps_what_it_was_made_from_and_goes_on_step_by_step() {
    let ground = Ground::laid();
    let bare = bare_decision(12);
    let (statement, answer) = (Some("不服 \"é\"".to_owned()), Some(String::new()));
    let earlier = vec![EarlierRepresentation {
        due_at: None,
        statement: None,
        response: Some(id(4)),
        answer: answer.clone(),
    }];
    let state = RepresentationState::Closed;
    let whole = decision::Kept {
        id: id(11),
        number: u32::MAX,
        state: DecisionState::Representation,
        outcome: outcome_of(&evidence()),
        evidence: evidence(),
        evidence_position: LogPosition(BIG.unsigned_abs()),
        representation: Representation {
            state,
            due_at: Some(at(5)),
            statement,
            response: Some(id(5)),
            answer,
            earlier,
        },
        case_facts: CaseFacts {
            kind: CaseKind::Criminal,
            stage: Some(Stage::Trial1),
            closed_on: Some(date(2026, 2, 28)),
        },
        decided_at: at(BIG),
        ..bare.clone()
    };
    let other = decision::Kept { id: id(10), round: id(2), case: id(2), ..bare.clone() };
    let all = [bare.clone(), whole.clone(), other.clone()];
    ground.save(&all, decision::insert);
    ground.holds(&all, |tx, row| decision::find(tx, row.id));
    assert_eq!(ground.read(|tx| decision::find(tx, id(99))), None);
    let newest = |round: u8, case: u8| ground.read(|tx| decision::newest(tx, id(round), id(case), id(1)));
    assert_eq!((newest(1, 1), newest(2, 2)), (Some(whole.clone()), Some(other.clone())));
    assert_eq!(newest(2, 1), None);
    let listed = |places: Option<&[OrganisationId]>, round: Option<u8>| {
        let page = |tx: &Tx, after: Option<&_>, limit| {
            decision::page(tx, places, round.map(id), after.copied(), limit)
        };
        ground.walk(page, |row| row.id)
    };
    assert_eq!(listed(None, Some(1)), [whole.clone(), bare.clone()]);
    assert_eq!(listed(None, None), [other.clone(), whole.clone(), bare.clone()]);
    let place =
        |row: &decision::Kept| ground.read(|tx| round::find(tx, row.round)).expect("a round").organisation;
    let here = place(&whole);
    let mut of_here = vec![other, whole.clone(), bare.clone()];
    of_here.retain(|row| place(row) == here);
    assert_eq!(listed(Some(&[here]), None), of_here);
    assert_eq!(listed(Some(&[id(99)]), None), [], "nobody's");
    assert_eq!(listed(Some(&[]), None), []);
    let steps = [
        decision::Kept { id: bare.id, number: bare.number, ..whole.clone() },
        decision::Kept { id: whole.id, number: whole.number, state: DecisionState::Final, ..bare.clone() },
    ];
    ground.save(&steps, decision::advance);
    ground.holds(&steps, |tx, row| decision::find(tx, row.id));
    let twin = decision::Kept { id: id(99), ..bare.clone() };
    let columns = ["round_id", "legal_case_id", "undertaker_id", "number"];
    let wanted = columns.map(|column| format!("grade_decision.{column}")).join(", ");
    assert_eq!(ground.double(move |tx| decision::insert(tx, &twin)), wanted);
    let twin = decision::Kept { number: 9, ..bare };
    let double = ground.double(move |tx| decision::insert(tx, &twin));
    assert_eq!(double, "grade_decision.grade_decision_id");
}
