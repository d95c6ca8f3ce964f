use super::*;
use crate::case::test_data::{case, hearing};

type Change = fn(&mut Hearing, &mut Case);

/// A moment before the hearing.
fn before() -> Moment {
    hearing().starts_at.plus_millis(-86_400_000)
}

/// What the gate answers once the good hearing was changed.
fn refusals(change: Change) -> Vec<(GateRule, GateArticle)> {
    let (mut hearing, mut case) = (hearing(), case(CaseKind::Criminal));
    change(&mut hearing, &mut case);
    may_attend(&hearing, &case, before())
        .err()
        .unwrap_or_default()
        .into_iter()
        .map(|refusal| (refusal.rule, refusal.article))
        .collect()
}

#[test]
fn a_public_hearing_whose_facts_are_known_may_be_attended() {
    assert_eq!(refusals(|_, _| {}), []);
    for kind in CaseKind::ALL {
        assert_eq!(may_attend(&hearing(), &case(*kind), before()), Ok(()), "{kind}");
    }
}

#[test]
fn each_rule_refuses_and_names_its_article() {
    let table: &[(Change, GateRule, GateArticle)] = &[
        (|_, c| c.flags.secret = true, GateRule::SecretCase, GateArticle::StateSecrets),
        (|h, _| h.openness = Openness::ClosedByLaw, GateRule::ClosedByLaw, GateArticle::CriminalClosed),
        (
            |h, c| (h.openness, c.kind) = (Openness::ClosedOnApplication, CaseKind::Civil),
            GateRule::ClosedOnApplication,
            GateArticle::CivilClosed,
        ),
        (
            |h, c| (h.openness, c.kind) = (Openness::ClosedByLaw, CaseKind::Administrative),
            GateRule::ClosedByLaw,
            GateArticle::AdministrativeClosed,
        ),
        (
            |h, c| {
                (h.openness, h.kind) = (Openness::ClosedByLaw, HearingKind::Arbitration);
                c.kind = CaseKind::LabourArbitration;
            },
            GateRule::ClosedByLaw,
            GateArticle::ArbitrationClosed,
        ),
        (
            |h, _| (h.openness, h.kind) = (Openness::Unknown, HearingKind::ProcuratorateHearing),
            GateRule::OpennessUnknown,
            GateArticle::ProcuratorateHearing,
        ),
        (
            |h, _| (h.defendant_under_18_at_trial, h.kind) = (Known::Yes, HearingKind::ProcuratorateHearing),
            GateRule::DefendantUnder18,
            GateArticle::ProcuratorateHearing,
        ),
        (|h, _| h.openness = Openness::Unknown, GateRule::OpennessUnknown, GateArticle::CriminalClosed),
        (
            |h, _| h.defendant_under_18_at_trial = Known::Yes,
            GateRule::DefendantUnder18,
            GateArticle::MinorTrial,
        ),
        (
            |h, _| h.defendant_under_18_at_trial = Known::Unknown,
            GateRule::DefendantAgeUnknown,
            GateArticle::MinorTrial,
        ),
        (|h, _| h.record_may_be_sealed = Known::Yes, GateRule::SealableRecord, GateArticle::SealableTrial),
        (
            |h, _| (h.record_may_be_sealed, h.kind) = (Known::Yes, HearingKind::Judgment),
            GateRule::SealableRecord,
            GateArticle::SealableJudgment,
        ),
        (
            |h, _| h.record_may_be_sealed = Known::Unknown,
            GateRule::SealableRecordUnknown,
            GateArticle::SealableTrial,
        ),
        (|h, _| h.state = HearingState::Cancelled, GateRule::HearingCancelled, GateArticle::Schedule),
        (|h, _| h.state = HearingState::Postponed, GateRule::HearingPostponed, GateArticle::Schedule),
        (|h, _| h.state = HearingState::Held, GateRule::HearingOver, GateArticle::Schedule),
    ];
    for (change, rule, article) in table {
        assert_eq!(refusals(*change), [(*rule, *article)]);
    }
}

#[test]
fn all_refusals_come_together() {
    let all = refusals(|hearing, case| {
        case.flags.secret = true;
        hearing.openness = Openness::ClosedByLaw;
        hearing.defendant_under_18_at_trial = Known::Yes;
        hearing.record_may_be_sealed = Known::Yes;
        hearing.state = HearingState::Cancelled;
    });
    let rules: Vec<GateRule> = all.into_iter().map(|(rule, _)| rule).collect();
    assert_eq!(
        rules,
        [
            GateRule::SecretCase,
            GateRule::ClosedByLaw,
            GateRule::DefendantUnder18,
            GateRule::SealableRecord,
            GateRule::HearingCancelled
        ]
    );
}

#[test]
fn only_criminal_matters_ask_for_age_and_sealing_but_a_stated_yes_refuses_everywhere() {
    for kind in CaseKind::ALL {
        let case = case(*kind);
        let mut hearing = hearing();
        hearing.defendant_under_18_at_trial = Known::Unknown;
        hearing.record_may_be_sealed = Known::Unknown;
        assert_eq!(may_attend(&hearing, &case, before()).is_err(), case.is_criminal(), "{kind}");
        hearing.defendant_under_18_at_trial = Known::Yes;
        assert!(may_attend(&hearing, &case, before()).is_err(), "{kind}");
    }
}

#[test]
fn over_all_facts_only_the_open_and_known_passes() {
    let mut passed = 0;
    for openness in Openness::ALL {
        for under_18 in Known::ALL {
            for sealable in Known::ALL {
                for state in HearingState::ALL {
                    for secret in [false, true] {
                        let (mut hearing, mut case) = (hearing(), case(CaseKind::Criminal));
                        hearing.openness = *openness;
                        hearing.defendant_under_18_at_trial = *under_18;
                        hearing.record_may_be_sealed = *sealable;
                        hearing.state = *state;
                        case.flags.secret = secret;
                        passed += usize::from(may_attend(&hearing, &case, before()).is_ok());
                    }
                }
            }
        }
    }
    assert_eq!(passed, 1);
}

#[test]
fn a_hearing_whose_day_has_passed_is_over_whatever_its_state_says() {
    let at = |text: &str| Moment::parse(text).expect("a time");
    let mut hearing = hearing();
    hearing.starts_at = at("2026-12-01T09:00:00+08:00");
    let rules = |now: &str| -> Vec<GateRule> {
        let answer = may_attend(&hearing, &case(CaseKind::Criminal), at(now));
        answer.err().unwrap_or_default().into_iter().map(|refusal| refusal.rule).collect()
    };
    assert_eq!(rules("2026-12-01T08:00:00+08:00"), []);
    assert_eq!(rules("2026-12-01T23:59:00+08:00"), [], "it may go on all day");
    assert_eq!(rules("2026-12-02T00:00:00+08:00"), [GateRule::HearingOver]);
    assert_eq!(rules("2032-01-01T00:00:00+08:00"), [GateRule::HearingOver]);
}
