//! 规范服务达标: what an inspection of a workstation or a centre scores by (domain 11.9). Data that a centre
//! replaces; its points and its line are a proposal.

use serde::Deserialize;

use super::hash::ContentHash;
use crate::data_file;
use crate::record::ItemId;
use crate::record::inspection::Inspection;
use crate::record::shape::PointsHundredths;
use crate::text::{Bilingual, Language};

/// The standard that this version ships.
const SHIPPED: &str = include_str!("../../data/inspection_standard.toml");

/// A standard.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InspectionStandard {
    /// Its id, for instance `CTR`.
    pub id: String,
    /// Its version.
    pub version: String,
    /// `proposal` or `adopted`.
    pub status: String,
    zh: String,
    en: String,
    /// The points of a whole inspection from which on it meets the standard, in hundredths.
    pub line: PointsHundredths,
    /// Its items.
    #[serde(rename = "item")]
    pub items: Vec<StandardItem>,
}

/// An item of a standard.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StandardItem {
    /// Its id, for instance `CTR-1`.
    pub id: ItemId,
    zh: String,
    en: String,
    /// The standard's own words, in Chinese.
    pub says: String,
    /// Its points, in hundredths.
    pub points: PointsHundredths,
}

/// What an inspection comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Compliance {
    /// The points of the items that were scored.
    pub earned: PointsHundredths,
    /// What these items are worth.
    pub of: PointsHundredths,
    /// Whether that meets the standard, items that were not scored for a reason left aside. Nothing while
    /// an item has neither points nor a reason, and when none was scored.
    pub meets: Option<bool>,
}

impl InspectionStandard {
    /// The standard that this version ships.
    pub fn shipped() -> Self {
        data_file::read(SHIPPED).expect("a test reads the shipped standard")
    }

    /// Its name.
    pub fn name(&self) -> Bilingual {
        Bilingual { zh: self.zh.clone(), en: self.en.clone() }
    }

    /// The item with this id.
    pub fn item(&self, id: &ItemId) -> Option<&StandardItem> {
        self.items.iter().find(|item| item.id == *id)
    }

    /// The content hash of the standard that this version ships.
    pub fn shipped_hash() -> ContentHash {
        ContentHash::of_text("tingfang-inspection-standard/1", SHIPPED)
    }

    /// What an inspection comes to; nothing for one that was made by another standard. An item that has a
    /// state instead of points was not scored; points under an id that the standard does not have count
    /// for nothing.
    pub fn compliance(&self, inspection: &Inspection) -> Option<Compliance> {
        let named = inspection.subject.standard.as_ref();
        if named.is_some_and(|named| *named != Self::shipped_hash().to_string()) {
            return None;
        }
        let (mut earned, mut of, mut whole, mut open) = (0, 0, 0, false);
        for item in &self.items {
            whole += item.points.0;
            if inspection.states.contains_key(&item.id) {
                continue;
            }
            match inspection.points.get(&item.id) {
                Some(points) => {
                    earned += points.0.clamp(0, item.points.0);
                    of += item.points.0;
                }
                None => open = true,
            }
        }
        let meets = (of > 0 && !open).then_some(earned * whole >= self.line.0 * of);
        Some(Compliance { earned: PointsHundredths(earned), of: PointsHundredths(of), meets })
    }
}

impl StandardItem {
    /// Its name.
    pub fn label(&self, language: Language) -> &str {
        match language {
            Language::Zh => &self.zh,
            Language::En => &self.en,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::common::ItemState;

    fn inspection(points: &[(&str, i64)], not_observed: &[&str]) -> Inspection {
        let id = |text: &str| ItemId::parse(text).expect("an id");
        let mut inspection = Inspection::default();
        inspection.points.0.extend(points.iter().map(|(item, points)| (id(item), PointsHundredths(*points))));
        inspection.states.0.extend(not_observed.iter().map(|item| (id(item), ItemState::NotObserved)));
        inspection
    }

    #[test]
    fn the_shipped_standard_has_a_hundred_points_and_a_line_below_them() {
        let standard = InspectionStandard::shipped();
        let whole: i64 = standard.items.iter().map(|item| item.points.0).sum();
        assert_eq!(whole, 100_00);
        assert!((0..whole).contains(&standard.line.0));
    }

    #[test]
    fn an_inspection_meets_the_standard_by_the_items_that_were_scored() {
        let standard = InspectionStandard::shipped();
        let told = |points: &[_], not_observed: &[_]| {
            standard.compliance(&inspection(points, not_observed)).expect("by no other standard")
        };
        assert_eq!(told(&[], &[]).meets, None);
        let all = [("CTR-1", 20_00), ("CTR-2", 20_00), ("CTR-3", 20_00), ("CTR-4", 19_99)];
        assert_eq!(told(&all, &[]).meets, Some(false));
        let without_the_last = told(&all, &["CTR-4"]);
        assert_eq!((without_the_last.earned.0, without_the_last.of.0), (60_00, 75_00));
        assert_eq!(without_the_last.meets, Some(true));
        assert_eq!(told(&[("CTR-1", 25_00)], &[]).meets, None, "three items are still to be scored");
        assert_eq!(told(&[("CTR-9", 25_00)], &[]).meets, None, "no item of the standard");
        let mut older = inspection(&all, &[]);
        older.subject.standard = Some("0".repeat(64));
        assert_eq!(standard.compliance(&older), None, "another standard may have had another line");
        older.subject.standard = Some(InspectionStandard::shipped_hash().to_string());
        assert!(standard.compliance(&older).is_some());
    }
}
