//! Values of fields.

use tingfang_core::clock::Moment;
use tingfang_core::record::value::Scalar;

/// The value of one field.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum FieldValue {
    /// A text, a code or an id. The record's form tells which.
    Text {
        /// The text.
        value: String,
    },
    /// A whole number; points are in hundredths.
    Integer {
        /// The number.
        value: i64,
    },
    /// Yes or no.
    Flag {
        /// Whether yes.
        value: bool,
    },
    /// A point in time.
    Time {
        /// When.
        value: Moment,
    },
}

impl From<Scalar> for FieldValue {
    fn from(scalar: Scalar) -> Self {
        match scalar {
            Scalar::Text(value) => Self::Text { value },
            Scalar::Integer(value) => Self::Integer { value },
            Scalar::Flag(value) => Self::Flag { value },
            Scalar::Moment(value) => Self::Time { value },
        }
    }
}

impl From<FieldValue> for Scalar {
    fn from(value: FieldValue) -> Self {
        match value {
            FieldValue::Text { value } => Self::Text(value),
            FieldValue::Integer { value } => Self::Integer(value),
            FieldValue::Flag { value } => Self::Flag(value),
            FieldValue::Time { value } => Self::Moment(value),
        }
    }
}
