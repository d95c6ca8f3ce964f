//! 通报: what is published of a round, frozen with its numbers in the ledger.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use tingfang_core::clock::Moment;
use tingfang_core::consequence::Remarks;
use tingfang_core::id::{PersonId, RoundId};
use tingfang_core::people::Role;
use tingfang_core::text::Language;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::extract::{Body, PathId};
use super::rounds::{readers, visible};
use super::schema::{self, Problems};
use crate::app::App;
use crate::grading::{self, Actor, Published};
use crate::identity::SignedIn;
use crate::problem::Problem;

/// What a bulletin is to say beside its numbers.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BulletinWish {
    /// Its title.
    title: String,
    /// What was done well.
    #[serde(default)]
    practices: String,
    /// What was found wanting.
    #[serde(default)]
    problems: String,
    /// What is asked for next.
    #[serde(default)]
    demands: String,
}

/// A bulletin.
#[derive(Debug, Serialize, ToSchema)]
pub struct BulletinView {
    /// Its number: that of its entry in the ledger.
    pub number: u64,
    /// All that it says, with its numbers.
    #[schema(value_type = Object)]
    pub bulletin: serde_json::Value,
    /// The same as it is printed, with a checkpoint of the audit log at its foot.
    pub text: String,
    /// The same in English.
    pub text_en: String,
    /// When it was frozen.
    #[schema(schema_with = schema::moment)]
    pub published_at: Moment,
    /// By whom.
    #[schema(schema_with = schema::id)]
    pub published_by: PersonId,
}

/// The routes of bulletins.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(publish)).routes(routes!(show_bulletin))
}

/// Publishes a bulletin on a round: the final grades are counted, by body, and names of recipients, cases and
/// undertakers stay out. What is published does not change any more.
#[utoipa::path(post, path = "/rounds/{id}/bulletins", tag = "rounds", security(("session" = [])),
    params(("id" = String, Path)), request_body = BulletinWish,
    responses((status = 201, body = BulletinView), Problems))]
async fn publish(
    State(app): State<App>,
    signed_in: SignedIn,
    PathId(id): PathId<RoundId>,
    Body(given): Body<BulletinWish>,
) -> Result<(StatusCode, Json<BulletinView>), Problem> {
    let actor = Actor { person: signed_in.person, at: app.now() };
    let view = app
        .write(move |tx| {
            let held = visible(tx, &signed_in, id)?;
            signed_in.require_in(held.organisation, &[Role::Director])?;
            let BulletinWish { title, practices, problems, demands } = given.clone();
            let remarks = Remarks { practices, problems, demands };
            BulletinView::new(grading::publish_bulletin(tx, &held, (&title, remarks), actor)?)
        })
        .await?;
    Ok((StatusCode::CREATED, Json(view)))
}

/// Shows a bulletin.
#[utoipa::path(get, path = "/bulletins/{number}", tag = "rounds", security(("session" = [])),
    params(("number" = u64, Path)), responses((status = 200, body = BulletinView), Problems))]
async fn show_bulletin(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(number): Path<String>,
) -> Result<Json<BulletinView>, Problem> {
    let not_there = || Problem::NotFound { what: "bulletin" };
    let number: u64 = number.parse().map_err(|_| not_there())?;
    let view = app
        .read(move |tx| {
            let found = grading::find_bulletin(tx, number)?;
            let seen = found.filter(|kept| signed_in.require_in(kept.entry.organisation, readers()).is_ok());
            BulletinView::new(seen.ok_or_else(not_there)?)
        })
        .await?;
    Ok(Json(view))
}

impl BulletinView {
    fn new(kept: Published) -> Result<Self, Problem> {
        let bulletin = serde_json::to_value(&kept.bulletin)
            .map_err(|error| crate::db::DbError::damaged("a bulletin", &error))?;
        Ok(Self {
            number: kept.number,
            text: kept.bulletin.text(Language::Zh),
            text_en: kept.bulletin.text(Language::En),
            bulletin,
            published_at: kept.entry.at,
            published_by: kept.entry.by,
        })
    }
}
