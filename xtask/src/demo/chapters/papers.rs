//! After leaving the court an observer scans what she wrote on paper: the text goes first, the file after it,
//! and another member's phone fetches it. A phone with a PIN opens for nobody else.

use anyhow::{Context, Result};

use super::super::Stage;
use super::super::expect::{holds, list, same, text};
use super::super::plot::Visit;

/// A picture of one pixel.
const SCAN: &[u8] = &[
    0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0x00, 0x00, 0x00, 0x0d, 0x49, 0x48, 0x44, 0x52, 0x00,
    0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x01, 0x08, 0x06, 0x00, 0x00, 0x00, 0x1f, 0x15, 0xc4, 0x89, 0x00,
    0x00, 0x00, 0x0d, 0x49, 0x44, 0x41, 0x54, 0x78, 0x9c, 0x63, 0xf8, 0xcf, 0xc0, 0xf0, 0x1f, 0x00, 0x05,
    0x00, 0x01, 0xff, 0x56, 0xc7, 0x2f, 0x0d, 0x00, 0x00, 0x00, 0x00, 0x49, 0x45, 0x4e, 0x44, 0xae, 0x42,
    0x60, 0x82,
];
const PIN: &str = "246810";

/// One scan from phone to phone, and one PIN.
pub(in super::super) fn tell(stage: &mut Stage<'_>, visit: &Visit, record: &str) -> Result<()> {
    stage.narrator.step(
        "离庭后扫描纸面记录：先传文字，后传文件，他人按需取回；手机设密码",
        "After leaving: paper is scanned, text goes before files, others fetch on demand; a PIN",
    );
    let (observer, chair) = (&visit.observer, &visit.chair);
    let (file, fetched) = (stage.folder.path("scan.png"), stage.folder.path("fetched.png"));
    std::fs::write(&file, SCAN).with_context(|| format!("cannot write {}", file.display()))?;
    let (path, to) = (file.display().to_string(), fetched.display().to_string());
    observer.set(record, &[("facts/left_at", "2026-11-24T11:40:00+08:00")])?;
    stage.narrator.show(observer.run(&["attach", record, &path])?.trim_end());
    observer.sync()?;
    chair.sync()?;
    let files = chair.json(&["files", record])?;
    let there = list(&files, "")?;
    same("the attachments that the other phone knows", there.len(), 1)?;
    stage.narrator.show(chair.run(&["files", record])?.trim_end());
    chair.run(&["fetch", record, text(&there[0], "/digest")?, "--to", &to])?;
    let bytes = std::fs::read(&fetched).with_context(|| format!("cannot read {}", fetched.display()))?;
    same("the fetched file", bytes == SCAN, true)?;
    chair.run(&["set-pin", PIN])?;
    let shut = chair.refuses(&["tasks"])?;
    stage.narrator.show(shut.trim_end());
    holds("what the phone without its PIN says", &shut, "密码")?;
    chair.run(&["tasks", "--pin", PIN])?;
    chair.run(&["set-pin", "--none", "--pin", PIN])?;
    stage.narrator.checked(
        "文件与扫描件逐字节相同；没有密码的人打不开手机",
        "the file is the scan, byte for byte; without its PIN the phone opens for nobody",
    );
    Ok(())
}
