//! 评分表 scoresheets: who owes one on which case, and what they come to once all are in.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use tingfang_core::grading::outcome::Phase;
use tingfang_core::id::{AssignmentId, CaseId, DocumentId, PersonId, RoundId, UndertakerId};
use tingfang_core::people::Subject;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::extract::{Params, PathId};
use super::page::{Page, Wanted};
use super::rounds::visible;
use super::schema::{self, Problems};
use crate::app::App;
use crate::case_access::is_open_to;
use crate::db::{DbError, Tx};
use crate::grading::{SheetOfRound, sheets_of_subject};
use crate::identity::SignedIn;
use crate::problem::Problem;
use crate::store::{legal_case, person, round};

/// Which cases are wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ScoresheetQuery {
    /// `next` of the page before.
    after: Option<String>,
    /// How many cases, 1 to 200.
    limit: Option<u32>,
}

/// The scoresheets of one case of a round.
#[derive(Debug, Serialize, ToSchema)]
pub struct CaseSheetsView {
    /// The case.
    #[schema(schema_with = schema::id)]
    pub case: CaseId,
    /// Its number.
    pub case_no: String,
    /// Whose work.
    #[schema(schema_with = schema::id)]
    pub undertaker: UndertakerId,
    /// The sheets, the first review before the re-review.
    pub sheets: Vec<ScoresheetView>,
}

/// A scoresheet that an assessor owes.
#[derive(Debug, Serialize, ToSchema)]
pub struct ScoresheetView {
    /// The assignment that asks for it.
    #[schema(schema_with = schema::id)]
    pub assignment: AssignmentId,
    /// Who owes it.
    #[schema(schema_with = schema::id)]
    pub assessor: PersonId,
    /// By name.
    pub assessor_name: String,
    /// `first` or `re_review`.
    #[schema(schema_with = schema::review_phase)]
    pub phase: Phase,
    /// The record; nothing before it is begun.
    #[schema(schema_with = schema::id, required = false)]
    pub record: Option<DocumentId>,
    /// Whether it is sealed.
    pub sealed: bool,
    /// The score in hundredths of a point; nothing until every sheet of the same review is sealed.
    pub score: Option<i64>,
    /// The grade of that score.
    pub grade: Option<&'static str>,
}

/// The routes of scoresheets.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list))
}

/// Lists the scoresheets of a round, case by case. Scores show once all of a review are sealed.
#[utoipa::path(get, path = "/rounds/{id}/scoresheets", tag = "scoresheets", security(("session" = [])),
    params(("id" = String, Path), ScoresheetQuery),
    responses((status = 200, body = Page<CaseSheetsView>), Problems))]
async fn list(
    State(app): State<App>,
    signed_in: SignedIn,
    PathId(id): PathId<RoundId>,
    Params(query): Params<ScoresheetQuery>,
) -> Result<Json<Page<CaseSheetsView>>, Problem> {
    let wanted = Wanted::<Subject>::new(query.after.as_deref(), query.limit)?;
    let page = app
        .read(move |tx| {
            let held = visible(tx, &signed_in, id)?;
            let page = wanted.visible_page(
                |after, limit| round::cases_page(tx, id, after.copied(), limit),
                |row| *row,
                |row| Ok(is_open_to(tx, &signed_in, row.case)?.then_some(row)),
            )?;
            page.try_map(|row| Ok::<_, Problem>(CaseSheetsView::new(tx, &held, row)?))
        })
        .await?;
    Ok(Json(page))
}

impl CaseSheetsView {
    fn new(tx: &Tx, held: &round::Kept, subject: Subject) -> Result<Self, DbError> {
        let sheets = sheets_of_subject(tx, held, subject)?;
        Ok(Self {
            case: subject.case,
            case_no: legal_case::find(tx, subject.case)?.map(|case| case.case_no).unwrap_or_default(),
            undertaker: subject.undertaker,
            sheets: sheets
                .into_iter()
                .map(|sheet| ScoresheetView::new(tx, sheet))
                .collect::<Result<_, _>>()?,
        })
    }
}

impl ScoresheetView {
    fn new(tx: &Tx, sheet: SheetOfRound) -> Result<Self, DbError> {
        Ok(Self {
            assignment: sheet.assignment,
            assessor: sheet.assessor,
            assessor_name: person::find(tx, sheet.assessor)?.map(|found| found.name).unwrap_or_default(),
            phase: sheet.phase,
            record: sheet.record,
            sealed: sheet.sealed,
            score: sheet.total.map(|total| total.score.0),
            grade: sheet.total.map(|total| total.grade.code()),
        })
    }
}
