//! Backups are put back, on the server and on phones, and nothing that was acknowledged is lost.

use std::path::PathBuf;

use tingfang_core::id::DocumentId;
use tingfang_core::people::{Duty, Role};
use tingfang_core::phone::SyncState;
use tingfang_core::record::attendance::AttendanceOutcome;
use tingfang_core::record::kind::Record;
use tingfang_server::db::Tx;
use tingfang_server::planning;
use tingfang_server::store::{quarantine, role_grant};
use tingfang_tests::acknowledged;
use tingfang_tests::fleet::{Fleet, FleetPhone};
use tingfang_tests::observers::{Two, done, narrative, outcome, start, two_observers};

#[test]
fn a_seal_that_a_restored_server_takes_no_more_is_given_again() {
    let Two { mut fleet, mut anna, mut ben, assignment } = two_observers(330);
    let record = start(&mut anna, assignment, "attendance");
    anna.phone.edit(record, &[outcome(AttendanceOutcome::Attended), done(anna.person)]).expect("fits");
    start(&mut ben, assignment, "attendance");
    ben.phone.edit(record, &[done(ben.person)]).expect("fits");
    fleet.sync(&mut ben);
    fleet.sync(&mut anna);
    let backup = fleet.backup();
    fleet.sync(&mut ben);
    ben.phone.edit(record, &[narrative("封存前写的。")]).expect("he has not heard of a seal");
    anna.phone.seal(record).expect("all are done");
    fleet.sync(&mut anna);
    assert!(anna.phone.show(record).expect("there").sealed);
    // The server loses the seal, and what Ben wrote comes in before Anna's phone is back.
    fleet.restore(&backup);
    assert_eq!(fleet.sync(&mut ben).not_accepted, 0);
    fleet.sync(&mut anna);
    let seen = anna.phone.show(record).expect("there");
    assert!(!seen.sealed && seen.needs_seal, "the phone says what is: the server has no seal");
    anna.phone.seal(record).expect("all are done");
    assert_eq!(fleet.sync(&mut anna).not_accepted, 0, "{:?}", anna.phone.refused());
    fleet.sync(&mut ben);
    assert!(ben.phone.show(record).expect("there").sealed);
}

/// Anna's phone, which what she wrote after a backup has left, with the record and the backup.
fn what_she_wrote_has_left(seed: u64) -> (Fleet, FleetPhone, DocumentId, PathBuf) {
    let Two { fleet, mut anna, assignment, .. } = two_observers(seed);
    let record = start(&mut anna, assignment, "attendance");
    fleet.sync(&mut anna);
    let backup = fleet.backup();
    anna.phone.edit(record, &[narrative("备份之后写的。")]).expect("fits");
    fleet.sync(&mut anna);
    let (person, here) = (anna.person, fleet.world.organisation);
    let take = move |tx: &Tx| planning::take_role(tx, person, here, Role::Supervisor);
    fleet.db.try_write(take).unwrap_or_else(|problem| panic!("{:?}", problem.body()));
    fleet.sync(&mut anna);
    assert!(anna.phone.show(record).is_err(), "it has left");
    (fleet, anna, record, backup)
}

fn nothing_acknowledged_is_gone(fleet: &Fleet, phone: &FleetPhone) {
    let place = fleet.db.place();
    let there = &acknowledged::by_server(place) | &acknowledged::held_by_server(place);
    let told = acknowledged::to_phone(&phone.path);
    assert_eq!(told.difference(&there).count(), 0, "acknowledged, and gone");
    assert_eq!(acknowledged::waiting(&phone.path), Vec::<String>::new(), "nothing is on its way for ever");
}

#[test]
fn what_had_left_the_phone_is_handed_in_also_when_its_epoch_ends_before_the_frames_were_sent_again() {
    let (mut fleet, mut anna, _, backup) = what_she_wrote_has_left(332);
    fleet.restore(&backup);
    let progress = fleet.step(&mut anna);
    assert!(progress.more, "she has heard of it, and her frames wait");
    let mut anna = anna.dies_before_the_commit();
    fleet.sync(&mut anna);
    nothing_acknowledged_is_gone(&fleet, &anna);
}

#[test]
fn what_had_left_the_phone_is_handed_in_each_time_that_the_server_loses_it() {
    let (mut fleet, mut anna, record, backup) = what_she_wrote_has_left(331);
    for time in 1..=3 {
        fleet.restore(&backup);
        fleet.sync(&mut anna);
        let Some(Record::Attendance(seen)) = anna.phone.show(record).expect("it is back").record else {
            panic!("{time}: the server of then knows of no leaving")
        };
        if time == 1 {
            assert_eq!(
                seen.narrative.0, "备份之后写的。",
                "the frames of the epoch were sent again as they are"
            );
            // In another epoch they are not, and a manager decides on the copies that are handed in.
            anna = anna.dies_before_the_commit();
        }
        nothing_acknowledged_is_gone(&fleet, &anna);
    }
}

