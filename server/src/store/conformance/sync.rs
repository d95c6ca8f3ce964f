//! Frames, and what of them was not accepted.

use tingfang_core::clock::LogPosition;
use tingfang_core::erasure::ErasureOrder;
use tingfang_core::id::QuarantineId;
use tingfang_core::record::document::{Actor, ChangeHash};
use tingfang_core::signature::Signature;
use tingfang_core::sync::verdict::Verdict;
use uuid::Uuid;

use super::ground::{BIG, Ground, at, document, id, key};
use crate::db::Tx;
use crate::store::frame::{self, FrameState, ItemPlace};
use crate::store::frame_conflict;
use crate::store::held_decision::{self, HeldOutcome};
use crate::store::quarantine::{self, Kept};
use crate::store::rewritten_change;
use crate::store::tip::{self, Chain};
use crate::store::{change_log, document, erasure};

const LAST: u64 = BIG.unsigned_abs();

/// Frames can be compared by what they show.
fn shown(frames: &[frame::Kept]) -> Vec<String> {
    frames.iter().map(|frame| format!("{frame:?}")).collect()
}

/// A change in the log of a document.
fn entry(document: u8, position: u64, hash: u8) -> change_log::Entry {
    change_log::Entry {
        position: LogPosition(position),
        document: id(document),
        hash: ChangeHash([hash; 32]),
        actor: Actor([1; 16]),
        bytes: vec![hash],
        sender: None,
        received_at: at(5),
    }
}

fn frame(device: u8, epoch: u32, number: u64, intake_number: u64) -> frame::Kept {
    frame::Kept {
        device: id(device),
        epoch,
        number,
        intake_number,
        hash: [u8::try_from(intake_number % 256).expect("a byte"); 32],
        bytes: Vec::new(),
        beacon_position: LogPosition(0),
        beacon_at: None,
        received_at: at(5),
        state: FrameState::Stored,
        verdicts: None,
        receipt: None,
    }
}

