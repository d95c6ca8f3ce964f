//! 案件 cases, and who is related to them.

mod view;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use tingfang_core::case::{Case, CaseKind, CaseStatus};
use tingfang_core::id::{CaseId, OrganisationId, PersonId, UndertakerId};
use tingfang_core::people::{RelationGround, Role};
use tingfang_core::policy::{Fact, Visibility};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::extract::{Body, Params, PathId};
use super::page::{Page, Wanted};
use super::schema::{self, Problems};
use crate::app::App;
use crate::case_access::{is_open_to, require_say, secret_keepers};
use crate::db::Tx;
use crate::identity::SignedIn;
use crate::planning;
use crate::problem::Problem;
use crate::store::legal_case::CaseFilter;
use crate::store::{case_relation, legal_case, person};

pub use view::{CaseUndertakerView, CaseView};

/// Who sees the cases of their organisation.
pub(super) fn readers() -> &'static [Role] {
    Visibility::shipped().readers(Fact::Case)
}

/// Who sees the recipients' names.
fn staff() -> &'static [Role] {
    Visibility::shipped().readers(Fact::RecipientName)
}

/// Which cases are wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct CaseQuery {
    /// Cases of this kind.
    #[param(schema_with = schema::case_kind, required = false)]
    kind: Option<CaseKind>,
    /// Cases that stand so at the centre.
    #[param(schema_with = schema::case_status, required = false)]
    status: Option<CaseStatus>,
    /// Cases of this undertaker.
    #[param(schema_with = schema::id, required = false)]
    undertaker: Option<UndertakerId>,
    /// Cases of this organisation.
    #[param(schema_with = schema::id, required = false)]
    organisation: Option<OrganisationId>,
    /// A part of a number or of the cause.
    search: Option<String>,
    /// `next` of the page before.
    after: Option<String>,
    /// How many rows, 1 to 200.
    limit: Option<u32>,
}

/// A declared relation of a person to a case.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RelationView {
    /// Who.
    #[schema(schema_with = schema::id)]
    person: PersonId,
    /// Why.
    #[schema(schema_with = schema::relation_ground)]
    ground: RelationGround,
}

/// The routes of cases.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(show))
        .routes(routes!(relations, declare_relation))
}

/// Lists the cases of one's organisations by number.
#[utoipa::path(get, path = "/cases", tag = "cases", security(("session" = [])), params(CaseQuery),
    responses((status = 200, body = Page<CaseView>), Problems))]
async fn list(
    State(app): State<App>,
    signed_in: SignedIn,
    Params(query): Params<CaseQuery>,
) -> Result<Json<Page<CaseView>>, Problem> {
    let mut organisations = signed_in.organisations_as(readers())?;
    if let Some(organisation) = query.organisation {
        organisations.retain(|mine| *mine == organisation);
    }
    let filter = CaseFilter {
        organisations: Some(organisations),
        kind: query.kind,
        status: query.status,
        undertaker: query.undertaker,
        search: query.search,
    };
    let wanted = Wanted::<(String, CaseId)>::new(query.after.as_deref(), query.limit)?;
    let page = app
        .read(move |tx| {
            let page = wanted.visible_page(
                |after, limit| legal_case::page(tx, &filter, after, limit),
                |row| (row.case_no.clone(), row.id),
                |row| {
                    let is_found = is_found_by_what_is_shown(&filter, &row);
                    let is_there = is_found || !row.flags.secret || keeps_secrets(&signed_in, &row);
                    Ok(is_there.then_some(row))
                },
            )?;
            page.try_map(|case| shaped(tx, &signed_in, case))
        })
        .await?;
    Ok(Json(page))
}

/// Shows one case.
#[utoipa::path(get, path = "/cases/{id}", tag = "cases", security(("session" = [])),
    params(("id" = String, Path)), responses((status = 200, body = CaseView), Problems))]
async fn show(
    State(app): State<App>,
    signed_in: SignedIn,
    PathId(id): PathId<CaseId>,
) -> Result<Json<CaseView>, Problem> {
    signed_in.require_any(readers())?;
    let view = app
        .read(move |tx| {
            let case = visible(tx, &signed_in, id)?;
            shaped(tx, &signed_in, case)
        })
        .await?;
    Ok(Json(view))
}

