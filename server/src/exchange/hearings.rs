//! A sheet of coming hearings, with the facts that the legal gate asks for.

use jiff::civil::Date;
use serde::Serialize;
use tingfang_core::case::{HearingKind, HearingState, Instance, Known, Openness, Procedure};
use tingfang_core::clock::Moment;

use super::columns::SheetKind;
use super::key::case_key;
use super::problem::WorkbookProblem;
use super::row::RowReader;
use super::sheet::{self, Sheet, Take};
use super::workbook::Found;

/// A hearing as a row says it. What is nothing was not said: on a second import it changes
/// nothing, on the first one it is not known, and the gate blocks what is not known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct HearingRow {
    /// The case's number: the centre's, or else the court's.
    pub case_no: String,
    /// The court, procuratorate or tribunal, by name.
    pub court: String,
    /// The court room.
    pub courtroom: Option<String>,
    /// When it begins.
    pub starts_at: Moment,
    /// What kind of sitting it is; a trial when nothing was ever said.
    pub kind: Option<HearingKind>,
    /// What has become of it; scheduled when nothing was ever said.
    pub state: Option<HearingState>,
    /// The procedure.
    pub procedure: Option<Procedure>,
    /// The instance.
    pub instance: Option<Instance>,
    /// Whether the public may come in.
    pub openness: Option<Openness>,
    /// Whether a defendant is under 18 at trial.
    pub defendant_under_18_at_trial: Option<Known>,
    /// Whether the record of the crime may be sealed.
    pub record_may_be_sealed: Option<Known>,
    /// The presiding judge or arbitrator.
    pub presiding: Option<String>,
    /// What the court said beforehand about devices.
    pub device_rule: Option<String>,
    /// Where the facts come from.
    pub source: Option<String>,
}

/// The natural key of a hearing: case number, court and day.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct HearingKey {
    /// The case number as the file has it.
    pub case_no: String,
    /// The court's name.
    pub court: String,
    /// The day in China.
    pub day: Date,
}

impl HearingRow {
    /// The natural key.
    pub fn key(&self) -> HearingKey {
        HearingKey {
            case_no: case_key(&self.case_no),
            court: self.court.clone(),
            day: self.starts_at.in_china().date(),
        }
    }
}

/// Reads a workbook of hearings.
///
/// # Errors
/// When the workbook as a whole cannot be read; problems of rows stand in the sheet.
pub fn parse_hearings(bytes: &[u8]) -> Result<Sheet<HearingRow>, WorkbookProblem> {
    sheet::collect(SheetKind::Hearings, bytes, each_hearing)
}

/// Hands each row of a workbook of hearings to `take`, one after the other.
///
/// # Errors
/// When the workbook as a whole cannot be read.
pub fn each_hearing(bytes: &[u8], take: Take<'_, HearingRow>) -> Result<Found, WorkbookProblem> {
    let key = |hearing: &HearingRow| {
        let key = hearing.key();
        ("case_no", format!("{}\n{}\n{}", key.case_no, key.court, key.day))
    };
    sheet::each(SheetKind::Hearings, bytes, hearing, key, take)
}

fn hearing(row: &mut RowReader<'_>) -> Option<HearingRow> {
    let case_no = row.required_id("case_no");
    let court = row.required_name("court");
    let starts_at = row.required_start("starts_at", "start_date");
    Some(HearingRow {
        courtroom: row.text("courtroom"),
        kind: row.code("kind"),
        state: row.code("state"),
        procedure: row.code("procedure"),
        instance: row.code("instance"),
        openness: row.code("openness"),
        defendant_under_18_at_trial: row.known("under_18"),
        record_may_be_sealed: row.known("sealable"),
        presiding: row.text("presiding"),
        device_rule: row.text("device_rule"),
        source: row.text("source"),
        case_no: case_no?,
        court: court?,
        starts_at: starts_at?,
    })
}
