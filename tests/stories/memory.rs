//! What a sync holds in memory does not grow with what there is to sync.

use tingfang_core::people::Role;
use tingfang_tests::bulk::{Texts, fill};
use tingfang_tests::fleet::Fleet;

/// Does a piece of work, and says how many bytes it held at the most: of its own, on this thread, without what the
/// database's library holds, whose caches have a size.
pub(crate) fn most_bytes(work: &mut dyn FnMut()) -> u64 {
    allocation_counter::measure(work).bytes_max
}

/// What the first sync of a phone with so many records holds at the most, server and phone together, from its first
/// request to its last answer.
fn held_by_first_sync(records: usize) -> u64 {
    let mut fleet = Fleet::new(810);
    let person = fleet.person("安娜", Role::Supervisor);
    let mut phone = fleet.phone(person);
    fill(&fleet.db, person, records, Texts::Templated, 810);
    let mut pulled = 0;
    let held = most_bytes(&mut || pulled = fleet.sync(&mut phone).pulled);
    assert!(pulled >= records, "{pulled} changes of {records} records");
    held
}

#[test]
fn a_first_sync_of_four_times_as_many_records_holds_no_more() {
    let (few, many) = (held_by_first_sync(1_500), held_by_first_sync(6_000));
    assert!(many <= few + few / 10, "{few} bytes for 1,500 records, {many} for 6,000");
}
