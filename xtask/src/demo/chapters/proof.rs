//! Everything is proved anew; a flipped bit is found; a backup is put back and nothing is lost.

use anyhow::{Context, Result, bail};

use super::super::Stage;
use super::super::expect::{number, same, text};
use super::super::plot::Plot;

/// Verify, flip, backup, restore.
pub(in super::super) fn tell(stage: &mut Stage<'_>, plot: &mut Plot) -> Result<()> {
    stage.narrator.step("核验、备份与恢复", "Proof, backup and restore");
    stage.narrator.show(&stage.tingfang.run(&["verify"])?);
    let backup = stage.folder.path("backup.db");
    let backup_text = backup.display().to_string();
    stage.tingfang.run(&["backup", "--to", &backup_text])?;
    flip(stage, &backup)?;
    restore(stage, plot, &backup_text)
}

/// One bit of one stored change is flipped in a copy.
fn flip(stage: &Stage<'_>, backup: &std::path::Path) -> Result<()> {
    let copy = stage.folder.path("flipped");
    std::fs::create_dir_all(&copy)?;
    let bytes = std::fs::read(backup)?;
    // The magic number of a change: a bit behind it belongs to evidence, unless it lies in the
    // unused rest of a page, which no row reads. So the next one is tried until a row is hit.
    let magic = [0x85, 0x6f, 0x4a, 0x83];
    let places = bytes.windows(4).enumerate().filter(|(_, window)| *window == magic).map(|(at, _)| at);
    let found = places
        .take(40)
        .find_map(|at| {
            let mut flipped = bytes.clone();
            flipped[at + 20] ^= 1;
            std::fs::write(copy.join("tingfang.db"), flipped).ok()?;
            stage.tingfang.clone().with_data(&copy).fails(&["verify"]).ok()
        })
        .context("no flipped bit was found")?;
    stage.narrator.say("在副本里翻转一个比特，核验立即发现：", "One bit is flipped in a copy, and found:");
    stage.narrator.show(found.lines().find(|line| line.contains("不符")).unwrap_or(&found));
    Ok(())
}

/// The server goes back to the backup; a phone brings what the backup does not hold.
fn restore(stage: &mut Stage<'_>, plot: &Plot, backup: &str) -> Result<()> {
    let phone = &plot.visits[0].observer;
    let rows = phone.records("attendance")?;
    let open = rows.iter().find(|row| row["sealed"] == false).context("no open record")?;
    let record = text(open, "/record")?.to_owned();
    phone.append(&record, "narrative", "备份之后写的。")?;
    phone.sync()?;
    stage.server.stop()?;
    let folder = stage.folder.path("restored");
    let restored = stage.tingfang.clone().with_data(&folder);
    stage.narrator.show(&restored.run(&["restore", "--from", backup])?);
    stage.server.start_again_over(&folder)?;
    phone.sync()?;
    let url = stage.server.url();
    let manager = super::super::console::Console::sign_in(url, "manager1", super::super::plot::PASSWORD)?;
    let seen = manager.get(&format!("/records/{record}"))?;
    if !text(&seen, "/content/narrative")?.ends_with("备份之后写的。") {
        bail!("what was written after the backup is lost");
    }
    same("what waits on the phone", number(&phone.json(&["status"])?, "/waiting")?, 0)?;
    stage.tingfang = restored;
    stage.narrator.show(&stage.tingfang.run(&["verify"])?);
    stage.narrator.checked(
        "服务端退回到备份，手机自动补传，备份之后写的内容一字不少",
        "the server went back to the backup; the phone sent what it did not hold; nothing is lost",
    );
    Ok(())
}
