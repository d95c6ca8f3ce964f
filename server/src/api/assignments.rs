//! Assignments: who is to make which record about what.

mod view;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use tingfang_core::clock::Moment;
use tingfang_core::id::AssignmentId;
use tingfang_core::people::task::TaskState;
use tingfang_core::people::{AssignmentKind, Role};
use tingfang_core::policy::{Fact, Visibility};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::extract::{Body, Params, PathId};
use super::grades::Reason;
use super::page::{Page, Wanted};
use super::schema::{self, Problems};
use crate::app::App;
use crate::case_access::{is_all_open_to, require_say};
use crate::db::Tx;
use crate::identity::SignedIn;
use crate::planning::{self, task};
use crate::problem::Problem;
use crate::store::{assignment, hearing, legal_case};

pub use view::{AssignmentView, MemberView, MembersWish, NewAssignmentView, SubjectView};

/// Who sees the assignments of their organisation. They are hidden from undertakers and providers.
fn readers() -> &'static [Role] {
    Visibility::shipped().readers(Fact::Plan)
}

/// Which assignments are wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AssignmentQuery {
    /// Assignments of this kind.
    #[param(schema_with = schema::assignment_kind, required = false)]
    kind: Option<AssignmentKind>,
    /// Assignments that stand so.
    #[param(schema_with = schema::task_state, required = false)]
    state: Option<TaskState>,
    /// `next` of the page before.
    after: Option<String>,
    /// How many rows, 1 to 200.
    limit: Option<u32>,
}

/// Until when something is put off.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DueDate {
    /// When it should be done.
    #[schema(schema_with = schema::moment)]
    due_at: Moment,
}

/// The routes of assignments.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(show))
        .routes(routes!(set_members))
        .routes(routes!(put_off))
        .routes(routes!(cancel))
}

/// Lists the assignments of one's organisations, the oldest first.
#[utoipa::path(get, path = "/assignments", tag = "assignments", security(("session" = [])),
    params(AssignmentQuery), responses((status = 200, body = Page<AssignmentView>), Problems))]
async fn list(
    State(app): State<App>,
    signed_in: SignedIn,
    Params(query): Params<AssignmentQuery>,
) -> Result<Json<Page<AssignmentView>>, Problem> {
    let places = signed_in.organisations_as(readers())?;
    let wanted = Wanted::<AssignmentId>::new(query.after.as_deref(), query.limit)?;
    let page = app
        .read(move |tx| {
            let page = wanted.visible_page(
                |after, limit| assignment::page(tx, &places, query.kind, query.state, after.copied(), limit),
                |row| row.assignment.id,
                |row| Ok(is_all_open_to(tx, &signed_in, &row.assignment)?.then_some(row)),
            )?;
            page.try_map(|row| Ok::<_, Problem>(AssignmentView::new(task::build(tx, &row)?, &row)))
        })
        .await?;
    Ok(Json(page))
}

/// Shows one assignment.
#[utoipa::path(get, path = "/assignments/{id}", tag = "assignments", security(("session" = [])),
    params(("id" = String, Path)), responses((status = 200, body = AssignmentView), Problems))]
async fn show(
    State(app): State<App>,
    signed_in: SignedIn,
    PathId(id): PathId<AssignmentId>,
) -> Result<Json<AssignmentView>, Problem> {
    signed_in.require_any(readers())?;
    let view = app
        .read(move |tx| {
            let kept = of_ones_own(tx, &signed_in, id)?;
            if !is_all_open_to(tx, &signed_in, &kept.assignment)? {
                return Err(Problem::NotFound { what: "assignment" });
            }
            Ok::<_, Problem>(AssignmentView::new(task::build(tx, &kept)?, &kept))
        })
        .await?;
    Ok(Json(view))
}

/// Assigns work, when neither the law nor a relation stands in the way.
#[utoipa::path(post, path = "/assignments", tag = "assignments", security(("session" = [])),
    request_body = NewAssignmentView, responses((status = 201, body = AssignmentView), Problems))]
