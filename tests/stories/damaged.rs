//! A phone whose store was damaged finds it out by itself and is repaired by reading anew.

use tingfang_core::clock::{Clock, Moment};
use tingfang_core::id::DocumentId;
use tingfang_server::store::device::DeviceState;
use tingfang_tests::fleet::{Fleet, FleetPhone};
use tingfang_tests::observers::{Two, narrative, start, two_observers};

/// Anna and Ben attend a hearing, both have written, and both have everything.
fn scene(seed: u64) -> (Fleet, FleetPhone, FleetPhone, DocumentId) {
    let Two { fleet, mut anna, mut ben, assignment } = two_observers(seed);
    let record = start(&mut anna, assignment, "attendance");
    start(&mut ben, assignment, "attendance");
    write(&mut anna, record, "安娜写的。");
    write(&mut ben, record, "本写的。");
    fleet.sync(&mut anna);
    fleet.sync(&mut ben);
    fleet.sync(&mut anna);
    (fleet, anna, ben, record)
}

fn write(phone: &mut FleetPhone, record: DocumentId, text: &str) {
    phone.phone.edit(record, &[narrative(text)]).expect("written");
}

/// Does something to the phone's file behind its back.
fn damage(phone: FleetPhone, sql: &str) -> FleetPhone {
    let file = rusqlite::Connection::open(&phone.path).expect("opens");
    assert!(file.execute(sql, []).expect("done") > 0, "{sql} does something");
    drop(file);
    phone.restart()
}

fn text(phone: &FleetPhone, record: DocumentId) -> String {
    let shown = phone.phone.show(record).expect("readable");
    serde_json::to_string(&shown.content).expect("JSON")
}

#[test]
fn whatever_was_damaged_or_lost_in_the_store_comes_back_and_unsent_work_stays() {
    let damages = [
        "delete from change where position is not null and change_no % 2 = 0",
        "delete from change where written_at is not null",
        "update change set bytes = substr(bytes, 1, length(bytes) - 3) where received_at is not null",
        "delete from server_row where kind = 'task'",
        "update server_row set body = replace(body, '安娜', '夏娃') where kind = 'task'",
        "delete from document",
    ];
    for (nth, sql) in damages.iter().enumerate() {
        let (fleet, anna, ben, record) = scene(520 + nth as u64);
        let mut anna = damage(anna, sql);
        anna.phone.check_everything().expect("asked for");
        fleet.sync(&mut anna);
        assert!(anna.phone.repaired_at().expect("readable").is_some(), "found out: {sql}");
        assert_eq!(text(&anna, record), text(&ben, record), "repaired: {sql}");
        assert!(
            anna.phone
                .tasks()
                .expect("listed")
                .iter()
                .any(|task| task.members.iter().any(|m| m.name == "安娜"))
        );
        write(&mut anna, record, "后来写的。");
        let progress = fleet.sync(&mut anna);
        assert_eq!((progress.stored, progress.not_accepted), (1, 0), "and goes on: {sql}");
        anna.phone.check_everything().expect("asked for");
        let before = anna.phone.repaired_at().expect("readable");
        fleet.sync(&mut anna);
        assert_eq!(anna.phone.repaired_at().expect("readable"), before, "all is well again: {sql}");
    }
}

#[test]
fn a_sound_phone_is_compared_once_a_day_and_found_sound() {
    let (fleet, mut anna, mut ben, record) = scene(530);
    let mut asked = 0;
    for day in 0..3 {
        for hour in 0..4 {
            fleet.clock.pass_millis(3_600_000);
            write(&mut ben, record, &format!("第{day}天{hour}时。"));
            fleet.sync(&mut ben);
            let mut more = true;
            while more {
                let request = anna.phone.next_request().expect("a request");
                asked += usize::from(fleet.asks_for_comparison(&request));
                let answer = fleet.answer(anna.device, &request);
                more = anna.phone.take_response(&answer).expect("an answer").more;
            }
        }
        fleet.clock.pass_millis(20 * 3_600_000);
    }
    assert!((2..=4).contains(&asked), "not in every request: {asked}");
    assert_eq!(anna.phone.repaired_at().expect("readable"), None);
    assert!(fleet.clock.now() > Moment::default());
}

#[test]
fn a_record_whose_beginning_is_held_is_not_taken_for_damage() {
    let Two { fleet, mut anna, .. } = two_observers(73);
    let record = anna.phone.start_unassigned("attendance").expect("begun without a task");
    fleet.sync(&mut anna);
    assert_eq!(anna.phone.refused().expect("listed")[0].rule, "unassigned");
    for _ in 0..2 {
        anna.phone.check_everything().expect("asked for");
        fleet.sync(&mut anna);
    }
    assert_eq!(anna.phone.repaired_at().expect("readable"), None);
    assert!(anna.phone.show(record).is_ok());
}

#[test]
fn what_a_lost_phone_was_told_of_its_own_is_not_taken_for_damage_when_it_is_found() {
    let (fleet, mut anna, _, record) = scene(531);
    write(&mut anna, record, "丢失前写的。");
    let request = anna.phone.next_request().expect("a request");
    // The server takes it, and the answer never arrives.
    fleet.answer(anna.device, &request);
    fleet.set_device_state(anna.device, DeviceState::Lost);
    // Of a lost phone the server hears, and gives it nothing but its verdicts.
    assert_eq!(fleet.sync(&mut anna).stored, 1);
    fleet.set_device_state(anna.device, DeviceState::Active);
    anna.phone.check_everything().expect("asked for");
    for _ in 0..2 {
        fleet.sync(&mut anna);
    }
    assert_eq!(anna.phone.repaired_at().expect("readable"), None);
    let request = anna.phone.next_request().expect("a request");
    assert!(!fleet.asks_for_comparison(&request), "it was compared");
}
