//! 案件 legal aid cases.

use tingfang_core::case::{AidForm, Case, CaseKind, CaseSource, CaseStatus, CaseUndertaker, Stage};
use tingfang_core::id::{CaseId, OrganisationId, UndertakerId};

use super::filter::Filter;
use crate::db::{DbError, Row, Tx, Value};
use crate::exchange::key::case_key;
use crate::params;

/// What a list of cases may be narrowed to.
#[derive(Clone, Debug, Default)]
pub struct CaseFilter {
    /// Cases of these organisations; nothing for all.
    pub organisations: Option<Vec<OrganisationId>>,
    /// Cases of this kind.
    pub kind: Option<CaseKind>,
    /// Cases that stand so at the centre.
    pub status: Option<CaseStatus>,
    /// Cases of this undertaker.
    pub undertaker: Option<UndertakerId>,
    /// A part of a number or of the cause.
    pub search: Option<String>,
}

const SELECT: &str =
    "select legal_case_id, organisation_id, case_no, organ_case_no, kind, stage, cause, source,
    aid_form, status, recipients, organ, assigned_on, closed_on, archived_on, close_method, effect, flags,
    first_case_of_undertaker from legal_case";

/// Adds a case, or brings the one with this id up to date, with its undertakers.
pub fn save(tx: &Tx, case: &Case) -> Result<(), DbError> {
    tx.execute(
        "insert into legal_case
             (legal_case_id, organisation_id, case_no, organ_case_no, kind, stage, cause, source, aid_form,
              status, recipients, organ, assigned_on, closed_on, archived_on, close_method, effect, flags,
              first_case_of_undertaker, case_key, organ_case_key)
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20,
             ?21)
         on conflict (legal_case_id) do update set
             organisation_id = excluded.organisation_id, case_no = excluded.case_no,
             organ_case_no = excluded.organ_case_no, kind = excluded.kind, stage = excluded.stage,
             cause = excluded.cause, source = excluded.source, aid_form = excluded.aid_form,
             status = excluded.status, recipients = excluded.recipients, organ = excluded.organ,
             assigned_on = excluded.assigned_on, closed_on = excluded.closed_on,
             archived_on = excluded.archived_on, close_method = excluded.close_method,
             effect = excluded.effect, flags = excluded.flags,
             first_case_of_undertaker = excluded.first_case_of_undertaker,
             case_key = excluded.case_key, organ_case_key = excluded.organ_case_key",
        params![
            case.id,
            case.organisation,
            &case.case_no,
            case.organ_case_no.as_deref(),
            case.kind.code(),
            case.stage.map(Stage::code),
            &case.cause,
            case.source.code(),
            case.aid_form.map(AidForm::code),
            case.status.code(),
            json(&case.recipients)?,
            case.organ.as_ref().map(json).transpose()?,
            case.assigned_on,
            case.closed_on,
            case.archived_on,
            case.close_method.as_deref(),
            case.effect.as_deref(),
            json(&case.flags)?,
            case.first_case_of_undertaker,
            case_key(&case.case_no),
            case.organ_case_no.as_deref().map(case_key),
        ],
    )?;
    tx.execute("delete from case_undertaker where legal_case_id = ?1", params![case.id])?;
    for (place, undertaker) in case.undertakers.iter().enumerate() {
        tx.execute(
            "insert into case_undertaker (legal_case_id, undertaker_id, provider_id, place)
             values (?1, ?2, ?3, ?4)",
            params![case.id, undertaker.undertaker, undertaker.provider, place],
        )?;
    }
    Ok(())
}

/// The case with this id.
pub fn find(tx: &Tx, id: CaseId) -> Result<Option<Case>, DbError> {
    one(tx, "legal_case_id = ?1", params![id])
}

