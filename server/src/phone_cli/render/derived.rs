//! What follows from a record and stands in no field of it.

use tingfang_core::evidence::words::points_text;
use tingfang_core::phone::RecordView;
use tingfang_core::record::Record;
use tingfang_core::record::inspection::Inspection;
use tingfang_core::record::retry_plan::NextAttempt;
use tingfang_core::rubric::InspectionStandard;
use tingfang_core::text::Language;

use super::say;

/// When a recipient is tried again, and what an inspection comes to.
pub(super) fn lines(view: &RecordView, language: Language) -> Vec<String> {
    let mut lines: Vec<String> =
        view.next_attempt.map(|next| next_attempt(next, language)).into_iter().collect();
    if let Some(Record::Inspection(inspection)) = &view.record {
        lines.extend(compliance(inspection, language));
    }
    lines
}

fn compliance(inspection: &Inspection, language: Language) -> Option<String> {
    let standard = InspectionStandard::shipped();
    let found = standard.compliance(inspection)?;
    let key = if found.meets? { "compliance_met" } else { "compliance_missed" };
    let (earned, of, line) = (points_text(found.earned), points_text(found.of), points_text(standard.line));
    let name = standard.name();
    let values = [("standard", name.get(language)), ("earned", &earned), ("of", &of), ("line", &line)];
    Some(say(language, key, &values))
}

fn next_attempt(next: NextAttempt, language: Language) -> String {
    match next {
        NextAttempt::First => say(language, "attempt_first", &[]),
        NextAttempt::At { at } => say(language, "attempt_at", &[("at", &at.minute_in_china())]),
        NextAttempt::AnotherWay => say(language, "attempt_another_way", &[]),
        NextAttempt::Done => say(language, "attempt_done", &[]),
        NextAttempt::GivenUp => say(language, "attempt_given_up", &[]),
    }
}
