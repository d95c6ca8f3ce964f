//! Devices: enrolling phones, listing them, and what becomes of them.

mod view;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use tingfang_core::clock::Moment;
use tingfang_core::id::{DeviceId, PersonId};
use tingfang_core::people::Role;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::extract::{Body, Params, PathId};
use super::page::{Page, Wanted};
use super::schema::{self, Problems};
use crate::app::App;
use crate::db::Tx;
use crate::identity::{SignedIn, enrolment, reach};
use crate::problem::Problem;
use crate::store::device::{self, Device, DeviceState};
use crate::store::{frame_conflict, role_grant, wipe_order};

pub use view::{
    ContradictionView, DeviceView, EnrolledView, EnrolmentView, NewDevice, NewEnrolment, NewWipe,
    StateChange, WipeView,
};

/// Who keeps everybody's devices. Others see and report their own.
const KEEPERS: &[Role] = &[Role::Admin, Role::Manager];

/// Whose phones a manager of their organisation enrols.
const IN_THE_FIELD: &[Role] = &[Role::Supervisor, Role::OutsideObserver, Role::Undertaker];

/// Which devices are wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct DeviceQuery {
    /// Devices of this person.
    #[param(schema_with = schema::id, required = false)]
    person: Option<PersonId>,
    /// `next` of the page before.
    after: Option<String>,
    /// How many rows, 1 to 200.
    limit: Option<u32>,
}

/// The routes of devices.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list, redeem))
        .routes(routes!(issue))
        .routes(routes!(change_state))
        .routes(routes!(order_wipe, take_wipe_back))
        .routes(routes!(list_contradictions))
}

/// Issues a one-time code for a person's phone.
#[utoipa::path(post, path = "/devices/enrolments", tag = "devices", security(("session" = [])),
    request_body = NewEnrolment, responses((status = 201, body = EnrolmentView), Problems))]
async fn issue(
    State(app): State<App>,
    signed_in: SignedIn,
    Body(given): Body<NewEnrolment>,
) -> Result<(StatusCode, Json<EnrolmentView>), Problem> {
    signed_in.require_any(KEEPERS)?;
    let view = app
        .blocking(move |app| {
            app.db.try_read(|tx| may_issue(tx, &signed_in, given.person))?;
            let issued = enrolment::issue(app, given.person, Some(signed_in.person))?;
            Ok::<_, Problem>(EnrolmentView::new(app, &issued))
        })
        .await?;
    Ok((StatusCode::CREATED, Json(view)))
}

/// Whether somebody may hand out a code for this person: an administrator for whom they look after, a
/// manager only for those who work in the field for the same organisation. A code is a key to sign with, and a
/// manager who could take that of an assessor or a director could make a grade alone.
fn may_issue(tx: &Tx, issuer: &SignedIn, person: PersonId) -> Result<(), Problem> {
    if issuer.has(Role::Admin) && reach::looks_after(tx, issuer, person, &[Role::Admin])? {
        return Ok(());
    }
    let grants = role_grant::held(tx, person)?;
    let in_the_field = grants.iter().all(|grant| IN_THE_FIELD.contains(&grant.role));
    let manages = |place| issuer.require_in(place, &[Role::Manager]).is_ok();
    // Who also works elsewhere signs there with the same key.
    if in_the_field && !grants.is_empty() && grants.iter().all(|grant| manages(grant.organisation)) {
        Ok(())
    } else {
        Err(Problem::NotAllowed { needed: vec![Role::Admin] })
    }
}

/// Redeems a one-time code: the phone gets its id, its token and the server's key. Needs no session.
#[utoipa::path(post, path = "/devices", tag = "devices", request_body = NewDevice,
    responses((status = 201, body = EnrolledView), Problems))]
async fn redeem(
    State(app): State<App>,
    Body(given): Body<NewDevice>,
) -> Result<(StatusCode, Json<EnrolledView>), Problem> {
    let redemption = given.redemption()?;
    let view = app
        .blocking(move |app| {
            let enrolled = enrolment::redeem(app, redemption)?;
            Ok::<_, Problem>(EnrolledView::new(app, enrolled))
        })
        .await?;
    Ok((StatusCode::CREATED, Json(view)))
}

/// Lists devices in the order of their enrolment.
#[utoipa::path(get, path = "/devices", tag = "devices", security(("session" = [])), params(DeviceQuery),
    responses((status = 200, body = Page<DeviceView>), Problems))]
async fn list(
    State(app): State<App>,
    signed_in: SignedIn,
    Params(query): Params<DeviceQuery>,
) -> Result<Json<Page<DeviceView>>, Problem> {
    let keeper = signed_in.require_any(KEEPERS).is_ok();
    let whose = if keeper {
        query.person
    } else if query.person.is_none_or(|person| person == signed_in.person) {
        Some(signed_in.person)
    } else {
        return Err(Problem::NotAllowed { needed: KEEPERS.to_vec() });
    };
    let wanted = Wanted::<(Moment, DeviceId)>::new(query.after.as_deref(), query.limit)?;
    let page = app
        .read(move |tx| {
            let reach = if keeper { Some(reach::organisations(tx, &signed_in, KEEPERS)?) } else { None };
            let rows = device::page(tx, whose, reach.as_ref(), wanted.after.as_ref(), wanted.read_limit())?;
            let page = wanted.page(rows, |row| (row.enrolled_at, row.id));
            let orders = page.items.iter().map(|row| wipe_order::find(tx, row.id));
            let mut orders = orders.collect::<Result<Vec<_>, _>>()?.into_iter();
            Ok::<_, Problem>(page.map(|row| DeviceView::with_order(row, orders.next().flatten())))
        })
        .await?;
    Ok(Json(page))
}

