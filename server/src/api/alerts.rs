//! What somebody has to look at now: visitors who are not back, work that is overdue, long cases of
//! which no report was asked for a long time, phones that contradict themselves, and what came too late for
//! a seal.

use axum::Json;
use axum::extract::State;
use jiff::civil::Date;
use serde::Serialize;
use tingfang_core::clock::Moment;
use tingfang_core::id::{AssignmentId, CaseId, DeviceId, DocumentId, PersonId, UndertakerId};
use tingfang_core::people::{AssignmentKind, ReportDue, Role};
use tingfang_core::policy::{Fact, Visibility};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::schema::{self, Problems};
use crate::app::App;
use crate::case_access::{self, is_all_open_to};
use crate::db::{DbError, Tx};
use crate::identity::SignedIn;
use crate::problem::Problem;
use crate::records;
use crate::store::device::{self, Device};
use crate::store::{assignment, document, home_visit, owed_report, person};

/// Who is alerted.
fn readers() -> &'static [Role] {
    Visibility::shipped().readers(Fact::Alert)
}

/// The most alerts of a kind.
const MOST: u32 = 200;

/// Visitors who meant to be back from somebody's home, and are not.
#[derive(Debug, Serialize, ToSchema)]
pub struct OverdueVisitView {
    /// The record.
    #[schema(schema_with = schema::id)]
    record: DocumentId,
    /// The assignment.
    #[schema(schema_with = schema::id)]
    assignment: AssignmentId,
    /// When they meant to be back.
    #[schema(schema_with = schema::moment, required = false)]
    expected_back_at: Option<Moment>,
    /// Who went, and how they can be called.
    visitors: Vec<VisitorView>,
}

/// A visitor.
#[derive(Debug, Serialize, ToSchema)]
pub struct VisitorView {
    /// The name.
    name: String,
    /// The telephone number.
    phone: Option<String>,
}

/// Work that should be done by now.
#[derive(Debug, Serialize, ToSchema)]
pub struct OverdueTaskView {
    /// The assignment.
    #[schema(schema_with = schema::id)]
    assignment: AssignmentId,
    /// What is to be done.
    #[schema(schema_with = schema::assignment_kind)]
    kind: AssignmentKind,
    /// When it was due.
    #[schema(schema_with = schema::moment, required = false)]
    due_at: Option<Moment>,
}

/// A long case of which a report should be asked.
#[derive(Debug, Serialize, ToSchema)]
pub struct OwedReportView {
    /// The case.
    #[schema(schema_with = schema::id)]
    case: CaseId,
    /// The centre's number of the case.
    case_no: String,
    /// The undertaker.
    #[schema(schema_with = schema::id)]
    undertaker: UndertakerId,
    /// The undertaker's name.
    undertaker_name: String,
    /// Since when the case runs.
    #[schema(schema_with = schema::date, required = false)]
    assigned_on: Option<Date>,
}

/// A phone that has signed what contradicts itself: somebody may have copied it.
#[derive(Debug, Serialize, ToSchema)]
pub struct FrozenDeviceView {
    /// The device.
    #[schema(schema_with = schema::id)]
    device: DeviceId,
    /// What its owner calls it.
    device_name: String,
    /// Whose it is.
    #[schema(schema_with = schema::id)]
    person: PersonId,
    /// By name.
    person_name: String,
    /// Since when.
    #[schema(schema_with = schema::moment)]
    since: Moment,
}

/// An addendum to a sealed record, for what came too late for the seal: nobody has sealed it yet, so it is no
/// evidence.
#[derive(Debug, Serialize, ToSchema)]
pub struct OpenAddendumView {
    /// The addendum.
    #[schema(schema_with = schema::id)]
    record: DocumentId,
    /// The sealed record that it adds to.
    #[schema(schema_with = schema::id, required = false)]
    amends: Option<DocumentId>,
    /// The code of their kind.
    kind: String,
    /// Who has written it.
    #[schema(schema_with = schema::id)]
    person: PersonId,
    /// By name.
    person_name: String,
    /// When it last changed.
    #[schema(schema_with = schema::moment)]
    changed_at: Moment,
}

/// Everything that somebody has to look at now.
#[derive(Debug, Serialize, ToSchema)]
pub struct AlertsView {
    /// Visitors who are not back, the longest overdue first.
    not_back: Vec<OverdueVisitView>,
    /// Overdue work without a sealed record, the longest overdue first.
    overdue: Vec<OverdueTaskView>,
    /// Long cases of which a report should be asked, the longest running first.
    reports_owed: Vec<OwedReportView>,
    /// Phones that contradict themselves, the last one first.
    frozen_devices: Vec<FrozenDeviceView>,
    /// What came too late for a seal, the last one first.
    open_addenda: Vec<OpenAddendumView>,
}

/// The routes of alerts.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list_alerts))
}

/// Lists what somebody has to look at now in one's organisations.
#[utoipa::path(get, path = "/alerts", tag = "tasks", security(("session" = [])),
    responses((status = 200, body = AlertsView), Problems))]
