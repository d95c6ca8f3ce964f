//! 未接受: what was refused, held or malformed. The bytes are kept in their frames; here is what
//! they were, whose, and why.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use tingfang_core::clock::Moment;
use tingfang_core::id::{DeviceId, DocumentId, PersonId, QuarantineId};
use tingfang_core::sync::frame::{Frame, Item};
use tingfang_core::text::{Language, label};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::extract::Params;
use super::page::{Page, Wanted};
use super::schema::{self, Problems};
use crate::app::App;
use crate::db::Tx;
use crate::identity::SignedIn;
use crate::identity::token::hex;
use crate::problem::Problem;
use crate::records::{self, KEEPERS};
use crate::store::{frame, person, quarantine};

/// Which items are wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct RefusedQuery {
    /// Items of this person; others' are for who manages records.
    #[param(schema_with = schema::id, required = false)]
    person: Option<PersonId>,
    /// Items about this record.
    #[param(schema_with = schema::id, required = false)]
    record: Option<DocumentId>,
    /// `next` of the page before.
    after: Option<String>,
    /// How many rows, 1 to 200.
    limit: Option<u32>,
}

/// An item that was not accepted.
#[derive(Debug, Serialize, ToSchema)]
pub struct RefusedView {
    /// Its id.
    #[schema(schema_with = schema::id)]
    pub id: QuarantineId,
    /// Who sent it.
    #[schema(schema_with = schema::id)]
    pub person: PersonId,
    /// By name.
    pub person_name: String,
    /// From which device.
    #[schema(schema_with = schema::id)]
    pub device: DeviceId,
    /// The device's epoch.
    pub epoch: u32,
    /// The frame that holds the bytes.
    pub frame: u64,
    /// Which item of the frame.
    pub item: u64,
    /// The record that it is about.
    #[schema(schema_with = schema::id)]
    pub record: DocumentId,
    /// What it is: `begin`, `change`, `seal`, `confirm`, `supersede`, `task_report`.
    pub what: &'static str,
    /// The change's hash.
    pub change: Option<String>,
    /// `refused`, `held` or `malformed`.
    pub verdict: String,
    /// The rule or code behind it.
    pub rule: String,
    /// The rule as a sentence.
    pub reason: String,
    /// The same in English.
    pub reason_en: String,
    /// What was said of a task, where that was not accepted: nothing is lost.
    pub said: Option<String>,
    /// The bytes of the change, in hexadecimal digits: nothing is lost.
    pub bytes: Option<String>,
    /// The change that took its place.
    pub superseded_by: Option<String>,
    /// When it was received.
    #[schema(schema_with = schema::moment)]
    pub received_at: Moment,
}

/// The route of what was not accepted.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list))
}

/// Lists what was not accepted, the oldest first: one's own, and for who manages records that of the
/// records which they may read. A page may hold fewer rows than were asked for.
#[utoipa::path(get, path = "/refused", tag = "sync", security(("session" = [])), params(RefusedQuery),
    responses((status = 200, body = Page<RefusedView>), Problems))]
async fn list(
    State(app): State<App>,
    signed_in: SignedIn,
    Params(query): Params<RefusedQuery>,
) -> Result<Json<Page<RefusedView>>, Problem> {
    let whose = if signed_in.require_any(KEEPERS).is_ok() { query.person } else { Some(signed_in.person) };
    let wanted = Wanted::<(Moment, QuarantineId)>::new(query.after.as_deref(), query.limit)?;
    let page = app
        .read(move |tx| {
            let (after, limit) = (wanted.after.as_ref(), wanted.read_limit());
            let rows = quarantine::page(tx, whose, query.record, after, limit)?;
            let mut page = wanted.page(rows, |row| (row.received_at, row.id));
            let mut visible = Vec::with_capacity(page.items.len());
            for row in page.items {
                if records::may_read_refused(tx, &signed_in, &row)? {
                    visible.push(row);
                }
            }
            page.items = visible;
            page.try_map(|row| shaped(tx, row))
        })
        .await?;
    Ok(Json(page))
}

fn shaped(tx: &Tx, row: quarantine::Kept) -> Result<RefusedView, Problem> {
    let (device, epoch, number, index) = row.place;
    let kept = frame::find(tx, device, epoch, number)?;
    let item = kept
        .and_then(|kept| Frame::from_bytes(&kept.bytes).ok())
        .and_then(|frame| frame.items.into_iter().nth(index));
    let said = match &item {
        Some(Item::TaskReport { command }) => Some(command.reason.clone()),
        _ => None,
    };
    let (what, bytes) = match item {
        Some(Item::Change { bytes, .. }) => ("change", Some(hex(&bytes))),
        Some(Item::Begin { .. }) => ("begin", None),
        Some(Item::Seal { .. }) => ("seal", None),
        Some(Item::Confirm { .. }) => ("confirm", None),
        Some(Item::TaskReport { .. }) => ("task_report", None),
        Some(Item::Supersede { .. }) | None => ("supersede", None),
    };
    let section = if row.verdict == "malformed" { "malformed" } else { "rule" };
    let reason = |language| label(language, section, &row.rule).unwrap_or(&row.rule).to_owned();
    Ok(RefusedView {
        id: row.id,
        person: row.person,
        person_name: person::find(tx, row.person)?.map(|person| person.name).unwrap_or_default(),
        device,
        epoch,
        frame: number,
        item: index as u64,
        record: row.document,
        what,
        change: row.hash.map(|hash| hex(&hash)),
        reason: reason(Language::Zh),
        reason_en: reason(Language::En),
        verdict: row.verdict,
        rule: row.rule,
        said,
        bytes,
        superseded_by: row.superseded_by.map(|hash| hex(&hash)),
        received_at: row.received_at,
    })
}
