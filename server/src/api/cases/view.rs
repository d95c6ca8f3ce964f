//! A case as the API shows it.

use jiff::civil::Date;
use serde::Serialize;
use tingfang_core::case::{AidForm, Case, CaseFlags, CaseKind, CaseSource, CaseStatus, OrganKind, Stage};
use tingfang_core::id::{CaseId, OrganisationId, ProviderId, UndertakerId};
use utoipa::ToSchema;

use crate::api::schema;
use crate::db::{DbError, Tx};
use crate::store::{provider, undertaker};

/// A case.
#[derive(Debug, Serialize, ToSchema)]
pub struct CaseView {
    /// The id.
    #[schema(schema_with = schema::id)]
    pub id: CaseId,
    /// The organisation that accepted it.
    #[schema(schema_with = schema::id)]
    pub organisation: OrganisationId,
    /// The centre's own number.
    pub case_no: String,
    /// The handling organ's number.
    pub organ_case_no: Option<String>,
    /// What it is about.
    #[schema(schema_with = schema::case_kind)]
    pub kind: CaseKind,
    /// Where it stands in the procedure.
    #[schema(schema_with = schema::stage, required = false)]
    pub stage: Option<Stage>,
    /// The cause of action or the charge.
    pub cause: String,
    /// How it came.
    #[schema(schema_with = schema::case_source)]
    pub source: CaseSource,
    /// The form of aid.
    #[schema(schema_with = schema::aid_form, required = false)]
    pub aid_form: Option<AidForm>,
    /// Where it stands at the centre.
    #[schema(schema_with = schema::case_status)]
    pub status: CaseStatus,
    /// Who undertakes it.
    pub undertakers: Vec<CaseUndertakerView>,
    /// The recipients' names; left out for those who may not know them.
    pub recipients: Option<Vec<String>>,
    /// The handling organ.
    pub organ: Option<OrganView>,
    /// The day on which it was assigned.
    #[schema(schema_with = schema::date, required = false)]
    pub assigned_on: Option<Date>,
    /// The day on which it was closed.
    #[schema(schema_with = schema::date, required = false)]
    pub closed_on: Option<Date>,
    /// The day on which the file was archived.
    #[schema(schema_with = schema::date, required = false)]
    pub archived_on: Option<Date>,
    /// How it was closed.
    pub close_method: Option<String>,
    /// What it achieved.
    pub effect: Option<String>,
    /// What steers sampling and planning.
    pub flags: FlagsView,
    /// The undertaker's first aid case.
    pub first_case_of_undertaker: bool,
}

/// Who undertakes a case, and for which provider.
#[derive(Debug, Serialize, ToSchema)]
pub struct CaseUndertakerView {
    /// The undertaker.
    #[schema(schema_with = schema::id)]
    pub undertaker: UndertakerId,
    /// Their name.
    pub name: String,
    /// The provider.
    #[schema(schema_with = schema::id)]
    pub provider: ProviderId,
    /// Its name.
    pub provider_name: String,
}

/// The handling organ.
#[derive(Debug, Serialize, ToSchema)]
pub struct OrganView {
    /// Its name.
    pub name: String,
    /// What it is.
    #[schema(schema_with = schema::organ_kind)]
    pub kind: OrganKind,
}

/// What steers sampling and planning.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub struct FlagsView {
    /// A group case.
    pub group: bool,
    /// A major case.
    pub major: bool,
    /// A difficult case.
    pub difficult: bool,
    /// Plea leniency.
    pub plea_leniency: bool,
    /// Ended before its time.
    pub terminated: bool,
    /// Touches state secrets.
    pub secret: bool,
}

impl CaseView {
    /// The whole view of a case.
    ///
    /// # Errors
    /// When the database fails.
    pub fn new(tx: &Tx, case: Case) -> Result<Self, DbError> {
        let mut undertakers = Vec::new();
        for part in &case.undertakers {
            undertakers.push(CaseUndertakerView {
                undertaker: part.undertaker,
                name: undertaker::find(tx, part.undertaker)?.map(|found| found.name).unwrap_or_default(),
                provider: part.provider,
                provider_name: provider::find(tx, part.provider)?.map(|found| found.name).unwrap_or_default(),
            });
        }
        Ok(Self {
            id: case.id,
            organisation: case.organisation,
            case_no: case.case_no,
            organ_case_no: case.organ_case_no,
            kind: case.kind,
            stage: case.stage,
            cause: case.cause,
            source: case.source,
            aid_form: case.aid_form,
            status: case.status,
            undertakers,
            recipients: Some(case.recipients),
            organ: case.organ.map(|organ| OrganView { name: organ.name, kind: organ.kind }),
            assigned_on: case.assigned_on,
            closed_on: case.closed_on,
            archived_on: case.archived_on,
            close_method: case.close_method,
            effect: case.effect,
            flags: FlagsView::from(case.flags),
            first_case_of_undertaker: case.first_case_of_undertaker,
        })
    }

    /// Takes the recipients' names out.
    pub fn hide_recipients(&mut self) {
        self.recipients = None;
    }

    /// Leaves only what a list of a secret case may say: that there is one (domain 10.3, rule 9).
    pub fn hide_everything_but_number(&mut self) {
        self.hide_recipients();
        self.cause.clear();
        self.undertakers.clear();
        self.organ = None;
        self.organ_case_no = None;
        self.close_method = None;
        self.effect = None;
    }
}

impl From<CaseFlags> for FlagsView {
    fn from(flags: CaseFlags) -> Self {
        Self {
            group: flags.group,
            major: flags.major,
            difficult: flags.difficult,
            plea_leniency: flags.plea_leniency,
            terminated: flags.terminated,
            secret: flags.secret,
        }
    }
}