#[test]
fn a_frame_keeps_every_column_is_counted_and_answered_with_a_receipt() {
    let ground = Ground::laid();
    assert_eq!(ground.read(frame::next_intake_number), 1);
    let whole = frame::Kept {
        bytes: vec![0, 255, 39, 92],
        beacon_position: LogPosition(LAST),
        beacon_at: Some(at(BIG)),
        received_at: at(BIG),
        ..frame(1, u32::MAX, LAST, 3)
    };
    let mut all = [whole, frame(1, 0, 2, 2), frame(2, 0, 1, 4), frame(1, 0, 1, 1)];
    ground.save(&all, frame::insert);
    assert_eq!(ground.read(frame::next_intake_number), 5);
    let found = |frame: &frame::Kept| {
        let (device, epoch, number) = (frame.device, frame.epoch, frame.number);
        let found = ground.read(|tx| frame::find(tx, device, epoch, number));
        found.unwrap_or_else(|| panic!("frame {number} is not there"))
    };
    let back: Vec<_> = all.iter().map(found).collect();
    assert_eq!(shown(&back), shown(&all));
    assert!(ground.read(|tx| frame::find(tx, id(2), 0, 2)).is_none());
    let last = |device: u8, epoch: u32| ground.read(|tx| frame::last(tx, id(device), epoch));
    assert_eq!((last(1, 0), last(1, u32::MAX)), (Some((2, [2; 32])), Some((LAST, [3; 32]))));
    assert_eq!(last(2, 1), None);
    let tip = ground.read(|tx| tip::find(tx, Chain::Frames)).expect("a tip");
    assert_eq!((tip.number, tip.hash), (1, [1; 32]), "the last that was kept");
    let unjudged = |before: i64| shown(&ground.read(|tx| frame::unjudged(tx, at(before))));
    let wanted = [3, 1, 2, 0].map(|nth: usize| all[nth].clone());
    assert_eq!(unjudged(i64::MAX), shown(&wanted));
    assert_eq!((unjudged(BIG), unjudged(5)), (shown(&wanted[..3]), Vec::new()), "kept before");
    assert_eq!(ground.read(frame::unjudged_count), 4);

    let quarantine = id(9);
    let verdicts = vec![
        Verdict::Accepted { position: LogPosition(LAST) },
        Verdict::Duplicate { position: LogPosition(0) },
        Verdict::Held { quarantine, rule: "规则 é".to_owned() },
        Verdict::Refused { quarantine, rule: String::new() },
        Verdict::Blocked { by: ChangeHash([255; 32]) },
        Verdict::Malformed { quarantine, code: "'".to_owned() },
    ];
    for (nth, verdicts) in [(0, verdicts), (3, Vec::new())] {
        let (judged, given) = (all[nth].clone(), verdicts.clone());
        ground.write(move |tx| frame::answer(tx, &judged, &given, &key()));
        let back = found(&all[nth]);
        assert!(back.is_receipted(&[key().public().0]) && !back.is_receipted(&[[0; 32]]));
        let receipt = back.receipt.clone();
        assert_eq!(receipt.as_ref().map(Vec::len), Some(64));
        let (state, verdicts) = (FrameState::Judged, Some(verdicts));
        all[nth] = frame::Kept { state, verdicts, receipt, ..all[nth].clone() };
        assert_eq!(format!("{back:?}"), format!("{:?}", all[nth]));
    }
    assert_eq!(unjudged(i64::MAX), shown(&all[1..3]));
    assert_eq!(ground.read(frame::unjudged_count), 2);
    let each = ground.each(|tx, each| frame::for_each(tx, each));
    let wanted = [3, 1, 0, 2].map(|nth: usize| all[nth].clone());
    assert_eq!(shown(&each), shown(&wanted), "chain by chain");

    let twin = ground.double(|tx| frame::insert(tx, &frame(1, 0, 1, 9)));
    assert_eq!(twin, "frame.device_id, frame.epoch, frame.number");
    assert_eq!(ground.double(|tx| frame::insert(tx, &frame(1, 0, 9, 4))), "frame.intake_no");
    let conflict = |nth: u8, device: u8| frame_conflict::Kept {
        id: id(nth),
        device: id(device),
        epoch: u32::MAX,
        number: LAST,
        bytes: vec![0, 255],
        received_at: at(BIG),
    };
    let rows = [conflict(2, 1), conflict(1, 1), conflict(3, 2)];
    ground.save(&rows, frame_conflict::insert);
    let of = |device: u8| ground.read(|tx| frame_conflict::of_device(tx, id(device)));
    assert_eq!((of(1), of(2)), (vec![rows[1].clone(), rows[0].clone()], vec![rows[2].clone()]));
    let mut all = Vec::new();
    ground.read(|tx| {
        all.clear();
        frame_conflict::for_each(tx, |row| {
            all.push(row);
            Ok(())
        })
    });
    assert_eq!(all, [rows[1].clone(), rows[0].clone(), rows[2].clone()]);
    let twice = ground.double(move |tx| frame_conflict::insert(tx, &conflict(1, 1)));
    assert_eq!(twice, "frame_conflict.frame_conflict_id");
}

#[test]
fn an_item_of_a_frame_waits_for_one_change_until_it_is_freed() {
    let ground = Ground::laid();
    let place = |device: u8, epoch: u32, number: u64, index: usize| -> ItemPlace {
        (id(device), epoch, number, index)
    };
    let places = [place(2, 0, 1, 0), place(1, u32::MAX, LAST, 7), place(1, 0, 2, 1), place(1, 0, 2, 0)];
    for place in places {
        ground.write(move |tx| frame::insert_blocked(tx, place, id(1), &[1; 32]));
    }
    ground.write(move |tx| frame::insert_blocked(tx, places[0], id(1), &[255; 32]));
    ground.write(move |tx| frame::insert_blocked(tx, place(2, 0, 1, 1), id(99), &[0; 32]));
    let blocked_of = |document: u8| ground.read(|tx| frame::blocked_of(tx, id(document)));
    assert_eq!(blocked_of(1), [places[3], places[2], places[1], places[0]]);
    assert_eq!(blocked_of(2), []);
    let documents: Vec<_> = ground.read(frame::blocked_documents).into_iter().collect();
    assert_eq!(documents, [id(1), id(99)]);
    let blocked_at = |place| ground.read(|tx| frame::blocked_at(tx, place));
    assert_eq!(blocked_at(places[0]), Some((id(1), [255; 32])), "it waits for the later one");
    assert_eq!((blocked_at(places[1]), blocked_at(place(2, 0, 2, 0))), (Some((id(1), [1; 32])), None));
    assert_eq!(ground.read(frame::blocked_count), 5);
    let released_of = |document: u8| ground.read(|tx| frame::released_of(tx, id(document)));
    ground.save(&[entry(1, 1, 254), entry(2, 2, 1)], change_log::append);
    assert_eq!(released_of(1), [], "what each waits for is not in this record's log");
    ground.save(&[entry(1, 3, 1)], change_log::append);
    assert_eq!((released_of(1), released_of(99)), (vec![places[3], places[2], places[1]], vec![]));
    ground.write(move |tx| frame::unblock(tx, places[1]));
    assert_eq!((blocked_at(places[1]), ground.read(frame::blocked_count)), (None, 4));
}

