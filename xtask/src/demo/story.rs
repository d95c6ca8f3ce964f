//! The story itself, in its order. Each step runs the real program; none is faked.

use anyhow::Result;

use super::Stage;
use super::chapters::{
    assigning, attendance, channels, forbidden, gate, grading, held, import, killed, month, papers, proof,
    unlinked,
};
use super::folder::DataFolder;
use super::narrator::Narrator;
use super::plot::{ACCOUNTS, PASSWORD, Plot};
use super::tingfang::Tingfang;

/// What is done before the server starts: the data folder, and what the Excel files bring.
pub(super) fn prepare(folder: &DataFolder, tingfang: &Tingfang, narrator: &mut Narrator) -> Result<()> {
    import::init(tingfang, narrator)?;
    import::tell(folder, tingfang, narrator)
}

/// From the legal gate to the verified grade.
pub(super) fn tell(stage: &mut Stage<'_>) -> Result<()> {
    let mut plot = Plot::begin(stage)?;
    gate::tell(stage, &plot)?;
    assigning::tell(stage, &mut plot)?;
    attendance::tell(stage, &mut plot)?;
    let (visit, record) = forbidden::tell(stage, &mut plot)?;
    held::tell(stage, &plot, &visit, &record)?;
    papers::tell(stage, &visit, &record)?;
    unlinked::tell(stage, &mut plot)?;
    channels::tell(stage, &mut plot)?;
    killed::tell(stage, &mut plot)?;
    grading::tell(stage, &mut plot)?;
    month::tell(stage, &mut plot)?;
    proof::tell(stage, &mut plot)
}

/// Where to look, and as whom.
pub(super) fn look_around(stage: &Stage<'_>) {
    let url = stage.server.url();
    stage.narrator.say(
        &format!("地址 {url}，接口在 {url}/api/v1；按 Ctrl-C 结束。"),
        "Look around at this address; the API is below it. Ctrl-C ends.",
    );
    stage.narrator.show(&format!("账号 admin {}\n密码 {PASSWORD}", ACCOUNTS.join(" ")));
}