async fn create(
    State(app): State<App>,
    signed_in: SignedIn,
    Body(given): Body<NewAssignmentView>,
) -> Result<(StatusCode, Json<AssignmentView>), Problem> {
    signed_in.require(Role::Manager)?;
    let (id, now) = (app.minter.mint(), app.now());
    let view = app
        .write(move |tx| {
            let organisation = given.organisation(tx)?;
            // An organisation where this person manages nothing is as unknown as one that is not.
            signed_in
                .require_in(organisation, &[Role::Manager])
                .map_err(|_| Problem::NotFound { what: given.named() })?;
            let wish = given.wish(id, organisation, signed_in.person);
            let heard = wish.hearing.map(|id| hearing::find(tx, id)).transpose()?.flatten();
            let cases = wish.subjects.iter().map(|subject| subject.case);
            require_say(tx, &signed_in, cases.chain(heard.map(|hearing| hearing.case)))?;
            let kept = planning::assign(tx, wish, now)?;
            Ok::<_, Problem>(AssignmentView::new(task::build(tx, &kept)?, &kept))
        })
        .await?;
    Ok((StatusCode::CREATED, Json(view)))
}

/// Sets who takes part, as what. Who is left out loses the task and its shared records from then on;
/// what they have sent stays.
#[utoipa::path(put, path = "/assignments/{id}/members", tag = "assignments", security(("session" = [])),
    params(("id" = String, Path)), request_body = MembersWish,
    responses((status = 200, body = AssignmentView), Problems))]
async fn set_members(
    State(app): State<App>,
    signed_in: SignedIn,
    PathId(id): PathId<AssignmentId>,
    Body(given): Body<MembersWish>,
) -> Result<Json<AssignmentView>, Problem> {
    change(app, signed_in, id, move |tx| planning::set_members(tx, id, given.members())).await
}

/// Puts off what is not due yet.
#[utoipa::path(put, path = "/assignments/{id}/due-date", tag = "assignments", security(("session" = [])),
    params(("id" = String, Path)), request_body = DueDate,
    responses((status = 200, body = AssignmentView), Problems))]
async fn put_off(
    State(app): State<App>,
    signed_in: SignedIn,
    PathId(id): PathId<AssignmentId>,
    Body(given): Body<DueDate>,
) -> Result<Json<AssignmentView>, Problem> {
    let now = app.now();
    change(app, signed_in, id, move |tx| planning::put_off(tx, id, given.due_at, now)).await
}

/// Calls an assignment off, with a reason.
#[utoipa::path(post, path = "/assignments/{id}/cancel", tag = "assignments", security(("session" = [])),
    params(("id" = String, Path)), request_body = Reason,
    responses((status = 200, body = AssignmentView), Problems))]
async fn cancel(
    State(app): State<App>,
    signed_in: SignedIn,
    PathId(id): PathId<AssignmentId>,
    Body(given): Body<Reason>,
) -> Result<Json<AssignmentView>, Problem> {
    change(app, signed_in, id, move |tx| planning::cancel(tx, id, &given.reason)).await
}

/// An assignment of an organisation whose plans this person sees. Unknown and unseen are the same.
fn of_ones_own(tx: &Tx, signed_in: &SignedIn, id: AssignmentId) -> Result<assignment::Kept, Problem> {
    assignment::find(tx, id)?
        .filter(|kept| signed_in.require_in(kept.assignment.organisation, readers()).is_ok())
        .ok_or(Problem::NotFound { what: "assignment" })
}

/// Changes an assignment that this person manages.
async fn change(
    app: App,
    signed_in: SignedIn,
    id: AssignmentId,
    mut act: impl FnMut(&Tx) -> Result<assignment::Kept, Problem> + Send + 'static,
) -> Result<Json<AssignmentView>, Problem> {
    let view = app
        .write(move |tx| {
            let kept = of_ones_own(tx, &signed_in, id)?;
            signed_in.require_in(kept.assignment.organisation, &[Role::Manager])?;
            require_say(tx, &signed_in, kept.assignment.subjects.iter().map(|subject| subject.case))?;
            let kept = act(tx)?;
            Ok::<_, Problem>(AssignmentView::new(task::build(tx, &kept)?, &kept))
        })
        .await?;
    Ok(Json(view))
}

/// The organisation of a case, for a wish that names none.
fn organisation_of(
    tx: &Tx,
    case: tingfang_core::id::CaseId,
) -> Result<tingfang_core::id::OrganisationId, Problem> {
    Ok(legal_case::find(tx, case)?.ok_or(Problem::NotFound { what: "case" })?.organisation)
}
