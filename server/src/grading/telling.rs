//! 告知 what an undertaker's own phone gets of a grade: a row for each decision, from the day on which they are
//! told (domain 6.3, 7.5).

use tingfang_core::consequence::own_result::{OwnResult, ToldGrade, is_told};
use tingfang_core::grading::View;
use tingfang_core::sync::row_kind::RowKind;
use tingfang_core::text::{Bilingual, Language};

use super::explanation::explanation;
use crate::db::{DbError, Tx};
use crate::log;
use crate::store::{decision, legal_case, person, round, subsidy_line};

/// Tells the undertaker how a decision on their work stands; of one that they were never told of, nothing. While
/// a grade that they were told of is worked out anew, its row says so and no more.
///
/// # Errors
/// When the data layer fails.
pub(super) fn tell(tx: &Tx, held: &round::Kept, kept: &decision::Kept) -> Result<(), DbError> {
    let told = is_told(kept.state).then(|| told(tx, held, kept)).transpose()?;
    if told.is_none() && kept.representation.earlier.is_empty() {
        return Ok(());
    }
    let case_no = legal_case::find(tx, kept.case)?.map(|case| case.case_no).unwrap_or_default();
    let result = OwnResult {
        decision: kept.id,
        round: held.id,
        round_name: held.name.clone(),
        case: kept.case,
        case_no,
        state: kept.state,
        decided_at: kept.decided_at,
        told,
    };
    let body = serde_json::to_value(&result).map_err(|error| DbError::damaged("a result", &error))?;
    for who in person::of_undertaker(tx, kept.undertaker)? {
        log::publish(tx, who, RowKind::Result, &kept.id.to_string(), &body)?;
    }
    Ok(())
}

fn told(tx: &Tx, held: &round::Kept, kept: &decision::Kept) -> Result<ToldGrade, DbError> {
    let explain = |language| explanation(tx, held, kept, View::Undertaker, language);
    let lines = subsidy_line::of_decision(tx, kept.id)?;
    Ok(ToldGrade {
        grade: kept.outcome.grade,
        score: kept.outcome.score,
        explanation: Bilingual { zh: explain(Language::Zh)?, en: explain(Language::En)? },
        representation: kept.representation.state,
        answer_by: kept.representation.due_at,
        centre_answer: kept.representation.answer.clone(),
        amount_fen: (!lines.is_empty()).then(|| lines.iter().map(|line| line.amount_fen).sum()),
    })
}
