//! 开庭 hearings, with the legal gate's answer.

mod view;

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use tingfang_core::case::{Case, Hearing, HearingState};
use tingfang_core::clock::Moment;
use tingfang_core::id::{CaseId, HearingId};
use tingfang_core::people::Role;
use tingfang_core::policy::{Fact, Visibility};
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::extract::{Params, PathId};
use super::page::{Page, Wanted};
use super::schema::{self, Problems};
use crate::app::App;
use crate::case_access::secret_keepers;
use crate::db::Tx;
use crate::identity::SignedIn;
use crate::problem::Problem;
use crate::store::hearing::{self, HearingFilter};
use crate::store::legal_case;

pub use view::{GateView, HearingView, RefusalView};

/// Who sees the hearings of their organisation's cases. Undertakers learn nothing of plans here.
fn readers() -> &'static [Role] {
    Visibility::shipped().readers(Fact::Hearing)
}

/// Which hearings are wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct HearingQuery {
    /// Hearings of this case.
    #[param(schema_with = schema::id, required = false)]
    case: Option<CaseId>,
    /// Hearings that begin at this moment or later.
    #[param(schema_with = schema::moment, required = false)]
    from: Option<Moment>,
    /// Hearings that begin before this moment.
    #[param(schema_with = schema::moment, required = false)]
    until: Option<Moment>,
    /// Hearings that stand so.
    #[param(schema_with = schema::hearing_state, required = false)]
    state: Option<HearingState>,
    /// `next` of the page before.
    after: Option<String>,
    /// How many rows, 1 to 200.
    limit: Option<u32>,
}

/// The routes of hearings.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(show))
}

/// Lists the hearings of one's organisations by time, each with the legal gate's answer.
#[utoipa::path(get, path = "/hearings", tag = "hearings", security(("session" = [])), params(HearingQuery),
    responses((status = 200, body = Page<HearingView>), Problems))]
async fn list(
    State(app): State<App>,
    signed_in: SignedIn,
    Params(query): Params<HearingQuery>,
) -> Result<Json<Page<HearingView>>, Problem> {
    let filter = HearingFilter {
        organisations: Some(signed_in.organisations_as(readers())?),
        case: query.case,
        from: query.from,
        until: query.until,
        state: query.state,
    };
    let wanted = Wanted::<(Moment, HearingId)>::new(query.after.as_deref(), query.limit)?;
    let now = app.now();
    let page = app
        .read(move |tx| {
            wanted.visible_page(
                |after, limit| Ok(hearing::page(tx, &filter, after, limit)?),
                |row| (row.starts_at, row.id),
                |row| {
                    let case = case_of(tx, &signed_in, &row)?;
                    Ok::<_, Problem>(case.map(|case| HearingView::new(row, &case, now)))
                },
            )
        })
        .await?;
    Ok(Json(page))
}

/// Shows one hearing with the legal gate's answer.
#[utoipa::path(get, path = "/hearings/{id}", tag = "hearings", security(("session" = [])),
    params(("id" = String, Path)), responses((status = 200, body = HearingView), Problems))]
async fn show(
    State(app): State<App>,
    signed_in: SignedIn,
    PathId(id): PathId<HearingId>,
) -> Result<Json<HearingView>, Problem> {
    signed_in.require_any(readers())?;
    let now = app.now();
    let view = app
        .read(move |tx| {
            let found = hearing::find(tx, id)?.ok_or(Problem::NotFound { what: "hearing" })?;
            let case = case_of(tx, &signed_in, &found)?.ok_or(Problem::NotFound { what: "hearing" })?;
            Ok::<_, Problem>(HearingView::new(found, &case, now))
        })
        .await?;
    Ok(Json(view))
}

/// The case of a hearing that somebody may see. That of a secret case is there for who keeps it alone: court and time
/// say what it is.
fn case_of(tx: &Tx, signed_in: &SignedIn, hearing: &Hearing) -> Result<Option<Case>, Problem> {
    let sees = |case: &Case| {
        let readers = if case.flags.secret { secret_keepers() } else { readers() };
        signed_in.require_in(case.organisation, readers).is_ok()
    };
    Ok(legal_case::find(tx, hearing.case)?.filter(sees))
}
