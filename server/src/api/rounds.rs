//! 评估批次 rounds: begin one, assign its work, see where its cases stand.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use tingfang_core::clock::Moment;
use tingfang_core::id::{AssignmentId, CaseId, OrganisationId, PersonId, RoundId, UndertakerId};
use tingfang_core::people::{AssignmentKind, Role, Subject};
use tingfang_core::policy::{Fact, Visibility};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::assignments::AssignmentView;
use super::extract::{Body, Params, PathId};
use super::grades::{Nothing, Reason};
use super::page::{Page, Wanted};
use super::schema::{self, Problems};
use crate::app::App;
use crate::case_access::{is_open_to, require_say};
use crate::db::{DbError, Tx};
use crate::grading::{self, Actor, NewRound, NewWork, Rule};
use crate::identity::SignedIn;
use crate::planning::task;
use crate::problem::Problem;
use crate::store::round::RoundState;
use crate::store::{legal_case, round};

/// Who sees rounds.
pub(super) fn readers() -> &'static [Role] {
    Visibility::shipped().readers(Fact::Grade)
}

/// The usual subsidy rule.
const USUAL_SUBSIDY_RULE: &str = "SUBSIDY-RATIO";

/// A case of a round.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RoundCaseWish {
    /// The case.
    #[schema(schema_with = schema::id)]
    case: CaseId,
    /// Whose work; may be left out where one person undertakes the case.
    #[schema(schema_with = schema::id, required = false)]
    undertaker: Option<UndertakerId>,
}

/// A round that somebody wants.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RoundWish {
    /// Its name.
    name: String,
    /// The organisation; may be left out by who manages one.
    #[schema(schema_with = schema::id, required = false)]
    organisation: Option<OrganisationId>,
    /// The id of the rubric's template: `CRM-TRIAL`, `CIV-LIT`, `S3-SIMPLE`.
    rubric: Option<String>,
    /// Instead of a template: the centre's own rubric as TOML, in the form of the templates.
    rubric_toml: Option<String>,
    /// The id of the subsidy rule's template; `SUBSIDY-RATIO` when left out.
    subsidy_rule: Option<String>,
    /// Instead of a template: the centre's own subsidy rule as TOML.
    subsidy_rule_toml: Option<String>,
    /// The grading rule as TOML; the template when left out.
    grading_rule_toml: Option<String>,
    /// The cases.
    cases: Vec<RoundCaseWish>,
}

/// Work that somebody wants assigned.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RoundWork {
    /// `file_review`, `assessment` or `re_review`.
    #[schema(schema_with = schema::assignment_kind)]
    kind: AssignmentKind,
    /// The cases; when left out all of the round, or for a re-review all that wait for one.
    #[schema(value_type = Option<Vec<String>>)]
    cases: Option<Vec<CaseId>>,
    /// Who does it.
    #[schema(value_type = Vec<String>)]
    people: Vec<PersonId>,
}

/// A round.
#[derive(Debug, Serialize, ToSchema)]
pub struct RoundView {
    /// The round.
    #[schema(schema_with = schema::id)]
    pub id: RoundId,
    /// Its name.
    pub name: String,
    /// Whose it is.
    #[schema(schema_with = schema::id)]
    pub organisation: OrganisationId,
    /// Whether it still goes on.
    #[schema(schema_with = schema::round_state)]
    pub state: RoundState,
    /// The content hash of the frozen rubric.
    pub rubric: String,
    /// The content hash of the frozen observer sheet.
    pub sheet_rubric: String,
    /// When it began.
    #[schema(schema_with = schema::moment)]
    pub created_at: Moment,
    /// Its cases, as far as they are there for who asks.
    pub cases: Vec<RoundCaseView>,
}

/// A case of a round.
#[derive(Debug, Serialize, ToSchema)]
pub struct RoundCaseView {
    /// The case.
    #[schema(schema_with = schema::id)]
    pub case: CaseId,
    /// Its number.
    pub case_no: String,
    /// The undertaker.
    #[schema(schema_with = schema::id)]
    pub undertaker: UndertakerId,
}

/// Which rounds are wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct RoundQuery {
    /// `next` of the page before.
    after: Option<String>,
    /// How many rows, 1 to 200.
    limit: Option<u32>,
}

/// The routes of rounds.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(show))
        .routes(routes!(assign))
        .routes(routes!(close))
        .routes(routes!(reopen))
}

