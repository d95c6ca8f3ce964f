//! Values in PostgreSQL's own types.

use bytes::BytesMut;
use postgres::types::{FromSql, IsNull, ToSql, Type, to_sql_checked};

use crate::db::value::Value;

type Failure = Box<dyn std::error::Error + Sync + Send>;

/// The type that a statement is told of a value. Nothing says no type; the server finds it out.
pub(super) const fn type_of(value: &Value) -> Type {
    match value {
        Value::Null => Type::UNKNOWN,
        Value::Integer(_) => Type::INT8,
        Value::Text(_) => Type::TEXT,
        Value::Blob(_) => Type::BYTEA,
    }
}

impl ToSql for Value {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Failure> {
        match self {
            Self::Null => Ok(IsNull::Yes),
            Self::Integer(number) => number.to_sql(ty, out),
            Self::Text(text) => text.to_sql(ty, out),
            Self::Blob(bytes) => bytes.to_sql(ty, out),
        }
    }

    fn accepts(_: &Type) -> bool {
        // Each value is sent as the type that it was prepared with.
        true
    }

    to_sql_checked!();
}

/// A value of any type that the shared SQL gives.
pub(in crate::db) struct Cell(pub(in crate::db) Value);

impl<'r> FromSql<'r> for Cell {
    fn from_sql(ty: &Type, raw: &'r [u8]) -> Result<Self, Failure> {
        Ok(Self(match *ty {
            Type::INT8 => Value::Integer(i64::from_sql(ty, raw)?),
            Type::INT4 => Value::Integer(i64::from(i32::from_sql(ty, raw)?)),
            Type::INT2 => Value::Integer(i64::from(i16::from_sql(ty, raw)?)),
            Type::BOOL => Value::Integer(i64::from(bool::from_sql(ty, raw)?)),
            Type::NUMERIC => Value::Integer(whole(raw)?),
            Type::BYTEA => Value::Blob(raw.to_vec()),
            _ => Value::Text(String::from_sql(&Type::TEXT, raw)?),
        }))
    }

    fn from_sql_null(_: &Type) -> Result<Self, Failure> {
        Ok(Self(Value::Null))
    }

    fn accepts(ty: &Type) -> bool {
        matches!(
            *ty,
            Type::INT8
                | Type::INT4
                | Type::INT2
                | Type::BOOL
                | Type::NUMERIC
                | Type::BYTEA
                | Type::TEXT
                | Type::VARCHAR
                | Type::NAME
                | Type::UNKNOWN
        )
    }
}

/// The whole number that a `numeric` holds, as a sum of integers does: digits to the base of 10,000
/// after number of digits, weight of the first, sign and scale.
fn whole(raw: &[u8]) -> Result<i64, Failure> {
    let mut words = raw.chunks_exact(2).map(|pair| i16::from_be_bytes([pair[0], pair[1]]));
    let mut next = || words.next().ok_or("a numeric is cut off");
    let (digits, weight, sign, _scale) = (next()?, next()?, next()?, next()?);
    let mut number: i64 = 0;
    for place in 0..=weight {
        let digit = if place < digits { i64::from(next()?) } else { 0 };
        number =
            number.checked_mul(10_000).and_then(|n| n.checked_add(digit)).ok_or("a numeric is too large")?;
    }
    match sign {
        0 => Ok(number),
        0x4000 => Ok(-number),
        _ => Err("a numeric is no number".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(words: &[i16]) -> Vec<u8> {
        words.iter().flat_map(|word| word.to_be_bytes()).collect()
    }

    #[test]
    fn a_sum_is_read_as_a_whole_number() {
        assert_eq!(whole(&raw(&[0, 0, 0, 0])).expect("zero"), 0);
        assert_eq!(whole(&raw(&[1, 0, 0, 0, 7])).expect("seven"), 7);
        assert_eq!(whole(&raw(&[2, 1, 0x4000, 0, 12, 34])).expect("negative"), -120_034);
        assert_eq!(whole(&raw(&[1, 1, 0, 0, 3])).expect("zeros at the end are left out"), 30_000);
        assert!(whole(&raw(&[1, 0])).is_err());
    }
}
