//! The log beside a SQLite file, kept while somebody writes. The file and a beginning of its log are what lay on the
//! disk at one moment: SQLite forgets whatever comes after the last whole transaction.

use std::fs;
use std::path::{Path, PathBuf};

use rusqlite::Connection;

/// What stands before the pages of a log, and before each of them.
const HEADER_BYTES: usize = 32;
const PAGE_HEADER_BYTES: usize = 24;
/// With so many pages SQLite would begin the log anew.
const MOST_PAGES: usize = 1_000;

/// A file whose log stays as it is written, because somebody else has it open as well.
pub(super) struct KeptLog {
    log: PathBuf,
    _holder: Connection,
}

impl KeptLog {
    /// Brings everything into the file, so that its log begins now. A file that is not there is made, and is empty.
    pub(super) fn begin(file: &Path) -> Self {
        let holder = Connection::open(file).expect("opens");
        let is_busy = holder.query_row("pragma journal_mode = wal", [], |_| Ok(())).and_then(|()| {
            holder.query_row("pragma wal_checkpoint(truncate)", [], |row| row.get::<_, bool>(0))
        });
        assert!(!is_busy.expect("brought into the file"), "somebody is in the middle of something");
        Self { log: log_of(file), _holder: holder }
    }

    /// How many bytes were written.
    pub(super) fn length(log: &Path) -> usize {
        fs::metadata(log).map_or(0, |found| usize::try_from(found.len()).expect("a small file"))
    }

    /// Where it lies.
    pub(super) fn path(&self) -> &Path {
        &self.log
    }

    /// What was written.
    pub(super) fn bytes(&self) -> Vec<u8> {
        fs::read(&self.log).unwrap_or_default()
    }
}

/// Where the log of a file lies.
pub(super) fn log_of(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push("-wal");
    name.into()
}

/// Where each transaction of a log ends.
pub(super) fn ends(log: &[u8]) -> Vec<usize> {
    let Some(page_bytes) = number_at(log, 8) else { return Vec::new() };
    let step = PAGE_HEADER_BYTES + usize::try_from(page_bytes).expect("a small number");
    let pages = (log.len() - HEADER_BYTES) / step;
    assert!(pages < MOST_PAGES, "the log of one act is too long to be kept");
    let begins = |nth: usize| HEADER_BYTES + nth * step;
    // The last page of a transaction says how many pages the file has from now on.
    let is_last = |nth: &usize| number_at(log, begins(*nth) + 4).is_some_and(|pages| pages > 0);
    (0..pages).filter(is_last).map(|nth| begins(nth) + step).collect()
}

fn number_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..at + 4).map(|four| u32::from_be_bytes(four.try_into().expect("four bytes")))
}
