//! 未接受: what was refused, held or malformed. The bytes are kept in their frames; here is what
//! they were, whose, and why, and where a person decides on what was held.

mod view;

use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use tingfang_core::clock::Moment;
use tingfang_core::id::{DocumentId, PersonId, QuarantineId};
use tingfang_core::people::Role;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub use view::RefusedView;

use super::extract::{Body, Params, PathId};
use super::page::{Page, Wanted};
use super::schema::{self, Problems};
use crate::app::App;
use crate::identity::SignedIn;
use crate::problem::{FieldProblem, Problem};
use crate::records::{self, held, keepers};
use crate::store::held_decision::{self, HeldOutcome};
use crate::store::quarantine;
use crate::sync::LetIn;

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

/// What somebody decides on an item that was held.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HeldDecisionWish {
    /// Whether it comes in or stays out.
    #[schema(schema_with = schema::held_outcome)]
    outcome: HeldOutcome,
    /// Why; who wrote it reads this on the phone. At most 500 characters.
    reason: String,
}

/// How many characters a reason may have.
const MAX_REASON_CHARS: usize = 500;

/// The routes of what was not accepted.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(show_refused))
        .routes(routes!(decide_held))
        .routes(routes!(prove_item))
}

/// Lists what was not accepted, the oldest first: one's own, and for who manages records that of the
/// records which they may read.
#[utoipa::path(get, path = "/refused", tag = "sync", security(("session" = [])), params(RefusedQuery),
    responses((status = 200, body = Page<RefusedView>), Problems))]
async fn list(
    State(app): State<App>,
    signed_in: SignedIn,
    Params(query): Params<RefusedQuery>,
) -> Result<Json<Page<RefusedView>>, Problem> {
    let whose = if signed_in.require_any(keepers()).is_ok() { query.person } else { Some(signed_in.person) };
    let wanted = Wanted::<(Moment, QuarantineId)>::new(query.after.as_deref(), query.limit)?;
    let page = app
        .read(move |tx| {
            let page = wanted.visible_page(
                |after, limit| quarantine::page(tx, whose, query.record, after, limit),
                |row| (row.received_at, row.id),
                |row| Ok(records::may_read_refused(tx, &signed_in, &row)?.then_some(row)),
            )?;
            page.try_map(|row| RefusedView::new(tx, row))
        })
        .await?;
    Ok(Json(page))
}

/// Shows one item that was not accepted.
#[utoipa::path(get, path = "/refused/{id}", tag = "sync", security(("session" = [])),
    params(("id" = String, Path)), responses((status = 200, body = RefusedView), Problems))]
async fn show_refused(
    State(app): State<App>,
    signed_in: SignedIn,
    PathId(id): PathId<QuarantineId>,
) -> Result<Json<RefusedView>, Problem> {
    let view = app
        .read(move |tx| {
            let kept = quarantine::find(tx, id)?;
            match kept {
                Some(kept) if records::may_read_refused(tx, &signed_in, &kept)? => {
                    RefusedView::whole(tx, kept)
                }
                _ => Err(Problem::NotFound { what: "refused_item" }),
            }
        })
        .await?;
    Ok(Json(view))
}

/// Gives what was sent and not accepted as a file, with what proves who sent it, when it came and what the server
/// answered; `tingfang verify --proof` checks it on any machine. For who sent it, and for who may read it.
#[utoipa::path(get, path = "/refused/{id}/proof", tag = "sync", security(("session" = [])),
    params(("id" = String, Path)),
    responses((status = 200, body = Vec<u8>, content_type = "application/octet-stream"), Problems))]
async fn prove_item(
    State(app): State<App>,
    signed_in: SignedIn,
    PathId(id): PathId<QuarantineId>,
) -> Result<Response, Problem> {
    let proof = app
        .read(move |tx| {
            let kept = quarantine::find(tx, id)?.ok_or(Problem::NotFound { what: "refused_item" })?;
            if !records::may_read_refused(tx, &signed_in, &kept)? {
                return Err(Problem::NotFound { what: "refused_item" });
            }
            records::proof::of_item(tx, &kept)
        })
        .await?;
    Ok(([(header::CONTENT_TYPE, "application/octet-stream")], proof.to_bytes()).into_response())
}

/// Decides on an item that was held. What comes in, comes in with what the same hand had written on top of
/// it. Once decided it stays decided.
#[utoipa::path(post, path = "/refused/{id}/decision", tag = "sync", security(("session" = [])),
    params(("id" = String, Path)), request_body = HeldDecisionWish,
    responses((status = 200, body = RefusedView), Problems))]
async fn decide_held(
    State(app): State<App>,
    signed_in: SignedIn,
    PathId(id): PathId<QuarantineId>,
    Body(wish): Body<HeldDecisionWish>,
) -> Result<Json<RefusedView>, Problem> {
    signed_in.require(Role::Manager)?;
    let reason = checked_reason(&wish.reason)?;
    let (decision_id, now) = (app.minter.mint(), app.now());
    let view = app
        .blocking(move |app| {
            let (kept, organisation) = app.db.try_read(|tx| held::decidable(tx, &signed_in, id))?;
            let decision = held_decision::Kept {
                id: decision_id,
                item: id,
                outcome: wish.outcome,
                reason,
                decided_by: signed_in.person,
                decided_at: now,
            };
            match wish.outcome {
                HeldOutcome::Accepted => match app.sync.let_in(&kept, decision, organisation)? {
                    LetIn::In => {}
                    LetIn::Refused(rule) => return Err(held::refused_by(&rule)),
                    LetIn::RestsOn(_) => {
                        return Err(Problem::Refused(vec![FieldProblem::new("item", "rests_on_another")]));
                    }
                    LetIn::NothingWaits => return Err(Problem::Exists { what: "held_decision" }),
                },
                HeldOutcome::Rejected => {
                    if !app.sync.keep_out(&kept, decision, organisation)? {
                        return Err(Problem::Exists { what: "held_decision" });
                    }
                }
            }
            app.db.try_read(|tx| {
                let kept = quarantine::find(tx, id)?.ok_or(Problem::NotFound { what: "refused_item" })?;
                RefusedView::whole(tx, kept)
            })
        })
        .await?;
    Ok(Json(view))
}

/// The reason of a decision: some words, and not too many.
pub(super) fn checked_reason(given: &str) -> Result<String, Problem> {
    let reason = given.trim();
    if reason.is_empty() {
        return Err(Problem::field("reason", "empty"));
    }
    if reason.chars().count() > MAX_REASON_CHARS {
        let problem = FieldProblem::new("reason", "too_long").with("max", MAX_REASON_CHARS);
        return Err(Problem::Invalid(vec![problem]));
    }
    Ok(reason.to_owned())
}
