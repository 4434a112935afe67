//! The field of the check groups: GF(2^25) = GF(2)[x]/(x^25 + x^3 + 1). Each group is one element. Addition is exclusive or.

#![expect(clippy::arithmetic_side_effects, reason = "shifts and products of 25 bits in 64")]
#![expect(clippy::cast_possible_truncation, reason = "what is cut off is cut off by the mask as well")]

use core::ops::BitXor;

/// An element: bit i is the coefficient of x^i, bits 25 and above are zero.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Element(u32);

const DEGREE: u32 = 25;
const MASK: u32 = (1 << DEGREE) - 1;

impl Element {
    pub(crate) const ZERO: Element = Element(0);
    pub(crate) const ONE: Element = Element(1);

    /// The element whose coefficients are the low 25 bits.
    pub(crate) const fn new(bits: u32) -> Element {
        Element(bits & MASK)
    }

    pub(crate) const fn bits(self) -> u32 {
        self.0
    }

    /// Times α = x^7.
    pub(crate) const fn times_alpha(self) -> Element {
        self.times_x_to::<7>()
    }

    /// Times α² = x^14.
    pub(crate) const fn times_alpha_2(self) -> Element {
        self.times_x_to::<14>()
    }

    /// Times α³ = x^21.
    pub(crate) const fn times_alpha_3(self) -> Element {
        self.times_x_to::<21>()
    }

    /// Times x^K, with K at most 22: the bits that are shifted out are reduced once, by x^25 = x^3 + 1.
    const fn times_x_to<const K: u32>(self) -> Element {
        let out = self.0 >> (DEGREE - K);
        Element(((self.0 << K) & MASK) ^ out ^ (out << 3))
    }

    /// The product.
    ///
    /// Integer multiplication with gaps: each operand is split into four, with three zero bits between any two of its bits.
    /// A column adds up to at most seven ones; their carries stay in the gaps and are masked away.
    pub(crate) const fn times(self, other: Element) -> Element {
        const HOLES: u64 = 0x1111_1111_1111_1111;
        let (a, b) = (self.0 as u64, other.0 as u64);
        let (a0, a1, a2, a3) = (a & HOLES, a & (HOLES << 1), a & (HOLES << 2), a & (HOLES << 3));
        let (b0, b1, b2, b3) = (b & HOLES, b & (HOLES << 1), b & (HOLES << 2), b & (HOLES << 3));
        let product = ((a0 * b0) ^ (a1 * b3) ^ (a2 * b2) ^ (a3 * b1)) & HOLES
            | ((a0 * b1) ^ (a1 * b0) ^ (a2 * b3) ^ (a3 * b2)) & (HOLES << 1)
            | ((a0 * b2) ^ (a1 * b1) ^ (a2 * b0) ^ (a3 * b3)) & (HOLES << 2)
            | ((a0 * b3) ^ (a1 * b2) ^ (a2 * b1) ^ (a3 * b0)) & (HOLES << 3);
        let once = (product & MASK as u64) ^ (product >> DEGREE) ^ (product >> DEGREE << 3);
        let out = once >> DEGREE;
        Element::new((once ^ out ^ (out << 3)) as u32)
    }

    /// The inverse, a^(2^25 − 2); zero for zero.
    pub(crate) const fn inverse(self) -> Element {
        // a^(2^24 − 1), with exponents of k ones in binary for k = 1, 2, 3, 6, 12, 24; then squared.
        let ones_2 = self.squared(1).times(self);
        let ones_3 = ones_2.squared(1).times(self);
        let ones_6 = ones_3.squared(3).times(ones_3);
        let ones_12 = ones_6.squared(6).times(ones_6);
        let ones_24 = ones_12.squared(12).times(ones_12);
        ones_24.squared(1)
    }

    const fn squared(self, times: u32) -> Element {
        let mut square = self;
        let mut done = 0;
        while done < times {
            square = square.times(square);
            done += 1;
        }
        square
    }
}

impl BitXor for Element {
    type Output = Element;

    fn bitxor(self, other: Element) -> Element {
        Element(self.0 ^ other.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The product by shifting and adding.
    fn product(a: u32, b: u32) -> u32 {
        let mut product = 0_u64;
        for bit in 0..DEGREE {
            product ^= (u64::from(a) << bit) * u64::from((b >> bit) & 1);
        }
        for bit in (DEGREE..2 * DEGREE).rev() {
            product ^= ((product >> bit) & 1) * (((1 << DEGREE) | 0b1001) << (bit - DEGREE));
        }
        u32::try_from(product).unwrap_or(u32::MAX)
    }

    fn element() -> impl Strategy<Value = Element> {
        (0_u32..1 << DEGREE).prop_map(Element)
    }

    proptest! {
        #[test]
        fn products_are_those_of_the_definition(a in element(), b in element()) {
            prop_assert_eq!(a.times(b).bits(), product(a.bits(), b.bits()));
            prop_assert_eq!(a.times_alpha(), a.times(Element(1 << 7)));
            prop_assert_eq!(a.times_alpha_2(), a.times(Element(1 << 14)));
            prop_assert_eq!(a.times_alpha_3(), a.times(Element(1 << 21)));
        }

        #[test]
        fn an_element_times_its_inverse_is_one(a in element()) {
            prop_assume!(a != Element::ZERO);
            prop_assert_eq!(a.times(a.inverse()), Element::ONE);
        }
    }

    #[test]
    fn the_modulus_is_irreducible() {
        // 25 = 5², so x^25 + x^3 + 1 is irreducible if x^(2^25) = x and x^(2^5) ≠ x (Rabin's test: here the difference
        // is a unit as soon as it is inverted by the formula above, which holds only in a field).
        let x = Element(2);
        assert_eq!(x.squared(25), x);
        let difference = x.squared(5) ^ x;
        assert_eq!(difference.times(difference.inverse()), Element::ONE);
    }

    #[test]
    fn powers_of_alpha_differ_within_the_longest_key() {
        let mut power = Element::ONE;
        for _ in 0..127 {
            power = power.times_alpha();
            assert_ne!(power, Element::ONE);
        }
    }
}