fn kept(nth: u8, place: ItemPlace) -> Kept {
    Kept {
        id: id(nth),
        place,
        person: id(1),
        document: id(99),
        hash: None,
        verdict: "held".to_owned(),
        rule: String::new(),
        writer: None,
        superseded_by: None,
        accepted_position: None,
        received_at: at(5),
    }
}

#[test]
fn an_item_in_quarantine_keeps_every_column_and_what_became_of_it() {
    let ground = Ground::laid();
    let whole = Kept {
        person: id(2),
        document: id(1),
        hash: Some([255; 32]),
        verdict: "refused".to_owned(),
        rule: "规则 é'".to_owned(),
        received_at: at(BIG),
        ..kept(11, (id(1), u32::MAX, LAST, usize::try_from(LAST).expect("64 bits")))
    };
    let mut all = [whole, kept(14, (id(2), 0, 1, 1)), kept(12, (id(2), 0, 1, 2)), kept(13, (id(2), 0, 1, 0))];
    ground.save(&all, quarantine::insert);
    ground.holds(&all, |tx, row| quarantine::find(tx, row.id));
    assert_eq!(ground.read(|tx| quarantine::find(tx, id(99))), None);
    let ids = |rows: Vec<Kept>| rows.iter().map(|row| row.id.as_bytes()[0]).collect::<Vec<u8>>();
    let held = |rule: &str, document: Option<u8>| {
        ids(ground.read(|tx| quarantine::held_beginnings(tx, rule, document.map(id))))
    };
    assert_eq!(held("", None), [13, 14, 12], "by frame and index");
    assert_eq!((held("", Some(99)), held("", Some(1))), (vec![13, 14, 12], vec![]));
    assert_eq!(held("规则 é'", None), [0; 0], "refused, not held");
    let held_count = || ground.read(quarantine::held_count);
    assert_eq!(held_count(), 3);
    let listed = |person: Option<u8>, document: Option<u8>| {
        let page = |tx: &Tx, after: Option<&_>, limit| {
            quarantine::page(tx, person.map(id), document.map(id), after, limit)
        };
        ids(ground.walk(page, |row| (row.received_at, row.id)))
    };
    assert_eq!(listed(None, None), [12, 13, 14, 11]);
    assert_eq!((listed(Some(2), None), listed(Some(1), Some(1))), (vec![11], vec![]));
    assert_eq!(listed(None, Some(99)), [12, 13, 14]);

    let rewritten = |device: u8, new: u8| rewritten_change::Kept {
        device: id(device),
        document: id(1),
        old: ChangeHash([255; 32]),
        new: ChangeHash([new; 32]),
    };
    ground.save(&[rewritten(1, 1), rewritten(2, 2)], rewritten_change::insert);
    all[0].superseded_by = Some([1; 32]);
    let place = all[1].place;
    ground.write(move |tx| quarantine::accept(tx, place, LogPosition(LAST)));
    ground.write(|tx| quarantine::accept(tx, (id(2), 9, 9, 9), LogPosition(1)));
    all[1].accepted_position = Some(LogPosition(LAST));
    ground.holds(&all, |tx, row| quarantine::find(tx, row.id));
    assert_eq!((held("", None), held_count()), (vec![13, 12], 2), "one is accepted");

    let twin = ground.double(move |tx| quarantine::insert(tx, &kept(99, place)));
    let columns = ["device_id", "epoch", "frame_number", "frame_index"];
    assert_eq!(twin, columns.map(|column| format!("quarantine.{column}")).join(", "));
    let twin = ground.double(|tx| quarantine::insert(tx, &kept(11, (id(2), 9, 9, 9))));
    assert_eq!(twin, "quarantine.quarantine_id");
}

