//! Seasons in which everything goes wrong, each told by its seed.
//!
//! `TINGFANG_TEST_SEED=N` tells one again, with `TINGFANG_TEST_TELL=1` aloud, as the last line of a failure says;
//! `cargo xtask soak --seeds N` lives through many.

use std::io::Write;
use std::sync::atomic::{AtomicU64, Ordering};

use tingfang_server::db::scratch;
use tingfang_tests::simulation::{
    Fault, Tally, live_through, live_through_with, notices_another_account, written_in,
};

use crate::memory::most_bytes;

/// How many seasons an everyday run lives through, on two threads: more than two thousand days
/// of a phone.
const SEASONS: u64 = 220;
/// How many over PostgreSQL, where each takes longer; the phones are the same.
const SEASONS_ON_POSTGRES: u64 = 60;
/// How often each fault happens at least in an everyday run.
const LEAST: u64 = 100;

fn variable(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

#[test]
fn whatever_goes_wrong_nothing_is_lost_doubled_or_written_without_right() {
    if let Some(seed) = variable("TINGFANG_TEST_SEED") {
        print!("{}", live_through(seed, most_bytes));
        return;
    }
    let is_on_postgres = std::env::var_os(scratch::VARIABLE).is_some();
    let everyday = if is_on_postgres { SEASONS_ON_POSTGRES } else { SEASONS };
    let seasons = variable("TINGFANG_TEST_SEASONS").unwrap_or(everyday);
    let first = variable("TINGFANG_TEST_FIRST_SEED").unwrap_or(0);
    // Seasons differ in length: each thread takes the next one that nobody has.
    let next = AtomicU64::new(first);
    let live = || {
        let mut tally = Tally::default();
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= first + seasons {
                return tally;
            }
            tally.add(&live_through(seed, most_bytes));
        }
    };
    let tally = std::thread::scope(|scope| {
        let other = scope.spawn(live);
        let mut tally = live();
        match other.join() {
            Ok(others) => tally.add(&others),
            Err(panic) => std::panic::resume_unwind(panic),
        }
        tally
    });
    // Past the harness, which keeps what a test prints to itself: whoever runs the tests sees what happened.
    let _ = writeln!(std::io::stderr(), "{seasons} seasons of three phones\n{tally}");
    let rare: Vec<_> = Fault::ALL.into_iter().filter(|fault| tally.of(*fault) < LEAST).collect();
    assert!(seasons < SEASONS || rare.is_empty(), "too rare to mean anything: {rare:?}\n{tally}");
}

#[test]
fn a_seed_tells_one_season_to_the_last_byte_and_another_seed_another() {
    let [first, again, other] = [11, 11, 12].map(|seed| written_in(seed, most_bytes));
    assert!(first.1.len() > 20, "only {} leaves", first.1.len());
    assert_eq!(first.0.to_string(), again.0.to_string());
    assert_eq!(first.1, again.1);
    assert_ne!(first.1, other.1);
}

#[test]
fn fifty_phones_write_in_one_attendance_and_all_of_them_end_with_the_same() {
    let tally = live_through_with(5_050, 50, 1, most_bytes);
    assert_eq!(tally.phone_days, 50);
}

#[test]
fn a_season_whose_account_says_that_people_phones_or_rules_stood_otherwise_is_noticed() {
    notices_another_account(7, most_bytes);
}
