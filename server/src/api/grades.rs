//! 等次 grades: propose, tell, finalise, supersede; each explained down to its records.

mod view;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use jiff::civil::Date;
use serde::Deserialize;
use tingfang_core::grading::View;
use tingfang_core::id::{CaseId, DecisionId, DocumentId, PersonId, RoundId, UndertakerId};
use tingfang_core::people::Role;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::extract::{Body, Params, PathId};
use super::page::{Page, Wanted};
use super::rounds::{readers, visible};
use super::schema::{self, Problems};
use crate::app::App;
use crate::case_access::is_open_to;
use crate::db::Tx;
use crate::grading::{self, Actor, NewSpotCheck, Statement};
use crate::identity::SignedIn;
use crate::problem::Problem;
use crate::store::{decision, round};

pub use view::{GradeRowView, GradeView, SpotCheckView, SubsidyLineView, VetoView};

/// A case to be graded.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Proposal {
    /// The case.
    #[schema(schema_with = schema::id)]
    case: CaseId,
    /// Whose work; may be left out where the round has one undertaker in the case.
    #[schema(schema_with = schema::id, required = false)]
    undertaker: Option<UndertakerId>,
}

/// What the undertaker said, and what the centre answers.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RepresentationAnswer {
    /// What the undertaker said by word of mouth or on paper.
    statement: Option<String>,
    /// The sealed response in which the undertaker said it, in the place of `statement`.
    #[schema(schema_with = schema::id, required = false)]
    response: Option<DocumentId>,
    /// What the centre answers.
    answer: String,
}

/// Why a final grade is taken back.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Reason {
    /// In words.
    pub(super) reason: String,
}

/// Nothing more is asked.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Nothing {}

/// A check on the spot.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SpotCheckWish {
    /// Who went; who enters it when left out.
    #[schema(schema_with = schema::id, required = false)]
    checked_by: Option<PersonId>,
    /// On which day.
    #[schema(schema_with = schema::date)]
    checked_on: Date,
    /// Where: the provider, the court, the recipient's home.
    place: String,
    /// What was found.
    finding: String,
}

/// Which grades are wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct GradeQuery {
    /// Grades of this round.
    #[param(schema_with = schema::id, required = false)]
    round: Option<RoundId>,
    /// `next` of the page before.
    after: Option<String>,
    /// How many rows, 1 to 200.
    limit: Option<u32>,
}

/// For whom a grade is explained.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ViewQuery {
    /// `full`, `undertaker` or `public`; `full` when left out.
    #[param(value_type = Option<String>)]
    view: Option<View>,
}

/// The routes of grades.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(propose))
        .routes(routes!(list))
        .routes(routes!(show))
        .routes(routes!(send_to_re_review))
        .routes(routes!(check_on_the_spot))
        .routes(routes!(tell_undertaker))
        .routes(routes!(answer_representation))
        .routes(routes!(finalise))
        .routes(routes!(supersede))
}

/// Proposes a grade from what is sealed.
#[utoipa::path(post, path = "/rounds/{id}/grades", tag = "grades", security(("session" = [])),
    params(("id" = String, Path)), request_body = Proposal,
    responses((status = 201, body = GradeView), Problems))]
async fn propose(
    State(app): State<App>,
    signed_in: SignedIn,
    PathId(id): PathId<RoundId>,
    Body(given): Body<Proposal>,
) -> Result<(StatusCode, Json<GradeView>), Problem> {
    let (fresh, actor) = (app.minter.mint(), Actor { person: signed_in.person, at: app.now() });
    let view = app
        .write(move |tx| {
            let held = visible(tx, &signed_in, id)?;
            signed_in.require_in(held.organisation, &[Role::Manager])?;
            let subject = round::cases(tx, id)?
                .into_iter()
                .find(|subject| {
                    subject.case == given.case
                        && given.undertaker.is_none_or(|undertaker| undertaker == subject.undertaker)
                })
                .ok_or(Problem::NotFound { what: "case" })?;
            let step = grading::propose(tx, id, subject.case, subject.undertaker, fresh, actor)?;
            Ok::<_, Problem>(GradeView::new(tx, &step, View::Full)?)
        })
        .await?;
    Ok((StatusCode::CREATED, Json(view)))
}

