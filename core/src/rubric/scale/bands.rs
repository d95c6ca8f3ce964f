//! Scales of bands: of 100 points, and of one overall mark of 5.

use serde::Serialize;

use super::{Grade, ScaleHead};
use crate::record::shape::PointsHundredths;

/// A band: a grade and where it begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Band {
    /// The grade.
    pub grade: Grade,
    /// The least that reaches it, in hundredths.
    pub from: i64,
}

/// Bands of a score between 0 and 100.00 points.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PointBands {
    /// Id, name, source, hash.
    pub head: ScaleHead,
    pub(super) bands: Vec<Band>,
}

/// Bands of one overall mark between 0 and 5.00. Not a score: no sum of items makes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FiveBands {
    /// Id, name, source, hash.
    pub head: ScaleHead,
    pub(super) bands: Vec<Band>,
}

/// An overall mark of 5, in hundredths.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct FiveMark(i64);

impl FiveMark {
    /// A mark between 0 and 5.00; nothing outside.
    pub const fn new(hundredths: i64) -> Option<Self> {
        if hundredths < 0 || hundredths > 5_00 { None } else { Some(Self(hundredths)) }
    }
}

impl PointBands {
    /// The grade of a score.
    pub fn grade(&self, score: PointsHundredths) -> Grade {
        grade_of(&self.bands, score.0)
    }

    /// The bands, best first.
    pub fn bands(&self) -> &[Band] {
        &self.bands
    }

    /// Where a grade begins on this scale; nothing when the scale leaves it out.
    pub fn begins(&self, grade: Grade) -> Option<PointsHundredths> {
        self.bands.iter().find(|band| band.grade == grade).map(|band| PointsHundredths(band.from))
    }

    /// How many steps of this scale lie between two grades.
    pub fn steps_between(&self, one: Grade, other: Grade) -> usize {
        let place = |grade| self.bands.iter().position(|band| band.grade == grade).unwrap_or(0);
        place(one).abs_diff(place(other))
    }
}

impl FiveBands {
    /// The grade of a mark.
    pub fn grade(&self, mark: FiveMark) -> Grade {
        grade_of(&self.bands, mark.0)
    }
}

/// The first band that is reached. The loader holds that the last begins at 0.
fn grade_of(bands: &[Band], value: i64) -> Grade {
    bands.iter().find(|band| value >= band.from).map_or(Grade::Unqualified, |band| band.grade)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rubric::scale::Scale;
    use crate::rubric::templates;

    #[test]
    fn a_hundredth_decides_at_the_edge_of_a_band() {
        let bands = templates().scales.point_bands("GT4-100").expect("shipped");
        let grade = |points| bands.grade(PointsHundredths(points));
        assert_eq!((grade(90_00), grade(89_99)), (Grade::Excellent, Grade::Good));
        assert_eq!((grade(80_00), grade(79_99)), (Grade::Good, Grade::Qualified));
        assert_eq!((grade(60_00), grade(59_99)), (Grade::Qualified, Grade::Unqualified));
        assert_eq!((grade(100_00), grade(0)), (Grade::Excellent, Grade::Unqualified));
    }

    #[test]
    fn steps_are_counted_on_the_scale_itself() {
        let scales = &templates().scales;
        let four = scales.point_bands("GT4-100").expect("shipped");
        let three = scales.point_bands("GT3-100").expect("shipped");
        assert_eq!(four.steps_between(Grade::Excellent, Grade::Qualified), 2);
        assert_eq!(three.steps_between(Grade::Qualified, Grade::Excellent), 1);
    }

    #[test]
    fn a_mark_of_five_is_no_score() {
        let scales = &templates().scales;
        assert!(scales.point_bands("GT4-5").is_none());
        let Some(Scale::FiveBands(bands)) = scales.get("GT4-5") else { panic!("shipped") };
        assert_eq!(bands.grade(FiveMark::new(4_50).expect("in range")), Grade::Good);
        assert_eq!(FiveMark::new(5_01), None);
    }
}
