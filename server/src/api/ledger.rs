//! 台账: the ledger, the subsidy lines in it, and the rubrics that rounds have frozen.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use tingfang_core::clock::Moment;
use tingfang_core::id::{CaseId, DecisionId, OrganisationId, PersonId, RoundId};
use tingfang_core::rubric::templates;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::extract::Params;
use super::grades::SubsidyLineView;
use super::page::{Page, Wanted};
use super::rounds::{readers, visible};
use super::schema::{self, Problems};
use crate::app::App;
use crate::case_access::is_open_to;
use crate::db::{DbError, Tx};
use crate::identity::SignedIn;
use crate::identity::token::hex;
use crate::problem::Problem;
use crate::records;
use crate::store::{decision, ledger, round, subsidy_line};

/// Which rows are wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct LineQuery {
    /// Subsidy lines of this round only.
    #[param(schema_with = schema::id, required = false)]
    round: Option<RoundId>,
    /// `next` of the page before.
    after: Option<String>,
    /// How many rows, 1 to 200.
    limit: Option<u32>,
}

/// Which entries are wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct LedgerQuery {
    /// `next` of the page before.
    after: Option<String>,
    /// How many rows, 1 to 200.
    limit: Option<u32>,
}

/// An entry of the ledger.
#[derive(Debug, Serialize, ToSchema)]
pub struct EntryView {
    /// Its number.
    pub number: u64,
    /// What it is.
    pub kind: String,
    /// Whose matter it is.
    #[schema(schema_with = schema::id)]
    pub organisation: OrganisationId,
    /// What was entered.
    #[schema(value_type = Object)]
    pub body: serde_json::Value,
    /// The hash of the entry before.
    pub previous: String,
    /// Its own hash.
    pub hash: String,
    /// When.
    #[schema(schema_with = schema::moment)]
    pub at: Moment,
    /// By whom.
    #[schema(schema_with = schema::id)]
    pub by: PersonId,
}

/// A rubric.
#[derive(Debug, Serialize, ToSchema)]
pub struct RubricView {
    /// Its id.
    pub id: String,
    /// Its content hash.
    pub hash: String,
    /// Its name.
    pub name: String,
    /// The same in English.
    pub name_en: String,
    /// Whether a round has frozen it; else it is a shipped template.
    pub frozen: bool,
    /// Its text, TOML.
    pub text: String,
}

/// The routes of the ledger.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(lines)).routes(routes!(rubrics))
}

/// Lists the ledger of one's organisations, the oldest entry first. Numbers count all entries of the
/// server, so those of other organisations are left out, and those on cases that are not there for who asks.
#[utoipa::path(get, path = "/ledger", tag = "ledger", security(("session" = [])), params(LedgerQuery),
    responses((status = 200, body = Page<EntryView>), Problems))]
async fn list(
    State(app): State<App>,
    signed_in: SignedIn,
    Params(query): Params<LedgerQuery>,
) -> Result<Json<Page<EntryView>>, Problem> {
    let organisations = signed_in.organisations_as(readers())?;
    let wanted = Wanted::<u64>::new(query.after.as_deref(), query.limit)?;
    let page = app
        .read(move |tx| {
            wanted.visible_page(
                |after, limit| ledger::page(tx, &organisations, after.copied(), limit),
                |row| row.number,
                |row| Ok(is_there(tx, &signed_in, &row)?.then_some(row)),
            )
        })
        .await?;
    Ok(Json(page.map(|entry| EntryView {
        number: entry.number,
        kind: entry.kind,
        organisation: entry.organisation,
        body: serde_json::from_str(&entry.body).unwrap_or_default(),
        previous: hex(&entry.previous),
        hash: hex(&entry.hash),
        at: entry.at,
        by: entry.by,
    })))
}

/// Lists the subsidy lines of one's organisations in the order of the ledger.
#[utoipa::path(get, path = "/subsidy-lines", tag = "ledger", security(("session" = [])),
    params(LineQuery), responses((status = 200, body = Page<SubsidyLineView>), Problems))]
async fn lines(
    State(app): State<App>,
    signed_in: SignedIn,
    Params(query): Params<LineQuery>,
) -> Result<Json<Page<SubsidyLineView>>, Problem> {
    let organisations = signed_in.organisations_as(readers())?;
    let wanted = Wanted::<u64>::new(query.after.as_deref(), query.limit)?;
    let page = app
        .read(move |tx| {
            if let Some(round) = query.round {
                visible(tx, &signed_in, round)?;
            }
            wanted.visible_page(
                |after, limit| {
                    Ok(subsidy_line::page(tx, &organisations, query.round, after.copied(), limit)?)
                },
                |row| row.entry,
                |row| Ok::<_, Problem>(is_grade_there(tx, &signed_in, row.decision)?.then_some(row)),
            )
        })
        .await?;
    Ok(Json(page.map(SubsidyLineView::from)))
}

/// Lists the shipped templates of rubrics and those that rounds have frozen.
#[utoipa::path(get, path = "/rubrics", tag = "ledger", security(("session" = [])),
    responses((status = 200, body = Vec<RubricView>), Problems))]
async fn rubrics(State(app): State<App>, signed_in: SignedIn) -> Result<Json<Vec<RubricView>>, Problem> {
    signed_in.require_any(readers())?;
    let frozen = app.read(|tx| Ok::<_, Problem>(round::rubrics(tx)?)).await?;
    let views = templates().rubrics.iter().map(|rubric| {
        let hash = rubric.hash().to_string();
        RubricView {
            id: rubric.id.clone(),
            name: rubric.name.zh.clone(),
            name_en: rubric.name.en.clone(),
            frozen: frozen.iter().any(|(known, _, _)| *known == hash),
            text: rubric.text().to_owned(),
            hash,
        }
    });
    Ok(Json(views.collect()))
}

/// Whether an entry is there for somebody, by the grade, the case or the record that it is about.
fn is_there(tx: &Tx, signed_in: &SignedIn, entry: &ledger::Entry) -> Result<bool, DbError> {
    let body: serde_json::Value = serde_json::from_str(&entry.body).unwrap_or_default();
    if let Some(record) = id_in(&body, "record") {
        return records::is_open_to(tx, signed_in, record);
    }
    match (id_in::<CaseId>(&body, "case"), id_in::<DecisionId>(&body, "grade")) {
        (Some(case), _) => is_open_to(tx, signed_in, case),
        (None, Some(grade)) => is_grade_there(tx, signed_in, grade),
        (None, None) => Ok(true),
    }
}

fn is_grade_there(tx: &Tx, signed_in: &SignedIn, grade: DecisionId) -> Result<bool, DbError> {
    decision::find(tx, grade)?.map_or(Ok(false), |kept| is_open_to(tx, signed_in, kept.case))
}

fn id_in<T: std::str::FromStr>(body: &serde_json::Value, key: &str) -> Option<T> {
    body.get(key)?.as_str()?.parse().ok()
}
