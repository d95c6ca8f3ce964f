//! 等次标准 grade scales: three kinds that never stand in for one another.
//!
//! [`PointBands`] turn a score of 100 into a grade, [`FiveBands`] one overall mark of 5, and
//! [`IndicatorGrades`] judge eight graded indicators as a whole (domain 2.4, 11.0).

pub mod bands;
pub mod file;
pub mod indicator;

pub use bands::{Band, FiveBands, PointBands};
pub use indicator::{IndicatorGrades, IndicatorStep};

use serde::Serialize;

use super::hash::ContentHash;
use crate::codes;
use crate::text::Bilingual;

codes! {
    /// A grade 等次 (domain 10.2), best first. A scale may leave some out.
    Grade as "grade" {
        Excellent = "excellent",
        Good = "good",
        Qualified = "qualified",
        Unqualified = "unqualified",
    }
}

/// What every scale has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ScaleHead {
    /// Its id, for instance `GT4-100`.
    pub id: String,
    /// Its version.
    pub version: String,
    /// Its name.
    pub name: Bilingual,
    /// Where it comes from.
    pub source: String,
    /// The content hash of its part of the file.
    pub hash: ContentHash,
}

/// A scale of any kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "kind", content = "scale")]
pub enum Scale {
    /// Bands of 100 points.
    PointBands(PointBands),
    /// Bands of one overall mark of 5.
    FiveBands(FiveBands),
    /// Eight indicator grades.
    IndicatorGrades(IndicatorGrades),
}

impl Scale {
    /// Its head.
    pub const fn head(&self) -> &ScaleHead {
        match self {
            Self::PointBands(scale) => &scale.head,
            Self::FiveBands(scale) => &scale.head,
            Self::IndicatorGrades(scale) => &scale.head,
        }
    }
}

/// The scales of one file.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize)]
pub struct Scales(pub Vec<Scale>);

impl Scales {
    /// The scale with this id.
    pub fn get(&self, id: &str) -> Option<&Scale> {
        self.0.iter().find(|scale| scale.head().id == id)
    }

    /// The bands of points with this id; nothing when there is none or it is of another kind.
    pub fn point_bands(&self, id: &str) -> Option<&PointBands> {
        match self.get(id)? {
            Scale::PointBands(bands) => Some(bands),
            Scale::FiveBands(_) | Scale::IndicatorGrades(_) => None,
        }
    }
}
