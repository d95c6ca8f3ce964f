//! Records that were begun without a task, and linking them to an assignment.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tingfang_core::clock::Moment;
use tingfang_core::id::{AssignmentId, CaseId, DeviceId, DocumentId, PersonId, UndertakerId};
use tingfang_core::people::{Role, Subject, SubjectCount};
use tingfang_core::record::shape::Merge;
use tingfang_core::record::shape_of;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::extract::{Body, PathId};
use super::records::RecordView;
use super::schema::{self, Problems};
use crate::app::App;
use crate::case_access::is_related_to_any;
use crate::db::Tx;
use crate::identity::SignedIn;
use crate::problem::{FieldProblem, Problem};
use crate::records::unlinked::{self, Unlinked};
use crate::records::{self, keepers};
use crate::store::record_link::RecordLink;
use crate::store::{assignment, person};
use crate::sync::Linked;

/// A record that waits for a manager to say which assignment it answers.
#[derive(Debug, Serialize, ToSchema)]
pub struct UnlinkedView {
    /// The record.
    #[schema(schema_with = schema::id)]
    pub record: DocumentId,
    /// The kind's code.
    pub kind: String,
    /// Who began it.
    #[schema(schema_with = schema::id)]
    pub person: PersonId,
    /// By name.
    pub person_name: String,
    /// On which device.
    #[schema(schema_with = schema::id)]
    pub device: DeviceId,
    /// When its beginning was received.
    #[schema(schema_with = schema::moment)]
    pub received_at: Moment,
    /// What stands in it so far.
    #[schema(value_type = Object)]
    pub content: Value,
}

/// What a record is linked to.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LinkWish {
    /// The assignment that it answers.
    #[schema(schema_with = schema::id)]
    assignment: AssignmentId,
    /// The case of a record that one person writes; may be left out when the assignment has one subject.
    #[schema(schema_with = schema::id, required = false)]
    case: Option<CaseId>,
    /// The undertaker whose work it is about; the same.
    #[schema(schema_with = schema::id, required = false)]
    undertaker: Option<UndertakerId>,
}

/// The routes of records without a task.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list_unlinked)).routes(routes!(link_record))
}

/// Lists the records that were begun without a task and wait for their link, the oldest first.
#[utoipa::path(get, path = "/records/unlinked", tag = "records", security(("session" = [])),
    responses((status = 200, body = Vec<UnlinkedView>), Problems))]
async fn list_unlinked(
    State(app): State<App>,
    signed_in: SignedIn,
) -> Result<Json<Vec<UnlinkedView>>, Problem> {
    signed_in.require_any(keepers())?;
    let views = app
        .read(move |tx| {
            let found = unlinked::list(tx, &signed_in)?;
            found.into_iter().map(|waiting| UnlinkedView::new(tx, waiting)).collect()
        })
        .await?;
    Ok(Json(views))
}

/// Links a record that was begun without a task to an assignment. It begins there, with all that was
/// written in it, as a record of its own beside what the assignment already has.
#[utoipa::path(post, path = "/records/{id}/link", tag = "records", security(("session" = [])),
    params(("id" = String, Path)), request_body = LinkWish,
    responses((status = 200, body = RecordView), Problems))]
async fn link_record(
    State(app): State<App>,
    signed_in: SignedIn,
    PathId(id): PathId<DocumentId>,
    Body(wish): Body<LinkWish>,
) -> Result<Json<RecordView>, Problem> {
    signed_in.require(Role::Manager)?;
    let now = app.now();
    let view = app
        .blocking(move |app| {
            let (wished, begun_by) = app.db.try_read(|tx| wish.checked(tx, &signed_in, id, now))?;
            match app.sync.link(wished, begun_by)? {
                Linked::Begun => {}
                Linked::Refused(rule) => return Err(refused(&rule)),
                Linked::NothingWaits => return Err(Problem::NotFound { what: "record" }),
            }
            app.db.try_read(|tx| RecordView::new(tx, records::open(tx, &signed_in, id)?))
        })
        .await?;
    Ok(Json(view))
}

/// A rule stands against it: that of the policy which judges the record's beginning.
fn refused(rule: &str) -> Problem {
    Problem::Refused(vec![FieldProblem::by_rule("assignment", "link_refused", rule)])
}

impl UnlinkedView {
    fn new(tx: &Tx, waiting: Unlinked) -> Result<Self, Problem> {
        let name = person::find(tx, waiting.person)?.map(|person| person.name);
        Ok(Self {
            record: waiting.document,
            kind: waiting.kind,
            person: waiting.person,
            person_name: name.unwrap_or_default(),
            device: waiting.device,
            received_at: waiting.received_at,
            content: serde_json::to_value(&waiting.content).map_err(Problem::internal)?,
        })
    }
}

impl LinkWish {
    /// The link that is wished for and who began the record, when this person may make it and it names
    /// one subject.
    fn checked(
        &self,
        tx: &Tx,
        signed_in: &SignedIn,
        id: DocumentId,
        now: Moment,
    ) -> Result<(RecordLink, PersonId), Problem> {
        let waiting = unlinked::find(tx, signed_in, id)?.ok_or(Problem::NotFound { what: "record" })?;
        let kept = assignment::find(tx, self.assignment)?
            .filter(|kept| signed_in.require_in(kept.assignment.organisation, keepers()).is_ok())
            .ok_or_else(|| Problem::field("assignment", "no_such_assignment"))?;
        signed_in.require_in(kept.assignment.organisation, &[Role::Manager])?;
        if is_related_to_any(tx, signed_in, &kept.assignment)? {
            return Err(refused("relation_bars"));
        }
        let shared = shape_of(&waiting.kind).is_some_and(|shape| shape.merge == Merge::Shared);
        let none = shared || kept.assignment.kind.subject_count() == SubjectCount::None;
        let subject = if none { None } else { Some(self.subject(&kept.assignment.subjects)?) };
        let link = RecordLink {
            document: id,
            assignment: self.assignment,
            subject,
            linked_by: signed_in.person,
            linked_at: now,
        };
        Ok((link, waiting.person))
    }

    fn subject(&self, of_assignment: &[Subject]) -> Result<Subject, Problem> {
        let mut meant = of_assignment.iter().filter(|subject| {
            self.case.is_none_or(|case| case == subject.case)
                && self.undertaker.is_none_or(|undertaker| undertaker == subject.undertaker)
        });
        match (meant.next(), meant.next()) {
            (Some(subject), None) => Ok(*subject),
            (None, _) => Err(Problem::field("case", "not_a_subject")),
            (Some(_), Some(_)) => Err(Problem::field("case", "which_subject")),
        }
    }
}