#[test]
fn a_long_quarantine_is_walked_through_in_order_while_others_are_asked() {
    let ground = Ground::laid();
    let nth = |number: u64| QuarantineId::from(Uuid::from_u128(u128::from(number)));
    // More than an engine fetches at once, the newest first.
    ground.write(move |tx| {
        (0..1001).rev().try_for_each(|number| {
            quarantine::insert(tx, &Kept { id: nth(number), ..kept(0, (id(1), 0, number, 0)) })
        })
    });
    let mut numbers = Vec::new();
    ground.read(|tx| {
        numbers.clear();
        quarantine::for_each(tx, |row| {
            assert_eq!(quarantine::find(tx, row.id)?.as_ref(), Some(&row));
            numbers.push(row.place.2);
            Ok(())
        })
    });
    assert_eq!(numbers, (0..1001).collect::<Vec<u64>>());
}

#[test]
fn what_a_device_has_rewritten_is_known_by_device_and_record() {
    let ground = Ground::laid();
    let kept = |device: u8, document: u8, old: u8, new: u8| rewritten_change::Kept {
        device: id(device),
        document: id(document),
        old: ChangeHash([old; 32]),
        new: ChangeHash([new; 32]),
    };
    let rows = [kept(1, 9, 0, 255), kept(1, 9, 1, 2), kept(2, 9, 0, 3), kept(1, 8, 0, 255)];
    ground.save(&rows, rewritten_change::insert);
    ground.write(move |tx| rewritten_change::insert(tx, &rows[0]));
    let of = |device: u8, document: u8| {
        ground.read(|tx| rewritten_change::of_document(tx, id(device), id(document)))
    };
    assert_eq!(of(1, 9), [rows[1], rows[0]], "by the new one, each once");
    assert_eq!((of(2, 9), of(2, 8)), (vec![rows[2]], vec![]));
    let mut all = Vec::new();
    ground.read(|tx| {
        all.clear();
        rewritten_change::for_each(tx, |row| {
            all.push(row);
            Ok(())
        })
    });
    assert_eq!(all, [rows[3], rows[1], rows[0], rows[2]]);
}

#[test]
fn a_held_item_is_decided_once_and_the_rest_of_its_rule_is_found_in_the_order_of_sending() {
    let ground = Ground::laid();
    let held = |nth: u8, number: u64, index: usize, rule: &str| Kept {
        document: id(1),
        rule: rule.to_owned(),
        ..kept(nth, (id(1), 1, number, index))
    };
    let elsewhere = Kept { document: id(2), ..held(16, 9, 1, "a") };
    let items = [
        held(11, 2, 1, "a"),
        held(12, 3, 0, "a"),
        held(13, 2, 2, "a"),
        held(14, 9, 0, "b"),
        held(15, 1, 9, "a"),
        elsewhere,
    ];
    ground.save(&items, quarantine::insert);
    let after = || ground.read(|tx| quarantine::held_after(tx, &items[0]));
    assert_eq!(after(), [items[2].clone(), items[1].clone()]);
    let decision = held_decision::Kept {
        id: id(21),
        item: id(13),
        outcome: HeldOutcome::Rejected,
        reason: "理由 é'".to_owned(),
        decided_by: id(1),
        decided_at: at(BIG),
    };
    ground.save(std::slice::from_ref(&decision), held_decision::insert);
    assert_eq!(ground.read(|tx| held_decision::of_item(tx, id(13))), Some(decision.clone()));
    assert_eq!(ground.read(|tx| held_decision::of_item(tx, id(12))), None);
    assert_eq!(after(), [items[1].clone()]);
    assert_eq!(ground.read(quarantine::held_count), 5);
    let again = held_decision::Kept { id: id(22), ..decision };
    let twice = ground.double(move |tx| held_decision::insert(tx, &again));
    assert_eq!(twice, "held_decision.quarantine_id");
}

