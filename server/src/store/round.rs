//! 评估批次 evaluation rounds, with the rubric and the rules that they have frozen.

use tingfang_core::clock::Moment;
use tingfang_core::codes;
use tingfang_core::id::{CaseId, OrganisationId, PersonId, RoundId, UndertakerId};
use tingfang_core::people::Subject;

use super::filter::Filter;
use crate::db::{DbError, Row, Tx};
use crate::params;

codes! {
    /// Whether a round still goes on.
    RoundState as "round_state" {
        Open = "open",
        Closed = "closed",
    }
}

/// A round as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// The round.
    pub id: RoundId,
    /// Whose it is.
    pub organisation: OrganisationId,
    /// Its name.
    pub name: String,
    /// The content hash of the rubric.
    pub rubric_hash: String,
    /// The content hash of the observer sheet's rubric.
    pub sheet_rubric_hash: String,
    /// The grading rule, TOML.
    pub grading_rule: String,
    /// The subsidy rule, TOML.
    pub subsidy_rule: String,
    /// Whether it still goes on.
    pub state: RoundState,
    /// When it began.
    pub created_at: Moment,
    /// Who began it.
    pub created_by: PersonId,
}

const SELECT: &str = "select round_id, organisation_id, name, rubric_hash, sheet_rubric_hash, grading_rule,
    subsidy_rule, state, created_at, created_by from round";

/// Freezes a rubric under its hash. Nothing happens to one that was frozen before.
pub fn freeze_rubric(tx: &Tx, hash: &str, code: &str, body: &str, now: Moment) -> Result<(), DbError> {
    tx.execute(
        "insert into rubric (rubric_hash, code, body, frozen_at) values (?1, ?2, ?3, ?4)
         on conflict (rubric_hash) do nothing",
        params![hash, code, body, now],
    )?;
    Ok(())
}

/// The text of a frozen rubric.
pub fn rubric_text(tx: &Tx, hash: &str) -> Result<Option<String>, DbError> {
    tx.query_one("select body from rubric where rubric_hash = ?1", params![hash], |row| row.get("body"))
}

/// Every frozen rubric: hash, code, text.
pub fn rubrics(tx: &Tx) -> Result<Vec<(String, String, String)>, DbError> {
    tx.query("select rubric_hash, code, body from rubric order by code, rubric_hash", &[], |row| {
        Ok((row.get("rubric_hash")?, row.get("code")?, row.get("body")?))
    })
}

/// Adds a round.
pub fn insert(tx: &Tx, round: &Kept, cases: &[Subject]) -> Result<(), DbError> {
    tx.execute(
        "insert into round (round_id, organisation_id, name, rubric_hash, sheet_rubric_hash, grading_rule,
             subsidy_rule, state, created_at, created_by)
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        params![
            round.id,
            round.organisation,
            &round.name,
            &round.rubric_hash,
            &round.sheet_rubric_hash,
            &round.grading_rule,
            &round.subsidy_rule,
            round.state.code(),
            round.created_at,
            round.created_by
        ],
    )?;
    for subject in cases {
        tx.execute(
            "insert into round_case (round_id, legal_case_id, undertaker_id) values (?1, ?2, ?3)",
            params![round.id, subject.case, subject.undertaker],
        )?;
    }
    Ok(())
}

/// Closes a round, or opens it again.
pub fn set_state(tx: &Tx, id: RoundId, state: RoundState) -> Result<(), DbError> {
    tx.execute("update round set state = ?2 where round_id = ?1", params![id, state.code()])?;
    Ok(())
}

/// The round with this id.
pub fn find(tx: &Tx, id: RoundId) -> Result<Option<Kept>, DbError> {
    tx.query_one(&format!("{SELECT} where round_id = ?1"), params![id], read)
}

/// One page of rounds of these organisations.
pub fn page(
    tx: &Tx,
    organisations: &[OrganisationId],
    after: Option<RoundId>,
    limit: u32,
) -> Result<Vec<Kept>, DbError> {
    let mut filter = Filter::default();
    filter.one_of("organisation_id", organisations.iter().copied());
    filter.compare("round_id", ">", after);
    tx.query(&filter.select(SELECT, "round_id", limit), filter.values(), read)
}

/// The cases of a round with their undertakers.
pub fn cases(tx: &Tx, id: RoundId) -> Result<Vec<Subject>, DbError> {
    tx.query(
        "select legal_case_id, undertaker_id from round_case where round_id = ?1
         order by legal_case_id, undertaker_id",
        params![id],
        |row| Ok(Subject { case: row.get("legal_case_id")?, undertaker: row.get("undertaker_id")? }),
    )
}

/// One page of the cases of a round.
pub fn cases_page(tx: &Tx, id: RoundId, after: Option<Subject>, limit: u32) -> Result<Vec<Subject>, DbError> {
    let mut filter = Filter::default();
    filter.equals("round_id", Some(id));
    let last = after.map(|subject| (subject.case.into(), subject.undertaker.into()));
    filter.after("legal_case_id", "undertaker_id", last);
    let select = "select legal_case_id, undertaker_id from round_case";
    tx.query(&filter.select(select, "legal_case_id, undertaker_id", limit), filter.values(), |row| {
        Ok(Subject { case: row.get("legal_case_id")?, undertaker: row.get("undertaker_id")? })
    })
}

/// The open rounds of a case, with the undertaker whose work is assessed.
pub fn open_of_case(tx: &Tx, case: CaseId) -> Result<Vec<(RoundId, UndertakerId)>, DbError> {
    tx.query(
        "select round_case.round_id as round_id, round_case.undertaker_id as undertaker_id
         from round_case join round on round.round_id = round_case.round_id
         where round_case.legal_case_id = ?1 and round.state = 'open' order by round_case.round_id",
        params![case],
        |row| Ok((row.get("round_id")?, row.get("undertaker_id")?)),
    )
}

fn read(row: &Row) -> Result<Kept, DbError> {
    Ok(Kept {
        id: row.get("round_id")?,
        organisation: row.get("organisation_id")?,
        name: row.get("name")?,
        rubric_hash: row.get("rubric_hash")?,
        sheet_rubric_hash: row.get("sheet_rubric_hash")?,
        grading_rule: row.get("grading_rule")?,
        subsidy_rule: row.get("subsidy_rule")?,
        state: row.code("state", RoundState::from_code)?,
        created_at: row.get("created_at")?,
        created_by: row.get("created_by")?,
    })
}
