//! A phone whose store was damaged finds it out by itself and is repaired by reading anew.

use tingfang_core::clock::{Clock, Moment};
use tingfang_core::id::DocumentId;
use tingfang_core::people::{AssignmentKind, Duty, Role};
use tingfang_core::phone::About;
use tingfang_core::record::edit::Edit;
use tingfang_tests::fleet::{Fleet, FleetPhone};
use tingfang_tests::observers::{Two, two_observers};

/// Anna and Ben attend a hearing, both have written, and both have everything.
fn scene(seed: u64) -> (Fleet, FleetPhone, FleetPhone, DocumentId) {
    let mut fleet = Fleet::new(seed);
    let people = ["anna", "ben"].map(|name| fleet.person(name, Role::Supervisor));
    let members = [(people[0], "anna", Duty::Chair), (people[1], "ben", Duty::Observer)];
    let assignment = fleet.world.assign(&fleet.db, &fleet.minter, AssignmentKind::Attendance, &members);
    let (mut anna, mut ben) = (fleet.phone(people[0]), fleet.phone(people[1]));
    fleet.sync(&mut anna);
    fleet.sync(&mut ben);
    let record = anna.phone.start(assignment, "attendance", About::default()).expect("begun");
    ben.phone.start(assignment, "attendance", About::default()).expect("begun");
    write(&mut anna, record, "安娜写的。");
    write(&mut ben, record, "本写的。");
    fleet.sync(&mut anna);
    fleet.sync(&mut ben);
    fleet.sync(&mut anna);
    (fleet, anna, ben, record)
}

fn write(phone: &mut FleetPhone, record: DocumentId, text: &str) {
    let insert = text.to_owned();
    let edit = Edit::Splice { container: "narrative".into(), at: 0, delete: 0, insert };
    phone.phone.edit(record, &[edit]).expect("written");
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
        "update server_row set body = replace(body, 'anna', 'eve') where kind = 'task'",
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
                .any(|task| task.members.iter().any(|m| m.name == "anna"))
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