#[test]
fn what_left_a_phone_and_came_back_is_its_own_still_and_said_again_to_a_server_that_lost_it() {
    let Two { mut fleet, mut anna, mut ben, assignment } = two_observers(333);
    let record = start(&mut anna, assignment, "attendance");
    fleet.sync(&mut anna);
    start(&mut ben, assignment, "attendance");
    ben.phone.edit(record, &[done(ben.person)]).expect("fits");
    fleet.sync(&mut ben);
    let backup = fleet.backup();
    let attended = [narrative("备份之后写的。"), outcome(AttendanceOutcome::Attended), done(anna.person)];
    anna.phone.edit(record, &attended).expect("fits");
    fleet.sync(&mut anna);
    fleet.set_members(assignment, &[(ben.person, Duty::Chair)]);
    fleet.sync(&mut anna);
    assert!(anna.phone.show(record).is_err(), "it has left");
    fleet.set_members(assignment, &[(anna.person, Duty::Chair), (ben.person, Duty::Observer)]);
    fleet.sync(&mut anna);
    anna.phone.seal(record).expect("all are done");
    fleet.sync(&mut anna);
    // In another epoch the frames are not sent again: what they carried is rewritten.
    let mut anna = anna.dies_before_the_commit();
    fleet.sync(&mut anna);

    fleet.restore(&backup);
    fleet.sync(&mut anna);
    let seen = anna.phone.show(record).expect("there");
    assert!(!seen.sealed && seen.needs_seal, "the seal was over what the server has not");
    anna.phone.seal(record).expect("all are done");
    fleet.sync(&mut anna);
    fleet.sync(&mut ben);
    let theirs = ben.phone.show(record).expect("there");
    let Some(Record::Attendance(written)) = theirs.record else { panic!("an attendance") };
    assert_eq!((theirs.sealed, written.narrative.0.as_str()), (true, "备份之后写的。"));
    // The copy that is handed in beside it is known to be one: nobody has to decide on it.
    assert_eq!(fleet.db.read(quarantine::held_count).expect("counted"), 0);
    nothing_acknowledged_is_gone(&fleet, &anna);
}

#[test]
fn a_server_restored_from_yesterday_gets_the_archived_frames_again() {
    let Two { mut fleet, mut anna, mut ben, assignment } = two_observers(21);
    let record = start(&mut anna, assignment, "attendance");
    anna.phone.edit(record, &[outcome(AttendanceOutcome::Attended)]).expect("fits");
    fleet.sync(&mut anna);
    let backup = fleet.backup();
    start(&mut ben, assignment, "attendance");
    fleet.sync(&mut ben);
    ben.phone.edit(record, &[narrative("备份之后写的。")]).expect("fits");
    fleet.sync(&mut ben);
    fleet.sync(&mut anna);
    // Anna's change rests on Ben's, which the restored server does not have when hers comes first: it is
    // rewritten without it, and Ben's comes beside it.
    anna.phone.edit(record, &[narrative("也在备份之后。")]).expect("fits");
    fleet.sync(&mut anna);

    fleet.restore(&backup);
    fleet.sync(&mut anna);
    assert_eq!(anna.phone.show(record).expect("there").sync, SyncState::Stored, "it waits for nobody");
    fleet.sync(&mut ben);
    fleet.sync(&mut anna);
    fleet.sync(&mut ben);
    for phone in [&anna, &ben] {
        let seen = phone.phone.show(record).expect("there");
        assert_eq!(seen.sync, SyncState::Stored);
        let Some(Record::Attendance(attendance)) = seen.record else { panic!("an attendance") };
        assert_eq!(attendance.narrative.0, "也在备份之后。备份之后写的。");
    }
}

