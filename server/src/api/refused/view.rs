//! What was not accepted, as the API shows it.

use serde::Serialize;
use tingfang_core::clock::Moment;
use tingfang_core::id::{DeviceId, DocumentId, PersonId, QuarantineId};
use tingfang_core::record::document::Document;
use tingfang_core::sync::actor;
use tingfang_core::sync::frame::Item;
use tingfang_core::sync::gate::{self, Judgement};
use tingfang_core::text::{Language, label};
use utoipa::ToSchema;

use crate::api::records::OperationView;
use crate::api::schema;
use crate::db::{DbError, Tx};
use crate::identity::token::hex;
use crate::problem::Problem;
use crate::records::held;
use crate::store::held_decision::{self, HeldOutcome};
use crate::store::{change_log, frame, person, quarantine};
use crate::sync::with_it;

/// An item that was not accepted.
#[derive(Debug, Serialize, ToSchema)]
pub struct RefusedView {
    /// Its id.
    #[schema(schema_with = schema::id)]
    pub id: QuarantineId,
    /// Who sent it.
    #[schema(schema_with = schema::id)]
    pub person: PersonId,
    /// By name.
    pub person_name: String,
    /// From which device.
    #[schema(schema_with = schema::id)]
    pub device: DeviceId,
    /// The device's epoch.
    pub epoch: u32,
    /// The frame that holds the bytes.
    pub frame: u64,
    /// Which item of the frame.
    pub item: u64,
    /// The record that it is about.
    #[schema(schema_with = schema::id)]
    pub record: DocumentId,
    /// What it is: `begin`, `change`, `seal`, `confirm`, `supersede`, `task_report`, `witness`; `erased` for
    /// what was erased by order.
    pub what: &'static str,
    /// Of a copy of what another device had written: that device.
    #[schema(schema_with = schema::id, required = false)]
    pub writer_device: Option<DeviceId>,
    /// The change's hash.
    pub change: Option<String>,
    /// `refused`, `held` or `malformed`.
    pub verdict: String,
    /// The rule or code behind it.
    pub rule: String,
    /// The rule as a sentence.
    pub reason: String,
    /// The same in English.
    pub reason_en: String,
    /// What was said of a task, where that was not accepted: nothing is lost.
    pub said: Option<String>,
    /// The bytes of the change, in hexadecimal digits: nothing is lost.
    pub bytes: Option<String>,
    /// What the change would do to the record as it stands; shown of one item, not in lists.
    pub operations: Vec<OperationView>,
    /// How much else of the record comes in with it when it is let in; shown of one item, not in lists.
    pub waiting: usize,
    /// What a person has decided.
    pub decision: Option<HeldDecisionView>,
    /// The change that took its place.
    pub superseded_by: Option<String>,
    /// When it was received.
    #[schema(schema_with = schema::moment)]
    pub received_at: Moment,
}

/// What a person has decided on something held.
#[derive(Debug, Serialize, ToSchema)]
pub struct HeldDecisionView {
    /// Whether it came in.
    #[schema(schema_with = schema::held_outcome)]
    pub outcome: HeldOutcome,
    /// Why.
    pub reason: String,
    /// Who decided.
    #[schema(schema_with = schema::id)]
    pub decided_by: PersonId,
    /// By name.
    pub decided_by_name: String,
    /// When.
    #[schema(schema_with = schema::moment)]
    pub decided_at: Moment,
}

impl RefusedView {
    /// The view of an item.
    ///
    /// # Errors
    /// When the data layer fails.
    pub fn new(tx: &Tx, row: quarantine::Kept) -> Result<Self, Problem> {
        let (device, epoch, number, index) = row.place;
        let item = held::sent(tx, row.place)?;
        let said = match &item {
            Some(Item::TaskReport { command }) => Some(command.reason.clone()),
            _ => None,
        };
        let (what, bytes) = match item {
            Some(Item::Change { bytes, .. }) => ("change", Some(hex(&bytes))),
            Some(Item::Witness { bytes, .. }) => ("witness", Some(hex(&bytes))),
            Some(Item::Begin { .. }) => ("begin", None),
            Some(Item::Seal { .. }) => ("seal", None),
            Some(Item::Confirm { .. }) => ("confirm", None),
            Some(Item::TaskReport { .. }) => ("task_report", None),
            Some(Item::Supersede { .. }) | None => ("supersede", None),
            Some(Item::Erased { .. }) => ("erased", None),
        };
        let section = if row.verdict == "malformed" { "malformed" } else { "rule" };
        let reason = |language| label(language, section, &row.rule).unwrap_or(&row.rule).to_owned();
        let decision = held_decision::of_item(tx, row.id)?;
        Ok(Self {
            id: row.id,
            person: row.person,
            person_name: name(tx, row.person)?,
            device,
            epoch,
            frame: number,
            item: index as u64,
            record: row.document,
            what,
            writer_device: row.writer,
            change: row.hash.map(|hash| hex(&hash)),
            reason: reason(Language::Zh),
            reason_en: reason(Language::En),
            verdict: row.verdict,
            rule: row.rule,
            said,
            bytes,
            operations: Vec::new(),
            waiting: 0,
            decision: decision.map(|decision| HeldDecisionView::new(tx, decision)).transpose()?,
            superseded_by: row.superseded_by.map(|hash| hex(&hash)),
            received_at: row.received_at,
        })
    }

    /// The same with what the change would do to the record as it stands.
    ///
    /// # Errors
    /// When the data layer fails.
    pub fn whole(tx: &Tx, row: quarantine::Kept) -> Result<Self, Problem> {
        let operations = operations(tx, &row)?;
        let blocked = frame::blocked_of(tx, row.document)?.iter().filter(|at| at.0 == row.place.0).count();
        let waiting = blocked + with_it(tx, &row)?.len();
        Ok(Self { operations, waiting, ..Self::new(tx, row)? })
    }
}

impl HeldDecisionView {
    fn new(tx: &Tx, kept: held_decision::Kept) -> Result<Self, DbError> {
        Ok(Self {
            outcome: kept.outcome,
            reason: kept.reason,
            decided_by_name: name(tx, kept.decided_by)?,
            decided_by: kept.decided_by,
            decided_at: kept.decided_at,
        })
    }
}

fn name(tx: &Tx, id: PersonId) -> Result<String, DbError> {
    Ok(person::find(tx, id)?.map(|person| person.name).unwrap_or_default())
}

/// What a change would do; nothing where it does not fit the record.
fn operations(tx: &Tx, row: &quarantine::Kept) -> Result<Vec<OperationView>, DbError> {
    let (document, actor, bytes) = match held::sent(tx, row.place)? {
        Some(Item::Change { document, rebase, bytes }) => {
            (document, Some(actor::derive(row.place.0, document, row.place.1, rebase)), bytes)
        }
        Some(Item::Witness { document, bytes, .. }) => (document, gate::claimed_actor(&bytes), bytes),
        _ => return Ok(Vec::new()),
    };
    let Some(actor) = actor else { return Ok(Vec::new()) };
    let changes = change_log::of_document(tx, document)?;
    let record = Document::from_changes(changes.iter().map(|entry| entry.bytes.as_slice()))
        .map_err(|error| DbError::Damaged(error.to_string()))?;
    let Ok(shape) = record.shape() else { return Ok(Vec::new()) };
    let admitted = gate::admit(&record, shape, actor, &bytes, |_| Judgement::Allow);
    Ok(admitted.map(|admitted| OperationView::gather(&admitted.operations)).unwrap_or_default())
}
