//! A sheet of cases, with the undertakers and providers that handle them.

use jiff::civil::Date;
use serde::Serialize;
use tingfang_core::case::{AidForm, CaseKind, CaseSource, CaseStatus, Organ, OrganKind, Stage};
use tingfang_core::people::{ProviderKind, UndertakerKind};

use super::columns::{SheetKind, code_by_name};
use super::key::case_key;
use super::problem::{ProblemCode, WorkbookProblem, same};
use super::row::RowReader;
use super::sheet::{self, Seen, Sheet, Take};
use super::workbook::Found;

/// An undertaker as a row of a case says it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct UndertakerEntry {
    /// The name.
    pub name: String,
    /// The number of the licence: the natural key.
    pub licence_no: String,
    /// The provider's name: its natural key.
    pub provider: String,
    /// What the provider is: said, or told by its name.
    pub provider_kind: Option<ProviderKind>,
    /// What the undertaker is.
    pub kind: Option<UndertakerKind>,
    /// When practice began.
    pub practice_since: Option<Date>,
}

/// A case as a row says it. What is nothing was not said, and a second import leaves it alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CaseRow {
    /// The centre's number: the natural key.
    pub case_no: String,
    /// The handling organ's number.
    pub organ_case_no: Option<String>,
    /// What it is about.
    pub kind: CaseKind,
    /// Where it stands in the procedure.
    pub stage: Option<Stage>,
    /// The cause of action or the charge.
    pub cause: String,
    /// How it came.
    pub source: Option<CaseSource>,
    /// The form of aid.
    pub aid_form: Option<AidForm>,
    /// Where it stands at the centre.
    pub status: Option<CaseStatus>,
    /// Who undertakes it; nobody only while it waits to be assigned.
    pub undertakers: Vec<UndertakerEntry>,
    /// The recipients' names.
    pub recipients: Vec<String>,
    /// The handling organ; its kind is said, or told by its name.
    pub organ: Option<Organ>,
    /// The day on which it was assigned.
    pub assigned_on: Option<Date>,
    /// The day on which it was closed.
    pub closed_on: Option<Date>,
    /// The day on which the file was archived.
    pub archived_on: Option<Date>,
    /// How it was closed.
    pub close_method: Option<String>,
    /// What it achieved.
    pub effect: Option<String>,
    /// The flags.
    pub flags: FlagsRow,
    /// The undertaker's first aid case.
    pub first_case_of_undertaker: Option<bool>,
}

/// The flags of a case as a row says them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize)]
pub struct FlagsRow {
    /// A group case.
    pub group: Option<bool>,
    /// A major case.
    pub major: Option<bool>,
    /// A difficult case.
    pub difficult: Option<bool>,
    /// Plea leniency.
    pub plea_leniency: Option<bool>,
    /// Ended before its time.
    pub terminated: Option<bool>,
    /// Touches state secrets.
    pub secret: Option<bool>,
}

impl FlagsRow {
    /// Sets in `flags` what the row says.
    pub fn apply(self, flags: &mut tingfang_core::case::CaseFlags) {
        let set = |flag: &mut bool, said: Option<bool>| *flag = said.unwrap_or(*flag);
        set(&mut flags.group, self.group);
        set(&mut flags.major, self.major);
        set(&mut flags.difficult, self.difficult);
        set(&mut flags.plea_leniency, self.plea_leniency);
        set(&mut flags.terminated, self.terminated);
        set(&mut flags.secret, self.secret);
    }
}

impl CaseRow {
    /// The natural key.
    pub fn key(&self) -> String {
        case_key(&self.case_no)
    }
}

/// Reads a workbook of cases.
///
/// # Errors
/// When the workbook as a whole cannot be read; problems of rows stand in the sheet.
pub fn parse_cases(bytes: &[u8]) -> Result<Sheet<CaseRow>, WorkbookProblem> {
    sheet::collect(SheetKind::Cases, bytes, each_case)
}

/// Hands each row of a workbook of cases to `take`, one after the other.
///
/// # Errors
/// When the workbook as a whole cannot be read.
pub fn each_case(bytes: &[u8], take: Take<'_, CaseRow>) -> Result<Found, WorkbookProblem> {
    let mut licences = Seen::default();
    sheet::each(
        SheetKind::Cases,
        bytes,
        |row| {
            let case = case(row)?;
            for undertaker in &case.undertakers {
                let clash =
                    licences.clash(undertaker.licence_no.clone(), Some(&undertaker.name), row.number());
                if let Some((earlier, name)) = clash {
                    let (earlier, name) = (same(&earlier.to_string()), same(&name));
                    return row.refuse(
                        "licence_no",
                        ProblemCode::LicenceTwoNames,
                        &[("row", &earlier), ("name", &name)],
                    );
                }
            }
            Some(case)
        },
        |case| ("case_no", case.key()),
        take,
    )
}

