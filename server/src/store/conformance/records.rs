//! Documents, their changes and their seals.

use tingfang_core::clock::{Interval, LogPosition};
use tingfang_core::people::Assignment;
use tingfang_core::record::document::{Actor, ChangeHash};
use tingfang_core::record::seal::{Seal, SealPurpose, SealStatement};
use tingfang_core::signature::Signature;

use super::ground::{BIG, Ground, assignment, at, document, id, key, subject};
use crate::db::Tx;
use crate::store::change_log::{Entry, Sender};
use crate::store::document::Narrowing;
use crate::store::{assignment, change_log, document, seal};

const LAST: LogPosition = LogPosition(BIG.unsigned_abs());
const EVER: LogPosition = LogPosition(u64::MAX);

fn whole_document(nth: u8) -> document::Kept {
    document::Kept {
        kind: "observer_sheet é张".to_owned(),
        schema_version: u32::MAX,
        assignment: Some(id(1)),
        case: Some(id(1)),
        undertaker: Some(id(1)),
        transcribed_for: Some(id(3)),
        writer: Some(id(2)),
        amends: Some(id(1)),
        begun_by: id(2),
        begun_position: LAST,
        revision: LAST.0 - 1,
        changed_at: at(BIG),
        erased_by: None,
        ..document(nth)
    }
}

#[test]
fn a_document_keeps_every_column_and_they_are_listed_as_they_were_begun() {
    let ground = Ground::laid();
    let begun = |nth: u8, position: u64| document::Kept {
        begun_position: LogPosition(position),
        kind: String::new(),
        ..document(nth)
    };
    let mut whole = whole_document(11);
    let mut shared = document::Kept { assignment: Some(id(1)), ..begun(12, 30) };
    // The assignment of the second organisation is about the second case.
    let foreign = Assignment { organisation: id(2), subjects: vec![subject(2, 2)], ..assignment(21) };
    ground.write(move |tx| assignment::insert(tx, &foreign, None, &[], None, at(1)));
    let mut other = document::Kept { assignment: Some(id(21)), ..begun(10, 20) };
    ground.save(&[whole.clone(), shared.clone(), other.clone()], document::insert);
    ground.holds(&[whole.clone(), shared.clone(), document(1)], |tx, row| document::find(tx, row.id));
    assert_eq!(ground.read(|tx| document::find(tx, id(99))), None);

    assert!(!ground.write(|tx| document::advance(tx, id(11), 1, 2, at(1))), "another revision");
    assert!(ground.write(|tx| document::advance(tx, id(11), LAST.0 - 1, LAST.0, at(2))));
    (whole.revision, whole.changed_at) = (LAST.0, at(2));
    for (kept, position) in
        [(&mut whole, LAST), (&mut shared, LogPosition(31)), (&mut other, LogPosition(32))]
    {
        let id = kept.id;
        ground.write(move |tx| document::set_sealed(tx, id, position));
        kept.sealed_position = Some(position);
    }
    ground.holds(&[whole.clone(), shared.clone(), other.clone()], |tx, row| document::find(tx, row.id));
    let [one, two] = [document(1), document(2)];
    let of_assignment = ground.read(|tx| document::of_assignment(tx, id(1)));
    assert_eq!(of_assignment, [shared.clone(), whole.clone()]);
    let sealed_of = |case: u8| ground.read(|tx| document::sealed_of_case(tx, id(case)));
    assert_eq!(sealed_of(1), [shared.clone(), whole.clone()]);
    assert_eq!((sealed_of(2), sealed_of(99)), (vec![other.clone()], Vec::new()));
    let all = [one.clone(), two, other.clone(), shared.clone(), whole.clone()];
    let each = ground.each(|tx, each| document::for_each(tx, each));
    assert_eq!(each, all);

    let listed = |narrowing: &Narrowing| {
        let page = |tx: &Tx, after: Option<&_>, limit| document::page(tx, narrowing, after.copied(), limit);
        ground.walk(page, |row| row.begun_position)
    };
    let any = Narrowing::default;
    let whole_only = std::slice::from_ref(&whole);
    assert_eq!(listed(&any()), all);
    let kind = Some(whole.kind.clone());
    assert_eq!(listed(&Narrowing { kind, writer: Some(id(2)), ..any() }), whole_only);
    assert_eq!(listed(&Narrowing { case: Some(id(1)), ..any() }), whole_only);
    let narrow = Narrowing { assignment: Some(id(1)), organisations: Some(vec![id(1), id(2)]), ..any() };
    assert_eq!(listed(&narrow), [shared.clone(), whole.clone()]);
    assert_eq!(listed(&Narrowing { organisations: Some(vec![id(2)]), ..any() }), [other]);
    let addendum = |nth: u8, position: u64| document::Kept {
        assignment: Some(id(1)),
        amends: Some(id(12)),
        begun_position: LogPosition(position),
        ..document(nth)
    };
    let addenda = [addendum(14, 42), addendum(13, 41)];
    ground.save(&addenda, document::insert);
    let open =
        |organisation: u8, limit| ground.read(|tx| document::open_addenda(tx, &[id(organisation)], limit));
    assert_eq!((open(1, 9), open(2, 9)), (addenda.to_vec(), Vec::new()));
    assert_eq!(open(1, 1), addenda[..1]);
    ground.write(|tx| document::set_sealed(tx, id(14), LogPosition(43)));
    assert_eq!(open(1, 9), addenda[1..]);
    ground.write(|tx| document::add_reader(tx, id(1), id(3), LogPosition(1)));
    assert_eq!(listed(&Narrowing { reader: Some(id(3)), ..any() }), [one]);
    let twin = ground.double(|tx| document::insert(tx, &document(12)));
    assert_eq!(twin, "document.document_id");
}