#[test]
fn what_was_not_accepted_and_comes_in_after_the_server_was_put_back_is_not_listed() {
    let Two { mut fleet, mut anna, mut ben, assignment } = two_observers(27);
    let record = start(&mut anna, assignment, "attendance");
    fleet.sync(&mut anna);
    fleet.sync(&mut ben);
    let backup = fleet.backup();
    anna.phone.edit(record, &[narrative("甲。")]).expect("fits");
    fleet.sync(&mut anna);
    fleet.sync(&mut ben);
    // What Ben writes on top of Anna's is not accepted, and neither is what he writes anew in its place.
    ben.phone.edit(record, &[narrative("乙。")]).expect("fits");
    ben.phone.edit(record, &[narrative("丙。")]).expect("fits");
    let (person, organisation) = (ben.person, fleet.world.organisation);
    let take =
        move |tx: &tingfang_server::db::Tx| role_grant::remove(tx, person, organisation, Role::Supervisor);
    fleet.db.write(take).expect("taken");
    fleet.sync(&mut ben);
    let listed = ben.phone.refused().expect("listed");
    assert_eq!(listed.len(), 2, "{listed:?}");

    // The restored server knows nothing of it. All of Ben's waits for what Anna's phone brings again, and what
    // he wrote first comes in then.
    fleet.restore(&backup);
    fleet.sync(&mut ben);
    let waiting = ben.phone.refused().expect("listed");
    assert_eq!(waiting, listed, "until then it is listed with what stood against it");
    fleet.sync(&mut anna);
    fleet.sync(&mut ben);
    let seen = ben.phone.show(record).expect("there");
    assert_eq!(seen.sync, SyncState::Stored);
    let Some(Record::Attendance(attendance)) = seen.record else { panic!("an attendance") };
    assert_eq!(attendance.narrative.0, "丙。乙。甲。", "each once");
    assert_eq!(ben.phone.refused().expect("listed"), [], "nothing to copy by hand");
}

#[test]
fn a_phone_restored_from_a_backup_begins_an_epoch_and_neither_reuses_numbers_nor_loses_work() {
    let Two { fleet, mut anna, mut ben, assignment } = two_observers(22);
    let record = start(&mut anna, assignment, "attendance");
    anna.phone.edit(record, &[outcome(AttendanceOutcome::Attended)]).expect("fits");
    fleet.sync(&mut anna);
    let copy = anna.path.with_extension("copy");
    let anna = anna.restart();
    std::fs::copy(&anna.path, &copy).expect("copied");
    let mut anna = anna;
    anna.phone.edit(record, &[narrative("备份里没有的。")]).expect("fits");
    fleet.sync(&mut anna);
    let before = anna.phone.epoch();
    let mut anna = anna.replaced_by(&copy);
    assert_eq!(anna.phone.epoch(), before + 1);
    anna.phone.edit(record, &[outcome(AttendanceOutcome::Adjourned)]).expect("fits");
    fleet.sync(&mut anna);
    fleet.sync(&mut ben);
    for phone in [&anna, &ben] {
        let seen = phone.phone.show(record).expect("there");
        let Some(Record::Attendance(attendance)) = seen.record else { panic!("an attendance") };
        assert_eq!(attendance.narrative.0, "备份里没有的。", "what the server had comes back");
        assert_eq!(attendance.facts.outcome, Some(AttendanceOutcome::Adjourned), "the new work arrives");
        assert_eq!(seen.sync, SyncState::Stored);
    }
}

#[test]
fn a_tampered_cursor_only_makes_the_phone_read_anew() {
    let Two { mut fleet, mut anna, assignment, .. } = two_observers(23);
    let record = start(&mut anna, assignment, "attendance");
    anna.phone.edit(record, &[narrative("留着。")]).expect("fits");
    fleet.sync(&mut anna);
    let backup = fleet.backup();
    fleet.restore(&backup);
    let progress = fleet.sync(&mut anna);
    assert!(progress.rejected.is_empty());
    assert_eq!(anna.phone.show(record).expect("there").sync, SyncState::Stored);
}

#[test]
fn a_phone_that_dies_between_mark_and_commit_sends_everything_under_a_new_epoch() {
    let Two { fleet, mut anna, mut ben, assignment } = two_observers(26);
    // Never sent: beginning and change stand in a frame that waits.
    let record = start(&mut anna, assignment, "attendance");
    anna.phone.edit(record, &[narrative("从未上传。")]).expect("fits");
    let unsent = anna.phone.next_request().expect("a request");
    drop(unsent);
    let mut anna = anna.dies_before_the_commit();
    fleet.sync(&mut anna);
    let status = anna.phone.status().expect("countable");
    assert_eq!((status.waiting, status.not_accepted), (0, 0));
    // Sent and stored, but the reply was lost.
    anna.phone.edit(record, &[narrative("回执丢失。")]).expect("fits");
    let request = anna.phone.next_request().expect("a request");
    fleet.answer(anna.device, &request);
    let mut anna = anna.dies_before_the_commit();
    fleet.sync(&mut anna);
    let status = anna.phone.status().expect("countable");
    assert_eq!((status.waiting, status.not_accepted), (0, 0));
    fleet.sync(&mut ben);
    let Some(Record::Attendance(seen)) = ben.phone.show(record).expect("there").record else {
        panic!("an attendance")
    };
    assert_eq!(seen.narrative.0, "回执丢失。从未上传。", "each once");
}
