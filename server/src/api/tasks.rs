//! 任务 tasks: what a person has to do.

mod view;

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use tingfang_core::id::{AssignmentId, PersonId};
use tingfang_core::people::Role;
use tingfang_core::people::task::TaskState;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::extract::Params;
use super::page::{Page, Wanted};
use super::schema::{self, Problems};
use crate::app::App;
use crate::case_access::is_all_open_to;
use crate::identity::SignedIn;
use crate::planning::task;
use crate::problem::Problem;
use crate::store::assignment;

pub use view::TaskView;

/// Which tasks are wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct TaskQuery {
    /// Whose; one's own when left out. Others' are for managers, of their organisations.
    #[param(schema_with = schema::id, required = false)]
    person: Option<PersonId>,
    /// Tasks that stand so.
    #[param(schema_with = schema::task_state, required = false)]
    state: Option<TaskState>,
    /// `next` of the page before.
    after: Option<String>,
    /// How many rows, 1 to 200.
    limit: Option<u32>,
}

/// The routes of tasks.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list))
}

/// Lists a person's tasks, the oldest first.
#[utoipa::path(get, path = "/tasks", tag = "tasks", security(("session" = [])), params(TaskQuery),
    responses((status = 200, body = Page<TaskView>), Problems))]
async fn list(
    State(app): State<App>,
    signed_in: SignedIn,
    Params(query): Params<TaskQuery>,
) -> Result<Json<Page<TaskView>>, Problem> {
    let person = query.person.unwrap_or(signed_in.person);
    let places =
        if person == signed_in.person { None } else { Some(signed_in.organisations_as(&[Role::Manager])?) };
    let wanted = Wanted::<AssignmentId>::new(query.after.as_deref(), query.limit)?;
    let page = app
        .read(move |tx| {
            let (places, state) = (places.as_deref(), query.state);
            let page = wanted.visible_page(
                |after, limit| assignment::page_of_person(tx, person, places, state, after.copied(), limit),
                |row| row.assignment.id,
                |row| {
                    let is_there = places.is_none() || is_all_open_to(tx, &signed_in, &row.assignment)?;
                    Ok(is_there.then_some(row))
                },
            )?;
            page.try_map(|row| Ok::<_, Problem>(TaskView::from(task::build(tx, &row)?)))
        })
        .await?;
    Ok(Json(page))
}