#[test]
fn a_document_enters_and_leaves_the_view_of_a_reader() {
    let ground = Ground::laid();
    let inside = document::Kept { assignment: Some(id(1)), ..document(11) };
    ground.save(&[inside], document::insert);
    let add = |document: u8, position: u64| {
        let position = LogPosition(position);
        ground.write(move |tx| document::add_reader(tx, id(document), id(3), position));
    };
    let end = |position: u64| {
        let position = LogPosition(position);
        ground.write(move |tx| document::remove_reader_of_assignment(tx, id(1), id(3), position));
    };
    let reads = |nth: u8| ground.read(|tx| document::is_reader(tx, id(nth), id(3)));
    add(2, 10);
    add(1, 10);
    add(11, 11);
    add(11, 12);
    assert!(reads(1) && reads(2) && reads(11));
    end(20);
    assert!(reads(1) && !reads(11), "only what answers the assignment");
    add(11, 30);
    assert!(reads(11) && !ground.read(|tx| document::is_reader(tx, id(11), id(2))));
    let entering = |after: u64, until: u64, limit: u32| {
        let window = (LogPosition(after), LogPosition(until));
        let found = ground.read(|tx| document::entering(tx, id(3), window, limit));
        found.into_iter().map(|(position, id)| (position.0, id.as_bytes()[0])).collect::<Vec<_>>()
    };
    assert_eq!(entering(0, u64::MAX, u32::MAX), [(10, 1), (10, 2), (30, 11)]);
    assert_eq!(entering(0, u64::MAX, 1), [(10, 1)]);
    assert_eq!(entering(10, 19, 9), [(11, 11)], "not yet gone");
    assert_eq!(entering(10, 20, 9), []);
    let leaving = |after: u64, until: u64| {
        ground.read(|tx| document::leaving(tx, id(3), (LogPosition(after), LogPosition(until))))
    };
    assert_eq!(leaving(11, 20), [id(11)]);
    assert_eq!(leaving(0, 20), [id(11)], "who reads anew is told of all");
    assert_eq!((leaving(10, 20), leaving(20, 99), leaving(11, 19)), (vec![], vec![], vec![]));
}