fn case(row: &mut RowReader<'_>) -> Option<CaseRow> {
    let case_no = row.required_id("case_no");
    let kind = row.required_code("kind");
    let cause = row.required_text("cause");
    let status = row.code("status");
    let undertakers = undertakers(row, status);
    let (assigned_on, closed_on) = (row.date("assigned_on"), row.date("closed_on"));
    let archived_on = row.date("archived_on");
    in_order(row, "closed_on", assigned_on, closed_on);
    in_order(row, "archived_on", closed_on.or(assigned_on), archived_on);
    Some(CaseRow {
        organ_case_no: row.id("organ_case_no"),
        stage: row.code("stage"),
        source: row.code("source"),
        aid_form: row.code("aid_form"),
        status,
        recipients: row.names("recipients"),
        organ: organ(row),
        assigned_on,
        closed_on,
        archived_on,
        close_method: row.text("close_method"),
        effect: row.text("effect"),
        flags: FlagsRow {
            group: row.flag("group"),
            major: row.flag("major"),
            difficult: row.flag("difficult"),
            plea_leniency: row.flag("plea_leniency"),
            terminated: row.flag("terminated"),
            secret: row.flag("secret"),
        },
        first_case_of_undertaker: row.flag("first_case"),
        case_no: case_no?,
        kind: kind?,
        cause: cause?,
        undertakers: undertakers?,
    })
}

/// The undertakers of a row: one, or several parted by commas, each with a licence of the same
/// place; one provider for all, or as many as undertakers.
fn undertakers(row: &mut RowReader<'_>, status: Option<CaseStatus>) -> Option<Vec<UndertakerEntry>> {
    let unassigned = matches!(
        status,
        Some(CaseStatus::PendingReview | CaseStatus::PendingApproval | CaseStatus::PendingAssignment)
    );
    if unassigned && !row.says("undertaker") {
        return Some(Vec::new());
    }
    let before = row.problems.len();
    for field in ["undertaker", "licence_no", "provider"] {
        if !row.says(field) {
            let _: Option<()> = row.refuse(field, ProblemCode::UndertakerMissing, &[]);
        }
    }
    let (names, licences) = (row.names("undertaker"), row.ids("licence_no"));
    let providers = row.names("provider");
    let provider_kind = row.code("provider_kind");
    let kind = row.code("undertaker_kind");
    let practice_since = row.date("practice_since");
    if row.problems.len() > before {
        return None;
    }
    let (people, numbers) = (same(&names.len().to_string()), same(&licences.len().to_string()));
    if names.len() != licences.len() {
        return row.refuse(
            "licence_no",
            ProblemCode::CountsDiffer,
            &[("people", &people), ("numbers", &numbers)],
        );
    }
    if providers.len() != 1 && providers.len() != names.len() {
        let numbers = same(&providers.len().to_string());
        return row.refuse(
            "provider",
            ProblemCode::CountsDiffer,
            &[("people", &people), ("numbers", &numbers)],
        );
    }
    let entries = names.into_iter().zip(licences).enumerate().filter_map(|(place, (name, licence))| {
        let provider = providers.get(place).or_else(|| providers.first())?.clone();
        Some(UndertakerEntry {
            name,
            licence_no: licence,
            provider_kind: provider_kind
                .or_else(|| code_by_name(ProviderKind::NAME, &provider).and_then(ProviderKind::from_code)),
            provider,
            kind,
            practice_since,
        })
    });
    Some(entries.collect())
}

fn organ(row: &mut RowReader<'_>) -> Option<Organ> {
    let kind: Option<OrganKind> = row.code("organ_kind");
    let name = row.name("organ")?;
    let by_name = || code_by_name(OrganKind::NAME, &name).and_then(OrganKind::from_code);
    let kind = kind.or_else(by_name).unwrap_or(OrganKind::Other);
    Some(Organ { name, kind })
}

fn in_order(row: &mut RowReader<'_>, field: &'static str, earlier: Option<Date>, later: Option<Date>) {
    if let (Some(earlier), Some(later)) = (earlier, later)
        && later < earlier
    {
        let day = same(&earlier.to_string());
        let _: Option<()> = row.refuse(field, ProblemCode::DateOrder, &[("day", &day)]);
    }
}
