//! Carrying over what waits of a phone that is gone: a manager orders it, with a reason.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use tingfang_core::id::{DeviceId, DocumentId};
use tingfang_core::people::Role;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::extract::{Body, PathId};
use super::refused::checked_reason;
use super::schema::{self, Problems};
use crate::app::App;
use crate::identity::SignedIn;
use crate::problem::{FieldProblem, Problem};
use crate::records;
use crate::store::{device, document};
use crate::sync::{CarriedOver, CarryOver};

/// The wish that what waits of a phone be carried over.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CarryOverWish {
    /// The phone; it is lost, revoked, or kept by a court.
    #[schema(schema_with = schema::id)]
    device: DeviceId,
    /// Why. At most 500 characters.
    reason: String,
}

/// What came of it. What was not accepted before stays out, and can be decided on as before.
#[derive(Debug, Serialize, ToSchema)]
pub struct CarriedOverView {
    /// The device of the server's own that wrote for the phone.
    #[schema(schema_with = schema::id)]
    stand_in: DeviceId,
    /// The addendum in which it is said, where it came too late for the seal of a record.
    #[schema(schema_with = schema::id, required = false)]
    addendum: Option<DocumentId>,
    /// Changes that are in.
    accepted: usize,
    /// Changes on which a person decides.
    held: usize,
    /// Changes that are not allowed, or rest on such.
    refused: usize,
    /// Operations that went with what was not accepted.
    left_out: usize,
}

/// The routes of carrying over.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(carry_over))
}

/// Carries over what a phone that is gone had written after something that was not accepted: it is written
/// anew without that, for the same person, and judged like anything else. What came too late for the seal of a
/// shared record is said in an addendum.
#[utoipa::path(post, path = "/records/{id}/carry-over", tag = "sync", security(("session" = [])),
    params(("id" = String, Path)), request_body = CarryOverWish,
    responses((status = 200, body = CarriedOverView), Problems))]
async fn carry_over(
    State(app): State<App>,
    signed_in: SignedIn,
    PathId(id): PathId<DocumentId>,
    Body(wish): Body<CarryOverWish>,
) -> Result<Json<CarriedOverView>, Problem> {
    signed_in.require(Role::Manager)?;
    let reason = checked_reason(&wish.reason)?;
    let view = app
        .blocking(move |app| {
            let order = app.db.try_read(|tx| {
                let row = document::find(tx, id)?.ok_or(Problem::NotFound { what: "record" })?;
                let organisation = records::manages(tx, &signed_in, &row)?;
                if let Some(order) = row.erased_by {
                    return Err(Problem::Erased { order });
                }
                let owner = device::find(tx, wish.device)?.map(|device| device.person);
                // Nobody has a say in their own work.
                if owner.is_none_or(|owner| owner == signed_in.person) {
                    return Err(Problem::NotFound { what: "device" });
                }
                let (device, ordered_by, reason) = (wish.device, signed_in.person, reason.clone());
                Ok(CarryOver { document: id, device, organisation, ordered_by, reason })
            })?;
            let refused = |code| Err(Problem::Refused(vec![FieldProblem::new("device", code)]));
            match app.sync.carry_over(&order)? {
                CarriedOver::Done { stand_in, addendum, accepted, held, refused, left_out } => {
                    Ok(CarriedOverView { stand_in, addendum, accepted, held, refused, left_out })
                }
                CarriedOver::PhoneIsThere => refused("phone_is_there"),
                CarriedOver::PhoneContradicts => refused("phone_contradicts"),
                CarriedOver::NothingWaits => refused("nothing_waits"),
            }
        })
        .await?;
    Ok(Json(view))
}
