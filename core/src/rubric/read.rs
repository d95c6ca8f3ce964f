//! Reads a rubric file and checks all of it; everything that is wrong is reported together.

pub(super) mod map;

use std::collections::BTreeMap;
use std::sync::Arc;

use super::channel::Channel;
use super::feed::Feed;
use super::file::{GroupEntry, ItemEntry, RubricFile};
use super::hash::ContentHash;
use super::item::{Group, Item, Purpose, Rubric, Status};
use super::problem::{DataProblemCode, Problems, RubricProblem};
use super::questionnaire::Questionnaire;
use super::scale::{Scale, Scales};
use super::veto::Vetoes;
use crate::case::CaseKind;
use crate::record::ItemId;
use crate::record::scoresheet::VetoCode;
use crate::record::shape::PointsHundredths;
use crate::text::Bilingual;

/// What a rubric leans on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Forms {
    /// The vetoes that its items link to.
    pub vetoes: Arc<Vetoes>,
    /// The scales to choose from.
    pub scales: Scales,
    /// The questionnaires that its evidence map may read.
    pub questionnaires: Vec<Questionnaire>,
    /// The observer's sheets that its evidence map may read.
    pub sheets: Vec<Rubric>,
}

impl Rubric {
    /// Reads and checks a rubric that leans on the forms of the templates.
    ///
    /// # Errors
    /// Everything that is wrong with the file, each with its place and the way to put it right.
    pub fn parse(file: &str, text: &str) -> Result<Self, Vec<RubricProblem>> {
        Self::parse_with(file, text, &super::templates().forms())
    }

    /// Reads and checks a rubric that leans on these forms.
    ///
    /// # Errors
    /// As [`Rubric::parse`].
    pub fn parse_with(file: &str, text: &str, forms: &Forms) -> Result<Self, Vec<RubricProblem>> {
        let mut problems = Problems::of(file);
        let (raw, tree): (RubricFile, _) = problems.read(text)?;
        let status = problems.code("status", &raw.status, Status::from_code, Status::CODES);
        let purpose = problems.code("purpose", &raw.purpose, Purpose::from_code, Purpose::CODES);
        problems.wants_text("id", &[&raw.id]);
        problems.wants_text("version", &[&raw.version]);
        problems.wants_text("name", &[&raw.name.zh, &raw.name.en]);
        problems.wants_text("source", &[&raw.source]);
        let applies_to = check_kinds(&raw.applies_to, &mut problems);
        let (groups, mut items) = check_items(&raw.group, &raw.item, forms, &mut problems);
        let total: i64 = items.iter().map(|item| item.points.0).sum();
        if raw.full_points != 100_00 || total != raw.full_points {
            problems.add("full_points", DataProblemCode::FullPoints, &[("total", &Points(total))]);
        }
        let places = places(&items, &mut problems);
        let mut leans_on = BTreeMap::from([(forms.vetoes.id.clone(), forms.vetoes.hash())]);
        let (mut shares, mut shown_beside) = Default::default();
        match purpose {
            Some(Purpose::Case) => {
                check_scale(raw.scale.as_deref(), &forms.scales, &mut problems);
                let reader = map::Reader::new(&raw, forms, &mut problems);
                leans_on.extend(reader.leans_on());
                (shares, shown_beside) = reader.read(&raw, &mut items, &places, &mut problems);
            }
            Some(Purpose::ObserverSheet) => check_sheet(&raw, &items, &mut problems),
            None => {}
        }
        let named = |form: &&Questionnaire| leans_on.contains_key(&form.id);
        let questionnaires = forms.questionnaires.iter().filter(named).cloned().collect();
        let hash = ContentHash::of("tingfang-rubric/1", &tree);
        let rubric = status.zip(purpose).map(|(status, purpose)| Self {
            id: raw.id,
            version: raw.version,
            status,
            purpose,
            name: raw.name,
            source: raw.source,
            applies_to,
            full_points: PointsHundredths(raw.full_points),
            scale: raw.scale,
            groups,
            items,
            shares,
            shown_beside,
            leans_on,
            hash,
            text: text.into(),
            vetoes: Arc::clone(&forms.vetoes),
            questionnaires,
            places,
        });
        problems.finish(rubric)
    }
}

