//! Cases, their hearings, and who is related to them.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::date;
use tingfang_core::case::{
    AidForm, Case, CaseFlags, CaseKind, CaseSource, CaseStatus, CaseUndertaker, Hearing, HearingKind,
    HearingState, Instance, Known, Openness, Organ, OrganKind, Procedure, Stage,
};
use tingfang_core::clock::LogPosition;
use tingfang_core::people::{CaseTies, RelationGround, Undertaker};

use super::ground::{BIG, Ground, at, case, hearing, id, undertaker};
use crate::db::Tx;
use crate::store::hearing::HearingFilter;
use crate::store::legal_case::CaseFilter;
use crate::store::{case_relation, hearing, legal_case, undertaker};

/// A case of the first organisation that leaves nothing out.
fn whole_case(nth: u8, case_no: &str) -> Case {
    Case {
        organ_case_no: Some("〔2026〕云0123刑初45号".to_owned()),
        kind: CaseKind::Criminal,
        stage: Some(Stage::Trial1),
        cause: "盗窃、\"'\\ 100%".to_owned(),
        source: CaseSource::Notice,
        aid_form: Some(AidForm::CriminalDefence),
        status: CaseStatus::Archived,
        undertakers: vec![
            CaseUndertaker { undertaker: id(2), provider: id(1) },
            CaseUndertaker { undertaker: id(1), provider: id(2) },
        ],
        recipients: vec!["张某".to_owned(), String::new()],
        organ: Some(Organ { name: "云河县人民法院".to_owned(), kind: OrganKind::Court }),
        assigned_on: Some(date(2026, 1, 2)),
        closed_on: Some(date(2026, 3, 4)),
        archived_on: Some(date(9999, 12, 31)),
        close_method: Some(String::new()),
        effect: Some("从轻处罚".to_owned()),
        flags: CaseFlags { group: true, secret: true, ..CaseFlags::default() },
        first_case_of_undertaker: true,
        ..case(nth, case_no)
    }
}

#[test]
fn a_case_keeps_every_column_and_has_a_number_of_its_own_in_its_organisation() {
    let ground = Ground::laid();
    let all = [
        whole_case(11, "b(2026)1"),
        case(12, "A2"),
        Case { cause: "Theft".to_owned(), organ_case_no: Some("x_1".to_owned()), ..case(13, "张3") },
        Case { organ_case_no: Some("(2026) 云0123刑初45号".to_owned()), ..case(9, "a4") },
        Case { organisation: id(2), ..case(15, "é5") },
        Case { organisation: id(2), ..case(14, "a4") },
        case(16, "007"),
    ];
    ground.save(&all, legal_case::save);
    ground.holds(&all, |tx, row| legal_case::find(tx, row.id));
    ground.holds(&all, |tx, row| legal_case::by_case_no(tx, row.organisation, &row.case_no));
    let by_no = |no: &str| ground.read(|tx| legal_case::by_case_no(tx, id(1), no)).map(|row| row.id);
    assert_eq!((by_no("B【2026】 1"), by_no("7"), by_no("é5")), (Some(id(11)), Some(id(16)), None));
    let organ = "［2026］云0123刑初45号";
    let found = ground.read(|tx| legal_case::by_organ_case_no(tx, id(1), organ));
    assert_eq!(found, [all[3].clone(), all[0].clone()], "by id");
    assert_eq!(ground.read(|tx| legal_case::by_organ_case_no(tx, id(2), organ)), []);

    let numbers = |wanted: &CaseFilter| -> Vec<String> {
        let page = |tx: &Tx, after: Option<&_>, limit| legal_case::page(tx, wanted, after, limit);
        let listed = ground.walk(page, |row| (row.case_no.clone(), row.id));
        listed.into_iter().map(|row| row.case_no).collect()
    };
    let any = CaseFilter::default;
    let search = |text: &str| numbers(&CaseFilter { search: Some(text.to_owned()), ..any() });
    let wanted = ["007", "A2", "a4", "a4", "b(2026)1", "é5", "云援1", "云援2", "张3"];
    assert_eq!(numbers(&any()), wanted);
    assert_eq!(numbers(&CaseFilter { organisations: Some(Vec::new()), ..any() }), Vec::<String>::new());
    assert_eq!(numbers(&CaseFilter { organisations: Some(vec![id(2)]), ..any() }), ["a4", "é5", "云援2"]);
    assert_eq!(numbers(&CaseFilter { organisations: Some(vec![id(1), id(2)]), ..any() }), wanted);
    assert_eq!(numbers(&CaseFilter { kind: Some(CaseKind::Criminal), ..any() }), ["b(2026)1"]);
    assert_eq!(numbers(&CaseFilter { status: Some(CaseStatus::Archived), ..any() }), ["b(2026)1"]);
    assert_eq!(numbers(&CaseFilter { undertaker: Some(id(2)), ..any() }), ["b(2026)1", "云援2"]);
    assert_eq!(search("A"), ["A2", "a4", "a4"]);
    assert_eq!(search("X_"), ["张3"]);
    assert_eq!(search("thEFT"), ["张3"]);
    assert_eq!(search("\\ 100%"), ["b(2026)1"]);
    assert_eq!(search("刑初45"), ["a4", "b(2026)1"]);
    assert_eq!(search("É"), Vec::<String>::new(), "only ASCII forgets its case");

    let changed = Case { undertakers: all[0].undertakers[..1].to_vec(), ..case(11, "b1") };
    let back = Case { undertakers: whole_case(1, "").undertakers, ..whole_case(1, "云援1") };
    ground.save(&[changed.clone(), back.clone()], legal_case::save);
    ground.holds(&[changed, back], |tx, row| legal_case::find(tx, row.id));
    let twin = case(99, "Ａ4");
    let double = ground.double(move |tx| legal_case::save(tx, &twin));
    assert_eq!(double, "legal_case.organisation_id, legal_case.case_key");
    let mut twice = case(99, "new");
    twice.undertakers = vec![CaseUndertaker { undertaker: id(1), provider: id(1) }; 2];
    let double = ground.double(move |tx| legal_case::save(tx, &twice));
    assert_eq!(double, "case_undertaker.legal_case_id, case_undertaker.undertaker_id");
    assert_eq!(by_no("new"), None, "nothing of it was written");
}