/// The case with this number, the natural key within the organisation, however it is
/// written.
pub fn by_case_no(tx: &Tx, organisation: OrganisationId, case_no: &str) -> Result<Option<Case>, DbError> {
    one(tx, "organisation_id = ?1 and case_key = ?2", params![organisation, case_key(case_no)])
}

/// Every case of the organisation with this number of the handling organ.
pub fn by_organ_case_no(
    tx: &Tx,
    organisation: OrganisationId,
    organ_case_no: &str,
) -> Result<Vec<Case>, DbError> {
    let sql = format!("{SELECT} where organisation_id = ?1 and organ_case_key = ?2 order by legal_case_id");
    with_undertakers(tx, tx.query(&sql, params![organisation, case_key(organ_case_no)], read)?)
}

/// One page of cases, by number.
pub fn page(
    tx: &Tx,
    wanted: &CaseFilter,
    after: Option<&(String, CaseId)>,
    limit: u32,
) -> Result<Vec<Case>, DbError> {
    let mut filter = Filter::default();
    if let Some(organisations) = &wanted.organisations {
        filter.one_of("organisation_id", organisations.iter().copied());
    }
    filter.equals("kind", wanted.kind.map(CaseKind::code));
    filter.equals("status", wanted.status.map(CaseStatus::code));
    if let Some(undertaker) = wanted.undertaker {
        let place = filter.place(undertaker);
        filter.condition(format!(
            "legal_case_id in (select legal_case_id from case_undertaker where undertaker_id = {place})"
        ));
    }
    filter.contains(&["case_no", "organ_case_no", "cause"], wanted.search.as_deref());
    filter.after("case_no", "legal_case_id", after.map(|(case_no, id)| (case_no.into(), (*id).into())));
    let sql = filter.select(SELECT, "case_no, legal_case_id", limit);
    with_undertakers(tx, tx.query(&sql, filter.values(), read)?)
}

/// The JSON text of something that has one for certain.
pub(super) fn json<T: serde::Serialize>(value: &T) -> Result<String, DbError> {
    serde_json::to_string(value).map_err(|error| DbError::damaged("a value to store", &error))
}

fn one(tx: &Tx, condition: &str, params: &[Value]) -> Result<Option<Case>, DbError> {
    let found = tx.query_one(&format!("{SELECT} where {condition}"), params, read)?;
    Ok(with_undertakers(tx, found.into_iter().collect())?.pop())
}

fn with_undertakers(tx: &Tx, mut cases: Vec<Case>) -> Result<Vec<Case>, DbError> {
    for case in &mut cases {
        case.undertakers = tx.query(
            "select undertaker_id, provider_id from case_undertaker where legal_case_id = ?1 order by place",
            params![case.id],
            |row| {
                Ok(CaseUndertaker {
                    undertaker: row.get("undertaker_id")?,
                    provider: row.get("provider_id")?,
                })
            },
        )?;
    }
    Ok(cases)
}

fn read(row: &Row) -> Result<Case, DbError> {
    Ok(Case {
        id: row.get("legal_case_id")?,
        organisation: row.get("organisation_id")?,
        case_no: row.get("case_no")?,
        organ_case_no: row.get("organ_case_no")?,
        kind: row.code("kind", CaseKind::from_code)?,
        stage: row.code_or_null("stage", Stage::from_code)?,
        cause: row.get("cause")?,
        source: row.code("source", CaseSource::from_code)?,
        aid_form: row.code_or_null("aid_form", AidForm::from_code)?,
        status: row.code("status", CaseStatus::from_code)?,
        undertakers: Vec::new(),
        recipients: row.json("recipients")?,
        organ: row.json_or_null("organ")?,
        assigned_on: row.get("assigned_on")?,
        closed_on: row.get("closed_on")?,
        archived_on: row.get("archived_on")?,
        close_method: row.get("close_method")?,
        effect: row.get("effect")?,
        flags: row.json("flags")?,
        first_case_of_undertaker: row.get("first_case_of_undertaker")?,
    })
}
