use curve25519_dalek::scalar::Scalar;

/// Digits of a scalar, which is below 2^253: the last has five bits, and room for a carry.
pub(super) const DIGITS: usize = 32;
/// The largest digit. Each is between −128 and 128, so that half the multiples are enough.
pub(super) const LARGEST: u8 = 128;

/// ± `size` times a power of 256.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct SignedDigit {
    pub(super) sign: Sign,
    /// 0 to 128.
    pub(super) size: u8,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sign {
    Plus,
    Minus,
}

/// The scalar to the base 256, the least digit first.
pub(super) fn digits(scalar: &Scalar) -> [SignedDigit; DIGITS] {
    let mut carry = false;
    scalar.to_bytes().map(|byte| {
        // 255 and a carry are 0 and another carry.
        let (digit, overflows) = byte.overflowing_add(u8::from(carry));
        carry = overflows || digit > LARGEST;
        match digit > LARGEST {
            true => SignedDigit { sign: Sign::Minus, size: digit.wrapping_neg() },
            false => SignedDigit { sign: Sign::Plus, size: digit },
        }
    })
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    fn scalar_of(digits: &[SignedDigit]) -> Scalar {
        digits.iter().rev().fold(Scalar::ZERO, |sum, digit| {
            let size = Scalar::from(digit.size);
            let shifted = sum * Scalar::from(256_u64);
            match digit.sign {
                Sign::Plus => shifted + size,
                Sign::Minus => shifted - size,
            }
        })
    }

    #[test]
    fn digits_are_small_and_add_up_to_the_scalar() {
        let one = Scalar::ONE;
        let mut scalars = std::vec![Scalar::ZERO, one, -one, -one - one];
        let mut power = one;
        for _ in 0..253 {
            scalars.extend([power, -power, power - one, power + one]);
            power += power;
        }
        scalars.extend((0..1000_u64).map(|n| Scalar::from(n).invert() * Scalar::from(n * n + 3)));
        for scalar in scalars {
            let digits = digits(&scalar);
            assert!(digits.iter().all(|digit| digit.size <= LARGEST), "{scalar:?}");
            assert_eq!(scalar_of(&digits), scalar);
        }
    }
}
