//! Everything is proved anew, and one record by itself; a flipped bit is found; a backup is put back and nothing
//! is lost.

use std::path::Path;

use anyhow::{Context, Result, bail};

use super::super::Stage;
use super::super::expect::{number, same, text};
use super::super::plot::Plot;

/// Verify, flip, backup, restore.
pub(in super::super) fn tell(stage: &mut Stage<'_>, plot: &mut Plot) -> Result<()> {
    stage.narrator.step("核验、备份与恢复", "Proof, backup and restore");
    stage.narrator.show(&stage.tingfang.run(&["verify"])?);
    one_record(stage, plot)?;
    let backup = stage.folder.path("backup.db");
    let backup_text = backup.display().to_string();
    stage.tingfang.run(&["backup", "--to", &backup_text])?;
    flip(stage, &backup)?;
    restore(stage, plot, &backup_text)
}

/// A sealed record leaves the server as a file, and is checked with nothing but the server's key.
fn one_record(stage: &Stage<'_>, plot: &Plot) -> Result<()> {
    let sealed = plot.manager.all("/records?kind=attendance")?;
    let sealed = sealed.iter().find(|row| !row["sealed_position"].is_null()).context("no sealed record")?;
    let bytes = plot.manager.bytes(&format!("/records/{}/proof", text(sealed, "/id")?))?;
    let file = stage.folder.path("record.proof");
    std::fs::write(&file, &bytes)?;
    let key = text(&plot.manager.get("/server")?, "/key_fingerprint")?.to_owned();
    let file_text = file.display().to_string();
    let check = ["verify", "--proof", &file_text, "--server-key", &key];
    stage.narrator.say(
        "一份记录的存证可以单独带走，在任何一台电脑上核验：",
        "The proof of one record is a file, checked on any machine:",
    );
    let alone = stage.tingfang.clone().without_data();
    stage.narrator.show(&alone.run(&check)?);
    let mut changed = bytes;
    let middle = changed.len() / 2;
    changed[middle] ^= 1;
    std::fs::write(&file, changed)?;
    alone.fails(&check)?;
    Ok(())
}

/// One bit of one stored frame is flipped in a copy, and must be found.
fn flip(stage: &Stage<'_>, backup: &Path) -> Result<()> {
    let copy = stage.folder.path("flipped");
    std::fs::create_dir_all(&copy)?;
    let database = copy.join("tingfang.db");
    std::fs::copy(backup, &database)?;
    stage.folder.copy_files_to(&copy)?;
    let device = flip_in(&database)?;
    let found = stage.tingfang.clone().with_data(&copy).fails(&["verify"])?;
    if !found.contains(&device) {
        bail!("the flipped frame of device {device} is not among what was found:\n{found}");
    }
    stage.narrator.say("在副本里翻转一个比特，核验立即发现：", "One bit is flipped in a copy, and found:");
    stage.narrator.show(found.lines().find(|line| line.contains(&device)).unwrap_or(&found));
    Ok(())
}

/// Flips the middle bit of the newest frame with a verdict, and gives the id of its device.
fn flip_in(database: &Path) -> Result<String> {
    let file = rusqlite::Connection::open(database)?;
    let (row, mut bytes, device): (i64, Vec<u8>, Vec<u8>) = file.query_row(
        "select rowid, bytes, device_id from frame where verdicts is not null
         order by received_at desc, number desc limit 1",
        [],
        |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
    )?;
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    let changed = file.execute("update frame set bytes = ?2 where rowid = ?1", (row, bytes))?;
    same("frames with a flipped bit", changed, 1)?;
    // Ids are shown in five groups of hexadecimal digits.
    let hex: String = device.iter().map(|byte| format!("{byte:02x}")).collect();
    let groups = [0..8, 8..12, 12..16, 16..20, 20..32].map(|range| hex.get(range).unwrap_or_default());
    Ok(groups.join("-"))
}

/// The server goes back to the backup; a phone brings what the backup does not hold.
fn restore(stage: &mut Stage<'_>, plot: &Plot, backup: &str) -> Result<()> {
    let phone = &plot.visits[0].observer;
    // What others have sealed in the meantime comes first.
    phone.sync()?;
    let rows = phone.records("attendance")?;
    let open = rows.iter().find(|row| row["sealed"] == false).context("no open record")?;
    let record = text(open, "/record")?.to_owned();
    phone.append(&record, "narrative", "备份之后写的。")?;
    phone.sync()?;
    stage.server.stop()?;
    let folder = stage.folder.path("restored");
    let restored = stage.tingfang.clone().with_data(&folder);
    stage.narrator.show(&restored.run(&["restore", "--from", backup])?);
    stage.folder.copy_files_to(&folder)?;
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