/// Lists the frames by which a device contradicts itself, the oldest first. The other side of each is in
/// the log. For who manages the work of its owner.
#[utoipa::path(get, path = "/devices/{id}/contradictions", tag = "devices", security(("session" = [])),
    params(("id" = String, Path)), responses((status = 200, body = Vec<ContradictionView>), Problems))]
async fn list_contradictions(
    State(app): State<App>,
    signed_in: SignedIn,
    PathId(id): PathId<DeviceId>,
) -> Result<Json<Vec<ContradictionView>>, Problem> {
    signed_in.require_any(KEEPERS)?;
    let found = app
        .read(move |tx| {
            let not_there = Problem::NotFound { what: "device" };
            let Some(device) = device::find(tx, id)? else { return Err(not_there) };
            if !reach::looks_after(tx, &signed_in, device.person, KEEPERS)? {
                return Err(not_there);
            }
            Ok(frame_conflict::of_device(tx, id)?)
        })
        .await?;
    Ok(Json(found.into_iter().map(ContradictionView::from).collect()))
}

/// Orders that a phone be wiped. It first hands in everything that it has, which is held; a device that is
/// active counts as lost from now on.
#[utoipa::path(post, path = "/devices/{id}/wipe", tag = "devices", security(("session" = [])),
    params(("id" = String, Path)), request_body = NewWipe,
    responses((status = 200, body = DeviceView), Problems))]
async fn order_wipe(
    State(app): State<App>,
    signed_in: SignedIn,
    PathId(id): PathId<DeviceId>,
    Body(given): Body<NewWipe>,
) -> Result<Json<DeviceView>, Problem> {
    signed_in.require_any(KEEPERS)?;
    let now = app.now();
    let reason = given.reason()?;
    let view = app
        .write(move |tx| {
            let found = looked_after(tx, &signed_in, id)?;
            if found.state == DeviceState::Active {
                device::set_state(tx, id, DeviceState::Lost, now)?;
            }
            wipe_order::insert(tx, id, Some(signed_in.person), &reason, now)?;
            seen(tx, id)
        })
        .await?;
    Ok(Json(view))
}

/// Takes the order back, as long as the phone has not followed it.
#[utoipa::path(delete, path = "/devices/{id}/wipe", tag = "devices", security(("session" = [])),
    params(("id" = String, Path)), responses((status = 200, body = DeviceView), Problems))]
async fn take_wipe_back(
    State(app): State<App>,
    signed_in: SignedIn,
    PathId(id): PathId<DeviceId>,
) -> Result<Json<DeviceView>, Problem> {
    signed_in.require_any(KEEPERS)?;
    let view = app
        .write(move |tx| {
            looked_after(tx, &signed_in, id)?;
            if wipe_order::take_back(tx, id)? {
                seen(tx, id)
            } else {
                Err(Problem::NotFound { what: "wipe_order" })
            }
        })
        .await?;
    Ok(Json(view))
}

/// A device of somebody whom a keeper looks after. Unknown and unseen are the same.
fn looked_after(tx: &Tx, keeper: &SignedIn, id: DeviceId) -> Result<Device, Problem> {
    let not_there = Problem::NotFound { what: "device" };
    let Some(found) = device::find(tx, id)? else { return Err(not_there) };
    if reach::looks_after(tx, keeper, found.person, KEEPERS)? { Ok(found) } else { Err(not_there) }
}

fn seen(tx: &Tx, id: DeviceId) -> Result<DeviceView, Problem> {
    let found = device::find(tx, id)?.ok_or(Problem::NotFound { what: "device" })?;
    Ok(DeviceView::with_order(found, wipe_order::find(tx, id)?))
}

/// Says what has become of a device. Its owner may report it lost or held by a court; only keepers
/// take it back or revoke it, and revoked is for good.
#[utoipa::path(put, path = "/devices/{id}/state", tag = "devices", security(("session" = [])),
    params(("id" = String, Path)), request_body = StateChange,
    responses((status = 200, body = DeviceView), Problems))]
async fn change_state(
    State(app): State<App>,
    signed_in: SignedIn,
    PathId(id): PathId<DeviceId>,
    Body(change): Body<StateChange>,
) -> Result<Json<DeviceView>, Problem> {
    let now = app.now();
    let keeper = signed_in.require_any(KEEPERS).is_ok();
    let changed = app
        .write(move |tx| {
            let found = device::find(tx, id)?.ok_or(Problem::NotFound { what: "device" })?;
            let kept = keeper && reach::sees(tx, &signed_in, found.person, KEEPERS)?;
            if !kept && found.person != signed_in.person {
                return Err(Problem::NotFound { what: "device" });
            }
            if matches!(change.state, DeviceState::Active | DeviceState::Frozen | DeviceState::Revoked) {
                signed_in.require_any(KEEPERS)?;
                if !reach::looks_after(tx, &signed_in, found.person, KEEPERS)? {
                    return Err(Problem::NotAllowed { needed: KEEPERS.to_vec() });
                }
            }
            if found.state == DeviceState::Frozen && (!kept || found.person == signed_in.person) {
                // Whoever carries it has no say in what is found out about it.
                return Err(Problem::NotAllowed { needed: KEEPERS.to_vec() });
            }
            if found.state == DeviceState::Revoked && change.state != DeviceState::Revoked {
                return Err(Problem::field("state", "revoked_for_good"));
            }
            device::set_state(tx, id, change.state, now)?;
            device::find(tx, id)?.ok_or(Problem::NotFound { what: "device" })
        })
        .await?;
    Ok(Json(changed.into()))
}
