//! Counting what test runners say.

use std::collections::BTreeMap;
use std::fmt;

/// What has been counted so far. Reads as the closing line.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    /// Tests that passed.
    pub(crate) passed: u64,
    /// Tests that failed, and suites that could not be run.
    pub(crate) failed: u64,
    /// What else is wrong, each a failure of its own.
    pub(crate) problems: Vec<String>,
}

impl Tally {
    /// Whether everything passed, and something ran at all.
    pub(crate) fn is_good(&self) -> bool {
        self.passed > 0 && self.failed == 0 && self.problems.is_empty()
    }

    /// Adds what another suite counted.
    pub(crate) fn add(&mut self, passed: u64, failed: u64) {
        self.passed += passed;
        self.failed += failed;
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let failed = self.failed + self.problems.len() as u64;
        write!(f, "{} passed, {failed} failed", self.passed)
    }
}

/// Reads the stream of `cargo test`: which suite is running and how each ended.
#[derive(Debug, Default)]
pub(crate) struct CargoWatch {
    suite: Option<String>,
    counts: BTreeMap<String, (u64, u64)>,
}

impl CargoWatch {
    /// Takes one line.
    pub(crate) fn line(&mut self, line: &str) {
        if let Some(suite) = suite_of(line) {
            self.counts.entry(suite.clone()).or_default();
            self.suite = Some(suite);
        } else if let Some((passed, failed)) = result_of(line) {
            let counts = self.counts.entry(self.suite.clone().unwrap_or_default()).or_default();
            counts.0 += passed;
            counts.1 += failed;
        }
    }

    /// How many tests failed.
    pub(crate) fn failed(&self) -> u64 {
        self.counts.values().map(|(_, failed)| failed).sum()
    }

    /// Adds all suites to the tally.
    pub(crate) fn add_to(&self, tally: &mut Tally) {
        for (passed, failed) in self.counts.values() {
            tally.add(*passed, *failed);
        }
    }

    /// Those of these suites that ran no test, or were not seen at all.
    pub(crate) fn idle<'a>(&self, suites: &'a [&'a str]) -> impl Iterator<Item = &'a str> {
        suites
            .iter()
            .copied()
            .filter(|suite| self.counts.get(*suite).is_none_or(|(passed, failed)| passed + failed == 0))
    }
}

/// The suite that cargo announces: the binary's name without its hash, or `doc <crate>`.
fn suite_of(line: &str) -> Option<String> {
    let line = line.trim_start();
    if let Some(name) = line.strip_prefix("Doc-tests ") {
        return Some(format!("doc {name}"));
    }
    let binary = line.strip_prefix("Running ")?.rsplit_once('(')?.1.strip_suffix(')')?;
    let name = binary.rsplit(['/', '\\']).next()?;
    Some(name.rsplit_once('-').map_or(name, |(name, _)| name).to_owned())
}

/// Counts of a line such as `test result: ok. 4 passed; 0 failed; 0 ignored; ...`.
fn result_of(line: &str) -> Option<(u64, u64)> {
    let counts = line.trim_start().strip_prefix("test result: ")?.split_once(". ")?.1;
    let count = |word: &str| {
        counts.split("; ").find_map(|part| part.strip_suffix(word)?.trim_end().parse::<u64>().ok())
    };
    Some((count("passed")?, count("failed")?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn watch(text: &str) -> CargoWatch {
        let mut watch = CargoWatch::default();
        text.lines().for_each(|line| watch.line(line));
        watch
    }

    const RUN: &str = "\
     Running unittests src/lib.rs (target/debug/deps/tingfang_core-643407c732ad74bd)

running 2 tests
test a ... ok
test result: FAILED. 1 passed; 1 failed; 0 ignored; 0 measured; 5 filtered out; finished in 0.00s
     Running foreign/main.rs (target/debug/deps/foreign-ffb299f82dd18df7)
test result: ok. 0 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s
   Doc-tests tingfang_core
test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.10s
";

    #[test]
    fn every_result_line_is_summed() {
        let mut tally = Tally::default();
        watch(RUN).add_to(&mut tally);
        assert_eq!(tally.to_string(), "4 passed, 1 failed");
        assert!(!tally.is_good());
    }

    #[test]
    fn a_suite_that_ran_nothing_or_was_not_seen_is_idle() {
        let watch = watch(RUN);
        let idle: Vec<_> = watch.idle(&["tingfang_core", "foreign", "stories"]).collect();
        assert_eq!(idle, ["foreign", "stories"]);
    }

    #[test]
    fn a_problem_is_a_failure_in_the_closing_line() {
        let tally = Tally { passed: 3, failed: 0, problems: vec!["foreign ran none".to_owned()] };
        assert_eq!(tally.to_string(), "3 passed, 1 failed");
        assert!(!tally.is_good());
    }

    #[test]
    fn nothing_run_is_not_good() {
        assert!(!Tally::default().is_good());
    }
}
