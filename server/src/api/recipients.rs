//! How the recipients of a case are reached. Staff only; who visits gets it with the task.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use tingfang_core::case::Case;
use tingfang_core::id::CaseId;
use tingfang_core::people::recipient::MAX_CHARS;
use tingfang_core::people::{RecipientContact, RecipientGroup, Role, SafeContact};
use tingfang_core::policy::{Fact, Visibility};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::cases::visible_to_outsiders;
use super::extract::{Body, PathId};
use super::schema::{self, Problems};
use crate::app::App;
use crate::db::Tx;
use crate::identity::SignedIn;
use crate::planning::task;
use crate::problem::{FieldProblem, Problem};
use crate::store::{assignment, recipient};

/// Who sees how recipients are reached.
fn readers() -> &'static [Role] {
    Visibility::shipped().readers(Fact::RecipientContact)
}

/// The most recipients of a case.
const MAX_RECIPIENTS: usize = 50;

/// A recipient.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RecipientView {
    /// The name.
    name: String,
    /// The telephone number.
    phone: Option<String>,
    /// Where they live.
    address: Option<String>,
    /// The guardian's name and number.
    guardian: Option<String>,
    /// Groups that they belong to.
    #[serde(default)]
    #[schema(schema_with = schema::recipient_groups)]
    groups: Vec<RecipientGroup>,
    /// The language or interpreter that they need.
    language: Option<String>,
    /// How they are reached without danger; left out for who is not at risk.
    safe_contact: Option<SafeContactView>,
}

/// How a recipient at risk is reached.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SafeContactView {
    /// The only number that may be called.
    number: String,
    /// From which minute of the day in China.
    #[schema(minimum = 0, maximum = 1439)]
    from_minute: u16,
    /// Until which minute of the day in China.
    #[schema(minimum = 1, maximum = 1440)]
    until_minute: u16,
    /// What to say first.
    code_word: String,
    /// What else is to be kept in mind.
    note: Option<String>,
}

/// The routes of recipients.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list_recipients, set_recipients))
}

/// Lists the recipients of a case and how each is reached.
#[utoipa::path(get, path = "/cases/{id}/recipients", tag = "cases", security(("session" = [])),
    params(("id" = String, Path)), responses((status = 200, body = Vec<RecipientView>), Problems))]
async fn list_recipients(
    State(app): State<App>,
    signed_in: SignedIn,
    PathId(id): PathId<CaseId>,
) -> Result<Json<Vec<RecipientView>>, Problem> {
    signed_in.require_any(readers())?;
    let views = app
        .read(move |tx| {
            visible_to_outsiders(tx, &signed_in, id, readers())?;
            Ok::<_, Problem>(recipient::of_case(tx, id)?.into_iter().map(RecipientView::from).collect())
        })
        .await?;
    Ok(Json(views))
}

/// Sets the recipients of a case. Whoever has to reach them gets it at the next sync.
#[utoipa::path(put, path = "/cases/{id}/recipients", tag = "cases", security(("session" = [])),
    params(("id" = String, Path)), request_body = Vec<RecipientView>,
    responses((status = 200, body = Vec<RecipientView>), Problems))]
async fn set_recipients(
    State(app): State<App>,
    signed_in: SignedIn,
    PathId(id): PathId<CaseId>,
    Body(given): Body<Vec<RecipientView>>,
) -> Result<Json<Vec<RecipientView>>, Problem> {
    signed_in.require(Role::Manager)?;
    let views = app
        .write(move |tx| {
            let case = visible_to_outsiders(tx, &signed_in, id, &[Role::Manager])?;
            set(tx, &case, &given)?;
            Ok::<_, Problem>(given.clone())
        })
        .await?;
    Ok(Json(views))
}

fn set(tx: &Tx, case: &Case, given: &[RecipientView]) -> Result<(), Problem> {
    if case.flags.secret {
        return Err(Problem::field("case", "secret_case"));
    }
    let contacts: Vec<RecipientContact> = given.iter().map(|view| view.contact(case.id)).collect();
    let mut wrong = Vec::new();
    if contacts.len() > MAX_RECIPIENTS {
        wrong.push(FieldProblem::new("", "too_many").with("max", MAX_RECIPIENTS));
    }
    for (index, contact) in contacts.iter().enumerate() {
        wrong.extend(contact.problems().into_iter().map(|(field, code)| {
            FieldProblem::new(format!("[{index}].{field}"), code).with("max", MAX_CHARS)
        }));
    }
    if !wrong.is_empty() {
        return Err(Problem::Invalid(wrong));
    }
    recipient::set(tx, case.id, &contacts)?;
    for kept in assignment::of_case(tx, case.id)? {
        task::publish_recipients(tx, &kept)?;
    }
    Ok(())
}

impl RecipientView {
    fn contact(&self, case: CaseId) -> RecipientContact {
        let given = self.clone();
        RecipientContact {
            case,
            name: given.name,
            phone: given.phone,
            address: given.address,
            guardian: given.guardian,
            groups: given.groups,
            language: given.language,
            safe_contact: given.safe_contact.map(|safe| SafeContact {
                number: safe.number,
                from_minute: safe.from_minute,
                until_minute: safe.until_minute,
                code_word: safe.code_word,
                note: safe.note,
            }),
        }
    }
}

impl From<RecipientContact> for RecipientView {
    fn from(contact: RecipientContact) -> Self {
        Self {
            name: contact.name,
            phone: contact.phone,
            address: contact.address,
            guardian: contact.guardian,
            groups: contact.groups,
            language: contact.language,
            safe_contact: contact.safe_contact.map(|safe| SafeContactView {
                number: safe.number,
                from_minute: safe.from_minute,
                until_minute: safe.until_minute,
                code_word: safe.code_word,
                note: safe.note,
            }),
        }
    }
}
