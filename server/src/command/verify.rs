//! `tingfang verify`

use clap::Args;
use tingfang_core::text::sentence;

use super::{Common, Output, Trouble};
use crate::verify::{Report, verify};

/// What `verify` takes: only the data folder.
#[derive(Debug, Args)]
pub(super) struct Verify {}

impl Verify {
    pub(super) fn run(self, common: &Common, output: &mut Output) -> Result<(), Trouble> {
        tingfang_core::sync::gate::quiet_panics();
        let app = common.app_to_read(output)?;
        let report = verify(&app.db)?;
        print(&report, *output);
        output.document(&report);
        if report.is_clean() { Ok(()) } else { Err(Trouble::Differs(report.differences.len())) }
    }
}

fn print(report: &Report, output: Output) {
    let counts = [
        ("frames", report.frames),
        ("changes", report.changes),
        ("documents", report.documents),
        ("seals", report.seals),
        ("kept_items", report.kept_items),
        ("grades", report.grades),
        ("ledger_entries", report.ledger_entries),
        ("audit_leaves", report.audit_leaves),
    ];
    let texts: Vec<(&str, String)> = counts.iter().map(|(key, count)| (*key, count.to_string())).collect();
    let values: Vec<(&str, &str)> = texts.iter().map(|(key, text)| (*key, text.as_str())).collect();
    output.say("verified", &values);
    let language = output.language();
    for difference in &report.differences {
        let what = sentence(language, "verify", difference.what, &[]);
        let problem = sentence(language, "verify", difference.problem, &[]);
        output.say("differs", &[("what", &what), ("which", &difference.which), ("problem", &problem)]);
    }
}