/// Lists grades, the oldest first.
#[utoipa::path(get, path = "/grades", tag = "grades", security(("session" = [])), params(GradeQuery),
    responses((status = 200, body = Page<GradeRowView>), Problems))]
async fn list(
    State(app): State<App>,
    signed_in: SignedIn,
    Params(query): Params<GradeQuery>,
) -> Result<Json<Page<GradeRowView>>, Problem> {
    let places = signed_in.organisations_as(readers())?;
    let wanted = Wanted::<DecisionId>::new(query.after.as_deref(), query.limit)?;
    let page = app
        .read(move |tx| {
            let page = wanted.visible_page(
                |after, limit| decision::page(tx, Some(&places), query.round, after.copied(), limit),
                |row| row.id,
                |row| Ok(is_open_to(tx, &signed_in, row.case)?.then_some(row)),
            )?;
            page.try_map(|row| Ok::<_, Problem>(GradeRowView::new(tx, &row)?))
        })
        .await?;
    Ok(Json(page))
}

/// Shows one grade with its explanation, down to records, devices and times.
#[utoipa::path(get, path = "/grades/{id}", tag = "grades", security(("session" = [])),
    params(("id" = String, Path), ViewQuery), responses((status = 200, body = GradeView), Problems))]
async fn show(
    State(app): State<App>,
    signed_in: SignedIn,
    PathId(id): PathId<DecisionId>,
    Params(query): Params<ViewQuery>,
) -> Result<Json<GradeView>, Problem> {
    signed_in.require_any(readers())?;
    let view = app
        .read(move |tx| {
            let (decision, round) = of_ones_own(tx, &signed_in, id)?;
            if !is_open_to(tx, &signed_in, decision.case)? {
                return Err(Problem::NotFound { what: "grade" });
            }
            let step = grading::Step { decision, round };
            Ok::<_, Problem>(GradeView::new(tx, &step, query.view.unwrap_or(View::Full))?)
        })
        .await?;
    Ok(Json(view))
}

/// Hands a proposed grade to others, who review the case again.
#[utoipa::path(post, path = "/grades/{id}/re-review", tag = "grades", security(("session" = [])),
    params(("id" = String, Path)), request_body = Nothing,
    responses((status = 200, body = GradeView), Problems))]
async fn send_to_re_review(
    State(app): State<App>,
    signed_in: SignedIn,
    PathId(id): PathId<DecisionId>,
    Body(_nothing): Body<Nothing>,
) -> Result<Json<GradeView>, Problem> {
    let actor = Actor { person: signed_in.person, at: app.now() };
    step(app, signed_in, id, Role::Manager, move |tx| grading::send_to_re_review(tx, id, actor)).await
}

/// Keeps a check on the spot. An unqualified grade that rests on points needs one.
#[utoipa::path(post, path = "/grades/{id}/spot-checks", tag = "grades", security(("session" = [])),
    params(("id" = String, Path)), request_body = SpotCheckWish,
    responses((status = 200, body = GradeView), Problems))]
async fn check_on_the_spot(
    State(app): State<App>,
    signed_in: SignedIn,
    PathId(id): PathId<DecisionId>,
    Body(given): Body<SpotCheckWish>,
) -> Result<Json<GradeView>, Problem> {
    let (check, actor) = (app.minter.mint(), Actor { person: signed_in.person, at: app.now() });
    step(app, signed_in, id, Role::Manager, move |tx| {
        let check = NewSpotCheck {
            id: check,
            checked_by: given.checked_by.unwrap_or(actor.person),
            checked_on: given.checked_on,
            place: given.place.clone(),
            finding: given.finding.clone(),
        };
        grading::check_on_the_spot(tx, id, check, actor)
    })
    .await
}

/// Tells the undertaker, who may make a representation.
#[utoipa::path(post, path = "/grades/{id}/representation", tag = "grades", security(("session" = [])),
    params(("id" = String, Path)), request_body = Nothing,
    responses((status = 200, body = GradeView), Problems))]
