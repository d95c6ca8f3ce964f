//! Schemas of the core's own types, and the answers that every operation shares.

use std::collections::BTreeMap;

use utoipa::openapi::schema::Type;
use utoipa::openapi::{
    Content, KnownFormat, Object, ObjectBuilder, Ref, RefOr, Response, ResponseBuilder, Schema, SchemaFormat,
};
use utoipa::{IntoResponses, ToSchema};

macro_rules! code_schemas {
    ($($function:ident: $type:ty,)+) => {$(
        #[doc = concat!("The codes of [`", stringify!($type), "`].")]
        pub fn $function() -> Object {
            ObjectBuilder::new().schema_type(Type::String).enum_values(Some(<$type>::CODES.to_vec())).build()
        }
    )+};
}
/// A list of recipient groups.
pub fn recipient_groups() -> utoipa::openapi::Array {
    utoipa::openapi::ArrayBuilder::new().items(recipient_group()).build()
}

code_schemas! {
    role: tingfang_core::people::Role,
    observer_kind: tingfang_core::people::ObserverKind,
    organisation_level: tingfang_core::people::OrganisationLevel,
    provider_kind: tingfang_core::people::ProviderKind,
    undertaker_kind: tingfang_core::people::UndertakerKind,
    panel_state: tingfang_core::people::PanelState,
    relation_ground: tingfang_core::people::RelationGround,
    assignment_kind: tingfang_core::people::AssignmentKind,
    duty: tingfang_core::people::Duty,
    visit_stage: tingfang_core::people::VisitStage,
    recipient_group: tingfang_core::people::RecipientGroup,
    complaint_ground: tingfang_core::record::complaint_intake::ComplaintGround,
    complaint_way: tingfang_core::record::complaint_intake::ComplaintWay,
    doubt: tingfang_core::record::doubt::DoubtCode,
    report_state: crate::records::report_state::ReportState,
    check_state: tingfang_core::record::pre_hearing_report::CheckState,
    task_state: tingfang_core::people::task::TaskState,
    case_kind: tingfang_core::case::CaseKind,
    stage: tingfang_core::case::Stage,
    case_status: tingfang_core::case::CaseStatus,
    case_source: tingfang_core::case::CaseSource,
    aid_form: tingfang_core::case::AidForm,
    organ_kind: tingfang_core::case::OrganKind,
    openness: tingfang_core::case::Openness,
    hearing_kind: tingfang_core::case::HearingKind,
    hearing_state: tingfang_core::case::HearingState,
    procedure: tingfang_core::case::Procedure,
    instance: tingfang_core::case::Instance,
    known: tingfang_core::case::Known,
    veto: tingfang_core::record::scoresheet::VetoCode,
    veto_state: tingfang_core::grading::VetoState,
    review_phase: tingfang_core::grading::outcome::Phase,
    round_state: crate::store::round::RoundState,
    device_state: crate::store::device::DeviceState,
    held_outcome: crate::store::held_decision::HeldOutcome,
}

/// An id.
pub fn id() -> Object {
    text(SchemaFormat::Custom("uuid".to_owned()))
}

/// A moment, RFC 3339.
pub fn moment() -> Object {
    text(SchemaFormat::KnownFormat(KnownFormat::DateTime))
}

/// A day.
pub fn date() -> Object {
    text(SchemaFormat::KnownFormat(KnownFormat::Date))
}

/// The bytes of a file.
#[derive(Clone, Copy, Debug)]
pub struct Binary;

impl utoipa::PartialSchema for Binary {
    fn schema() -> RefOr<Schema> {
        text(SchemaFormat::KnownFormat(KnownFormat::Binary)).into()
    }
}

impl ToSchema for Binary {}

fn text(format: SchemaFormat) -> Object {
    ObjectBuilder::new().schema_type(Type::String).format(Some(format)).build()
}

/// What every operation may answer instead: a problem.
#[derive(Clone, Copy, Debug)]
pub struct Problems;

impl IntoResponses for Problems {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let problem = || {
            ResponseBuilder::new()
                .description("A problem (RFC 9457)")
                .content(
                    "application/problem+json",
                    Content::new(Some(RefOr::Ref(Ref::from_schema_name("ProblemBody")))),
                )
                .build()
        };
        BTreeMap::from([("4XX".to_owned(), RefOr::T(problem())), ("5XX".to_owned(), RefOr::T(problem()))])
    }
}
