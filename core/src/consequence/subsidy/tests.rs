//! What a grade is paid, as sentences.

use proptest::prelude::*;

use super::*;

fn ratio() -> &'static SubsidyRule {
    &SubsidyRule::templates()[0]
}

fn fixed() -> &'static SubsidyRule {
    &SubsidyRule::templates()[1]
}

fn facts(kind: CaseKind, stage: Option<Stage>) -> CaseFacts {
    CaseFacts { kind, stage, closed_on: None }
}

fn paid(rule: &SubsidyRule, grade: Grade, kind: CaseKind, stage: Option<Stage>) -> i64 {
    rule.line(grade, &facts(kind, stage)).expect("a sum").amount_fen
}

#[test]
fn excellent_gains_three_tenths_and_unqualified_loses_four() {
    let at_trial = |grade| paid(ratio(), grade, CaseKind::Criminal, Some(Stage::Trial1));
    assert_eq!(at_trial(Grade::Qualified), 1300_00);
    assert_eq!(at_trial(Grade::Excellent), 1690_00);
    assert_eq!(at_trial(Grade::Unqualified), 780_00);
}

#[test]
fn fixed_sums_are_those_of_the_source() {
    let stage = Some(Stage::Investigation);
    assert_eq!(paid(fixed(), Grade::Good, CaseKind::Criminal, stage), 1000_00);
    assert_eq!(paid(fixed(), Grade::Qualified, CaseKind::Civil, Some(Stage::Trial2)), 1200_00);
    assert_eq!(paid(fixed(), Grade::Qualified, CaseKind::NonLitigation, None), 800_00);
}

#[test]
fn what_the_rule_does_not_name_is_not_paid_by_itself() {
    let problem = fixed().line(Grade::Unqualified, &facts(CaseKind::Criminal, Some(Stage::Trial1)));
    let problem = problem.expect_err("the source names no sum");
    assert_eq!(problem.code(), "no_sum");
    assert_eq!(
        problem.text(Language::Zh),
        "补贴规则没有规定刑事案件一审阶段不合格等次的金额；请在规则中写明，或者由主任决定"
    );
    let problem = ratio().line(Grade::Good, &facts(CaseKind::DutyCounsel, None)).expect_err("no row");
    assert_eq!(
        problem.text(Language::En),
        "the subsidy rule has no row for duty counsel at stage -; add one, or let the director decide"
    );
}

#[test]
fn a_case_that_was_closed_before_the_rule_held_is_not_paid_by_it() {
    let case = |closed_on| CaseFacts { closed_on, ..facts(CaseKind::Criminal, Some(Stage::Trial1)) };
    let before = ratio().line(Grade::Good, &case(Some(jiff::civil::date(2025, 12, 31))));
    let problem = before.expect_err("closed the day before");
    assert_eq!(problem.code(), "not_yet_valid");
    assert_eq!(
        problem.text(Language::En),
        "the subsidy rule holds from 2026-01-01 on, and the case was closed on 2025-12-31; take the rule of \
         that time, or let the director decide"
    );
    for closed_on in [Some(jiff::civil::date(2026, 1, 1)), None] {
        assert!(ratio().line(Grade::Good, &case(closed_on)).is_ok());
    }
}

#[test]
fn an_amount_says_how_it_comes_about() {
    let amount =
        ratio().line(Grade::Excellent, &facts(CaseKind::Criminal, Some(Stage::Trial1))).expect("a sum");
    assert_eq!(amount.text(Language::Zh), "优秀：基数 1300.00 元 × 130% = 1690.00 元");
    let amount = fixed().line(Grade::Good, &facts(CaseKind::Criminal, Some(Stage::Trial1))).expect("a sum");
    assert_eq!(amount.text(Language::En), "good: fixed sum of 1500.00 yuan");
}

/// Golden: a released template never changes its hash.
#[test]
fn the_hashes_of_the_templates_stay() {
    let hashes: Vec<_> = SubsidyRule::templates().iter().map(|rule| rule.hash().to_string()).collect();
    let golden = [
        "768b6719d5ab4b731425a74a61ec3c2281a8cfc34ec86ca70691b0107ea640a5",
        "d5a6b29a8a0e49be11f9b894d1ffb8a0014c996eff346ccb5fd5b3dbc497ad00",
    ];
    assert_eq!(hashes, golden);
}

#[test]
fn rounding_is_the_rules_own() {
    let round = |mode, unit, fen| Rounding { mode, unit }.round(Ratio::new(fen, 100));
    assert_eq!(round(RoundingMode::HalfUp, RoundingUnit::Fen, 150), 2);
    assert_eq!(round(RoundingMode::Down, RoundingUnit::Fen, 199), 1);
    assert_eq!(round(RoundingMode::HalfUp, RoundingUnit::Yuan, 150_00), 200);
    assert_eq!(round(RoundingMode::Down, RoundingUnit::Jiao, 19_99), 10);
}

fn rule(base_fen: i64, factor: i64) -> SubsidyRule {
    let text = include_str!("../../../data/subsidies/ratio.toml")
        .replace("base_fen = 1300_00", &format!("base_fen = {base_fen}"))
        .replace("excellent = 130", &format!("excellent = {factor}"));
    SubsidyRule::parse("r.toml", &text).expect("in order")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn an_amount_is_the_same_every_time_and_half_a_fen_off_at_most(
        base in 0_i64..1_000_000_00, factor in 100_i64..1000,
    ) {
        let line = || rule(base, factor).line(Grade::Excellent, &facts(CaseKind::Criminal, Some(Stage::Trial1)));
        let amount = line().expect("a sum");
        prop_assert_eq!(line().expect("a sum"), amount.clone());
        prop_assert_eq!((amount.base_fen, amount.factor_percent), (base, factor));
        let off = amount.amount_fen * 100 - base * factor;
        prop_assert!((-49..=50).contains(&off), "{off} hundredths of a fen");
    }

    #[test]
    fn a_better_grade_is_never_paid_less(stage in 0_usize..9, kind in 0_usize..8, nth in 0_usize..2) {
        let rule = &SubsidyRule::templates()[nth];
        let of = |grade| rule.line(grade, &facts(CaseKind::ALL[kind], Some(Stage::ALL[stage]))).ok();
        let amounts: Vec<_> = Grade::ALL.iter().filter_map(|grade| of(*grade)).collect();
        prop_assert!(amounts.windows(2).all(|pair| pair[0].amount_fen >= pair[1].amount_fen));
    }

    #[test]
    fn the_plain_factor_pays_the_base_to_the_fen(base in 0_i64..1_000_000_00) {
        let amount = rule(base, 130).line(Grade::Qualified, &facts(CaseKind::Criminal, Some(Stage::Trial1)));
        prop_assert_eq!(amount.expect("a sum").amount_fen, base);
    }
}
