//! What is lived through.

use tingfang_core::clock::Moment;
use tingfang_core::phone::{About, NewAttachment, Phone};
use tingfang_core::policy::Policy;
use tingfang_core::record::attachment::{AttachmentPurpose, MediaType};
use tingfang_core::record::attendance::AttendanceOutcome;
use tingfang_core::record::edit::Edit;
use tingfang_core::record::shape::ScalarType;
use tingfang_core::record::value::Scalar;

use super::Scene;
use super::life::Life;
use crate::observers::{NO_RULES, done, narrative, outcome, start};

/// So much at once that a few of these fill the smallest page, as different from each other as it takes not to be
/// packed into little.
const MUCH: u32 = 500;
const MANY: u32 = 10;

/// A task comes in pages, its record is written offline, a scan is attached, and all of it is sent.
pub const BEGINNING: Scene = Scene {
    name: "a beginning",
    seed: 7_100,
    before: &[],
    steps: &[
        Life::opens,
        Life::syncs,
        begins,
        |life| life.writes(life.led(), "甲"),
        leaves_the_court,
        attaches_a_scan,
        Life::syncs,
        // A record comes as a whole; what others write in it later comes in pages.
        ben_writes_much,
        |life| life.writes(life.led(), "乙"),
        Life::syncs,
        Life::sends_files,
        Life::syncs,
    ],
    typed: "乙本甲",
    listed: &[],
};

/// Something is refused, the server is put back to an older state, and the phone begins an epoch.
pub const SETBACKS: Scene = Scene {
    name: "setbacks",
    seed: 7_200,
    before: &[
        Life::opens,
        Life::syncs,
        begins,
        begins_another,
        ben_writes_much,
        leaves_the_court,
        Life::syncs,
        attaches_a_scan,
        a_backup_is_made,
        |life| life.writes(life.led(), "甲"),
        Life::syncs,
        Life::sends_files,
        Life::syncs,
    ],
    steps: &[
        |life| life.writes(life.attended(), "乙"),
        writes_what_is_not_hers,
        |life| life.writes(life.attended(), "丙"),
        Life::syncs,
        the_server_is_put_back,
        |life| life.writes(life.led(), "丁"),
        Life::syncs,
        Life::sends_files,
        |life| life.writes(life.attended(), "戊"),
        asks_and_is_not_heard,
        Life::dies_after_the_mark,
        |life| life.writes(life.led(), "己"),
        Life::syncs,
        Life::sends_files,
    ],
    typed: "丁丙乙己戊本甲",
    listed: &["change refused: duty_lacking"],
};

/// A sheet is sealed and amended, one record is sealed, and what comes too late for another becomes an addendum.
pub const ENDING: Scene = Scene {
    name: "an ending",
    seed: 7_300,
    before: &[
        Life::opens,
        Life::syncs,
        begins,
        begins_another,
        |life| life.writes(life.led(), "甲"),
        Life::syncs,
        ben_is_done,
    ],
    steps: &[
        scores,
        amends,
        |life| life.says(life.attended(), &[done(life.known.anna.person)]),
        Life::syncs,
        |life| life.writes(life.attended(), "迟"),
        ben_seals,
        Life::syncs,
        |life| life.says(life.led(), &[outcome(AttendanceOutcome::Attended), done(life.known.anna.person)]),
        |life| life.seals(life.led()),
    ],
    typed: "甲迟",
    listed: &[],
};

fn begins(life: &mut Life) {
    let assignment = life.known.led;
    let begun = life.on_the_phone("begins", |phone| phone.start(assignment, "attendance", About::default()));
    begun.expect("a task of hers");
}

fn begins_another(life: &mut Life) {
    let assignment = life.known.attended;
    let begun =
        life.on_the_phone("begins another", |phone| phone.start(assignment, "attendance", About::default()));
    begun.expect("a task of hers");
}

fn leaves_the_court(life: &mut Life) {
    let (record, now) = (life.led(), 1_796_086_800_000_i64);
    let at = |field: &str, millis: i64| Edit::set(["facts", field], Moment::from_millis(millis).to_scalar());
    life.says(record, &[at("arrived_at", now - 7_200_000), at("left_at", now - 3_600_000)]);
}