#[test]
fn a_hearing_keeps_every_column_and_they_are_listed_by_time() {
    let ground = Ground::laid();
    let whole = Hearing {
        case: id(2),
        kind: HearingKind::Judgment,
        state: HearingState::Postponed,
        court: "云河县人民法院".to_owned(),
        courtroom: Some("第三法庭".to_owned()),
        starts_at: at(BIG),
        procedure: Some(Procedure::FastTrack),
        instance: Some(Instance::DeathReview),
        openness: Openness::ClosedOnApplication,
        defendant_under_18_at_trial: Known::Yes,
        record_may_be_sealed: Known::No,
        presiding: Some("é'张".to_owned()),
        device_rule: Some(String::new()),
        source: Some("传票".to_owned()),
        ..hearing(11)
    };
    let early = |nth: u8| Hearing { starts_at: at(-1), ..hearing(nth) };
    let all = [whole.clone(), early(14), early(13), Hearing { starts_at: at(1), ..hearing(12) }];
    ground.save(&all, hearing::save);
    ground.holds(&all, |tx, row| hearing::find(tx, row.id));
    assert_eq!(ground.read(|tx| hearing::find(tx, id(99))), None);
    let of_case = |case: u8| ground.read(|tx| hearing::of_case(tx, id(case)));
    let wanted = [early(13), early(14), hearing(1), all[3].clone(), hearing(2)];
    assert_eq!((of_case(1), of_case(2), of_case(99)), (wanted.to_vec(), vec![whole.clone()], Vec::new()));

    let numbers = |wanted: &HearingFilter| -> Vec<u8> {
        let page = |tx: &Tx, after: Option<&_>, limit| hearing::page(tx, wanted, after, limit);
        let listed = ground.walk(page, |row| (row.starts_at, row.id));
        listed.iter().map(|row| row.id.as_bytes()[0]).collect()
    };
    let any = HearingFilter::default;
    assert_eq!(numbers(&any()), [13, 14, 1, 12, 2, 11]);
    assert_eq!(numbers(&HearingFilter { organisations: Some(Vec::new()), ..any() }), [0; 0]);
    assert_eq!(numbers(&HearingFilter { organisations: Some(vec![id(2)]), ..any() }), [11]);
    let both = Some(vec![id(1), id(2)]);
    let some = HearingFilter { organisations: both, case: Some(id(1)), from: Some(at(1)), ..any() };
    assert_eq!(numbers(&some), [1, 12, 2]);
    assert_eq!(numbers(&HearingFilter { until: Some(at(2)), ..some }), [1, 12]);
    assert_eq!(numbers(&HearingFilter { state: Some(HearingState::Postponed), ..any() }), [11]);

    let changed = hearing(11);
    ground.save(std::slice::from_ref(&changed), hearing::save);
    ground.holds(&[changed], |tx, row| hearing::find(tx, row.id));
}

#[test]
fn a_relation_is_declared_once_and_ties_the_case_from_then_on() {
    let ground = Ground::laid();
    let declare = |person: u8, why: RelationGround, by: Option<u8>| {
        ground.write(move |tx| case_relation::declare(tx, id(1), id(person), why, by.map(id), at(BIG)));
        ground.head()
    };
    assert_eq!(ground.read(|tx| case_relation::of_case(tx, id(1))), []);
    let first = declare(3, RelationGround::Witness, None);
    let second = declare(1, RelationGround::Party, Some(2));
    declare(3, RelationGround::Relative, Some(1));
    let related = [(id(1), RelationGround::Party), (id(3), RelationGround::Relative)];
    assert_eq!(ground.read(|tx| case_relation::of_case(tx, id(1))), related);
    assert_eq!(ground.read(|tx| case_relation::of_case(tx, id(2))), []);

    // The undertaker has moved to another provider since.
    let moved = Undertaker { provider: id(2), ..undertaker(1, "李明") };
    ground.save(&[moved], undertaker::save);
    let ties = |related: &[_]| CaseTies {
        undertakers: BTreeSet::from([id(1)]),
        providers: BTreeSet::from([id(1), id(2)]),
        related: related.iter().copied().collect::<BTreeMap<_, _>>(),
    };
    let ties_at = |at| ground.read(|tx| case_relation::ties_at(tx, id(1), at));
    assert_eq!(ground.read(|tx| case_relation::ties(tx, id(1))), Some(ties(&related)));
    assert_eq!(ties_at(second), Some(ties(&related)));
    assert_eq!(ties_at(first), Some(ties(&related[1..])));
    assert_eq!(ties_at(LogPosition(0)), Some(ties(&[])));
    assert_eq!(ground.read(|tx| case_relation::ties(tx, id(99))), None);
}