/// Lists who is related to a case by declaration.
#[utoipa::path(get, path = "/cases/{id}/relations", tag = "cases", security(("session" = [])),
    params(("id" = String, Path)), responses((status = 200, body = Vec<RelationView>), Problems))]
async fn relations(
    State(app): State<App>,
    signed_in: SignedIn,
    PathId(id): PathId<CaseId>,
) -> Result<Json<Vec<RelationView>>, Problem> {
    signed_in.require(Role::Manager)?;
    let found = app
        .read(move |tx| {
            visible(tx, &signed_in, id)?;
            require_say(tx, &signed_in, [id])?;
            Ok::<_, Problem>(case_relation::of_case(tx, id)?)
        })
        .await?;
    Ok(Json(found.into_iter().map(|(person, ground)| RelationView { person, ground }).collect()))
}

/// Declares that a person is related to a case. From then on they neither supervise nor assess it,
/// and their part in what is still to be done about it ends.
#[utoipa::path(post, path = "/cases/{id}/relations", tag = "cases", security(("session" = [])),
    params(("id" = String, Path)), request_body = RelationView,
    responses((status = 201, body = RelationView), Problems))]
async fn declare_relation(
    State(app): State<App>,
    signed_in: SignedIn,
    PathId(id): PathId<CaseId>,
    Body(given): Body<RelationView>,
) -> Result<(StatusCode, Json<RelationView>), Problem> {
    signed_in.require(Role::Manager)?;
    let now = app.now();
    app.write(move |tx| {
        let case = visible(tx, &signed_in, id)?;
        signed_in.require_in(case.organisation, &[Role::Manager])?;
        // Of oneself one says it also when one has said it before.
        if given.person != signed_in.person {
            require_say(tx, &signed_in, [id])?;
        }
        person::find(tx, given.person)?.ok_or(Problem::NotFound { what: "person" })?;
        let by = Some(signed_in.person);
        case_relation::declare(tx, id, given.person, given.ground, by, now)?;
        planning::avoid(tx, id, given.person)
    })
    .await?;
    Ok((StatusCode::CREATED, Json(given)))
}

/// The case, when this person may know of it. Unseen and unknown are the same.
pub(super) fn visible(tx: &Tx, signed_in: &SignedIn, id: CaseId) -> Result<Case, Problem> {
    legal_case::find(tx, id)?
        .filter(|case| signed_in.require_in(case.organisation, readers()).is_ok())
        .ok_or(Problem::NotFound { what: "case" })
}

/// The same for whoever what is about the case is there for.
pub(super) fn visible_to_outsiders(
    tx: &Tx,
    signed_in: &SignedIn,
    id: CaseId,
    roles: &[Role],
) -> Result<Case, Problem> {
    let case = visible(tx, signed_in, id)?;
    signed_in.require_in(case.organisation, roles)?;
    if is_open_to(tx, signed_in, id)? { Ok(case) } else { Err(Problem::NotFound { what: "case" }) }
}

/// Whether a case is found by what the list says of it when it is secret. One that is found by its cause or its
/// undertaker says what it is.
fn is_found_by_what_is_shown(filter: &CaseFilter, case: &Case) -> bool {
    let is_in_number = |text: &String| case.case_no.to_lowercase().contains(&text.trim().to_lowercase());
    filter.undertaker.is_none() && filter.search.as_ref().is_none_or(is_in_number)
}

fn keeps_secrets(signed_in: &SignedIn, case: &Case) -> bool {
    signed_in.require_in(case.organisation, secret_keepers()).is_ok()
}

fn shaped(tx: &Tx, signed_in: &SignedIn, case: Case) -> Result<CaseView, Problem> {
    let staff = signed_in.require_in(case.organisation, staff()).is_ok();
    let keeper = keeps_secrets(signed_in, &case);
    let mut view = CaseView::new(tx, case)?;
    if !staff {
        view.hide_recipients();
    }
    if view.flags.secret && !keeper {
        view.hide_everything_but_number();
    }
    Ok(view)
}