fn attaches_a_scan(life: &mut Life) {
    let scan = NewAttachment {
        purpose: AttachmentPurpose::Scan,
        media_type: MediaType::Jpeg,
        name: "笔录.jpg".to_owned(),
        made_at: None,
    };
    let mut bytes = b"\xff\xd8\xff\xe0".to_vec();
    bytes.resize(150_000, 7);
    let record = life.led();
    life.on_the_phone("attaches", |phone| phone.attach(record, &scan, &mut &bytes[..])).expect("taken");
}

fn writes_what_is_not_hers(life: &mut Life) {
    let (record, ben) = (life.attended(), life.ben.person.to_string());
    let absent = Edit::set(["observers", &ben], Scalar::Text("absent".into()));
    let content = life.anna().phone.show(record).expect("there").content;
    if content.get("observers").is_some_and(|observers| observers.get(&ben).is_some()) {
        return;
    }
    let write = |phone: &mut Phone| {
        phone.use_policy(Some(Policy::parse(NO_RULES).expect("a policy")))?;
        phone.edit(record, &[absent])?;
        phone.use_policy(None)
    };
    life.on_the_phone("writes what is not hers", write).expect("a changed app writes it");
}

/// The request is lost on its way.
fn asks_and_is_not_heard(life: &mut Life) {
    life.on_the_phone("asks", Phone::next_request).expect("a request");
}

fn scores(life: &mut Life) {
    let assignment = life.known.led;
    let begun = life
        .on_the_phone("begins a sheet", |phone| phone.start(assignment, "observer_sheet", About::default()));
    let sheet = begun.expect("a task of hers");
    let rubric = Edit::set(["subject", "rubric"], Scalar::Text("rubric hash".into()));
    if !life.anna().phone.show(sheet).expect("there").sealed {
        life.says(sheet, &[rubric, points(900)]);
    }
    life.seals(sheet);
}

fn amends(life: &mut Life) {
    let assignment = life.known.led;
    let sheet = life.anna().phone.start(assignment, "observer_sheet", About::default()).expect("it is there");
    let amended = match life.addition_to(sheet) {
        Some(begun) => begun,
        None => life.on_the_phone("amends", |phone| phone.amend(sheet, "分数写错")).expect("it is sealed"),
    };
    if !life.anna().phone.show(amended).expect("there").sealed {
        life.says(amended, &[points(700)]);
    }
    life.seals(amended);
}

fn points(value: i64) -> Edit {
    Edit::set(["points", "HRG-01"], Scalar::Integer(value))
}

/// Ben has begun the same record by himself.
fn ben_writes_much(life: &mut Life) {
    let (record, assignment) = (life.led(), life.known.led);
    start(&mut life.ben, assignment, "attendance");
    let mut edits = vec![vec![narrative("本")]];
    for part in 0..MANY {
        let fields = [("court_remark", 2 * part), ("feedback_to", 2 * part + 1)];
        edits.push(fields.map(|(field, nth)| Edit::set(["facts", field], Scalar::Text(much(nth)))).to_vec());
    }
    for edits in edits {
        life.ben.phone.edit(record, &edits).expect("fits");
    }
    life.fleet.sync(&mut life.ben);
}

fn much(nth: u32) -> String {
    let signs = (0..MUCH).map(|at| 0x4e00 + (nth * MUCH + at).wrapping_mul(2_654_435_761) % 20_000);
    signs.filter_map(char::from_u32).collect()
}

fn ben_is_done(life: &mut Life) {
    let (record, assignment, ben) = (life.led(), life.known.led, life.ben.person);
    start(&mut life.ben, assignment, "attendance");
    life.ben.phone.edit(record, &[done(ben)]).expect("fits");
    life.fleet.sync(&mut life.ben);
}

fn ben_seals(life: &mut Life) {
    let (record, assignment, ben) = (life.attended(), life.known.attended, life.ben.person);
    life.fleet.sync(&mut life.ben);
    start(&mut life.ben, assignment, "attendance");
    life.ben.phone.edit(record, &[outcome(AttendanceOutcome::Attended), done(ben)]).expect("fits");
    life.ben.phone.seal(record).expect("all are done");
    life.fleet.sync(&mut life.ben);
}

fn a_backup_is_made(life: &mut Life) {
    life.known.backup = Some(life.fleet.backup());
}

fn the_server_is_put_back(life: &mut Life) {
    let backup = life.known.backup.clone().expect("one was made");
    life.fleet.restore(&backup);
}