#[test]
fn a_change_keeps_every_column_and_is_read_in_log_order() {
    let ground = Ground::laid();
    let entry = |position: LogPosition, document: u8, sender: Option<Sender>| Entry {
        position,
        document: id(document),
        hash: ChangeHash([u8::try_from(position.0 % 256).expect("a byte"); 32]),
        actor: Actor([255; 16]),
        bytes: vec![0, 255, 39, 92],
        sender,
        received_at: at(BIG),
    };
    let whole = Sender {
        person: id(2),
        device: id(1),
        epoch: u32::MAX,
        frame_number: LAST.0,
        not_before: Some(at(BIG - 1)),
    };
    let sent = Sender { epoch: 0, frame_number: 0, not_before: None, ..whole };
    let derived = Entry { bytes: Vec::new(), ..entry(LogPosition(10), 1, None) };
    let all = [derived, entry(LogPosition(11), 2, Some(sent)), entry(LAST, 1, Some(whole))];
    ground.save(&[all[2].clone(), all[0].clone(), all[1].clone()], change_log::append);
    let of_document = |document: u8| ground.read(|tx| change_log::of_document(tx, id(document)));
    assert_eq!(of_document(1), [all[0].clone(), all[2].clone()]);
    assert_eq!((of_document(2), of_document(99)), (vec![all[1].clone()], Vec::new()));
    let each = ground.each(|tx, each| change_log::for_each(tx, each));
    assert_eq!(each, all);
    assert_eq!(ground.read(change_log::strays), []);
    let position_of = |document: u8, hash| ground.read(|tx| change_log::position_of(tx, id(document), hash));
    assert_eq!((position_of(1, all[2].hash), position_of(2, all[2].hash)), (Some(LAST), None));
    let any_sent_after = |device: u8, position: LogPosition| {
        ground.read(|tx| change_log::any_sent_after(tx, id(device), position))
    };
    assert!(any_sent_after(1, LogPosition(11)) && !any_sent_after(1, LAST), "after it, not at it");
    assert!(!any_sent_after(2, LogPosition(0)), "of another device");

    ground.write(|tx| document::add_reader(tx, id(1), id(3), LogPosition(5)));
    ground.write(|tx| document::add_reader(tx, id(2), id(3), LogPosition(11)));
    let of_reader = |seen: u64, after: u64, until: LogPosition, limit: u32| {
        let window = (LogPosition(after), until);
        ground.read(|tx| change_log::of_reader(tx, id(3), LogPosition(seen), window, limit))
    };
    assert_eq!(of_reader(11, 0, EVER, u32::MAX), all);
    assert_eq!(of_reader(11, 0, EVER, 2), all[..2]);
    assert_eq!(of_reader(10, 0, EVER, 9), [all[0].clone(), all[2].clone()], "seen since later");
    assert_eq!(of_reader(11, 10, LogPosition(11), 9), all[1..2]);
    assert_eq!(of_reader(4, 0, EVER, 9), []);

    let twin = Entry { hash: ChangeHash([77; 32]), ..all[0].clone() };
    assert_eq!(ground.double(move |tx| change_log::append(tx, &twin)), "change_log.seq");
    let twin = Entry { position: LogPosition(99), ..all[0].clone() };
    let double = ground.double(move |tx| change_log::append(tx, &twin));
    assert_eq!(double, "change_log.document_id, change_log.hash");
}

#[test]
fn a_seal_and_a_confirmation_are_kept_apart_and_countersigned() {
    let ground = Ground::laid();
    let kept = |document: u8, position: LogPosition, purpose: SealPurpose, not_before: Option<i64>| {
        let statement = SealStatement {
            document: id(document),
            heads: vec![ChangeHash([0; 32]), ChangeHash([255; 32])],
            content_digest: [39; 32],
            schema_version: u32::MAX,
            purpose,
            claimed_at: at(BIG),
        };
        let seal = Seal { statement, signature: Signature([92; 64]) };
        seal::Kept {
            document: id(document),
            position,
            server_signature: seal::countersign(&key(), &seal, position, at(BIG)),
            seal,
            person: id(2),
            device: id(1),
            sealed: Interval { not_before: not_before.map(at), not_after: at(BIG) },
        }
    };
    let seals = [
        kept(1, LAST, SealPurpose::TrueCopy, Some(BIG - 1)),
        kept(2, LogPosition(1), SealPurpose::Own, None),
    ];
    let confirmation = kept(1, LAST, SealPurpose::Confirmation, None);
    assert_eq!(ground.read(seal::count), 0);
    ground.save(&seals, seal::insert);
    ground.save(std::slice::from_ref(&confirmation), seal::insert_confirmation);
    ground.holds(&seals, |tx, row| seal::find(tx, row.document));
    ground.holds(std::slice::from_ref(&confirmation), |tx, row| seal::confirmation_of(tx, row.document));
    assert_eq!(ground.read(|tx| seal::confirmation_of(tx, id(2))), None);
    assert_eq!(ground.read(seal::count), 3);
    let found = ground.read(|tx| seal::find(tx, id(1))).expect("a seal");
    assert!(found.is_countersigned(&[key().public().0]) && !found.is_countersigned(&[[0; 32]]));

    ground.save(&[document(3)], document::insert);
    let twin = kept(1, LogPosition(9), SealPurpose::Own, None);
    assert_eq!(ground.double(move |tx| seal::insert(tx, &twin)), "seal.document_id");
    let twin = kept(3, LAST, SealPurpose::Own, None);
    let again = twin.clone();
    assert_eq!(ground.double(move |tx| seal::insert(tx, &twin)), "seal.seq");
    assert_eq!(ground.double(move |tx| seal::insert_confirmation(tx, &again)), "confirmation.seq");
}