/// Points as people write them.
struct Points(i64);

impl std::fmt::Display for Points {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{:02}", self.0 / 100, (self.0 % 100).abs())
    }
}

fn check_kinds(kinds: &[String], problems: &mut Problems) -> Vec<CaseKind> {
    match kinds {
        [any] if any == "any" => Vec::new(),
        [] => {
            problems.wants_text("applies_to", &[""]);
            Vec::new()
        }
        kinds => kinds
            .iter()
            .filter_map(|kind| problems.code("applies_to", kind, CaseKind::from_code, CaseKind::CODES))
            .collect(),
    }
}

fn check_items(
    groups: &[GroupEntry],
    alone: &[ItemEntry],
    forms: &Forms,
    problems: &mut Problems,
) -> (Vec<Group>, Vec<Item>) {
    let mut items = Vec::new();
    let mut checked = Vec::new();
    for (nth, group) in groups.iter().enumerate() {
        problems.wants_text(&group.id, &[&group.id, &group.zh, &group.en]);
        let total: i64 = group.item.iter().map(|item| item.points).sum();
        if total != group.points {
            let values: [(&str, &dyn std::fmt::Display); 2] =
                [("total", &Points(total)), ("points", &Points(group.points))];
            problems.add(&group.id, DataProblemCode::GroupTotal, &values);
        }
        items.extend(group.item.iter().filter_map(|item| check_item(item, Some(nth), forms, problems)));
        checked.push(Group {
            id: group.id.clone(),
            label: Bilingual { zh: group.zh.clone(), en: group.en.clone() },
            points: PointsHundredths(group.points),
        });
    }
    items.extend(alone.iter().filter_map(|item| check_item(item, None, forms, problems)));
    if items.is_empty() {
        problems.add("item", DataProblemCode::NoItems, &[]);
    }
    (checked, items)
}

fn check_item(
    entry: &ItemEntry,
    group: Option<usize>,
    forms: &Forms,
    problems: &mut Problems,
) -> Option<Item> {
    let id = ItemId::parse(&entry.id);
    if id.is_none() {
        problems.add(&entry.id, DataProblemCode::BadItemId, &[]);
    }
    problems.wants_text(&entry.id, &[&entry.zh, &entry.en]);
    problems.wants_text(format!("{}.source", entry.id), &[&entry.source]);
    if let Some(guide) = &entry.guide {
        problems.wants_text(format!("{}.guide", entry.id), &[&guide.zh, &guide.en]);
    }
    // Quarters of a point keep exact fractions small, and nobody scores finer by hand.
    if problems.wants_range(&entry.id, entry.points, 25, 100_00) && entry.points % 25 != 0 {
        problems.add(&entry.id, DataProblemCode::NotQuarters, &[("points", &Points(entry.points))]);
    }
    let mut feeds: Vec<Feed> = Vec::new();
    for code in &entry.channels {
        let Some(channel) = problems.code(&entry.id, code, Channel::from_code, Channel::CODES) else {
            continue;
        };
        if feeds.iter().any(|feed| feed.channel == channel) {
            problems.add(&entry.id, DataProblemCode::Duplicate, &[("what", code)]);
        } else {
            feeds.push(Feed { channel, parts: Vec::new() });
        }
    }
    if feeds.is_empty() {
        problems.add(&entry.id, DataProblemCode::NoChannel, &[]);
    }
    let vetoes = check_vetoes(entry, &feeds, forms, problems);
    Some(Item {
        id: id?,
        group,
        label: Bilingual { zh: entry.zh.clone(), en: entry.en.clone() },
        points: PointsHundredths(entry.points),
        feeds,
        vetoes,
        guide: entry.guide.clone(),
        source: entry.source.clone(),
    })
}

