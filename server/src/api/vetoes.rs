//! 一票否决 vetoes: who ruled what on which case. An allegation counts from the record that makes it
//! and is shown with the grade; here are the rulings.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use tingfang_core::clock::Moment;
use tingfang_core::grading::VetoState;
use tingfang_core::id::{
    CaseId, DocumentId, EntryId, OrganisationId, PersonId, RulingId, UndertakerId, VetoId,
};
use tingfang_core::people::{Role, Subject};
use tingfang_core::record::scoresheet::VetoCode;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::extract::{Body, Params};
use super::page::{Page, Wanted};
use super::rounds::readers;
use super::schema::{self, Problems};
use crate::app::App;
use crate::case_access::is_open_to;
use crate::db::Tx;
use crate::grading::{self, Actor, NewRuling, RuledOn};
use crate::identity::SignedIn;
use crate::problem::Problem;
use crate::store::{legal_case, veto};

/// A ruling on a veto.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RulingWish {
    /// The case.
    #[schema(schema_with = schema::id)]
    case: CaseId,
    /// The undertaker.
    #[schema(schema_with = schema::id)]
    undertaker: UndertakerId,
    /// `VETO-01` to `VETO-06`.
    #[schema(schema_with = schema::veto)]
    code: VetoCode,
    /// How it stands from now on.
    #[schema(schema_with = schema::veto_state)]
    state: VetoState,
    /// The veto whose history it continues, by the id that an earlier ruling gave. May be left out:
    /// then `alleged` raises a new veto, and another state means the one veto of this code that
    /// waits for a ruling.
    #[schema(schema_with = schema::id, required = false)]
    veto: Option<VetoId>,
    /// Instead of a veto: the record whose allegation it answers.
    #[schema(schema_with = schema::id, required = false)]
    document: Option<DocumentId>,
    /// The entry in the record.
    #[schema(schema_with = schema::id, required = false)]
    entry: Option<EntryId>,
    /// In words.
    ground: String,
}

/// Which rulings are wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct VetoQuery {
    /// Rulings on this case.
    #[param(schema_with = schema::id, required = false)]
    case: Option<CaseId>,
    /// The history of this veto.
    #[param(schema_with = schema::id, required = false)]
    veto: Option<VetoId>,
    /// `next` of the page before.
    after: Option<String>,
    /// How many rows, 1 to 200.
    limit: Option<u32>,
}

/// A ruling as it stands in the ledger.
#[derive(Debug, Serialize, ToSchema)]
pub struct RulingView {
    /// The ruling.
    #[schema(schema_with = schema::id)]
    pub id: RulingId,
    /// The veto; every ruling on it names the same.
    #[schema(schema_with = schema::id)]
    pub veto: VetoId,
    /// The case.
    #[schema(schema_with = schema::id)]
    pub case: CaseId,
    /// The undertaker.
    #[schema(schema_with = schema::id)]
    pub undertaker: UndertakerId,
    /// Which veto.
    #[schema(schema_with = schema::veto)]
    pub code: VetoCode,
    /// How it stands by this ruling.
    #[schema(schema_with = schema::veto_state)]
    pub state: VetoState,
    /// The record whose allegation it answers.
    #[schema(schema_with = schema::id, required = false)]
    pub document: Option<DocumentId>,
    /// The entry in the record.
    #[schema(schema_with = schema::id, required = false)]
    pub entry: Option<EntryId>,
    /// In words.
    pub ground: String,
    /// Who ruled.
    #[schema(schema_with = schema::id)]
    pub ruled_by: PersonId,
    /// When.
    #[schema(schema_with = schema::moment)]
    pub ruled_at: Moment,
}

/// The routes of vetoes.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list, rule))
}

/// Lists the rulings on vetoes in one's organisations, the oldest first.
#[utoipa::path(get, path = "/vetoes", tag = "vetoes", security(("session" = [])), params(VetoQuery),
    responses((status = 200, body = Page<RulingView>), Problems))]
async fn list(
    State(app): State<App>,
    signed_in: SignedIn,
    Params(query): Params<VetoQuery>,
) -> Result<Json<Page<RulingView>>, Problem> {
    let organisations = signed_in.organisations_as(readers())?;
    let wanted = Wanted::<RulingId>::new(query.after.as_deref(), query.limit)?;
    let page = app
        .read(move |tx| {
            wanted.visible_page(
                |after, limit| veto::page(tx, &organisations, query.case, query.veto, after.copied(), limit),
                |row| row.ruling.ruling,
                |row| Ok(is_open_to(tx, &signed_in, row.case)?.then_some(row)),
            )
        })
        .await?;
    Ok(Json(page.map(RulingView::from)))
}

/// Rules on a veto: a manager may raise or examine one, only a director verifies or rejects it.
#[utoipa::path(post, path = "/vetoes", tag = "vetoes", security(("session" = [])),
    request_body = RulingWish, responses((status = 201, body = RulingView), Problems))]
async fn rule(
    State(app): State<App>,
    signed_in: SignedIn,
    Body(given): Body<RulingWish>,
) -> Result<(StatusCode, Json<RulingView>), Problem> {
    let roles: &[Role] =
        if given.state.is_pending() { &[Role::Manager, Role::Director] } else { &[Role::Director] };
    signed_in.require_any(roles)?;
    let (id, fresh) = (app.minter.mint(), app.minter.mint());
    let actor = Actor { person: signed_in.person, at: app.now() };
    let view = app
        .write(move |tx| {
            signed_in.require_in(organisation_of(tx, &signed_in, given.case)?, roles)?;
            let on = match (given.veto, given.document) {
                (Some(_), Some(_)) => return Err(Problem::field("veto", "twice")),
                (Some(veto), None) => RuledOn::Veto(veto),
                (None, Some(document)) => RuledOn::Allegation { document, entry: given.entry },
                (None, None) => RuledOn::Unsaid,
            };
            let wish = NewRuling {
                id,
                fresh,
                subject: Subject { case: given.case, undertaker: given.undertaker },
                code: given.code,
                state: given.state,
                on,
                ground: given.ground.clone(),
            };
            let kept = grading::rule_on_veto(tx, wish, actor)?;
            Ok::<_, Problem>(RulingView::from(kept))
        })
        .await?;
    Ok((StatusCode::CREATED, Json(view)))
}

/// The organisation of a case that this person may know of. Unknown and unseen are the same.
fn organisation_of(tx: &Tx, signed_in: &SignedIn, case: CaseId) -> Result<OrganisationId, Problem> {
    legal_case::find(tx, case)?
        .map(|case| case.organisation)
        .filter(|organisation| signed_in.require_in(*organisation, readers()).is_ok())
        .ok_or(Problem::NotFound { what: "case" })
}

impl From<veto::Kept> for RulingView {
    fn from(kept: veto::Kept) -> Self {
        let ruling = kept.ruling;
        Self {
            id: ruling.ruling,
            veto: ruling.veto,
            case: kept.case,
            undertaker: kept.undertaker,
            code: ruling.code,
            state: ruling.state,
            document: ruling.answers.map(|answers| answers.document),
            entry: ruling.answers.and_then(|answers| answers.entry),
            ground: ruling.ground,
            ruled_by: kept.ruled_by,
            ruled_at: ruling.ruled_at,
        }
    }
}
