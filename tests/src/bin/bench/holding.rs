//! How much memory server and phone hold at the most, together, while they do each kind of work, in a process that does
//! nothing else.

use tingfang_core::people::Role;
use tingfang_tests::bulk::{Texts, fill};
use tingfang_tests::fleet::{Fleet, FleetPhone};
use tingfang_tests::memory;
use tingfang_tests::observers::narrative;

use super::figures::Figures;
use super::{CHANGES, Sizes, all_at_once, counted, two, written};

/// Measures each.
pub(crate) fn measure(figures: &mut Figures, sizes: Sizes) {
    let few = (sizes.pull / 10).max(1);
    let peak = |work: &str, count: usize| memory::peak_of(&["hold", work, &count.to_string()]);
    let what = format!(
        "peak memory of a first pull of {} and of {} records, server and phone in one process",
        counted(few),
        counted(sizes.pull)
    );
    figures.row(&what, "alike", &format!("{}, {}", peak("pull", few), peak("pull", sizes.pull)));
    let what = format!(
        "the same of a push of 200 edits of one record, and of {} phones at once, {CHANGES} changes each",
        sizes.phones
    );
    figures.row(&what, "–", &format!("{}, {}", peak("push", 200), peak("intake", sizes.phones)));
    let what = format!(
        "the same of an idle sync with {} and with {} documents in scope",
        counted((sizes.idle / 10).max(1)),
        counted(sizes.idle)
    );
    let (few, many) = (peak("idle", (sizes.idle / 10).max(1)), peak("idle", sizes.idle));
    figures.row(&what, "alike", &format!("{few}, {many}"));
}

/// Does one kind of work, and prints the most that the process has held while it did.
pub(crate) fn child(work: &str, count: &str) {
    let count = count.parse().expect("a number");
    match work {
        "pull" => {
            pulled(58, count);
        }
        "push" => {
            let (fleet, mut anna, record) = two(59);
            for index in 0..count {
                anna.phone.edit(record, &[narrative(&format!("第{index}段。"))]).expect("fits");
            }
            fleet.sync(&mut anna);
        }
        "intake" => {
            let mut fleet = Fleet::new(60);
            let requests = written(&mut fleet, count);
            memory::begin_anew();
            all_at_once(&fleet, &requests);
        }
        "idle" => {
            let (fleet, mut phone) = pulled(61, count);
            memory::begin_anew();
            fleet.sync(&mut phone);
        }
        other => panic!("{other} is no work"),
    }
    println!("{}", memory::peak_kib());
}

/// A phone that has read so many records.
fn pulled(seed: u64, records: usize) -> (Fleet, FleetPhone) {
    let mut fleet = Fleet::new(seed);
    let person = fleet.person("安娜", Role::Supervisor);
    fill(&fleet.db, person, records, Texts::Templated, 1);
    let mut phone = fleet.phone(person);
    fleet.sync(&mut phone);
    (fleet, phone)
}