/// Begins a round: the rubric and the rules are frozen.
#[utoipa::path(post, path = "/rounds", tag = "rounds", security(("session" = [])),
    request_body = RoundWish, responses((status = 201, body = RoundView), Problems))]
async fn create(
    State(app): State<App>,
    signed_in: SignedIn,
    Body(given): Body<RoundWish>,
) -> Result<(StatusCode, Json<RoundView>), Problem> {
    signed_in.require(Role::Manager)?;
    let organisation = match (given.organisation, &signed_in.organisations_as(&[Role::Manager])?[..]) {
        (Some(organisation), _) => organisation,
        (None, [organisation]) => *organisation,
        (None, _) => return Err(Problem::field("organisation", "choose_organisation")),
    };
    signed_in.require_in(organisation, &[Role::Manager])?;
    let (id, actor) = (app.minter.mint(), Actor { person: signed_in.person, at: app.now() });
    let view = app
        .write(move |tx| {
            let given = given.clone();
            let wish = NewRound {
                id,
                organisation,
                name: given.name,
                rubric: rule(("rubric", given.rubric), given.rubric_toml, None)?,
                subsidy_rule: rule(
                    ("subsidy_rule", given.subsidy_rule),
                    given.subsidy_rule_toml,
                    Some(USUAL_SUBSIDY_RULE),
                )?,
                grading_rule: given.grading_rule_toml,
                cases: subjects(tx, &given.cases)?,
            };
            require_say(tx, &signed_in, wish.cases.iter().map(|subject| subject.case))?;
            let kept = grading::begin(tx, wish, actor)?;
            Ok::<_, Problem>(RoundView::new(tx, &signed_in, kept)?)
        })
        .await?;
    Ok((StatusCode::CREATED, Json(view)))
}

/// The rule that a wish names: a template by its id, or one's own as text; never both.
fn rule(
    (field, template): (&str, Option<String>),
    own: Option<String>,
    usual: Option<&str>,
) -> Result<Rule, Problem> {
    match (template.or_else(|| usual.filter(|_| own.is_none()).map(str::to_owned)), own) {
        (Some(id), None) => Ok(Rule::Template(id)),
        (None, Some(text)) => Ok(Rule::Own(text)),
        (None, None) => Err(Problem::field(field, "empty")),
        (Some(_), Some(_)) => Err(Problem::field(field, "twice")),
    }
}

fn subjects(tx: &Tx, cases: &[RoundCaseWish]) -> Result<Vec<Subject>, Problem> {
    let mut subjects = Vec::with_capacity(cases.len());
    for (index, wish) in cases.iter().enumerate() {
        let case = legal_case::find(tx, wish.case)?.ok_or(Problem::NotFound { what: "case" })?;
        let undertaker = match (wish.undertaker, &case.undertakers[..]) {
            (Some(undertaker), _) => undertaker,
            (None, [only]) => only.undertaker,
            (None, _) => return Err(Problem::field(format!("cases[{index}].undertaker"), "empty")),
        };
        subjects.push(Subject { case: case.id, undertaker });
    }
    Ok(subjects)
}

/// Lists the rounds of one's organisations.
#[utoipa::path(get, path = "/rounds", tag = "rounds", security(("session" = [])), params(RoundQuery),
    responses((status = 200, body = Page<RoundView>), Problems))]
async fn list(
    State(app): State<App>,
    signed_in: SignedIn,
    Params(query): Params<RoundQuery>,
) -> Result<Json<Page<RoundView>>, Problem> {
    let organisations = signed_in.organisations_as(readers())?;
    let wanted = Wanted::<RoundId>::new(query.after.as_deref(), query.limit)?;
    let page = app
        .read(move |tx| {
            let rows = round::page(tx, &organisations, wanted.after, wanted.read_limit())?;
            wanted
                .page(rows, |row| row.id)
                .try_map(|row| Ok::<_, Problem>(RoundView::new(tx, &signed_in, row)?))
        })
        .await?;
    Ok(Json(page))
}

/// Shows one round.
#[utoipa::path(get, path = "/rounds/{id}", tag = "rounds", security(("session" = [])),
    params(("id" = String, Path)), responses((status = 200, body = RoundView), Problems))]
async fn show(
    State(app): State<App>,
    signed_in: SignedIn,
    PathId(id): PathId<RoundId>,
) -> Result<Json<RoundView>, Problem> {
    let view = app
        .read(move |tx| {
            let held = visible(tx, &signed_in, id)?;
            Ok::<_, Problem>(RoundView::new(tx, &signed_in, held)?)
        })
        .await?;
    Ok(Json(view))
}

