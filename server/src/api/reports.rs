//! 庭前报告 pre-hearing reports as staff see them: which are there, late or missing, and what is said of
//! each.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use tingfang_core::clock::Moment;
use tingfang_core::id::{AssignmentId, CaseId, CheckId, DocumentId, HearingId, PersonId, UndertakerId};
use tingfang_core::people::{AssignmentKind, Role};
use tingfang_core::policy::{Fact, Visibility};
use tingfang_core::record::ItemId;
use tingfang_core::record::pre_hearing_report::CheckState;
use tingfang_core::record::shape::AnswerCode;
use tingfang_core::rubric::{Channel, Questionnaire, templates};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::extract::{Body, Params, PathId};
use super::page::{Page, Wanted};
use super::returns::managed;
use super::schema::{self, Problems};
use crate::app::App;
use crate::case_access::is_all_open_to;
use crate::db::{DbError, Tx};
use crate::identity::SignedIn;
use crate::problem::{FieldProblem, Problem};
use crate::records::report_state::{self, ReportState};
use crate::store::report_check;
use crate::store::{assignment, legal_case, person, undertaker};
use crate::{grading, log, project};

/// Who sees the reports of their organisation: staff, never an outside observer (domain 6.3).
fn readers() -> &'static [Role] {
    Visibility::shipped().readers(Fact::Report)
}

/// The longest note, in characters.
const MAX_NOTE_CHARS: usize = 500;

/// Which reports are wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ReportQuery {
    /// `next` of the page before.
    after: Option<String>,
    /// How many rows, 1 to 200.
    limit: Option<u32>,
}

/// A report that was asked for.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReportView {
    /// The assignment that asks for it.
    #[schema(schema_with = schema::id)]
    assignment: AssignmentId,
    /// The case.
    #[schema(schema_with = schema::id)]
    case: CaseId,
    /// Its number.
    case_no: String,
    /// The undertaker.
    #[schema(schema_with = schema::id)]
    undertaker: UndertakerId,
    /// The undertaker's name.
    undertaker_name: String,
    /// The hearing that it comes before.
    #[schema(schema_with = schema::id, required = false)]
    hearing: Option<HearingId>,
    /// When it is due.
    #[schema(schema_with = schema::moment, required = false)]
    due_at: Option<Moment>,
    /// How it stands.
    #[schema(schema_with = schema::report_state)]
    state: ReportState,
    /// Whether it came late, as far as that can be proved.
    late: bool,
    /// When the server received it.
    #[schema(schema_with = schema::moment, required = false)]
    received_at: Option<Moment>,
    /// The newest sealed report.
    #[schema(schema_with = schema::id, required = false)]
    record: Option<DocumentId>,
}

/// What is said of a report.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CheckWish {
    /// What becomes of it.
    #[schema(schema_with = schema::check_state)]
    state: CheckState,
    /// Answers to the questions of the check, by question.
    #[serde(default)]
    answers: BTreeMap<String, String>,
    /// In words.
    note: Option<String>,
}

/// What was said of a report.
#[derive(Debug, Serialize, ToSchema)]
pub struct CheckView {
    /// The id.
    #[schema(schema_with = schema::id)]
    id: CheckId,
    /// Who says so.
    #[schema(schema_with = schema::id)]
    person: PersonId,
    /// Their name.
    person_name: String,
    /// What becomes of it.
    #[schema(schema_with = schema::check_state)]
    state: CheckState,
    /// Answers to the questions of the check, by question.
    answers: BTreeMap<String, String>,
    /// In words.
    note: Option<String>,
    /// When.
    #[schema(schema_with = schema::moment)]
    checked_at: Moment,
}

/// The routes of reports.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list_reports)).routes(routes!(list_checks, check_report))
}

/// Lists the reports that were asked for in one's organisations, the oldest first: on time, late and
/// missing are derived.
#[utoipa::path(get, path = "/pre-hearing-reports", tag = "records", security(("session" = [])),
    params(ReportQuery), responses((status = 200, body = Page<ReportView>), Problems))]
async fn list_reports(
    State(app): State<App>,
    signed_in: SignedIn,
    Params(query): Params<ReportQuery>,
) -> Result<Json<Page<ReportView>>, Problem> {
    let places = signed_in.organisations_as(readers())?;
    let wanted = Wanted::<AssignmentId>::new(query.after.as_deref(), query.limit)?;
    let now = app.now();
    let page = app
        .read(move |tx| {
            let kind = Some(AssignmentKind::PreHearingReport);
            let page = wanted.visible_page(
                |after, limit| assignment::page(tx, &places, kind, None, after.copied(), limit),
                |row| row.assignment.id,
                |row| Ok(is_all_open_to(tx, &signed_in, &row.assignment)?.then_some(row)),
            )?;
            page.try_map(|row| ReportView::new(tx, &row, now))
        })
        .await?;
    Ok(Json(page))
}

/// Lists what was said of a report, the oldest first.
#[utoipa::path(get, path = "/records/{id}/checks", tag = "records", security(("session" = [])),
    params(("id" = String, Path)), responses((status = 200, body = Vec<CheckView>), Problems))]
