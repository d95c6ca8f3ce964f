//! Organisations and people.

use std::collections::BTreeSet;

use jiff::civil::date;
use tingfang_core::clock::Span;
use tingfang_core::people::task::TaskState;
use tingfang_core::people::{
    ObserverKind, Organisation, OrganisationLevel, PanelState, Person, Provider, ProviderKind,
    RelationGround, Role, RoleGrant, Undertaker, UndertakerKind,
};

use super::ground::{Ground, NAMES, at, id, organisation, person, provider, undertaker};
use crate::db::Tx;
use crate::store::{assignment, case_relation, organisation, person, provider, role_grant, undertaker};

/// The names of rows under the numbers from 11 on.
fn named<T>(row: impl Fn(u8, &str) -> T) -> Vec<T> {
    (11..).zip(NAMES).map(|(nth, name)| row(nth, name)).collect()
}

#[test]
fn an_organisation_keeps_every_column_and_they_sort_by_their_bytes() {
    let ground = Ground::laid();
    let mut all = named(organisation);
    let (level, code) = (OrganisationLevel::Workstation, Some(String::new()));
    all[0] = Organisation { parent: Some(id(1)), region_code: Some("530123".to_owned()), ..all[0].clone() };
    all[1] = Organisation { parent: Some(id(11)), level, region_code: code, ..all[1].clone() };
    ground.save(&all, organisation::save);
    ground.holds(&all, |tx, row| organisation::find(tx, row.id));
    ground.holds(&all, |tx, row| organisation::by_name(tx, &row.name));
    assert_eq!(ground.read(|tx| organisation::find(tx, id(99))), None);
    assert_eq!(ground.read(|tx| organisation::by_name(tx, "É")), None);
    let names: Vec<String> = ground.read(organisation::all).into_iter().map(|row| row.name).collect();
    assert_eq!(names, ["A", "Z", "a", "b", "é", "云河县司法局", "云河县法律援助中心", "张"]);
    let changed = Organisation { id: all[0].id, ..organisation(11, "改名") };
    ground.save(std::slice::from_ref(&changed), organisation::save);
    ground.holds(&[changed], |tx, row| organisation::find(tx, row.id));
    let twin = organisation(99, "张");
    assert_eq!(ground.double(move |tx| organisation::save(tx, &twin)), "organisation.name");
}

#[test]
fn a_provider_keeps_every_column_and_has_a_name_of_its_own_however_it_is_written() {
    let ground = Ground::laid();
    let mut all = named(provider);
    all[0] = Provider { kind: ProviderKind::SocialOrganisation, on_panel: false, ..all[0].clone() };
    all.push(provider(31, "云河(分)所"));
    ground.save(&all, provider::save);
    ground.holds(&all, |tx, row| provider::find(tx, row.id));
    ground.holds(&all, |tx, row| provider::by_name(tx, &row.name));
    let found = ground.read(|tx| provider::by_name(tx, "云河（分） 所"));
    assert_eq!(found.as_ref(), all.last(), "full width and spaces");
    let listed = ground.walk(provider::page, |row| (row.name.clone(), row.id));
    let names: Vec<&str> = listed.iter().map(|row| &*row.name).collect();
    let wanted = ["A", "Z", "a", "b", "é", "云河(分)所", "云河律师事务所", "云河法律服务所", "张"];
    assert_eq!(names, wanted);
    let changed = Provider { on_panel: false, ..provider(12, "改名") };
    ground.save(std::slice::from_ref(&changed), provider::save);
    ground.holds(&[changed], |tx, row| provider::find(tx, row.id));
    let twin = provider(99, " 张 ");
    assert_eq!(ground.double(move |tx| provider::save(tx, &twin)), "provider.name_key");
}

