//! What the undertaker said before the hearing beside what observers saw in court.

use std::collections::BTreeSet;

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use tingfang_core::evidence::{Comparison, Provenance, cross_check};
use tingfang_core::id::{CaseId, DocumentId, UndertakerId};
use tingfang_core::people::Role;
use tingfang_core::policy::{Fact, Visibility};
use tingfang_core::rubric::{Channel, templates};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::cases::visible_to_outsiders;
use super::extract::PathId;
use super::schema::{self, Problems};
use crate::app::App;
use crate::identity::SignedIn;
use crate::problem::Problem;
use crate::store::document;
use crate::{project, records};

/// Who sees it: reports hold privileged strategy (domain 3.4).
fn readers() -> &'static [Role] {
    Visibility::shipped().readers(Fact::CrossCheck)
}

/// One undertaker's words and deeds.
#[derive(Debug, Serialize, ToSchema)]
pub struct CrossCheckView {
    /// The undertaker.
    #[schema(schema_with = schema::id)]
    undertaker: UndertakerId,
    /// Question by question.
    questions: Vec<ComparisonView>,
}

/// One question of the report's check.
#[derive(Debug, Serialize, ToSchema)]
pub struct ComparisonView {
    /// Its id.
    question: String,
    /// What it asks, in Chinese.
    zh: String,
    /// The same in English.
    en: String,
    /// What the reports say.
    said: Vec<SaidView>,
    /// What observers saw.
    seen: Vec<SeenView>,
}

/// What one report says.
#[derive(Debug, Serialize, ToSchema)]
pub struct SaidView {
    /// The report.
    #[schema(schema_with = schema::id)]
    record: DocumentId,
    /// Who wrote it.
    by: String,
    /// Its words.
    text: String,
    /// What its check answers, in Chinese.
    checked_zh: Option<String>,
    /// The same in English.
    checked_en: Option<String>,
}

/// What one observer saw.
#[derive(Debug, Serialize, ToSchema)]
pub struct SeenView {
    /// The sheet.
    #[schema(schema_with = schema::id)]
    record: DocumentId,
    /// Who sealed it.
    by: String,
    /// The sheet's item.
    item: String,
    /// Its name, in Chinese.
    zh: String,
    /// The same in English.
    en: String,
    /// The points given, in hundredths.
    points: i64,
    /// The item's points, in hundredths.
    of: i64,
    /// The observer's comment on the whole.
    comment: String,
}

/// The routes of the cross-check.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(show_cross_check))
}

/// Shows what each undertaker of a case said before the hearing beside what was seen in court.
#[utoipa::path(get, path = "/cases/{id}/cross-check", tag = "cases", security(("session" = [])),
    params(("id" = String, Path)), responses((status = 200, body = Vec<CrossCheckView>), Problems))]
async fn show_cross_check(
    State(app): State<App>,
    signed_in: SignedIn,
    PathId(id): PathId<CaseId>,
) -> Result<Json<Vec<CrossCheckView>>, Problem> {
    signed_in.require_any(readers())?;
    let views = app
        .read(move |tx| {
            let case = visible_to_outsiders(tx, &signed_in, id, readers())?;
            let mut records = project::sealed_records(tx, id, None)?;
            // Who owes a sheet of their own sees no other's here either (DESIGN invariant 14).
            let mut readable = BTreeSet::new();
            for row in document::sealed_of_case(tx, id)? {
                if records::may_read(tx, &signed_in, &row)? {
                    readable.insert(row.id);
                }
            }
            records.retain(|sealed| readable.contains(&sealed.provenance.document));
            let forms = &templates().questionnaires;
            let form = forms.iter().find(|form| form.channel == Channel::PreHearingReport);
            let view = |undertaker| CrossCheckView {
                undertaker,
                questions: form
                    .map(|form| cross_check(form, templates().observer_sheet(), id, undertaker, &records))
                    .unwrap_or_default()
                    .into_iter()
                    .map(ComparisonView::from)
                    .collect(),
            };
            Ok::<_, Problem>(case.undertakers.iter().map(|part| view(part.undertaker)).collect())
        })
        .await?;
    Ok(Json(views))
}

impl From<Comparison> for ComparisonView {
    fn from(comparison: Comparison) -> Self {
        let by = |from: &Provenance| from.author_name.clone();
        Self {
            question: comparison.question.to_string(),
            zh: comparison.label.zh,
            en: comparison.label.en,
            said: comparison
                .said
                .into_iter()
                .map(|said| SaidView {
                    record: said.from.document,
                    by: by(&said.from),
                    text: said.text,
                    checked_zh: said.checked.as_ref().map(|label| label.zh.clone()),
                    checked_en: said.checked.map(|label| label.en),
                })
                .collect(),
            seen: comparison
                .seen
                .into_iter()
                .map(|seen| SeenView {
                    record: seen.from.document,
                    by: by(&seen.from),
                    item: seen.item.to_string(),
                    zh: seen.label.zh,
                    en: seen.label.en,
                    points: seen.points.0,
                    of: seen.of.0,
                    comment: seen.comment,
                })
                .collect(),
        }
    }
}