/// Assigns file review, assessment or re-review of cases of a round.
#[utoipa::path(post, path = "/rounds/{id}/assignments", tag = "rounds", security(("session" = [])),
    params(("id" = String, Path)), request_body = RoundWork,
    responses((status = 201, body = AssignmentView), Problems))]
async fn assign(
    State(app): State<App>,
    signed_in: SignedIn,
    PathId(id): PathId<RoundId>,
    Body(given): Body<RoundWork>,
) -> Result<(StatusCode, Json<AssignmentView>), Problem> {
    let assignment: AssignmentId = app.minter.mint();
    let actor = Actor { person: signed_in.person, at: app.now() };
    let view = app
        .write(move |tx| {
            let held = visible(tx, &signed_in, id)?;
            signed_in.require_in(held.organisation, &[Role::Manager])?;
            let wish = NewWork {
                id: assignment,
                kind: given.kind,
                cases: given.cases.clone(),
                people: given.people.clone(),
            };
            let kept = grading::work(tx, &held, wish, actor)?;
            require_say(tx, &signed_in, kept.assignment.subjects.iter().map(|subject| subject.case))?;
            Ok::<_, Problem>(AssignmentView::new(task::build(tx, &kept)?, &kept))
        })
        .await?;
    Ok((StatusCode::CREATED, Json(view)))
}

/// Closes a round once every case has its final grade.
#[utoipa::path(post, path = "/rounds/{id}/close", tag = "rounds", security(("session" = [])),
    params(("id" = String, Path)), request_body = Nothing,
    responses((status = 200, body = RoundView), Problems))]
async fn close(
    State(app): State<App>,
    signed_in: SignedIn,
    PathId(id): PathId<RoundId>,
    Body(_nothing): Body<Nothing>,
) -> Result<Json<RoundView>, Problem> {
    let actor = Actor { person: signed_in.person, at: app.now() };
    let view = app
        .write(move |tx| {
            let held = visible(tx, &signed_in, id)?;
            signed_in.require_in(held.organisation, &[Role::Manager, Role::Director])?;
            Ok::<_, Problem>(RoundView::new(tx, &signed_in, grading::close(tx, held, actor)?)?)
        })
        .await?;
    Ok(Json(view))
}

/// Opens a closed round again, for instance because a grade was superseded.
#[utoipa::path(post, path = "/rounds/{id}/reopen", tag = "rounds", security(("session" = [])),
    params(("id" = String, Path)), request_body = Reason,
    responses((status = 200, body = RoundView), Problems))]
async fn reopen(
    State(app): State<App>,
    signed_in: SignedIn,
    PathId(id): PathId<RoundId>,
    Body(given): Body<Reason>,
) -> Result<Json<RoundView>, Problem> {
    let actor = Actor { person: signed_in.person, at: app.now() };
    let view = app
        .write(move |tx| {
            let held = visible(tx, &signed_in, id)?;
            signed_in.require_in(held.organisation, &[Role::Director])?;
            Ok::<_, Problem>(RoundView::new(
                tx,
                &signed_in,
                grading::reopen(tx, held, &given.reason, actor)?,
            )?)
        })
        .await?;
    Ok(Json(view))
}

/// A round that this person may see. Unknown and unseen are the same.
pub(super) fn visible(tx: &Tx, signed_in: &SignedIn, id: RoundId) -> Result<round::Kept, Problem> {
    round::find(tx, id)?
        .filter(|held| signed_in.require_in(held.organisation, readers()).is_ok())
        .ok_or(Problem::NotFound { what: "round" })
}

impl RoundView {
    /// The round as somebody sees it: without the cases that are not there for them.
    fn new(tx: &Tx, reader: &SignedIn, held: round::Kept) -> Result<Self, DbError> {
        let mut cases = Vec::new();
        for subject in round::cases(tx, held.id)? {
            if !is_open_to(tx, reader, subject.case)? {
                continue;
            }
            let case_no = legal_case::find(tx, subject.case)?.map(|case| case.case_no).unwrap_or_default();
            cases.push(RoundCaseView { case: subject.case, case_no, undertaker: subject.undertaker });
        }
        Ok(Self {
            id: held.id,
            name: held.name,
            organisation: held.organisation,
            state: held.state,
            rubric: held.rubric_hash,
            sheet_rubric: held.sheet_rubric_hash,
            created_at: held.created_at,
            cases,
        })
    }
}
