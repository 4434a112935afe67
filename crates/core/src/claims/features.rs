use core::fmt;

/// One feature of a product: its bit in the catalogue, 0 to 63.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Feature(u8);

impl Feature {
    /// The feature with that bit.
    ///
    /// In a constant, a bit that is out of range does not compile:
    ///
    /// ```
    /// use keyward_core::Feature;
    /// const EXPORT: Feature = Feature::new(2);
    /// ```
    ///
    /// # Panics
    ///
    /// If `bit` is above 63. Use [`Feature::from_bit`] for a bit from an input.
    #[expect(clippy::panic, reason = "at compile time, where constants belong; documented, with an alternative")]
    pub const fn new(bit: u8) -> Feature {
        match Feature::from_bit(bit) {
            Some(feature) => feature,
            None => panic!("a feature is a bit from 0 to 63"),
        }
    }

    /// The feature with that bit; `None` above 63.
    pub const fn from_bit(bit: u8) -> Option<Feature> {
        if bit < 64 { Some(Feature(bit)) } else { None }
    }

    /// The bit, 0 to 63.
    pub const fn bit(self) -> u8 {
        self.0
    }
}

/// A set of features.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Features(u64);

impl Features {
    /// No features.
    pub const NONE: Features = Features(0);

    /// The features whose bits are set.
    pub const fn from_bits(bits: u64) -> Features {
        Features(bits)
    }

    /// The set as bits: bit n is feature n.
    pub const fn bits(self) -> u64 {
        self.0
    }

    /// Whether the feature is in the set.
    pub const fn contains(self, feature: Feature) -> bool {
        (self.0 >> feature.0) & 1 == 1
    }

    /// The set with that feature added.
    #[must_use]
    pub const fn with(self, feature: Feature) -> Features {
        Features(self.0 | (1 << feature.0))
    }

    /// The features that are in either set.
    #[must_use]
    pub const fn union(self, other: Features) -> Features {
        Features(self.0 | other.0)
    }

    /// The features that are in both sets.
    #[must_use]
    pub const fn intersection(self, other: Features) -> Features {
        Features(self.0 & other.0)
    }

    /// Whether the set has no feature.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The features in the set, the lowest bit first.
    pub fn iter(self) -> impl Iterator<Item = Feature> {
        (0..64).map(Feature).filter(move |feature| self.contains(*feature))
    }
}

impl FromIterator<Feature> for Features {
    fn from_iter<I: IntoIterator<Item = Feature>>(features: I) -> Features {
        features.into_iter().fold(Features::NONE, Features::with)
    }
}

impl fmt::Debug for Features {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter().map(Feature::bit)).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_feature_is_bit_63() {
        assert_eq!(Feature::new(63).bit(), 63);
        assert_eq!(Feature::from_bit(64), None);
    }

    #[test]
    fn a_set_has_each_feature_once_however_often_it_is_named() {
        let [export, import] = [Feature::new(2), Feature::new(63)];
        let one = Features::NONE.with(export);
        assert_eq!(one.with(export), one);
        let both = one.with(import);
        assert_eq!(both.union(one), both);
        assert_eq!(one.union(Features::NONE.with(import)), both);
        assert_eq!([export, import, export].into_iter().collect::<Features>(), both);
        assert!(both.contains(import) && !one.contains(import));
        assert!(Features::NONE.is_empty() && !one.is_empty());
    }

    #[test]
    #[should_panic(expected = "a feature is a bit from 0 to 63")]
    fn a_bit_out_of_range_panics_outside_a_constant() {
        Feature::new(64);
    }
}