async fn list_checks(
    State(app): State<App>,
    signed_in: SignedIn,
    PathId(id): PathId<DocumentId>,
) -> Result<Json<Vec<CheckView>>, Problem> {
    let views = app
        .read(move |tx| {
            crate::records::open(tx, &signed_in, id)?;
            let kept = report_check::of_document(tx, id)?;
            Ok::<_, Problem>(kept.into_iter().map(|kept| CheckView::new(tx, kept)).collect::<Result<_, _>>()?)
        })
        .await?;
    Ok(Json(views))
}

/// Says of a sealed report that it was read, is accepted or goes to collective discussion, with answers
/// to the questions of its check. A report is returned like every other record.
#[utoipa::path(post, path = "/records/{id}/checks", tag = "records", security(("session" = [])),
    params(("id" = String, Path)), request_body = CheckWish,
    responses((status = 201, body = CheckView), Problems))]
async fn check_report(
    State(app): State<App>,
    signed_in: SignedIn,
    PathId(id): PathId<DocumentId>,
    Body(wish): Body<CheckWish>,
) -> Result<(StatusCode, Json<CheckView>), Problem> {
    signed_in.require(Role::Manager)?;
    let (check_id, now) = (app.minter.mint(), app.now());
    let view = app
        .write(move |tx| {
            let (row, organisation) = managed(tx, &signed_in, id)?;
            if row.kind != Channel::PreHearingReport.code() {
                return Err(Problem::field("record", "not_a_report"));
            }
            let answers = wish.checked()?;
            let kept = report_check::Kept {
                id: check_id,
                document: id,
                position: log::next_position(tx)?,
                person: signed_in.person,
                state: wish.state,
                answers,
                note: wish.note.clone(),
                checked_at: now,
            };
            report_check::insert(tx, &kept)?;
            grading::report_checked(tx, organisation, &kept)?;
            project::following::publish_checked(tx, id, kept.state)?;
            // The answers are evidence: who assesses the case gets it anew.
            project::on_sealed(tx, id)?;
            Ok::<_, Problem>(CheckView::new(tx, kept)?)
        })
        .await?;
    Ok((StatusCode::CREATED, Json(view)))
}

impl CheckWish {
    fn checked(&self) -> Result<BTreeMap<ItemId, AnswerCode>, Problem> {
        let forms = &templates().questionnaires;
        let form = forms.iter().find(|form| form.channel == Channel::PreHearingReport);
        let mut wrong = Vec::new();
        let mut answers = BTreeMap::new();
        for (question, answer) in &self.answers {
            match form.and_then(|form| known(form, question, answer)) {
                Some((question, answer)) => drop(answers.insert(question, answer)),
                None => wrong.push(FieldProblem::new(format!("answers.{question}"), "no_such_answer")),
            }
        }
        if self.note.as_ref().is_some_and(|note| note.chars().count() > MAX_NOTE_CHARS) {
            wrong.push(FieldProblem::new("note", "too_long").with("max", MAX_NOTE_CHARS));
        }
        if wrong.is_empty() { Ok(answers) } else { Err(Problem::Invalid(wrong)) }
    }
}

/// The question and its answer, when the form asks it of a person and takes that answer.
fn known(form: &Questionnaire, question: &str, answer: &str) -> Option<(ItemId, AnswerCode)> {
    let id = ItemId::parse(question)?;
    let question = form.question(&id).filter(|question| question.derived.is_none())?;
    question.answers.contains_key(answer).then(|| (id, AnswerCode(answer.to_owned())))
}

impl ReportView {
    fn new(tx: &Tx, kept: &assignment::Kept, now: Moment) -> Result<Self, Problem> {
        let assignment = &kept.assignment;
        let missing = || DbError::Damaged("a report is asked for about no case".to_owned());
        let subject = assignment.only_subject().ok_or_else(missing)?;
        let report = report_state::of_assignment(tx, kept, now)?.ok_or_else(missing)?;
        let case_no = legal_case::find(tx, subject.case)?.map(|case| case.case_no);
        let undertaker_name = undertaker::find(tx, subject.undertaker)?.map(|found| found.name);
        Ok(Self {
            assignment: assignment.id,
            case: subject.case,
            case_no: case_no.unwrap_or_default(),
            undertaker: subject.undertaker,
            undertaker_name: undertaker_name.unwrap_or_default(),
            hearing: assignment.hearing,
            due_at: assignment.due_at,
            state: report.state,
            late: report.late,
            received_at: report.received_at,
            record: report.record,
        })
    }
}

impl CheckView {
    fn new(tx: &Tx, kept: report_check::Kept) -> Result<Self, DbError> {
        let name = person::find(tx, kept.person)?.map(|person| person.name);
        let answers = kept.answers.into_iter().map(|(question, answer)| (question.to_string(), answer.0));
        Ok(Self {
            id: kept.id,
            person: kept.person,
            person_name: name.unwrap_or_default(),
            state: kept.state,
            answers: answers.collect(),
            note: kept.note,
            checked_at: kept.checked_at,
        })
    }
}
