//! A phone is killed in mid-sync, several times, and loses nothing.

use std::time::Duration;

use anyhow::Result;

use super::super::Stage;
use super::super::expect::{same, text};
use super::super::plot::Plot;

/// How long after its start each sync is killed.
const KILLED_AFTER_MS: [u64; 6] = [4, 8, 12, 16, 20, 26];
/// How many remarks are written before each kill.
const REMARKS: usize = 5;

/// Writes, kills, and compares.
pub(in super::super) fn tell(stage: &mut Stage<'_>, plot: &mut Plot) -> Result<()> {
    stage.narrator.step("手机在同步途中断电，什么也不丢", "A phone dies in mid-sync and loses nothing");
    let phone = &plot.visits[0].observer;
    let record = phone
        .records("attendance")?
        .iter()
        .find(|row| row["sealed"] == false)
        .map(|row| text(row, "/record").map(str::to_owned))
        .ok_or_else(|| anyhow::anyhow!("no open record on the phone"))??;
    let mut wanted = text(&phone.json(&["show", &record])?, "/content/narrative")?.to_owned();
    let mut killed = 0;
    for (round, after) in KILLED_AFTER_MS.into_iter().enumerate() {
        for remark in 0..REMARKS {
            let words = format!("〔{round}.{remark}〕");
            phone.append(&record, "narrative", &words)?;
            wanted.push_str(&words);
        }
        let mut sync = phone.sync_beside_us()?;
        std::thread::sleep(Duration::from_millis(after));
        let _ = sync.kill();
        killed += usize::from(!sync.wait()?.success());
    }
    phone.sync()?;
    let seen = plot.manager.get(&format!("/records/{record}"))?;
    same("what the server has", text(&seen, "/content/narrative")?, wanted.as_str())?;
    let shown = phone.json(&["show", &record])?;
    same("what the phone has", text(&shown, "/content/narrative")?, wanted.as_str())?;
    stage.narrator.checked(
        &format!(
            "{} 次同步中有 {killed} 次被强行终止；{} 条记录一条不少、一条不重",
            KILLED_AFTER_MS.len(),
            KILLED_AFTER_MS.len() * REMARKS
        ),
        &format!(
            "{killed} of {} syncs were killed; {} remarks are there, each once",
            KILLED_AFTER_MS.len(),
            KILLED_AFTER_MS.len() * REMARKS
        ),
    );
    Ok(())
}
