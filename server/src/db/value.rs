//! Values on their way into and out of rows.
//!
//! Ids are 16-byte blobs, moments integers (milliseconds), dates and JSON text, truth 0 or 1.

use jiff::civil::Date;
use tingfang_core::clock::{LogPosition, Moment};
use tingfang_core::id;

/// A value in a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// Nothing.
    Null,
    /// A whole number.
    Integer(i64),
    /// A text.
    Text(String),
    /// Bytes.
    Blob(Vec<u8>),
}

/// What can be read from a column.
pub trait FromValue: Sized {
    /// The name of the type, for messages.
    fn wanted() -> String;
    /// The value as this type, where it fits.
    fn from_value(value: Value) -> Option<Self>;
}

macro_rules! integers {
    ($($type:ty),+) => {$(
        impl From<$type> for Value {
            fn from(number: $type) -> Self {
                Self::Integer(i64::from(number))
            }
        }
        impl FromValue for $type {
            fn wanted() -> String {
                stringify!($type).to_owned()
            }
            fn from_value(value: Value) -> Option<Self> {
                match value {
                    Value::Integer(number) => Self::try_from(number).ok(),
                    _ => None,
                }
            }
        }
    )+};
}
integers!(i64, u32, i32, u16, u8);

// Numbers past i64 cannot be stored. Positions and sizes never come near; one that does saturates,
// and no comparison with a stored number turns round.
macro_rules! wide_integers {
    ($($type:ty),+) => {$(
        impl From<$type> for Value {
            fn from(number: $type) -> Self {
                Self::Integer(i64::try_from(number).unwrap_or(i64::MAX))
            }
        }
        impl FromValue for $type {
            fn wanted() -> String {
                stringify!($type).to_owned()
            }
            fn from_value(value: Value) -> Option<Self> {
                match value {
                    Value::Integer(number) => Self::try_from(number).ok(),
                    _ => None,
                }
            }
        }
    )+};
}
wide_integers!(u64, usize);

/// A stored form: into the value, and back.
macro_rules! stored {
    ($type:ty, $variant:ident($inner:ident), $into:expr, $from:expr) => {
        impl From<$type> for Value {
            fn from(value: $type) -> Self {
                let into: fn($type) -> _ = $into;
                Self::$variant(into(value))
            }
        }
        impl FromValue for $type {
            fn wanted() -> String {
                stringify!($type).to_owned()
            }
            fn from_value(value: Value) -> Option<Self> {
                match value {
                    Value::$variant($inner) => $from,
                    _ => None,
                }
            }
        }
    };
}
stored!(
    bool,
    Integer(n),
    i64::from,
    match n {
        0 => Some(false),
        1 => Some(true),
        _ => None,
    }
);
stored!(Moment, Integer(n), |moment| moment.as_millis(), Some(Moment::from_millis(n)));
stored!(String, Text(text), |text| text, Some(text));
stored!(Vec<u8>, Blob(bytes), |bytes| bytes, Some(bytes));
stored!(Date, Text(text), |date| date.to_string(), text.parse().ok());
stored!(serde_json::Value, Text(text), |json| json.to_string(), serde_json::from_str(&text).ok());

impl From<LogPosition> for Value {
    fn from(position: LogPosition) -> Self {
        Self::from(position.0)
    }
}

impl FromValue for LogPosition {
    fn wanted() -> String {
        "a log position".to_owned()
    }
    fn from_value(value: Value) -> Option<Self> {
        u64::from_value(value).map(Self)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<&String> for Value {
    fn from(text: &String) -> Self {
        Self::Text(text.clone())
    }
}

impl From<&[u8]> for Value {
    fn from(bytes: &[u8]) -> Self {
        Self::Blob(bytes.to_vec())
    }
}

impl From<&Vec<u8>> for Value {
    fn from(bytes: &Vec<u8>) -> Self {
        Self::Blob(bytes.clone())
    }
}

impl<const N: usize> From<[u8; N]> for Value {
    fn from(bytes: [u8; N]) -> Self {
        Self::Blob(bytes.to_vec())
    }
}

impl<const N: usize> From<&[u8; N]> for Value {
    fn from(bytes: &[u8; N]) -> Self {
        Self::Blob(bytes.to_vec())
    }
}

impl<const N: usize> FromValue for [u8; N] {
    fn wanted() -> String {
        format!("{N} bytes")
    }
    fn from_value(value: Value) -> Option<Self> {
        match value {
            Value::Blob(bytes) => Self::try_from(bytes).ok(),
            _ => None,
        }
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

impl<T: FromValue> FromValue for Option<T> {
    fn wanted() -> String {
        format!("{} or nothing", T::wanted())
    }
    fn from_value(value: Value) -> Option<Self> {
        match value {
            Value::Null => Some(None),
            value => T::from_value(value).map(Some),
        }
    }
}

impl FromValue for Value {
    fn wanted() -> String {
        "a value".to_owned()
    }
    fn from_value(value: Value) -> Option<Self> {
        Some(value)
    }
}

macro_rules! ids {
    ($($name:ident),+ $(,)?) => {$(
        impl From<id::$name> for Value {
            fn from(id: id::$name) -> Self {
                Self::Blob(id.as_bytes().to_vec())
            }
        }
        impl FromValue for id::$name {
            fn wanted() -> String {
                stringify!($name).to_owned()
            }
            fn from_value(value: Value) -> Option<Self> {
                <[u8; 16]>::from_value(value).map(Self::from_bytes)
            }
        }
    )+};
}
ids!(
    TenantId,
    OrganisationId,
    ProviderId,
    PersonId,
    UndertakerId,
    CaseId,
    HearingId,
    AssignmentId,
    DocumentId,
    EntryId,
    DeviceId,
    RoundId,
    DecisionId,
    SubsidyLineId,
    VetoId,
    RulingId,
    SpotCheckId,
    LogEpoch,
    QuarantineId,
    ReturnId,
    CheckId,
    ComplaintId,
    JobId,
    HeldDecisionId,
    UploadId,
);

#[cfg(test)]
mod tests {
    use super::*;

    fn round<T: Into<Value> + FromValue + Clone + PartialEq + std::fmt::Debug>(value: T) {
        assert_eq!(T::from_value(value.clone().into()), Some(value));
    }

    #[test]
    fn every_stored_form_comes_back_as_it_went_in() {
        round(-5_i64);
        round(7_u64);
        round(true);
        round(Moment::from_millis(12));
        round("字".to_owned());
        round(vec![1_u8, 2]);
        round([3_u8; 32]);
        round(Some(id::CaseId::from_bytes([4; 16])));
        round(None::<String>);
        round(jiff::civil::date(2026, 11, 24));
        round(LogPosition(9));
    }

    #[test]
    fn a_wrong_form_is_refused_instead_of_bent() {
        assert_eq!(u8::from_value(Value::Integer(300)), None);
        assert_eq!(bool::from_value(Value::Integer(2)), None);
        assert_eq!(String::from_value(Value::Null), None);
        assert_eq!(id::CaseId::from_value(Value::Blob(vec![1])), None);
    }
}
