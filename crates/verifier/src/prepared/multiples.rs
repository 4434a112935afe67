use alloc::boxed::Box;
use alloc::vec::Vec;

use curve25519_dalek::edwards::EdwardsPoint;
use curve25519_dalek::scalar::Scalar;
use curve25519_dalek::traits::Identity;

use super::digits::{DIGITS, LARGEST, Sign, digits};

/// 0 to 128 times a point.
type Row = [EdwardsPoint; LARGEST as usize + 1];

/// For each digit of a scalar, the multiples of a point that the digit can stand for: 32 rows of 129 points.
pub(crate) struct Multiples(Box<[Row]>);

impl Multiples {
    #[allow(clippy::arithmetic_side_effects, reason = "points of a group always have a sum")]
    pub(crate) fn of(point: EdwardsPoint) -> Multiples {
        let mut rows = Vec::with_capacity(DIGITS);
        let mut base = point;
        for _ in 0..DIGITS {
            let row = row(&base);
            let [.., half] = row;
            base = half + half;
            rows.push(row);
        }
        Multiples(rows.into_boxed_slice())
    }

    /// The multiples whose sum is the scalar times the point.
    fn terms(&self, scalar: &Scalar) -> [Term; DIGITS] {
        let mut rows = self.0.iter();
        digits(scalar).map(|digit| {
            let multiple = rows.next().and_then(|row| row.get(usize::from(digit.size)));
            debug_assert!(multiple.is_some(), "a row for each digit, with the multiples of all sizes");
            Term { sign: digit.sign, point: multiple.copied().unwrap_or_default() }
        })
    }
}

#[allow(clippy::arithmetic_side_effects, reason = "points of a group always have a sum")]
fn row(base: &EdwardsPoint) -> Row {
    let mut next = EdwardsPoint::identity();
    core::array::from_fn(|_| {
        let multiple = next;
        next += base;
        multiple
    })
}

/// ± a multiple.
struct Term {
    sign: Sign,
    point: EdwardsPoint,
}

/// One scalar times one point and the other times the other.
///
/// The terms are copied out of the tables before the first is added, so that the program waits for the memory once and not
/// for each of them.
#[allow(clippy::arithmetic_side_effects, reason = "points of a group always have a sum")]
pub(super) fn sum(one: (&Multiples, &Scalar), other: (&Multiples, &Scalar)) -> EdwardsPoint {
    let terms = [one.0.terms(one.1), other.0.terms(other.1)];
    terms.iter().flatten().fold(EdwardsPoint::identity(), |sum, term| match term.sign {
        Sign::Plus => sum + term.point,
        Sign::Minus => sum - term.point,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use curve25519_dalek::constants::ED25519_BASEPOINT_POINT as BASE;

    #[test]
    #[allow(clippy::arithmetic_side_effects, reason = "points of a group always have a sum")]
    fn sums_of_multiples_are_products() {
        let key = Scalar::from(77_u64).invert() * BASE;
        let (of_base, of_key) = (Multiples::of(BASE), Multiples::of(key));
        let scalars = [0, 1, 127, 128, 129, 255, 256, u64::MAX].map(Scalar::from);
        let all = scalars.iter().flat_map(|scalar| [*scalar, -scalar, (scalar + Scalar::ONE).invert()]);
        for one in all.clone() {
            for other in all.clone() {
                assert_eq!(sum((&of_base, &one), (&of_key, &other)), one * BASE + other * key);
            }
        }
    }
}
