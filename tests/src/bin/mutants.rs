//! Sends forged changes to the gate until so many were taken by the parser: `mutants COUNT [SEED]`. Half of them
//! are flipped bytes and fields, half keep to the grammar. Ends with the first that does harm. Run by
//! `cargo xtask mutants`; the tests send some every time.

#![expect(clippy::print_stdout, reason = "the tally is the output")]

use std::collections::BTreeMap;
use std::process::ExitCode;

use automerge::Change;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use tingfang_core::sync::gate::claimed_hash;
use tingfang_tests::hostile::{GateUnderFire, reason, rebase_of};
use tingfang_tests::memory::peak_kib;
use tingfang_tests::mutants::{grammar, mutate, seeds};

#[derive(Default)]
struct Tally {
    parsed: u64,
    unparsed: u64,
    admitted: u64,
    refused: BTreeMap<String, u64>,
    rebased: u64,
}

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1).filter_map(|argument| argument.parse::<u64>().ok());
    let (count, seed) = (arguments.next().unwrap_or(100_000), arguments.next().unwrap_or(1));
    let threads = std::thread::available_parallelism().map_or(1, |cores| cores.get() as u64);
    let results = std::thread::scope(|scope| {
        let work = |nth: u64| scope.spawn(move || under_fire(count / threads, seed * 1_000 + nth));
        let all: Vec<_> = (0..threads).map(work).collect();
        all.into_iter().map(|thread| thread.join().expect("no panic escapes")).collect::<Vec<_>>()
    });
    let mut whole = Tally::default();
    for result in results {
        match result {
            Ok(part) => whole.add(part),
            Err(harm) => {
                println!("{harm}");
                return ExitCode::FAILURE;
            }
        }
    }
    println!(
        "{} forged changes that the parser takes (and {} that it does not)",
        whole.parsed, whole.unparsed
    );
    println!("{} harmless ones admitted, {} taken through a rebase", whole.admitted, whole.rebased);
    for (reason, count) in &whole.refused {
        println!("{count:>12}  {reason}");
    }
    println!("{} MB at the most", peak_kib() * 1_024 / 1_000_000);
    ExitCode::SUCCESS
}

/// Forges until so many were taken by the parser.
fn under_fire(count: u64, seed: u64) -> Result<Tally, String> {
    let (gate, seeds) = (GateUnderFire::new(), seeds());
    let changes: Vec<Change> = seeds.iter().map(|(_, change)| change.clone()).collect();
    let (mut rng, mut tally) = (StdRng::seed_from_u64(seed), Tally::default());
    while tally.parsed < count {
        let forged = if rng.random() {
            grammar::forge(&changes, &mut rng)
        } else {
            Some(mutate(&changes[rng.random_range(0..changes.len())], &mut rng))
        };
        let Some(bytes) = forged.filter(|bytes| claimed_hash(bytes).is_some()) else {
            tally.unparsed += 1;
            continue;
        };
        tally.parsed += 1;
        let harm = |what: String| format!("seed {seed}, forgery {}: {what}: {bytes:02x?}", tally.parsed);
        match gate.admit(&bytes).map_err(harm)? {
            Ok(()) => tally.admitted += 1,
            Err(rejection) => {
                *tally.refused.entry(reason(rejection)).or_default() += 1;
                // What was refused is what a rebase has to do with.
                if tally.parsed.is_multiple_of(16) && rebase_of(gate.base(), &bytes).map_err(harm)? {
                    tally.rebased += 1;
                }
            }
        }
    }
    Ok(tally)
}

impl Tally {
    fn add(&mut self, other: Self) {
        self.parsed += other.parsed;
        self.unparsed += other.unparsed;
        self.admitted += other.admitted;
        self.rebased += other.rebased;
        for (reason, count) in other.refused {
            *self.refused.entry(reason).or_default() += count;
        }
    }
}
