//! Grades as the API shows them.

use std::collections::BTreeSet;

use jiff::civil::Date;
use serde::Serialize;
use tingfang_core::clock::Moment;
use tingfang_core::consequence::subsidy::yuan_text;
use tingfang_core::evidence::is_evidence;
use tingfang_core::grading::{DecisionState, VetoOutcome, VetoState, View};
use tingfang_core::id::{
    CaseId, DecisionId, DocumentId, EntryId, PersonId, RoundId, RulingId, SpotCheckId, SubsidyLineId,
    UndertakerId, VetoId,
};
use tingfang_core::record::scoresheet::VetoCode;
use tingfang_core::text::{Bilingual, Language};
use utoipa::ToSchema;

use crate::api::schema;
use crate::db::{DbError, Tx};
use crate::grading::{self, Step};
use crate::store::{
    decision, document, legal_case, person, report_check, spot_check, subsidy_line, undertaker,
};

/// A grade in a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct GradeRowView {
    /// The decision.
    #[schema(schema_with = schema::id)]
    pub id: DecisionId,
    /// The round.
    #[schema(schema_with = schema::id)]
    pub round: RoundId,
    /// The case.
    #[schema(schema_with = schema::id)]
    pub case: CaseId,
    /// Its number.
    pub case_no: String,
    /// The undertaker.
    #[schema(schema_with = schema::id)]
    pub undertaker: UndertakerId,
    /// By name.
    pub undertaker_name: String,
    /// Counts the decisions on the case in the round.
    pub number: u32,
    /// Where the decision stands.
    pub state: &'static str,
    /// The grade.
    pub grade: &'static str,
    /// The score in hundredths of a point.
    pub score: i64,
    /// When the last step was taken.
    #[schema(schema_with = schema::moment)]
    pub decided_at: Moment,
    /// What is paid in the end, in fen; nothing while nothing is final.
    pub amount_fen: Option<i64>,
}

/// A grade with its explanation.
#[derive(Debug, Serialize, ToSchema)]
pub struct GradeView {
    /// The row.
    pub row: GradeRowView,
    /// What stops it from becoming final.
    pub stops: Vec<TextView>,
    /// The hash of everything that it was made from.
    pub basis: String,
    /// The representation, as it stands.
    #[schema(value_type = Object)]
    pub representation: serde_json::Value,
    /// Its subsidy lines.
    pub subsidy_lines: Vec<SubsidyLineView>,
    /// Why a final grade is paid nothing by itself; nothing where it has its line.
    pub subsidy_problem: Option<ProblemView>,
    /// Records that came too late: sealed after the evidence was taken, or after an assessor had
    /// sealed. They change no sheet by themselves.
    #[schema(value_type = Vec<String>)]
    pub late_evidence: Vec<DocumentId>,
    /// The vetoes as they stood when the grade was last looked at.
    pub vetoes: Vec<VetoView>,
    /// The checks on the spot, the oldest first.
    pub spot_checks: Vec<SpotCheckView>,
    /// The explanation, in the view that was asked for.
    pub explanation: TextView,
}

/// A veto as it stands for a grade.
#[derive(Debug, Serialize, ToSchema)]
pub struct VetoView {
    /// Which.
    #[schema(schema_with = schema::veto)]
    pub code: VetoCode,
    /// How it stands.
    #[schema(schema_with = schema::veto_state)]
    pub state: VetoState,
    /// The record that alleges it.
    #[schema(schema_with = schema::id, required = false)]
    pub document: Option<DocumentId>,
    /// The entry in the record.
    #[schema(schema_with = schema::id, required = false)]
    pub entry: Option<EntryId>,
    /// The veto, once somebody has ruled on it: what a further ruling names.
    #[schema(schema_with = schema::id, required = false)]
    pub veto: Option<VetoId>,
    /// The ruling by which it stands so.
    #[schema(schema_with = schema::id, required = false)]
    pub ruling: Option<RulingId>,
    /// How many rulings there are on it.
    pub rulings: usize,
}

/// A check on the spot.
#[derive(Debug, Serialize, ToSchema)]
pub struct SpotCheckView {
    /// The check.
    #[schema(schema_with = schema::id)]
    pub id: SpotCheckId,
    /// Who went.
    #[schema(schema_with = schema::id)]
    pub checked_by: PersonId,
    /// By name.
    pub checked_by_name: String,
    /// On which day.
    #[schema(schema_with = schema::date)]
    pub checked_on: Date,
    /// Where.
    pub place: String,
    /// What was found.
    pub finding: String,
}

/// A text in both languages.
#[derive(Debug, Serialize, ToSchema)]
pub struct TextView {
    /// Chinese.
    pub zh: String,
    /// English.
    pub en: String,
}

/// Why something did not come about.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProblemView {
    /// The stable code.
    pub code: &'static str,
    /// What is missing and what to do.
    pub text: TextView,
}

