//! Records of every kind together: written and listed on a phone, pulled for the first time over HTTP.

use rand::SeedableRng;
use rand::rngs::StdRng;
use tingfang_core::people::Role;
use tingfang_core::record::KINDS;
use tingfang_core::record::edit::Edit;
use tingfang_tests::bulk::{edits, fill_mixed};
use tingfang_tests::fleet::{Fleet, FleetPhone};
use tingfang_tests::processes::{Server, Terminal};
use tingfang_tests::world::laid;

use crate::figures::Figures;
use crate::{counted, median, timed};

/// Begins and writes records of all kinds that may be begun without a task, each of them durably, and
/// lists the last fifty.
pub(crate) fn store_and_list(figures: &mut Figures, count: usize) {
    let mut fleet = Fleet::new(65);
    let person = fleet.person("安娜", Role::Supervisor);
    let mut phone = fleet.phone(person);
    fleet.sync(&mut phone);
    let kinds = writable(&mut phone);
    let (_, time) = timed(|| {
        for (kind, edits) in kinds.iter().cycle().take(count) {
            let record = phone.phone.start_unassigned(kind).expect("begun before");
            phone.phone.edit(record, edits).expect("written before");
        }
    });
    figures.row(
        &format!("store {} records of {} kinds on a phone, each durably", counted(count), kinds.len()),
        "–",
        &format!("{:.1} s, {:.2} ms each", time.as_secs_f64(), time.as_secs_f64() * 1e3 / count as f64),
    );
    let listing = median(21, || {
        timed(|| {
            let rows = phone.phone.records(None, 50).expect("listed");
            assert_eq!(rows.len(), 50);
        })
        .1
    });
    figures.row(
        &format!("list the last 50 of {} mixed records", counted(count)),
        "–",
        &format!("{:.2} ms", listing.as_secs_f64() * 1e3),
    );
}

/// What the phone's owner may write into each kind that may be begun without a task.
fn writable(phone: &mut FleetPhone) -> Vec<(&'static str, Vec<Edit>)> {
    let mut rng = StdRng::seed_from_u64(65);
    let mut kinds = Vec::new();
    for shape in KINDS {
        let Ok(trial) = phone.phone.start_unassigned(shape.code) else { continue };
        let edits = edits(shape, &mut rng).into_iter();
        kinds.push((
            shape.code,
            edits.filter(|edit| phone.phone.edit(trial, std::slice::from_ref(edit)).is_ok()).collect(),
        ));
    }
    kinds
}

/// A phone's first sync with a server of its own process, over real HTTP.
pub(crate) fn first_pull_over_http(figures: &mut Figures, count: usize) {
    let folder = tempfile::TempDir::new().expect("a folder");
    let data = laid(folder.path(), 66, |world, db, minter| {
        let person = world.person(db, minter, "anna", Role::Supervisor);
        fill_mixed(db, person, count, 66);
    });
    let server = Server::start(&data);
    let phone = Terminal::enrol(&folder.path().join("phone"), &data, &server, "anna");
    let (done, time) = timed(|| phone.run(&["sync"]));
    let store = std::fs::metadata(phone.store()).map_or(0, |file| file.len());
    figures.row(
        &format!("first pull of {} mixed records over HTTP, two processes", counted(count)),
        "–",
        &format!(
            "{:.1} s ({} changes; {:.1} MB on the phone)",
            time.as_secs_f64(),
            done["pulled"],
            store as f64 / 1e6
        ),
    );
}
