//! A fresh centre, and what its Excel files bring.

use anyhow::Result;
use serde_json::Value;

use super::super::expect::{number, same};
use super::super::folder::DataFolder;
use super::super::narrator::Narrator;
use super::super::plot::PASSWORD;
use super::super::tingfang::Tingfang;
use crate::demo_data;

/// The workbooks in the order in which they rest on one another, with the rows that each holds:
/// good ones, and ones that are bad on purpose. The administrator stands among the people already.
const WORKBOOKS: [(&str, &str, i64, i64); 3] =
    [("cases", "案件", 400, 3), ("hearings", "开庭", 160, 3), ("people", "人员", 46, 1)];

/// Makes the data folder with its first administrator.
pub(in super::super) fn init(tingfang: &Tingfang, narrator: &mut Narrator) -> Result<()> {
    narrator.step("新建一家法律援助中心", "A fresh legal aid centre");
    let centre = demo_data::centre()?;
    let tingfang = tingfang.clone().with("TINGFANG_ADMIN_PASSWORD", PASSWORD);
    narrator.show(&tingfang.run(&["init", "--organisation", &centre])?);
    Ok(())
}

/// Takes the workbooks in: first only tried, then for good, then once more.
pub(in super::super) fn tell(
    folder: &DataFolder,
    tingfang: &Tingfang,
    narrator: &mut Narrator,
) -> Result<()> {
    narrator.step("从 Excel 导入案件、开庭和人员", "Cases, hearings and people come in from Excel");
    let workbooks = folder.path("workbooks");
    demo_data::write_ahead_of(&workbooks, jiff::Zoned::now().date())?;
    for (kind, label, good, bad) in WORKBOOKS {
        let file = workbooks.join(format!("{kind}.xlsx")).display().to_string();
        let errors = folder.path(format!("{kind}-errors.xlsx"));
        let import = ["import", kind, "--file", &file];
        let tried = tingfang.json(&[&import[..], &["--dry-run", "--json"]].concat())?;
        counts("a dry run", &tried, [good, 0, bad])?;
        let shown = errors.display().to_string();
        narrator.say(&format!("{label}："), &format!("{kind}:"));
        narrator.show(&tingfang.run(&[&import[..], &["--errors", &shown]].concat())?);
        let again = tingfang.json(&[&import[..], &["--dry-run", "--json"]].concat())?;
        counts("importing again", &again, [0, good, bad])?;
        let sheet = std::fs::read(&errors)?;
        same("an error sheet is a workbook", sheet.get(..2), Some(&b"PK"[..]))?;
    }
    narrator.checked(
        "先试导入、后导入，数目一致；坏行不耽误好行，错误表已写好；再导一遍，没有新增",
        "dry run and import agree; bad rows hold up no good one and stand in an error sheet; again adds nothing",
    );
    Ok(())
}

/// Fails unless so many rows were taken in, stood there already, and were refused.
fn counts(what: &str, outcome: &Value, [fresh, known, refused]: [i64; 3]) -> Result<()> {
    let taken = number(outcome, "/created")? + number(outcome, "/updated")?;
    same(&format!("{what}: rows taken in"), taken, fresh)?;
    same(&format!("{what}: rows that say nothing new"), number(outcome, "/unchanged")?, known)?;
    same(&format!("{what}: rows refused"), number(outcome, "/refused")?, refused)
}
