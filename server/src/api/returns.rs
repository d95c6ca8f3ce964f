//! Sealed records that a manager returns with notes on fields. The answer is an amendment by whoever
//! sealed the record; nothing is ever written into a sealed record (DESIGN section 5).

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use tingfang_core::clock::Moment;
use tingfang_core::id::{DocumentId, OrganisationId, PersonId, ReturnId};
use tingfang_core::people::Role;
use tingfang_core::phone::FieldNote;
use tingfang_core::record::edit::FieldPath;
use tingfang_core::record::shape::KindShape;
use tingfang_core::record::shape_of;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::extract::{Body, PathId};
use super::schema::{self, Problems};
use crate::app::App;
use crate::db::{DbError, Tx};
use crate::identity::SignedIn;
use crate::problem::{FieldProblem, Problem};
use crate::store::{document, person, record_return};
use crate::{log, project, records};

/// The most notes of one return.
const MAX_NOTES: usize = 50;
/// The longest note, in characters.
const MAX_NOTE_CHARS: usize = 500;

/// A note on a field of a record.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FieldNoteView {
    /// The field, for instance `facts/outcome`; empty for the record as a whole.
    field: String,
    /// What is to be put right.
    text: String,
}

/// Why a record is returned.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReturnWish {
    /// What is to be put right, field by field.
    notes: Vec<FieldNoteView>,
}

/// A return.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReturnView {
    /// The id.
    #[schema(schema_with = schema::id)]
    id: ReturnId,
    /// The record.
    #[schema(schema_with = schema::id)]
    record: DocumentId,
    /// Who returned it.
    #[schema(schema_with = schema::id)]
    person: PersonId,
    /// Their name.
    person_name: String,
    /// The notes.
    notes: Vec<FieldNoteView>,
    /// When.
    #[schema(schema_with = schema::moment)]
    returned_at: Moment,
    /// The sealed amendment that answers it.
    #[schema(schema_with = schema::id, required = false)]
    answered_by: Option<DocumentId>,
}

/// The routes of returns.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list_returns, return_record))
}

/// Lists the returns of a record, the oldest first.
#[utoipa::path(get, path = "/records/{id}/returns", tag = "records", security(("session" = [])),
    params(("id" = String, Path)), responses((status = 200, body = Vec<ReturnView>), Problems))]
async fn list_returns(
    State(app): State<App>,
    signed_in: SignedIn,
    PathId(id): PathId<DocumentId>,
) -> Result<Json<Vec<ReturnView>>, Problem> {
    let views = app
        .read(move |tx| {
            records::open(tx, &signed_in, id)?;
            let kept = record_return::of_document(tx, id)?;
            Ok::<_, Problem>(
                kept.into_iter().map(|kept| ReturnView::new(tx, kept)).collect::<Result<_, _>>()?,
            )
        })
        .await?;
    Ok(Json(views))
}

/// Returns a sealed record with notes on fields. It becomes a task of its writers; an amendment answers
/// it.
#[utoipa::path(post, path = "/records/{id}/returns", tag = "records", security(("session" = [])),
    params(("id" = String, Path)), request_body = ReturnWish,
    responses((status = 201, body = ReturnView), Problems))]
async fn return_record(
    State(app): State<App>,
    signed_in: SignedIn,
    PathId(id): PathId<DocumentId>,
    Body(wish): Body<ReturnWish>,
) -> Result<(StatusCode, Json<ReturnView>), Problem> {
    signed_in.require(Role::Manager)?;
    let (return_id, now) = (app.minter.mint(), app.now());
    let view = app
        .write(move |tx| {
            let (row, _) = managed(tx, &signed_in, id)?;
            let notes = wish.checked(&row)?;
            let position = log::next_position(tx)?;
            let person = signed_in.person;
            let kept = record_return::Kept {
                id: return_id,
                document: id,
                position,
                person,
                notes,
                returned_at: now,
                answered_by: None,
            };
            record_return::insert(tx, &kept)?;
            project::following::publish_returned(tx, id)?;
            Ok::<_, Problem>(ReturnView::new(tx, kept)?)
        })
        .await?;
    Ok((StatusCode::CREATED, Json(view)))
}

/// The row of a sealed record that this person manages, and the organisation that it was made for.
pub(super) fn managed(
    tx: &Tx,
    signed_in: &SignedIn,
    id: DocumentId,
) -> Result<(document::Kept, OrganisationId), Problem> {
    let record = records::open(tx, signed_in, id)?;
    let organisation = records::manages(tx, signed_in, &record.row)?;
    if record.row.sealed_position.is_none() {
        return Err(Problem::field("state", "record_not_sealed"));
    }
    Ok((record.row, organisation))
}

impl ReturnWish {
    fn checked(&self, row: &document::Kept) -> Result<Vec<FieldNote>, Problem> {
        let shape = shape_of(&row.kind);
        let mut wrong = Vec::new();
        if self.notes.is_empty() {
            wrong.push(FieldProblem::new("notes", "empty"));
        }
        if self.notes.len() > MAX_NOTES {
            wrong.push(FieldProblem::new("notes", "too_many").with("max", MAX_NOTES));
        }
        for (index, note) in self.notes.iter().enumerate() {
            let at = |field: &str| format!("notes[{index}].{field}");
            if note.text.trim().is_empty() {
                wrong.push(FieldProblem::new(at("text"), "empty"));
            } else if note.text.chars().count() > MAX_NOTE_CHARS {
                wrong.push(FieldProblem::new(at("text"), "too_long").with("max", MAX_NOTE_CHARS));
            }
            if !shape.is_some_and(|shape| has_field(shape, &note.field)) {
                wrong.push(FieldProblem::new(at("field"), "no_such_field"));
            }
        }
        if !wrong.is_empty() {
            return Err(Problem::Invalid(wrong));
        }
        let note = |note: &FieldNoteView| FieldNote { path: note.field.clone(), text: note.text.clone() };
        Ok(self.notes.iter().map(note).collect())
    }
}

/// Whether a record of the kind can have something at the path: a container, a field, or the whole.
fn has_field(shape: &KindShape, field: &str) -> bool {
    let path: FieldPath = field.parse().expect("any text is a path");
    match path.parts() {
        [container] => container.is_empty() || shape.container(container).is_some(),
        _ => shape.scalar_at(&path).is_ok(),
    }
}

impl ReturnView {
    fn new(tx: &Tx, kept: record_return::Kept) -> Result<Self, DbError> {
        let name = person::find(tx, kept.person)?.map(|person| person.name);
        let note = |note: FieldNote| FieldNoteView { field: note.path, text: note.text };
        Ok(Self {
            id: kept.id,
            record: kept.document,
            person: kept.person,
            person_name: name.unwrap_or_default(),
            notes: kept.notes.into_iter().map(note).collect(),
            returned_at: kept.returned_at,
            answered_by: kept.answered_by,
        })
    }
}