/// An item may open only vetoes that one of its channels can raise.
fn check_vetoes(entry: &ItemEntry, feeds: &[Feed], forms: &Forms, problems: &mut Problems) -> Vec<VetoCode> {
    let mut vetoes = Vec::new();
    for code in &entry.vetoes {
        let Some(veto) = problems.code(&entry.id, code, VetoCode::from_code, VetoCode::CODES) else {
            continue;
        };
        let raised_on = forms.vetoes.get(veto).map(|veto| veto.channels.as_slice()).unwrap_or_default();
        if !feeds.iter().any(|feed| raised_on.contains(&feed.channel)) {
            problems.add(&entry.id, DataProblemCode::VetoOutOfReach, &[("veto", &veto)]);
        }
        vetoes.push(veto);
    }
    vetoes
}

fn places(items: &[Item], problems: &mut Problems) -> BTreeMap<ItemId, usize> {
    let mut places = BTreeMap::new();
    for (place, item) in items.iter().enumerate() {
        if places.insert(item.id.clone(), place).is_some() {
            problems.add(&item.id, DataProblemCode::Duplicate, &[("what", &item.id)]);
        }
    }
    places
}

/// A case rubric names bands of points: a sum of items means nothing on another kind of scale.
fn check_scale(scale: Option<&str>, scales: &Scales, problems: &mut Problems) {
    if scale.is_none_or(|id| scales.point_bands(id).is_none()) {
        let known: Vec<&str> = scales
            .0
            .iter()
            .filter(|scale| matches!(scale, Scale::PointBands(_)))
            .map(|scale| scale.head().id.as_str())
            .collect();
        let values: [(&str, &dyn std::fmt::Display); 2] =
            [("scale", &scale.unwrap_or("-")), ("known", &known.join(", "))];
        problems.add("scale", DataProblemCode::UnknownScale, &values);
    }
}

