//! 等次决定 grade decisions, with everything that they were made from.

use serde::{Deserialize, Serialize};
use tingfang_core::clock::{LogPosition, Moment};
use tingfang_core::consequence::CaseFacts;
use tingfang_core::evidence::EvidenceSet;
use tingfang_core::grading::{DecisionState, GradeOutcome, RepresentationState};
use tingfang_core::id::{CaseId, DecisionId, DocumentId, OrganisationId, RoundId, UndertakerId};

use super::filter::Filter;
use super::legal_case::json;
use crate::db::{DbError, Row, Tx};
use crate::params;

/// A decision as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// The decision.
    pub id: DecisionId,
    /// The round.
    pub round: RoundId,
    /// The case.
    pub case: CaseId,
    /// The undertaker.
    pub undertaker: UndertakerId,
    /// Counts the decisions on the same case in the same round, from 1.
    pub number: u32,
    /// Where it stands.
    pub state: DecisionState,
    /// The grade.
    pub outcome: GradeOutcome,
    /// The evidence that it was made from.
    pub evidence: EvidenceSet,
    /// Records that were sealed later are not in the evidence.
    pub evidence_position: LogPosition,
    /// The undertaker's representation.
    pub representation: Representation,
    /// What of the case the subsidy depends on, as it stood at the last step before the end.
    pub case_facts: CaseFacts,
    /// When the last step was taken.
    pub decided_at: Moment,
}

/// 申辩: what the undertaker said, and what the centre answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Representation {
    /// How it stands.
    pub state: RepresentationState,
    /// Until when the undertaker may answer.
    pub due_at: Option<Moment>,
    /// What the undertaker said.
    pub statement: Option<String>,
    /// The sealed response in which the undertaker said it; nothing when a manager has taken it down.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub response: Option<DocumentId>,
    /// What the centre answered.
    pub answer: Option<String>,
    /// What was said when the grade was proposed before, the oldest first.
    pub earlier: Vec<EarlierRepresentation>,
}

/// A representation on the grade as it was proposed before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EarlierRepresentation {
    /// Until when the undertaker could answer.
    pub due_at: Option<Moment>,
    /// What the undertaker said.
    pub statement: Option<String>,
    /// The sealed response in which the undertaker said it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub response: Option<DocumentId>,
    /// What the centre answered.
    pub answer: Option<String>,
}

impl Default for Representation {
    fn default() -> Self {
        let (due_at, statement, response, answer, earlier) = Default::default();
        Self { state: RepresentationState::NotOpened, due_at, statement, response, answer, earlier }
    }
}

impl Representation {
    /// Makes room for a new one: what was said so far stays on record.
    pub fn begin_anew(&mut self) {
        let Self { state, due_at, statement, response, answer, mut earlier } = std::mem::take(self);
        if state != RepresentationState::NotOpened {
            earlier.push(EarlierRepresentation { due_at, statement, response, answer });
        }
        self.earlier = earlier;
    }
}

const SELECT: &str =
    "select grade_decision_id, round_id, legal_case_id, undertaker_id, number, state, outcome,
    evidence, evidence_seq, representation, case_facts, decided_at from grade_decision";

/// Keeps a decision.
pub fn insert(tx: &Tx, decision: &Kept) -> Result<(), DbError> {
    tx.execute(
        "insert into grade_decision (grade_decision_id, round_id, legal_case_id, undertaker_id, number, state,
             outcome, evidence, evidence_seq, representation, case_facts, decided_at)
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
        params![
            decision.id,
            decision.round,
            decision.case,
            decision.undertaker,
            decision.number,
            decision.state.code(),
            json(&decision.outcome)?,
            json(&decision.evidence)?,
            decision.evidence_position,
            json(&decision.representation)?,
            json(&decision.case_facts)?,
            decision.decided_at
        ],
    )?;
    Ok(())
}

/// Takes a decision one step on. A decision that was proposed anew brings another outcome.
pub fn advance(tx: &Tx, decision: &Kept) -> Result<(), DbError> {
    tx.execute(
        "update grade_decision set state = ?2, outcome = ?3, evidence = ?4, evidence_seq = ?5,
             representation = ?6, case_facts = ?7, decided_at = ?8 where grade_decision_id = ?1",
        params![
            decision.id,
            decision.state.code(),
            json(&decision.outcome)?,
            json(&decision.evidence)?,
            decision.evidence_position,
            json(&decision.representation)?,
            json(&decision.case_facts)?,
            decision.decided_at
        ],
    )?;
    Ok(())
}

/// The decision with this id.
pub fn find(tx: &Tx, id: DecisionId) -> Result<Option<Kept>, DbError> {
    tx.query_one(&format!("{SELECT} where grade_decision_id = ?1"), params![id], read)
}

/// The newest decision on a case in a round.
pub fn newest(
    tx: &Tx,
    round: RoundId,
    case: CaseId,
    undertaker: UndertakerId,
) -> Result<Option<Kept>, DbError> {
    tx.query_one(
        &format!(
            "{SELECT} where round_id = ?1 and legal_case_id = ?2 and undertaker_id = ?3
             order by number desc limit 1"
        ),
        params![round, case, undertaker],
        read,
    )
}

/// Whether a decision rests on a record: it is in its evidence or among its sheets, or says what its undertaker said.
pub fn any_rests_on(tx: &Tx, document: DocumentId) -> Result<bool, DbError> {
    let sql = "select 1 as one from grade_decision
         where evidence like ?1 or outcome like ?1 or representation like ?1 limit 1";
    let found = tx.query_one(sql, params![format!("%{document}%")], |row| row.get::<i64>("one"))?;
    Ok(found.is_some())
}

/// One page of decisions, the oldest first: of rounds of these organisations, or of all.
pub fn page(
    tx: &Tx,
    organisations: Option<&[OrganisationId]>,
    round: Option<RoundId>,
    after: Option<DecisionId>,
    limit: u32,
) -> Result<Vec<Kept>, DbError> {
    let mut filter = Filter::default();
    filter.equals("round_id", round);
    if let Some(organisations) = organisations {
        let places = filter.places(organisations.iter().copied());
        filter.condition(format!(
            "round_id in (select round_id from round where organisation_id in ({places}))"
        ));
    }
    filter.compare("grade_decision_id", ">", after);
    tx.query(&filter.select(SELECT, "grade_decision_id", limit), filter.values(), read)
}

fn read(row: &Row) -> Result<Kept, DbError> {
    Ok(Kept {
        id: row.get("grade_decision_id")?,
        round: row.get("round_id")?,
        case: row.get("legal_case_id")?,
        undertaker: row.get("undertaker_id")?,
        number: row.get("number")?,
        state: row.code("state", DecisionState::from_code)?,
        outcome: row.json("outcome")?,
        evidence: row.json("evidence")?,
        evidence_position: row.get("evidence_seq")?,
        representation: row.json("representation")?,
        case_facts: row.json("case_facts")?,
        decided_at: row.get("decided_at")?,
    })
}