#[test]
fn an_undertaker_keeps_every_column_and_is_found_by_licence_name_and_provider() {
    let ground = Ground::laid();
    let mut all = named(undertaker);
    all[0] = Undertaker {
        provider: id(2),
        kind: UndertakerKind::ALL[1],
        practice_since: Some(date(1999, 12, 31)),
        panel_state: PanelState::ALL[1],
        ..all[0].clone()
    };
    all.push(undertaker(31, "a"));
    ground.save(&all, undertaker::save);
    ground.holds(&all, |tx, row| undertaker::find(tx, row.id));
    ground.holds(&all, |tx, row| undertaker::by_licence(tx, &row.licence_no));
    let found = ground.read(|tx| undertaker::by_licence(tx, "l－３１"));
    assert_eq!(found.as_ref(), all.last(), "full width and small letters");
    let names = |provider: Option<u8>, search: Option<&str>| -> Vec<String> {
        let page =
            |tx: &Tx, after: Option<&_>, limit| undertaker::page(tx, provider.map(id), search, after, limit);
        let listed = ground.walk(page, |row| (row.name.clone(), row.id));
        listed.into_iter().map(|row| format!("{} {}", row.name, row.licence_no)).collect()
    };
    let wanted =
        ["A L-12", "Z L-16", "a L-14", "a L-31", "b L-11", "é L-15", "张 L-13", "李明 L-1", "王芳 L-2"];
    assert_eq!(names(None, None), wanted);
    assert_eq!(names(Some(2), None), ["b L-11"]);
    assert_eq!(names(None, Some(" l-3 ")), ["a L-31"]);
    assert_eq!(names(None, Some("z")), ["Z L-16"]);
    assert_eq!(names(None, Some("é")), ["é L-15"]);
    assert_eq!(names(Some(1), Some("b")), Vec::<String>::new());
    for sign in ["É", "%", "_", "\\", "'"] {
        assert_eq!(names(None, Some(sign)), Vec::<String>::new(), "{sign}");
    }
    let changed = undertaker(11, "");
    ground.save(std::slice::from_ref(&changed), undertaker::save);
    ground.holds(&[changed], |tx, row| undertaker::find(tx, row.id));
    let twin = Undertaker { licence_no: "l-31".to_owned(), ..undertaker(99, "x") };
    assert_eq!(ground.double(move |tx| undertaker::save(tx, &twin)), "undertaker.licence_key");
}

#[test]
fn a_person_keeps_every_column_and_signs_in_under_a_name_of_their_own() {
    let ground = Ground::laid();
    let mut all = named(person);
    all[0] = Person {
        login: Some("Chen_100%".to_owned()),
        phone: Some("138 0000 0000".to_owned()),
        provider: Some(id(2)),
        undertaker: Some(id(2)),
        observer_kind: Some(ObserverKind::CongressDeputy),
        adult: false,
        trained_until: Some(date(2026, 2, 28)),
        ..all[0].clone()
    };
    all[1].login = Some("é张".to_owned());
    all[2].phone = all[0].phone.clone();
    all.push(person(31, "a"));
    ground.save(&all, person::save);
    ground.holds(&all, |tx, row| person::find(tx, row.id));
    ground.holds(&all[..2], |tx, row| person::by_login(tx, row.login.as_deref().expect("has one")));
    assert_eq!(ground.read(|tx| person::by_login(tx, "chen_100%")), None, "capitals count");
    let phone = ground.read(|tx| person::by_phone(tx, "138 0000 0000"));
    assert_eq!(phone, [all[0].clone(), all[2].clone()]);
    let within = |reach: &[u8], search: Option<&str>| -> Vec<String> {
        let reach = reach.iter().copied().map(id).collect::<BTreeSet<_>>();
        let page = |tx: &Tx, after: Option<&_>, limit| person::page(tx, &reach, search, after, limit);
        let listed = ground.walk(page, |row| (row.name.clone(), row.id));
        listed.into_iter().map(|row| row.name).collect()
    };
    let names = |search: Option<&str>| within(&[], search);
    assert_eq!(names(None), ["A", "Z", "a", "a", "b", "é", "吴刚", "周敏", "张", "陈静"]);
    assert_eq!(names(Some("a")), ["A", "a", "a"]);
    assert_eq!(names(Some("CHEN_")), ["b"]);
    assert_eq!(names(Some("0%")), ["b"]);
    assert_eq!(names(Some("N100")), Vec::<String>::new(), "a low line is no joker");
    assert_eq!(names(Some("É")), Vec::<String>::new(), "only ASCII forgets its case");
    assert_eq!(names(Some("张")), ["A", "张"]);
    // Whoever holds a role is seen only within reach of it; one taken away counts no more.
    ground.write(|tx| {
        role_grant::add(tx, id(1), id(1), Role::Manager)?;
        role_grant::add(tx, id(2), id(1), Role::Assessor)?;
        role_grant::add(tx, id(2), id(2), Role::Director)?;
        role_grant::add(tx, id(13), id(2), Role::Admin)?;
        role_grant::add(tx, id(12), id(2), Role::Admin)?;
        role_grant::remove(tx, id(12), id(2), Role::Admin)
    });
    assert_eq!(names(None), ["A", "Z", "a", "a", "b", "é", "吴刚"]);
    assert_eq!(within(&[1], None), ["A", "Z", "a", "a", "b", "é", "吴刚", "周敏", "陈静"]);
    assert_eq!(within(&[2], None), ["A", "Z", "a", "a", "b", "é", "吴刚", "周敏", "张"]);
    assert_eq!(within(&[1, 2], Some("张")), ["A", "张"]);
    let changed = person(11, "");
    ground.save(std::slice::from_ref(&changed), person::save);
    ground.holds(&[changed], |tx, row| person::find(tx, row.id));
    let twin = Person { login: Some("é张".to_owned()), ..person(99, "x") };
    assert_eq!(ground.double(move |tx| person::save(tx, &twin)), "person.login");
}

