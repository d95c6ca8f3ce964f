//! `tingfang verify`

use std::path::PathBuf;

use clap::Args;
use tingfang_core::audit::item_proof::ProvedItem;
use tingfang_core::audit::{ItemProof, RecordProof};
use tingfang_core::text::{Language, label, sentence};

use super::{Common, Output, Trouble};
use crate::identity::token::hex;
use crate::verify::{Report, verify_with_files};

/// What `verify` takes: the data folder; or one proof, which needs no data.
#[derive(Debug, Args)]
pub(super) struct Verify {
    /// The proof of one record, or of one thing that was not accepted, as a file.
    #[arg(long, value_name = "FILE", requires = "server_key")]
    proof: Option<PathBuf>,
    /// The fingerprint of the server's key that the proof must be of.
    #[arg(long, value_name = "FINGERPRINT", requires = "proof")]
    server_key: Option<String>,
}

impl Verify {
    pub(super) fn run(self, common: &Common, output: &mut Output) -> Result<(), Trouble> {
        tingfang_core::sync::gate::quiet_panics();
        if let (Some(file), Some(fingerprint)) = (self.proof, self.server_key) {
            output.speak(common.language()?);
            return prove(&file, &fingerprint, *output);
        }
        let app = common.app_to_read(output)?;
        let report = verify_with_files(&app)?;
        print(&report, *output);
        output.document(&report);
        if report.is_clean() { Ok(()) } else { Err(Trouble::Differs(report.differences.len())) }
    }
}

/// Checks the proof of one record, or of one thing that was not accepted, and shows what it proves.
fn prove(file: &std::path::Path, fingerprint: &str, output: Output) -> Result<(), Trouble> {
    let bytes = std::fs::read(file).map_err(Trouble::io("read", file.display()))?;
    if let Ok(proof) = ItemProof::from_bytes(&bytes) {
        print_item(&proof.check(fingerprint)?, &proof, output);
        return Ok(());
    }
    let proved = RecordProof::from_bytes(&bytes).and_then(|proof| proof.check(fingerprint))?;
    let content = serde_json::to_value(proved.document.content()).unwrap_or_default();
    let writers: Vec<String> =
        proved.writers.iter().map(|(person, device, _)| format!("{person} · {device}")).collect();
    let list = if output.language() == Language::Zh { "、" } else { ", " };
    output.say(
        "proved",
        &[
            ("writers", &writers.join(list)),
            ("sealed_by", &proved.sealed_by),
            ("received_at", &proved.received_at.minute_in_china()),
            ("size", &proved.checkpoint.size.to_string()),
        ],
    );
    output.document(&serde_json::json!({
        "content": content, "writers": writers, "sealed_by": proved.sealed_by,
        "received_at": proved.received_at, "checkpoint": proved.checkpoint.to_string(),
    }));
    Ok(())
}

fn print_item(proved: &ProvedItem, proof: &ItemProof, output: Output) {
    let (verdict, rule) = (proved.verdict.name(), proved.verdict.reason().unwrap_or_default());
    let language = output.language();
    let section = if verdict == "malformed" { "malformed" } else { "rule" };
    output.say(
        "proved_item",
        &[
            ("sender", &proved.sender),
            ("device", &proved.device),
            ("received_at", &proved.received_at.minute_in_china()),
            ("verdict", label(language, "verdict", verdict).unwrap_or(verdict)),
            ("reason", label(language, section, rule).unwrap_or(rule)),
            ("size", &proved.checkpoint.size.to_string()),
        ],
    );
    let item = minicbor::to_vec(&proof.item).expect("encoding into memory cannot fail");
    output.document(&serde_json::json!({
        "record": proof.item.document(), "sender": proved.sender, "device": proved.device,
        "received_at": proved.received_at, "verdict": verdict, "rule": rule, "item": hex(&item),
        "checkpoint": proved.checkpoint.to_string(),
    }));
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
        ("attachments", report.attachments),
        ("awaited", report.awaited_attachments),
    ];
    let texts: Vec<(&str, String)> = counts.iter().map(|(key, count)| (*key, count.to_string())).collect();
    let values: Vec<(&str, &str)> = texts.iter().map(|(key, text)| (*key, text.as_str())).collect();
    output.say("verified", &values);
    let language = output.language();
    for erased in &report.erased {
        let (order, record) = (erased.order.to_string(), erased.record.to_string());
        output.say("erased_by_order", &[("order", &order), ("record", &record)]);
    }
    for difference in &report.differences {
        let what = sentence(language, "verify", difference.what, &[]);
        let problem = sentence(language, "verify", difference.problem, &[]);
        output.say("differs", &[("what", &what), ("which", &difference.which), ("problem", &problem)]);
    }
}