async fn tell_undertaker(
    State(app): State<App>,
    signed_in: SignedIn,
    PathId(id): PathId<DecisionId>,
    Body(_nothing): Body<Nothing>,
) -> Result<Json<GradeView>, Problem> {
    let actor = Actor { person: signed_in.person, at: app.now() };
    step(app, signed_in, id, Role::Manager, move |tx| grading::tell_undertaker(tx, id, actor)).await
}

/// Keeps what the undertaker said and what the centre answers.
#[utoipa::path(post, path = "/grades/{id}/representation/answer", tag = "grades",
    security(("session" = [])), params(("id" = String, Path)), request_body = RepresentationAnswer,
    responses((status = 200, body = GradeView), Problems))]
async fn answer_representation(
    State(app): State<App>,
    signed_in: SignedIn,
    PathId(id): PathId<DecisionId>,
    Body(given): Body<RepresentationAnswer>,
) -> Result<Json<GradeView>, Problem> {
    let actor = Actor { person: signed_in.person, at: app.now() };
    step(app, signed_in, id, Role::Manager, move |tx| {
        let statement = match (given.statement.clone(), given.response) {
            (Some(words), None) => Statement::TakenDown(words),
            (None, Some(response)) => Statement::Sealed(response),
            (None, None) => return Err(Problem::field("statement", "empty")),
            (Some(_), Some(_)) => return Err(Problem::field("response", "twice")),
        };
        grading::answer_representation(tx, id, statement, given.answer.clone(), actor)
    })
    .await
}

/// Makes a grade final, and writes its subsidy line.
#[utoipa::path(post, path = "/grades/{id}/finalise", tag = "grades", security(("session" = [])),
    params(("id" = String, Path)), request_body = Nothing,
    responses((status = 200, body = GradeView), Problems))]
async fn finalise(
    State(app): State<App>,
    signed_in: SignedIn,
    PathId(id): PathId<DecisionId>,
    Body(_nothing): Body<Nothing>,
) -> Result<Json<GradeView>, Problem> {
    let (line, actor) = (app.minter.mint(), Actor { person: signed_in.person, at: app.now() });
    step(app, signed_in, id, Role::Director, move |tx| grading::finalise(tx, id, line, actor)).await
}

/// Takes a final grade back; its subsidy lines are reversed.
#[utoipa::path(post, path = "/grades/{id}/supersede", tag = "grades", security(("session" = [])),
    params(("id" = String, Path)), request_body = Reason,
    responses((status = 200, body = GradeView), Problems))]
async fn supersede(
    State(app): State<App>,
    signed_in: SignedIn,
    PathId(id): PathId<DecisionId>,
    Body(given): Body<Reason>,
) -> Result<Json<GradeView>, Problem> {
    let (minter, actor) = (app.minter.clone(), Actor { person: signed_in.person, at: app.now() });
    step(app, signed_in, id, Role::Director, move |tx| {
        grading::supersede(tx, id, &given.reason, || minter.mint(), actor)
    })
    .await
}

/// Takes one step of a grade that this person may see, in whose organisation they hold the role.
async fn step(
    app: App,
    signed_in: SignedIn,
    id: DecisionId,
    role: Role,
    mut take: impl FnMut(&Tx) -> Result<grading::Step, Problem> + Send + 'static,
) -> Result<Json<GradeView>, Problem> {
    let actor = Actor { person: signed_in.person, at: app.now() };
    let view = app
        .write(move |tx| {
            let (decision, round) = of_ones_own(tx, &signed_in, id)?;
            signed_in.require_in(round.organisation, &[role])?;
            // Before anything is said of what was sent.
            grading::not_barred(tx, decision.case, actor)?;
            let step = take(tx)?;
            Ok::<_, Problem>(GradeView::new(tx, &step, View::Full)?)
        })
        .await?;
    Ok(Json(view))
}

/// A grade of an organisation whose grades this person sees, with its round. Unknown and unseen are the same.
fn of_ones_own(
    tx: &Tx,
    signed_in: &SignedIn,
    id: DecisionId,
) -> Result<(decision::Kept, round::Kept), Problem> {
    let not_there = || Problem::NotFound { what: "grade" };
    let decision = decision::find(tx, id)?.ok_or_else(not_there)?;
    let round = visible(tx, signed_in, decision.round).map_err(|_| not_there())?;
    Ok((decision, round))
}