async fn list_alerts(State(app): State<App>, signed_in: SignedIn) -> Result<Json<AlertsView>, Problem> {
    let places = signed_in.organisations_as(readers())?;
    let now = app.now();
    let view = app
        .read(move |tx| {
            // Somebody may be in danger: all who manage are told, and no case is named.
            let not_back = home_visit::overdue(tx, &places, now, MOST)?;
            let overdue = seen(
                |most| assignment::overdue(tx, &places, now, most),
                |kept| is_all_open_to(tx, &signed_in, &kept.assignment),
            )?;
            let frozen = device::frozen(tx, &places.iter().copied().collect(), MOST)?;
            let since = ReportDue::shipped().owed_since(now);
            let owed = seen(
                |most| owed_report::since(tx, &places, since.in_china().date(), since, most),
                // Of a secret case nobody can be asked.
                |owed| {
                    Ok(!case_access::is_secret(tx, owed.case)?
                        && !case_access::is_related(tx, &signed_in, owed.case)?)
                },
            )?;
            let addenda = seen(
                |most| document::open_addenda(tx, &places, most),
                |row| records::may_read(tx, &signed_in, row),
            )?;
            Ok::<_, Problem>(AlertsView {
                open_addenda: addenda
                    .into_iter()
                    .map(|kept| addendum_view(tx, kept))
                    .collect::<Result<_, _>>()?,
                frozen_devices: frozen
                    .into_iter()
                    .map(|found| frozen_view(tx, found))
                    .collect::<Result<_, _>>()?,
                reports_owed: owed.into_iter().map(OwedReportView::from).collect(),
                not_back: not_back.iter().map(|visit| not_back_view(tx, visit)).collect::<Result<_, _>>()?,
                overdue: overdue
                    .into_iter()
                    .map(|kept| OverdueTaskView {
                        assignment: kept.assignment.id,
                        kind: kept.assignment.kind,
                        due_at: kept.assignment.due_at,
                    })
                    .collect(),
            })
        })
        .await?;
    Ok(Json(view))
}

/// The first rows that are there for who asks, up to [`MOST`]. What is hidden takes no place of what is not: more are
/// read until there are enough, or no more.
fn seen<T>(
    read: impl Fn(u32) -> Result<Vec<T>, DbError>,
    is_there: impl Fn(&T) -> Result<bool, DbError>,
) -> Result<Vec<T>, DbError> {
    let mut most = MOST;
    loop {
        let rows = read(most)?;
        let is_all = rows.len() < most as usize;
        let mut seen = Vec::new();
        for row in rows {
            if seen.len() < MOST as usize && is_there(&row)? {
                seen.push(row);
            }
        }
        if is_all || seen.len() == MOST as usize {
            return Ok(seen);
        }
        most = most.saturating_mul(2);
    }
}

impl From<owed_report::OwedReport> for OwedReportView {
    fn from(owed: owed_report::OwedReport) -> Self {
        let owed_report::OwedReport { case, case_no, undertaker, undertaker_name, assigned_on } = owed;
        Self { case, case_no, undertaker, undertaker_name, assigned_on }
    }
}

fn frozen_view(tx: &Tx, (device, since): (Device, Moment)) -> Result<FrozenDeviceView, Problem> {
    let name = person::find(tx, device.person)?.map(|person| person.name).unwrap_or_default();
    let (id, person) = (device.id, device.person);
    Ok(FrozenDeviceView { device: id, device_name: device.name, person, person_name: name, since })
}

fn addendum_view(tx: &Tx, kept: document::Kept) -> Result<OpenAddendumView, Problem> {
    let name = person::find(tx, kept.begun_by)?.map(|person| person.name).unwrap_or_default();
    Ok(OpenAddendumView {
        record: kept.id,
        amends: kept.amends,
        kind: kept.kind,
        person: kept.begun_by,
        person_name: name,
        changed_at: kept.changed_at,
    })
}

fn not_back_view(tx: &Tx, visit: &home_visit::HomeVisit) -> Result<OverdueVisitView, Problem> {
    let kept = assignment::find(tx, visit.assignment)?;
    let mut visitors = Vec::new();
    for member in kept.iter().flat_map(|kept| &kept.assignment.members) {
        if let Some(person) = person::find(tx, member.person)?.filter(|_| member.span.until.is_none()) {
            visitors.push(VisitorView { name: person.name, phone: person.phone });
        }
    }
    let (record, assignment, expected_back_at) = (visit.document, visit.assignment, visit.expected_back_at);
    Ok(OverdueVisitView { record, assignment, expected_back_at, visitors })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_hidden_takes_no_place_of_what_somebody_has_to_look_at() {
        let overdue = |most: u32| Ok((0..3 * MOST).take(most as usize).collect());
        let first_are_hidden = seen(overdue, |nth| Ok(*nth >= 2 * MOST + 10)).expect("readable");
        assert_eq!(first_are_hidden, (2 * MOST + 10..3 * MOST).collect::<Vec<_>>());
        let none_is = seen(overdue, |_| Ok(true)).expect("readable");
        assert_eq!(none_is, (0..MOST).collect::<Vec<_>>());
        assert!(seen(overdue, |_| Ok(false)).expect("readable").is_empty());
    }
}