#[test]
fn a_copy_of_what_another_wrote_is_a_question_until_the_log_has_it_or_what_was_written_in_its_place() {
    let ground = Ground::laid();
    let copy = |nth: u8, number: u64, hash: u8| Kept {
        document: id(1),
        hash: Some([hash; 32]),
        writer: Some(id(2)),
        ..kept(nth, (id(1), 1, number, 0))
    };
    let items = [copy(11, 1, 7), copy(12, 2, 8), Kept { writer: None, ..copy(13, 3, 7) }];
    ground.save(&[items[1].clone(), items[0].clone(), items[2].clone()], quarantine::insert);
    ground.holds(&items, |tx, row| quarantine::find(tx, row.id));
    let ids = || {
        let copies = ground.read(|tx| quarantine::witnesses(tx, id(1)));
        copies.iter().map(|row| row.id.as_bytes()[0]).collect::<Vec<u8>>()
    };
    assert_eq!((ids(), ground.read(quarantine::held_count)), (vec![11, 12], 3));
    assert_eq!(ground.read(|tx| quarantine::witnesses(tx, id(2))), []);

    ground.save(&[entry(1, 1, 7)], change_log::append);
    assert_eq!((ids(), ground.read(quarantine::held_count)), (vec![12], 2), "it is there");
    let (old, new) = (ChangeHash([8; 32]), ChangeHash([9; 32]));
    let rewritten = rewritten_change::Kept { device: id(2), document: id(1), old, new };
    ground.save(&[rewritten], rewritten_change::insert);
    ground.save(&[entry(1, 2, 9)], change_log::append);
    assert_eq!((ids(), ground.read(quarantine::held_count)), (vec![12], 1), "it is there otherwise");
    let known = ground.read(|tx| quarantine::find(tx, id(12))).and_then(|row| row.superseded_by);
    assert_eq!(known, Some([9; 32]));
}

#[test]
fn an_order_takes_the_bytes_of_a_record_and_leaves_its_hashes_and_places() {
    let ground = Ground::laid();
    let order = ErasureOrder {
        number: 1,
        document: id(11),
        organisation: id(1),
        ordered_by: id(1),
        ordered_at: at(BIG),
        reason: "撤回同意".to_owned(),
        signature: Signature([9; 64]),
    };
    let sender =
        change_log::Sender { person: id(2), device: id(1), epoch: 1, frame_number: 1, not_before: None };
    let written = change_log::Entry { sender: Some(sender), ..entry(11, 7, 1) };
    let derived = entry(11, 6, 2);
    let kept = [derived.clone(), written.clone()];
    ground.write(move |tx| {
        document::insert(tx, &document(11))?;
        document::insert(tx, &document(12))?;
        document::add_reader(tx, id(11), id(1), LogPosition(5))?;
        kept.iter().try_for_each(|entry| change_log::append(tx, entry))
    });
    assert_eq!(ground.read(erasure::next_number), 1);
    assert_eq!(ground.read(|tx| erasure::concerned(tx, id(11))), [id(1), id(2)]);
    let given = order.clone();
    ground.write(move |tx| {
        erasure::insert(tx, &given)?;
        document::remove_readers(tx, id(11), LogPosition(9))?;
        erasure::erase_bytes(tx, id(11))
    });
    let emptied = change_log::Entry { bytes: Vec::new(), ..written };
    assert_eq!(ground.read(|tx| change_log::of_document(tx, id(11))), [derived, emptied]);
    let erased_by =
        |document: u8| ground.read(|tx| document::find(tx, id(document))).expect("there").erased_by;
    assert_eq!((erased_by(11), erased_by(12)), (Some(1), None));
    ground.write(|tx| document::add_reader(tx, id(11), id(2), LogPosition(10)));
    assert!(ground.read(|tx| document::readers(tx, id(11))).is_empty(), "nobody receives it again");
    assert_eq!(ground.read(|tx| erasure::of_document(tx, id(11))), Some(order.clone()));
    assert_eq!(
        ground.read(|tx| erasure::page(tx, &[id(1)], None, 5)).as_slice(),
        std::slice::from_ref(&order)
    );
    assert_eq!(ground.read(|tx| erasure::page(tx, &[id(2)], None, 5)), []);
    assert_eq!(ground.read(|tx| erasure::page(tx, &[id(1)], Some(1), 5)), []);
    assert_eq!(ground.read(erasure::all), [order]);
    assert_eq!(ground.read(erasure::documents), [id(11)].into());
    assert_eq!(ground.read(erasure::next_number), 2);
}
