//! Exact fractions. A score is computed exactly and rounded once, half up, at the end.

use std::cmp::Ordering;
use std::fmt;
use std::ops::{Add, Div, Mul, Sub};
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A fraction in lowest terms, its denominator above zero. `3/4` in text.
///
/// Rubrics are written in quarters of a point and whole hundredths of a percent, so the numbers
/// stay far below the 38 digits of an `i128`. Beyond them (no checked rubric gets there) a result
/// is rounded to 12 decimal places rather than wrong or a panic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Ratio {
    numerator: i128,
    denominator: i128,
}

/// A text that is no fraction.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a fraction; write it like 3/4")]
pub struct InvalidRatio(pub String);

const COARSE: i128 = 1_000_000_000_000;

impl Ratio {
    /// Nothing.
    pub const ZERO: Self = Self { numerator: 0, denominator: 1 };
    /// The whole.
    pub const ONE: Self = Self { numerator: 1, denominator: 1 };

    /// The fraction `numerator / denominator`; zero when the denominator is zero, which stands for
    /// "nothing applies" and is caught before by whoever divides.
    pub fn new(numerator: i128, denominator: i128) -> Self {
        if denominator == 0 {
            return Self::ZERO;
        }
        let divisor = gcd(numerator, denominator) * denominator.signum();
        Self { numerator: numerator / divisor, denominator: denominator / divisor }
    }

    /// A whole number.
    pub const fn whole(number: i64) -> Self {
        Self { numerator: number as i128, denominator: 1 }
    }

    /// The nearest whole number; a half goes up.
    pub fn round_half_up(self) -> i64 {
        let floor = self.numerator.div_euclid(self.denominator);
        let rest = self.numerator.rem_euclid(self.denominator);
        let up = i128::from(rest >= self.denominator - rest);
        i64::try_from(floor + up).unwrap_or(if floor < 0 { i64::MIN } else { i64::MAX })
    }

    /// The whole number below.
    pub fn round_down(self) -> i64 {
        let floor = self.numerator.div_euclid(self.denominator);
        i64::try_from(floor).unwrap_or(if floor < 0 { i64::MIN } else { i64::MAX })
    }

    /// Itself, or zero when it is below.
    #[must_use]
    pub fn at_least_zero(self) -> Self {
        if self.numerator < 0 { Self::ZERO } else { self }
    }

    fn coarse(self) -> Self {
        let (mut numerator, mut denominator) = (self.numerator, self.denominator);
        while denominator > 1 << 80 || numerator.unsigned_abs() > 1 << 86 {
            numerator >>= 1;
            denominator = (denominator >> 1).max(1);
        }
        Self::new(numerator * COARSE / denominator, COARSE)
    }

    fn checked_add(self, other: Self) -> Option<Self> {
        let divisor = gcd(self.denominator, other.denominator);
        let (left, right) = (other.denominator / divisor, self.denominator / divisor);
        let numerator = self.numerator.checked_mul(left)?.checked_add(other.numerator.checked_mul(right)?)?;
        Some(Self::new(numerator, self.denominator.checked_mul(left)?))
    }

    fn checked_mul(self, other: Self) -> Option<Self> {
        let one = Self::new(self.numerator, other.denominator);
        let two = Self::new(other.numerator, self.denominator);
        let numerator = one.numerator.checked_mul(two.numerator)?;
        Some(Self { numerator, denominator: one.denominator.checked_mul(two.denominator)? })
    }
}

impl Add for Ratio {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        let coarse = || self.coarse().checked_add(other.coarse());
        self.checked_add(other).or_else(coarse).unwrap_or(Self::ZERO)
    }
}

impl Sub for Ratio {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        self + Self { numerator: -other.numerator, denominator: other.denominator }
    }
}

impl Mul for Ratio {
    type Output = Self;
    fn mul(self, other: Self) -> Self {
        let coarse = || self.coarse().checked_mul(other.coarse());
        self.checked_mul(other).or_else(coarse).unwrap_or(Self::ZERO)
    }
}

