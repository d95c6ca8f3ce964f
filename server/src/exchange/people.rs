//! A sheet of people: names, how they sign in, roles.

use jiff::civil::Date;
use serde::Serialize;
use tingfang_core::people::{ObserverKind, Role};

use super::columns::SheetKind;
use super::problem::{ProblemCode, WorkbookProblem};
use super::row::RowReader;
use super::sheet::{self, Sheet, Take};
use super::workbook::Found;

/// A person as a row says it. What is nothing was not said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PersonRow {
    /// The name.
    pub name: String,
    /// The sign-in name, in small letters.
    pub login: Option<String>,
    /// The telephone number, digits only.
    pub phone: Option<String>,
    /// The roles, at least one, each once.
    pub roles: Vec<Role>,
    /// The organisation, by name; the importer's own when nothing.
    pub organisation: Option<String>,
    /// Where the person comes from as an observer.
    pub observer_kind: Option<ObserverKind>,
    /// The last day on which the training as an observer counts.
    pub trained_until: Option<Date>,
    /// Whether the person is of age.
    pub adult: Option<bool>,
    /// The provider that the person works for, by name.
    pub provider: Option<String>,
    /// The licence of the undertaker that the person is.
    pub licence_no: Option<String>,
}

impl PersonRow {
    /// The natural key: the login, else the telephone number.
    pub fn key(&self) -> String {
        match (&self.login, &self.phone) {
            (Some(login), _) => format!("login:{login}"),
            (None, Some(phone)) => format!("phone:{phone}"),
            (None, None) => format!("name:{}", self.name),
        }
    }
}

/// Reads a workbook of people.
///
/// # Errors
/// When the workbook as a whole cannot be read; problems of rows stand in the sheet.
pub fn parse_people(bytes: &[u8]) -> Result<Sheet<PersonRow>, WorkbookProblem> {
    sheet::collect(SheetKind::People, bytes, each_person)
}

/// Hands each row of a workbook of people to `take`, one after the other.
///
/// # Errors
/// When the workbook as a whole cannot be read.
pub fn each_person(bytes: &[u8], take: Take<'_, PersonRow>) -> Result<Found, WorkbookProblem> {
    let key = |person: &PersonRow| (if person.login.is_some() { "login" } else { "phone" }, person.key());
    sheet::each(SheetKind::People, bytes, person, key, take)
}

fn person(row: &mut RowReader<'_>) -> Option<PersonRow> {
    let name = row.required_name("name");
    let login = login(row);
    let phone = phone(row);
    if !row.says("login") && !row.says("phone") {
        let _: Option<()> = row.refuse("login", ProblemCode::LoginOrPhone, &[]);
    }
    if !row.says("roles") {
        let _: Option<()> = row.refuse("roles", ProblemCode::Missing, &[]);
    }
    let mut roles: Vec<Role> = row.codes("roles");
    roles.sort_unstable();
    roles.dedup();
    Some(PersonRow {
        login,
        phone,
        roles,
        organisation: row.name("organisation"),
        observer_kind: row.code("observer_kind"),
        trained_until: row.date("trained_until"),
        adult: row.flag("adult"),
        provider: row.name("provider"),
        licence_no: row.id("licence_no"),
        name: name?,
    })
}

fn login(row: &mut RowReader<'_>) -> Option<String> {
    let login = row.id("login")?.to_lowercase();
    let good = (2..=64).contains(&login.len())
        && login.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"._-@".contains(&b));
    if good { Some(login) } else { row.refuse("login", ProblemCode::BadLogin, &[]) }
}

fn phone(row: &mut RowReader<'_>) -> Option<String> {
    let phone = row.id("phone")?;
    let bare: String = phone.chars().filter(|c| !matches!(c, '-' | '(' | ')')).collect();
    let bare = bare.strip_prefix("+86").unwrap_or(&bare);
    if (7..=12).contains(&bare.len()) && bare.bytes().all(|b| b.is_ascii_digit()) {
        Some(bare.to_owned())
    } else {
        row.refuse("phone", ProblemCode::BadPhone, &[])
    }
}
