//! A hearing as the API shows it.

use serde::Serialize;
use tingfang_core::case::{
    Case, GateRefusal, Hearing, HearingKind, HearingState, Instance, Known, Openness, Procedure, may_attend,
};
use tingfang_core::clock::Moment;
use tingfang_core::id::{CaseId, HearingId};
use tingfang_core::text::Language;
use utoipa::ToSchema;

use crate::api::schema;

/// A hearing.
#[derive(Debug, Serialize, ToSchema)]
pub struct HearingView {
    /// The id.
    #[schema(schema_with = schema::id)]
    pub id: HearingId,
    /// The case that is heard.
    #[schema(schema_with = schema::id)]
    pub case: CaseId,
    /// The centre's number of the case.
    pub case_no: String,
    /// The cause of action or the charge.
    pub cause: String,
    /// What kind of sitting it is.
    #[schema(schema_with = schema::hearing_kind)]
    pub kind: HearingKind,
    /// What has become of it.
    #[schema(schema_with = schema::hearing_state)]
    pub state: HearingState,
    /// The court, by name.
    pub court: String,
    /// The court room.
    pub courtroom: Option<String>,
    /// When it begins.
    #[schema(schema_with = schema::moment)]
    pub starts_at: Moment,
    /// The procedure.
    #[schema(schema_with = schema::procedure, required = false)]
    pub procedure: Option<Procedure>,
    /// The instance.
    #[schema(schema_with = schema::instance, required = false)]
    pub instance: Option<Instance>,
    /// Whether the public may come in.
    #[schema(schema_with = schema::openness)]
    pub openness: Openness,
    /// Whether a defendant is under 18 at trial.
    #[schema(schema_with = schema::known)]
    pub defendant_under_18_at_trial: Known,
    /// Whether the record of the crime may be sealed.
    #[schema(schema_with = schema::known)]
    pub record_may_be_sealed: Known,
    /// The presiding judge or arbitrator.
    pub presiding: Option<String>,
    /// What the court said beforehand about devices.
    pub device_rule: Option<String>,
    /// Where these facts come from.
    pub source: Option<String>,
    /// Whether the law lets it be attended.
    pub gate: GateView,
}

/// The legal gate's answer.
#[derive(Debug, Serialize, ToSchema)]
pub struct GateView {
    /// Whether the hearing may be attended.
    pub may_attend: bool,
    /// Every rule that refuses.
    pub refusals: Vec<RefusalView>,
}

/// A rule that refuses.
#[derive(Debug, Serialize, ToSchema)]
pub struct RefusalView {
    /// The rule's code.
    pub rule: String,
    /// The code of the article that it rests on.
    pub article: String,
    /// The article by name.
    pub article_name: String,
    /// The refusal as a sentence.
    pub text: String,
    /// The same in English.
    pub text_en: String,
    /// What would put it right.
    pub remedy: String,
    /// The same in English.
    pub remedy_en: String,
}

impl HearingView {
    /// The view of a hearing of this case, with the gate's answer at this moment.
    pub fn new(hearing: Hearing, case: &Case, now: Moment) -> Self {
        Self {
            gate: GateView::new(may_attend(&hearing, case, now)),
            id: hearing.id,
            case: hearing.case,
            case_no: case.case_no.clone(),
            cause: case.cause.clone(),
            kind: hearing.kind,
            state: hearing.state,
            court: hearing.court,
            courtroom: hearing.courtroom,
            starts_at: hearing.starts_at,
            procedure: hearing.procedure,
            instance: hearing.instance,
            openness: hearing.openness,
            defendant_under_18_at_trial: hearing.defendant_under_18_at_trial,
            record_may_be_sealed: hearing.record_may_be_sealed,
            presiding: hearing.presiding,
            device_rule: hearing.device_rule,
            source: hearing.source,
        }
    }
}

impl GateView {
    /// The view of the gate's answer.
    pub fn new(answer: Result<(), Vec<GateRefusal>>) -> Self {
        let refusals = answer.err().unwrap_or_default();
        Self {
            may_attend: refusals.is_empty(),
            refusals: refusals.into_iter().map(RefusalView::from).collect(),
        }
    }
}

impl From<GateRefusal> for RefusalView {
    fn from(refusal: GateRefusal) -> Self {
        Self {
            rule: refusal.rule.code().to_owned(),
            article: refusal.article.code().to_owned(),
            article_name: refusal.article.label(Language::Zh).to_owned(),
            text: refusal.text(Language::Zh).to_owned(),
            text_en: refusal.text(Language::En).to_owned(),
            remedy: refusal.remedy(Language::Zh).to_owned(),
            remedy_en: refusal.remedy(Language::En).to_owned(),
        }
    }
}