impl Div for Ratio {
    type Output = Self;
    /// Zero when the divisor is zero; see [`Ratio::new`].
    fn div(self, other: Self) -> Self {
        let inverse = Self::new(other.denominator, other.numerator);
        self.mul(inverse)
    }
}

impl std::iter::Sum for Ratio {
    fn sum<I: Iterator<Item = Self>>(fractions: I) -> Self {
        fractions.fold(Self::ZERO, Add::add)
    }
}

impl PartialOrd for Ratio {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Ratio {
    fn cmp(&self, other: &Self) -> Ordering {
        (*self - *other).numerator.cmp(&0)
    }
}

impl fmt::Display for Ratio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.numerator, self.denominator)
    }
}

impl FromStr for Ratio {
    type Err = InvalidRatio;

    fn from_str(text: &str) -> Result<Self, InvalidRatio> {
        let read = || {
            let (numerator, denominator) = text.split_once('/')?;
            let (numerator, denominator) = (numerator.parse().ok()?, denominator.parse::<i128>().ok()?);
            (denominator > 0).then(|| Self::new(numerator, denominator))
        };
        read().ok_or_else(|| InvalidRatio(text.to_owned()))
    }
}

impl Serialize for Ratio {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Ratio {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// The greatest common divisor, above zero. Small numbers, which is nearly all, take the fast way.
fn gcd(one: i128, other: i128) -> i128 {
    let (one, other) = (one.unsigned_abs(), other.unsigned_abs());
    let divisor = match (u64::try_from(one), u64::try_from(other)) {
        (Ok(one), Ok(other)) => u128::from(gcd_small(one, other)),
        _ => gcd_large(one, other),
    };
    i128::try_from(divisor.max(1)).unwrap_or(1)
}

const fn gcd_small(mut one: u64, mut other: u64) -> u64 {
    while other != 0 {
        (one, other) = (other, one % other);
    }
    one
}

const fn gcd_large(mut one: u128, mut other: u128) -> u128 {
    while other != 0 {
        (one, other) = (other, one % other);
    }
    one
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_half_goes_up() {
        assert_eq!(Ratio::new(5, 2).round_half_up(), 3);
        assert_eq!(Ratio::new(-5, 2).round_half_up(), -2);
        assert_eq!(Ratio::new(7, 3).round_half_up(), 2);
        assert_eq!(Ratio::new(8, 3).round_down(), 2);
    }

    #[test]
    fn thirds_add_up_exactly() {
        let third = Ratio::new(1, 3);
        assert_eq!(third + third + third, Ratio::ONE);
        assert_eq!((third * Ratio::whole(300)).to_string(), "100/1");
        assert_eq!("2/6".parse(), Ok(third));
        assert!("1/0".parse::<Ratio>().is_err());
    }

    #[test]
    fn beyond_the_range_it_stays_close_and_never_panics() {
        let huge = Ratio::new(i128::MAX / 3, (1 << 100) + 1);
        let sum = huge + Ratio::new(1, (1 << 101) - 1);
        assert!(sum >= Ratio::ZERO);
        let _ = huge * huge;
    }

    proptest! {
        #[test]
        fn it_is_a_field(a in -10_000_i64..10_000, b in 1_i64..10_000, c in -10_000_i64..10_000, d in 1_i64..10_000) {
            let (one, two) = (Ratio::new(a.into(), b.into()), Ratio::new(c.into(), d.into()));
            prop_assert_eq!(one + two - two, one);
            prop_assert_eq!(one * two, two * one);
            if c != 0 {
                prop_assert_eq!(one * two / two, one);
            }
            prop_assert_eq!(one.cmp(&two), (a * d).cmp(&(c * b)));
            prop_assert_eq!(one.to_string().parse(), Ok(one));
        }
    }
}