#[test]
fn a_role_is_held_once_and_its_span_stays_answerable() {
    let ground = Ground::laid();
    let add = move |ground: &Ground, person: u8, role: Role| {
        ground.write(move |tx| role_grant::add(tx, id(person), id(1), role))
    };
    let rights = |person: u8| ground.read(|tx| role_grant::rights_position(tx, id(person)));
    assert_eq!(rights(3), 0);
    assert!(add(&ground, 3, Role::Manager));
    let first = ground.head();
    assert!(!add(&ground, 3, Role::Manager), "held already");
    assert_eq!((ground.head(), rights(3)), (first, first.0));
    assert!(add(&ground, 3, Role::Assessor));
    let second = ground.head();
    assert!(ground.write(|tx| role_grant::remove(tx, id(3), id(1), Role::Manager)));
    let ended = ground.head();
    assert_eq!(rights(3), ended.0);
    assert!(!ground.write(|tx| role_grant::remove(tx, id(3), id(1), Role::Manager)), "held no longer");
    assert!(add(&ground, 1, Role::Manager));
    assert!(add(&ground, 3, Role::Manager), "and again");
    let third = ground.head();
    let grant = |role, from, until| RoleGrant {
        person: id(3),
        organisation: id(1),
        role,
        span: Span { from, until },
    };
    let held = [grant(Role::Assessor, second, None), grant(Role::Manager, third, None)];
    let all = [grant(Role::Manager, first, Some(ended)), held[0], held[1]];
    assert_eq!(ground.read(|tx| role_grant::of_person(tx, id(3))), all);
    assert_eq!(ground.read(|tx| role_grant::held(tx, id(3))), held);
    assert_eq!(ground.read(|tx| role_grant::holders(tx, id(1), Role::Manager)), [id(1), id(3)]);
    assert_eq!(ground.read(|tx| role_grant::holders(tx, id(2), Role::Manager)), []);
    // Relations and assignments change rights too.
    ground.write(|tx| case_relation::declare(tx, id(1), id(3), RelationGround::Party, None, at(1)));
    assert_eq!(rights(3), ground.head().0);
    ground.write(|tx| assignment::set_state(tx, id(1), TaskState::Closed, None));
    assert_eq!(rights(2), ground.head().0);
    ground.write(|tx| assignment::remove_member(tx, id(1), id(2)));
    assert_eq!(rights(2), ground.head().0);
}
