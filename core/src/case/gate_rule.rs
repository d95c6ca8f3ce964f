//! The rules of the two gates, the articles that they rest on, and a refusal.

use serde::{Deserialize, Serialize};

use crate::codes;
use crate::text::{Language, label};

codes! {
    /// A rule that refuses. Its sentence stands in the locale under `gate_rule`, what would put it
    /// right under `gate_remedy`.
    GateRule as "gate_rule" {
        /// The case touches state secrets.
        SecretCase = "secret_case",
        ClosedByLaw = "closed_by_law",
        ClosedOnApplication = "closed_on_application",
        /// Nobody has asked the court yet; blocks until known.
        OpennessUnknown = "openness_unknown",
        DefendantUnder18 = "defendant_under_18",
        DefendantAgeUnknown = "defendant_age_unknown",
        SealableRecord = "sealable_record",
        SealableRecordUnknown = "sealable_record_unknown",
        HearingCancelled = "hearing_cancelled",
        HearingPostponed = "hearing_postponed",
        HearingOver = "hearing_over",
        ObserverUndertakes = "observer_undertakes",
        ObserverSameProvider = "observer_same_provider",
        ObserverIsParty = "observer_is_party",
        ObserverIsWitness = "observer_is_witness",
        ObserverRelated = "observer_related",
        ObserverMinor = "observer_minor",
        ObserverUntrained = "observer_untrained",
    }

    /// What a rule rests on. The articles' names stand in the locale under `gate_article`.
    GateArticle as "gate_article" {
        /// Criminal procedure law 188, its interpretation 222 (domain 6.1, F02).
        CriminalClosed = "criminal_closed",
        /// Civil procedure law 137 (domain 6.1, F05).
        CivilClosed = "civil_closed",
        /// Administrative litigation law 54: state secrets, privacy, other law; trade secrets on
        /// application.
        AdministrativeClosed = "administrative_closed",
        /// Labour dispute mediation and arbitration law 26: secrets, privacy, agreement of the parties.
        ArbitrationClosed = "arbitration_closed",
        /// The procuratorate's rules on hearings in review (2020), 5: as a rule public, but not about
        /// arrest, custody or a party under age.
        ProcuratorateHearing = "procuratorate_hearing",
        /// Criminal procedure law 285, interpretation 557 (F02, F05).
        MinorTrial = "minor_trial",
        /// Interpretation 557, court rules (F02, F09, F10).
        SealableTrial = "sealable_trial",
        /// Interpretation 578: judgment in a case whose record may be sealed (F02).
        SealableJudgment = "sealable_judgment",
        /// State secrets law; this product's rule that such a case never leaves the server.
        StateSecrets = "state_secrets",
        /// Interpretation 265, court rules: witnesses and experts (F02, F09).
        Witness = "witness",
        /// Interpretation 223, court rules: minors without leave (F02, F09).
        MinorObserver = "minor_observer",
        /// No article: who is related to a case does not supervise it (DESIGN invariant 15).
        Avoidance = "avoidance",
        /// No article: the centre trains its observers (domain 7.1).
        Training = "training",
        /// No article: there is nothing to attend.
        Schedule = "schedule",
    }
}

/// A refusal of a gate: the rule and what it rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct GateRefusal {
    /// The rule that refuses.
    pub rule: GateRule,
    /// What it rests on.
    pub article: GateArticle,
}

impl GateRefusal {
    /// The refusal as a sentence.
    pub fn text(self, language: Language) -> &'static str {
        self.rule.label(language)
    }

    /// What would put it right. There is no override: only a corrected fact, with the document
    /// that shows it, or other people.
    pub fn remedy(self, language: Language) -> &'static str {
        label(language, "gate_remedy", self.rule.code()).unwrap_or_default()
    }

    /// Sentence, article and remedy in one paragraph, for lists and logs of refusals.
    pub fn explain(self, language: Language) -> String {
        let (open, close) = match language {
            Language::Zh => ("（", "）"),
            Language::En => (" (", ") "),
        };
        format!(
            "{}{open}{}{close}{}",
            self.text(language),
            self.article.label(language),
            self.remedy(language)
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_refusal_has_its_sentence_its_remedy_and_its_article_in_both_languages() {
        for language in [Language::Zh, Language::En] {
            for rule in GateRule::CODES {
                assert!(label(language, "gate_rule", rule).is_some(), "{language:?} lacks gate_rule.{rule}");
                assert!(
                    label(language, "gate_remedy", rule).is_some(),
                    "{language:?} lacks gate_remedy.{rule}"
                );
            }
            for article in GateArticle::CODES {
                assert!(label(language, "gate_article", article).is_some(), "{language:?} lacks {article}");
            }
        }
    }

    #[test]
    fn a_refusal_names_its_article() {
        let refusal = GateRefusal { rule: GateRule::DefendantUnder18, article: GateArticle::MinorTrial };
        assert!(refusal.explain(Language::Zh).contains("285"), "{}", refusal.explain(Language::Zh));
        assert!(refusal.explain(Language::En).contains("557"), "{}", refusal.explain(Language::En));
    }
}
