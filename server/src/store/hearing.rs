//! 开庭 hearings.

use tingfang_core::case::{Hearing, HearingKind, HearingState, Instance, Known, Openness, Procedure};
use tingfang_core::clock::Moment;
use tingfang_core::id::{CaseId, HearingId, OrganisationId};

use super::filter::Filter;
use crate::db::{DbError, Row, Tx};
use crate::params;

/// What a list of hearings may be narrowed to.
#[derive(Clone, Debug, Default)]
pub struct HearingFilter {
    /// Hearings of cases of these organisations; nothing for all.
    pub organisations: Option<Vec<OrganisationId>>,
    /// Hearings of this case.
    pub case: Option<CaseId>,
    /// Hearings that begin at this moment or later.
    pub from: Option<Moment>,
    /// Hearings that begin before this moment.
    pub until: Option<Moment>,
    /// Hearings that stand so.
    pub state: Option<HearingState>,
}

const SELECT: &str =
    "select hearing_id, legal_case_id, kind, state, court, courtroom, starts_at, procedure_code,
    instance_code, openness, defendant_under_18_at_trial, record_may_be_sealed, presiding, device_rule, source
    from hearing";

/// Adds a hearing, or brings the one with this id up to date.
pub fn save(tx: &Tx, hearing: &Hearing) -> Result<(), DbError> {
    tx.execute(
        "insert into hearing
             (hearing_id, legal_case_id, kind, state, court, courtroom, starts_at, procedure_code, instance_code,
              openness, defendant_under_18_at_trial, record_may_be_sealed, presiding, device_rule, source)
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)
         on conflict (hearing_id) do update set
             legal_case_id = excluded.legal_case_id, kind = excluded.kind, state = excluded.state,
             court = excluded.court, courtroom = excluded.courtroom, starts_at = excluded.starts_at,
             procedure_code = excluded.procedure_code, instance_code = excluded.instance_code,
             openness = excluded.openness,
             defendant_under_18_at_trial = excluded.defendant_under_18_at_trial,
             record_may_be_sealed = excluded.record_may_be_sealed, presiding = excluded.presiding,
             device_rule = excluded.device_rule, source = excluded.source",
        params![
            hearing.id,
            hearing.case,
            hearing.kind.code(),
            hearing.state.code(),
            &hearing.court,
            hearing.courtroom.as_deref(),
            hearing.starts_at,
            hearing.procedure.map(Procedure::code),
            hearing.instance.map(Instance::code),
            hearing.openness.code(),
            hearing.defendant_under_18_at_trial.code(),
            hearing.record_may_be_sealed.code(),
            hearing.presiding.as_deref(),
            hearing.device_rule.as_deref(),
            hearing.source.as_deref(),
        ],
    )?;
    Ok(())
}

/// The hearing with this id.
pub fn find(tx: &Tx, id: HearingId) -> Result<Option<Hearing>, DbError> {
    tx.query_one(&format!("{SELECT} where hearing_id = ?1"), params![id], read)
}

/// Every hearing of a case, by time.
pub fn of_case(tx: &Tx, case: CaseId) -> Result<Vec<Hearing>, DbError> {
    tx.query(
        &format!("{SELECT} where legal_case_id = ?1 order by starts_at, hearing_id"),
        params![case],
        read,
    )
}

/// One page of hearings, by time.
pub fn page(
    tx: &Tx,
    wanted: &HearingFilter,
    after: Option<&(Moment, HearingId)>,
    limit: u32,
) -> Result<Vec<Hearing>, DbError> {
    let mut filter = Filter::default();
    if let Some(organisations) = &wanted.organisations {
        let mut places = Vec::new();
        for organisation in organisations {
            places.push(filter.place(*organisation));
        }
        filter.condition(if places.is_empty() {
            "1 = 0".to_owned()
        } else {
            format!(
                "legal_case_id in (select legal_case_id from legal_case where organisation_id in ({}))",
                places.join(", ")
            )
        });
    }
    filter.equals("legal_case_id", wanted.case);
    filter.compare("starts_at", ">=", wanted.from);
    filter.compare("starts_at", "<", wanted.until);
    filter.equals("state", wanted.state.map(HearingState::code));
    filter.after("starts_at", "hearing_id", after.map(|(at, id)| ((*at).into(), (*id).into())));
    tx.query(&filter.select(SELECT, "starts_at, hearing_id", limit), filter.values(), read)
}

fn read(row: &Row) -> Result<Hearing, DbError> {
    Ok(Hearing {
        id: row.get("hearing_id")?,
        case: row.get("legal_case_id")?,
        kind: row.code("kind", HearingKind::from_code)?,
        state: row.code("state", HearingState::from_code)?,
        court: row.get("court")?,
        courtroom: row.get("courtroom")?,
        starts_at: row.get("starts_at")?,
        procedure: row.code_or_null("procedure_code", Procedure::from_code)?,
        instance: row.code_or_null("instance_code", Instance::from_code)?,
        openness: row.code("openness", Openness::from_code)?,
        defendant_under_18_at_trial: row.code("defendant_under_18_at_trial", Known::from_code)?,
        record_may_be_sealed: row.code("record_may_be_sealed", Known::from_code)?,
        presiding: row.get("presiding")?,
        device_rule: row.get("device_rule")?,
        source: row.get("source")?,
    })
}