/// An observer's sheet holds answers and nothing that feeds them.
fn check_sheet(raw: &RubricFile, items: &[Item], problems: &mut Problems) {
    if !raw.evidence.is_empty() || !raw.shown_beside.is_empty() || raw.observer_sheet.is_some() {
        problems.add("evidence", DataProblemCode::SheetWithEvidence, &[]);
    }
    for item in items.iter().filter(|item| item.feeds.iter().any(|feed| feed.channel != Channel::Attendance))
    {
        problems.add(&item.id, DataProblemCode::SheetChannel, &[]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rubric::templates;
    use crate::text::Language;

    fn criminal() -> String {
        templates().rubric("CRM-TRIAL").expect("shipped").text().to_owned()
    }

    fn codes(text: &str) -> Vec<(String, &'static str)> {
        let problems = Rubric::parse("r.toml", text).expect_err("something is wrong");
        problems.iter().map(|problem| (problem.item.clone(), problem.code())).collect()
    }

    fn wrong(from: &str, to: &str) -> Vec<(String, &'static str)> {
        let text = criminal();
        assert!(text.contains(from), "the template has {from}");
        codes(&text.replacen(from, to, 1))
    }

    fn place(item: &str, code: &'static str) -> (String, &'static str) {
        (item.to_owned(), code)
    }

    #[test]
    fn a_target_that_does_not_exist_is_named() {
        let found = wrong(r#""CRM-5.3" = { "HRG-05" = 100_00 }"#, r#""CRM-5.9" = { "HRG-05" = 100_00 }"#);
        assert_eq!(
            found,
            [place("evidence.attendance.CRM-5.9", "unknown_target"), place("CRM-5.3", "channel_not_fed")]
        );
    }

    #[test]
    fn a_target_must_list_the_channel() {
        let found = wrong(
            r#""CRM-4.3" = { "CTV-04" = 100_00 }"#,
            "\"CRM-4.3\" = { \"CTV-04\" = 100_00 }\n\"CRM-8.1\" = { \"CTV-04\" = 100_00 }",
        );
        assert_eq!(found, [place("evidence.court_visit.CRM-8.1", "target_lacks_channel")]);
    }

    #[test]
    fn every_scored_answer_lands_somewhere_and_only_once_beside() {
        assert_eq!(wrong("\"RTV-09\" = \"CRM-3.1\"\n", ""), [place("RTV-09", "lands_nowhere")]);
        assert_eq!(
            wrong("\"RTV-09\" = \"CRM-3.1\"\n", "\"RTV-09\" = \"CRM-3.1\"\n\"RTV-12\" = \"CRM-3.1\"\n"),
            [place("shown_beside.RTV-12", "lands_twice")]
        );
    }

    #[test]
    fn parts_total_the_whole_item() {
        let found = wrong("\"HRG-06\" = 60_00, \"HRG-07\" = 20_00", "\"HRG-06\" = 60_00, \"HRG-07\" = 2_00");
        assert_eq!(found, [place("evidence.attendance.CRM-5.4", "percent_total")]);
    }

    #[test]
    fn a_part_must_come_from_the_channel_and_be_scored() {
        let line = r#""CRM-6.1" = { "RTV-02" = 100_00 }"#;
        let found = wrong(line, r#""CRM-6.1" = { "RTV-04" = 50_00, "CTV-01" = 50_00 }"#);
        let at = "evidence.return_visit.CRM-6.1";
        assert_eq!(
            found,
            [place(at, "unknown_part"), place(at, "part_not_scored"), place("RTV-02", "lands_nowhere")]
        );
    }

    #[test]
    fn marks_have_falling_shares() {
        assert_eq!(wrong("half = 50_00", "half = 90_00"), [place("shares.mark.half", "share_order")]);
        assert_eq!(wrong("half = 50_00\n", ""), [place("shares.mark", "share_missing")]);
    }

    #[test]
    fn totals_of_items_and_groups_are_checked() {
        let found = wrong("points = 4_00", "points = 4_10");
        assert_eq!(
            found,
            [
                place("CRM-1", "group_total"),
                place("CRM-1.1", "not_quarters"),
                place("full_points", "full_points")
            ]
        );
    }

    #[test]
    fn a_scale_of_another_kind_is_refused() {
        assert_eq!(wrong("scale = \"GT4-100\"", "scale = \"GT4-5\""), [place("scale", "unknown_scale")]);
    }

    #[test]
    fn an_item_opens_only_vetoes_within_its_channels_reach() {
        let channels = "channels = [\"pre_hearing_report\"]";
        let found = wrong(channels, &format!("{channels}\nvetoes = [\"VETO-02\", \"VETO-09\"]"));
        assert_eq!(found, [place("CRM-7.1", "veto_out_of_reach"), place("CRM-7.1", "unknown_code")]);
    }

    #[test]
    fn a_syntax_error_names_the_line() {
        assert_eq!(codes("id = \"X\"\nversion = "), [place("line 2", "syntax")]);
    }

    #[test]
    fn a_problem_names_file_item_and_fix_in_both_languages() {
        let text = criminal().replacen("\"RTV-09\" = \"CRM-3.1\"\n", "", 1);
        let problems = Rubric::parse("criminal_trial.toml", &text).expect_err("one");
        assert_eq!(
            problems[0].text(Language::En),
            "criminal_trial.toml: RTV-09: it is scored and bears on no item; let an item take a part from it under \
             [evidence.return_visit], or put it under [shown_beside]"
        );
        assert_eq!(
            problems[0].text(Language::Zh),
            "criminal_trial.toml：RTV-09：该题计分，但没有落到任何指标；请在 [evidence.return_visit] 中让某项指标取用它，或者列入 \
             [shown_beside]"
        );
    }
}
