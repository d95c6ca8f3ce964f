//! Hearings that the law closes cannot be attended, whoever asks.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use serde_json::Value;

use super::super::Stage;
use super::super::expect::{flag, list, same, text};
use super::super::handset::person;
use super::super::plot::{Plot, attendance};

/// The rules that the manager runs into, and what a hearing is that shows each best: one that no
/// other rule of these three refuses, where there is one.
const RULES: [&str; 3] = ["closed_by_law", "defendant_under_18", "sealable_record"];

/// Asks for what the law refuses.
pub(in super::super) fn tell(stage: &mut Stage<'_>, plot: &Plot) -> Result<()> {
    stage.narrator.step("依法不能旁听的，不能指派", "What the law closes cannot be assigned");
    let open = plot.hearings.iter().filter(|hearing| hearing["gate"]["may_attend"] == true).count();
    let all = plot.hearings.len();
    same("hearings", all, 160)?;
    stage.narrator.say(
        &format!("{all} 次开庭中，{open} 次可以旁听，{} 次不能：", all - open),
        &format!("of {all} hearings {open} may be attended, {} may not:", all - open),
    );
    stage.narrator.show(&reasons(&plot.hearings)?);
    let one = text(&person(&plot.manager, "supervisor1")?, "/id")?.to_owned();
    let two = text(&person(&plot.manager, "supervisor2")?, "/id")?.to_owned();
    for rule in RULES {
        let hearing = example(&plot.hearings, rule)?;
        let problem = plot.manager.refused("/assignments", &attendance(hearing, [&one, &two])?)?;
        same("the problem", text(&problem, "/code")?, "refused")?;
        let errors = list(&problem, "/errors")?;
        same("what the list says and what the gate says", errors.len(), refusals(hearing)?.len())?;
        let error = errors.iter().find(|error| error["code"] == rule).context("the rule is not named")?;
        let (case, name) = (text(hearing, "/case_no")?, plot.manager.name());
        stage.narrator.say(
            &format!("{name}想指派旁听{case}，未获准：",),
            &format!("the manager wants {case} attended; refused by `{rule}`:"),
        );
        stage.narrator.show(&format!(
            "{}\n依据：{}\n办法：{}",
            text(error, "/detail")?,
            text(error, "/article_name")?,
            text(error, "/fix")?
        ));
    }
    Ok(())
}

/// How many hearings each rule refuses; one hearing may be refused by several.
fn reasons(hearings: &[Value]) -> Result<String> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for hearing in hearings {
        for refusal in refusals(hearing)? {
            *counts.entry(text(refusal, "/text")?).or_default() += 1;
        }
        same("the gate's answer", flag(hearing, "/gate/may_attend")?, refusals(hearing)?.is_empty())?;
    }
    let mut counts: Vec<(&str, usize)> = counts.into_iter().collect();
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    Ok(counts.iter().map(|(reason, count)| format!("{count:>3} 次  {reason}")).collect::<Vec<_>>().join("\n"))
}

/// The hearing that fewest rules refuse beside this one.
fn example<'h>(hearings: &'h [Value], rule: &str) -> Result<&'h Value> {
    let refused = |hearing: &&Value| {
        refusals(hearing).is_ok_and(|refusals| refusals.iter().any(|refusal| refusal["rule"] == rule))
    };
    let found =
        hearings.iter().filter(refused).min_by_key(|hearing| refusals(hearing).map_or(0, <[Value]>::len));
    found.with_context(|| format!("no hearing is refused by {rule}"))
}

fn refusals(hearing: &Value) -> Result<&[Value]> {
    list(hearing, "/gate/refusals")
}