/// A subsidy line.
#[derive(Debug, Serialize, ToSchema)]
pub struct SubsidyLineView {
    /// The line.
    #[schema(schema_with = schema::id)]
    pub id: SubsidyLineId,
    /// The grade that it follows from.
    #[schema(schema_with = schema::id)]
    pub grade: DecisionId,
    /// Who is paid.
    #[schema(schema_with = schema::id)]
    pub undertaker: UndertakerId,
    /// What the rule begins with, in fen.
    pub base_fen: i64,
    /// The factor of the grade, in percent.
    pub factor_percent: i64,
    /// What is paid, in fen.
    pub amount_fen: i64,
    /// The same in yuan, as people write it.
    pub amount_yuan: String,
    /// The line that it reverses.
    #[schema(schema_with = schema::id, required = false)]
    pub reverses: Option<SubsidyLineId>,
    /// Its entry in the ledger.
    pub ledger_entry: u64,
}

impl From<subsidy_line::Kept> for SubsidyLineView {
    fn from(line: subsidy_line::Kept) -> Self {
        Self {
            id: line.id,
            grade: line.decision,
            undertaker: line.undertaker,
            base_fen: line.base_fen,
            factor_percent: line.factor_percent,
            amount_fen: line.amount_fen,
            amount_yuan: yuan_text(line.amount_fen),
            reverses: line.reverses,
            ledger_entry: line.entry,
        }
    }
}

impl From<&VetoOutcome> for VetoView {
    fn from(veto: &VetoOutcome) -> Self {
        let alleged = veto.allegation.as_ref().map(|allegation| allegation.key);
        let newest = veto.newest();
        let answered = newest.and_then(|ruling| ruling.answers);
        let key = alleged.or(answered);
        Self {
            code: veto.code,
            state: veto.state,
            document: key.map(|key| key.document),
            entry: key.and_then(|key| key.entry),
            veto: newest.map(|ruling| ruling.veto),
            ruling: newest.map(|ruling| ruling.ruling),
            rulings: veto.rulings.len(),
        }
    }
}

impl SpotCheckView {
    fn new(tx: &Tx, check: spot_check::Kept) -> Result<Self, DbError> {
        Ok(Self {
            id: check.id,
            checked_by: check.checked_by,
            checked_by_name: person::find(tx, check.checked_by)?.map(|found| found.name).unwrap_or_default(),
            checked_on: check.checked_on,
            place: check.place,
            finding: check.finding,
        })
    }
}

impl GradeRowView {
    /// The row of a decision.
    ///
    /// # Errors
    /// When the data layer fails.
    pub fn new(tx: &Tx, kept: &decision::Kept) -> Result<Self, DbError> {
        let lines = subsidy_line::of_decision(tx, kept.id)?;
        Ok(Self {
            id: kept.id,
            round: kept.round,
            case: kept.case,
            case_no: legal_case::find(tx, kept.case)?.map(|case| case.case_no).unwrap_or_default(),
            undertaker: kept.undertaker,
            undertaker_name: undertaker::find(tx, kept.undertaker)?
                .map(|found| found.name)
                .unwrap_or_default(),
            number: kept.number,
            state: kept.state.code(),
            grade: kept.outcome.grade.code(),
            score: kept.outcome.score.0,
            decided_at: kept.decided_at,
            amount_fen: (!lines.is_empty()).then(|| lines.iter().map(|line| line.amount_fen).sum()),
        })
    }
}

impl GradeView {
    /// The view of a decision.
    ///
    /// # Errors
    /// When the data layer fails.
    pub fn new(tx: &Tx, step: &Step, view: View) -> Result<Self, DbError> {
        let kept = &step.decision;
        let both =
            |text: &dyn Fn(Language) -> String| TextView { zh: text(Language::Zh), en: text(Language::En) };
        let explain = |language| grading::explanation(tx, &step.round, kept, view, language);
        let explanation = Bilingual { zh: explain(Language::Zh)?, en: explain(Language::En)? };
        let late = document::sealed_of_case(tx, kept.case)?.into_iter().filter(|row| {
            is_evidence(&row.kind) && row.sealed_position.is_some_and(|at| at > kept.evidence_position)
        });
        let checked = report_check::of_case(tx, kept.case)?;
        let checked = checked.into_iter().filter(|check| check.position > kept.evidence_position);
        let late: BTreeSet<DocumentId> =
            late.map(|row| row.id).chain(checked.map(|check| check.document)).collect();
        let unpaid = match (kept.state, grading::subsidy(&step.round, kept)?) {
            (DecisionState::Final, Err(problem)) => Some(problem),
            _ => None,
        };
        Ok(Self {
            row: GradeRowView::new(tx, kept)?,
            subsidy_problem: unpaid.map(|problem| ProblemView {
                code: problem.code(),
                text: both(&|language| problem.text(language)),
            }),
            stops: kept.outcome.stops.iter().map(|stop| both(&|language| stop.text(language))).collect(),
            basis: kept.outcome.basis.hash().to_string(),
            representation: serde_json::to_value(&kept.representation)
                .map_err(|error| DbError::damaged("a representation", &error))?,
            subsidy_lines: subsidy_line::of_decision(tx, kept.id)?.into_iter().map(Into::into).collect(),
            late_evidence: grading::unseen(&kept.outcome).into_iter().chain(late).collect(),
            vetoes: kept.outcome.vetoes.iter().map(VetoView::from).collect(),
            spot_checks: spot_check::of_subject(tx, kept.round, kept.case, kept.undertaker)?
                .into_iter()
                .map(|check| SpotCheckView::new(tx, check))
                .collect::<Result<_, _>>()?,
            explanation: TextView { zh: explanation.zh, en: explanation.en },
        })
    }
}
