//! How much memory a piece of work needs at the most, measured in a process that does nothing else.

use std::process::Command;

/// The first argument of such a process.
pub const CHILD: &str = "--child";

/// The most that this process has held, in KiB. Zero where the system does not say.
pub fn peak_kib() -> u64 {
    peak_kib_of(std::process::id())
}

/// From here on the most that this process holds is counted anew, from what it holds now, where the system can.
pub fn begin_anew() {
    let _ = std::fs::write("/proc/self/clear_refs", "5");
}

/// The most that a process has held so far, in KiB. Zero where the system does not say.
pub fn peak_kib_of(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|text| text.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}

/// Runs a piece of work in a process of its own; the last line that it prints are its KiB.
pub fn peak_of(work: &[&str]) -> String {
    let program = std::env::current_exe().expect("a program knows its path");
    let output = Command::new(program).arg(CHILD).args(work).output().expect("starts");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let kib: Option<u64> = said.lines().last().and_then(|line| line.trim().parse().ok());
    match kib.filter(|kib| output.status.success() && *kib > 0) {
        Some(kib) => format!("{} MB", kib * 1_024 / 1_000_000),
        None => format!("not measured ({})", String::from_utf8_lossy(&output.stderr).trim()),
    }
}
