use core::fmt;
use core::str::FromStr;

use crate::hex_digits;

/// Identifies a machine by short digests of up to five of its components. A license can be locked to one.
///
/// `keyward-verifier` computes it from the values of the components; this crate stores and compares it. It has 16 bytes:
/// the scheme (1), then five times three bytes, which are zero for a component that is absent.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Fingerprint([u8; 16]);

/// The digest of one component: three bytes, never all zero.
pub type ComponentDigest = [u8; 3];

const ABSENT: ComponentDigest = [0; 3];

impl Fingerprint {
    /// The scheme that this version knows.
    pub const SCHEME: u8 = 1;
    /// The number of components in scheme 1: machine id, board id, system disk, primary network card, one of the vendor's own.
    pub const COMPONENTS: usize = 5;

    /// The fingerprint with these bytes.
    ///
    /// # Errors
    ///
    /// A scheme other than 1.
    pub const fn from_bytes(bytes: [u8; 16]) -> Result<Fingerprint, UnknownScheme> {
        let [scheme, ..] = bytes;
        if scheme == Fingerprint::SCHEME { Ok(Fingerprint(bytes)) } else { Err(UnknownScheme(scheme)) }
    }

    /// The fingerprint of scheme 1 with these digests; `None` for a component that is absent.
    ///
    /// A digest of three zero bytes would mean an absent component, and is changed to `000001`.
    pub fn from_digests(digests: [Option<ComponentDigest>; Fingerprint::COMPONENTS]) -> Fingerprint {
        let mut bytes = [0; 16];
        let [scheme, components @ ..] = &mut bytes;
        *scheme = Fingerprint::SCHEME;
        for (component, digest) in components.chunks_exact_mut(ABSENT.len()).zip(&digests) {
            component.copy_from_slice(match digest {
                Some(ABSENT) => &[0, 0, 1],
                Some(digest) => digest,
                None => &ABSENT,
            });
        }
        Fingerprint(bytes)
    }

    /// The bytes, as they are in a key.
    pub const fn to_bytes(self) -> [u8; 16] {
        self.0
    }

    /// Compares the fingerprint of a key (`self`) with the fingerprint of the machine.
    #[expect(clippy::arithmetic_side_effects, reason = "counts of five components")]
    pub fn compare(&self, machine: &Fingerprint) -> FingerprintMatch {
        let mut found = FingerprintMatch { matching: 0, present: 0 };
        for (ours, theirs) in self.digests().zip(machine.digests()).filter(|(ours, _)| *ours != ABSENT) {
            found.present += 1;
            found.matching += u8::from(ours == theirs);
        }
        found
    }

    /// Whether two fingerprints are of one machine: a key for either works on the other's machine. A majority of the components
    /// of each is then the same.
    ///
    /// Places of an activation limit are counted by it. In one direction, the person who asks would choose the answer: beside two
    /// components of an earlier key, any others of another machine.
    pub fn is_of_one_machine_with(&self, other: &Fingerprint) -> bool {
        self.compare(other).is_same_machine() && other.compare(self).is_same_machine()
    }

    /// Whether `other` fits every machine that this fingerprint fits: this fingerprint has all components of `other`, with the
    /// same digests, and so few more that a majority of its own is a majority of those too.
    pub fn is_as_strict_as(&self, other: &Fingerprint) -> bool {
        let has_all = other.digests().zip(self.digests()).all(|(needed, ours)| needed == ABSENT || needed == ours);
        let (ours, needed) = (self.present(), other.present());
        // A machine that `other` does not fit has at most `needed / 2` of its components, and perhaps all added ones.
        has_all && ours.saturating_sub(needed).saturating_add(needed / 2) <= ours / 2
    }

    /// The number of components that are present, 0 to 5.
    pub fn present(&self) -> u8 {
        self.compare(self).present
    }

    fn digests(&self) -> impl Iterator<Item = &[u8]> {
        let [_, components @ ..] = &self.0;
        components.chunks_exact(ABSENT.len())
    }
}

/// The number of components in a key's fingerprint that the machine has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FingerprintMatch {
    /// Components in the key that are the same on the machine.
    pub matching: u8,
    /// Components in the key.
    pub present: u8,
}

impl FingerprintMatch {
    /// Whether the license is for this machine: more than half of the components in the key are the same.
    pub const fn is_same_machine(self) -> bool {
        self.matching > self.present / 2
    }
}

/// A fingerprint of a scheme that this version does not know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the fingerprint is of scheme {0}, and this version knows scheme 1")]
pub struct UnknownScheme(pub u8);

/// The reason why a text is not a fingerprint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FingerprintError {
    /// Not 32 hex digits.
    #[error("a fingerprint is 32 hex digits")]
    NotHex,
    /// A scheme other than 1.
    #[error(transparent)]
    UnknownScheme(#[from] UnknownScheme),
}

impl FromStr for Fingerprint {
    type Err = FingerprintError;

    fn from_str(text: &str) -> Result<Fingerprint, FingerprintError> {
        let mut bytes = [0; 16];
        hex::decode_to_slice(text, &mut bytes).map_err(|_| FingerprintError::NotHex)?;
        Ok(Fingerprint::from_bytes(bytes)?)
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        hex_digits::write(f, &self.0)
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use std::string::ToString;
    use std::vec::Vec;

    use super::*;

    #[test]
    fn more_than_half_of_the_components_in_the_key_must_be_the_same() {
        let digest = |byte: u8| Some([byte, 0, 0]);
        let key = Fingerprint::from_digests([digest(1), digest(2), None, digest(4), digest(5)]);
        for (machine, same) in [
            ([digest(1), digest(2), digest(3), digest(4), digest(5)], true),
            ([digest(1), digest(2), None, digest(4), digest(9)], true),
            ([digest(1), digest(2), digest(3), None, digest(9)], false),
            ([None; 5], false),
        ] {
            assert_eq!(key.compare(&Fingerprint::from_digests(machine)).is_same_machine(), same, "{machine:?}");
        }
    }

    #[test]
    fn a_key_without_components_fits_no_machine() {
        let none = Fingerprint::from_digests([None; 5]);
        assert!(!none.compare(&none).is_same_machine());
    }

    #[test]
    fn two_fingerprints_are_of_one_machine_only_if_each_fits_the_other() {
        let of = |bytes: [u8; 5]| Fingerprint::from_digests(bytes.map(|byte| Some([byte, 0, 0]).filter(|_| byte != 0)));
        for (one, other, same) in [
            // A replaced disk, a part that is read now or is read no more.
            ([1, 2, 3, 4, 5], [1, 2, 9, 4, 5], true),
            ([1, 2, 3, 0, 0], [1, 2, 3, 4, 5], true),
            ([1, 2, 3, 0, 0], [1, 2, 9, 0, 0], true),
            // Two components of one machine, and three of another.
            ([1, 2, 3, 0, 0], [1, 2, 9, 9, 9], false),
            ([1, 0, 0, 0, 0], [1, 9, 0, 0, 0], false),
            ([1, 2, 3, 4, 0], [1, 2, 3, 9, 9], true),
            ([1, 2, 3, 4, 0], [1, 2, 9, 9, 9], false),
            ([0; 5], [0; 5], false),
        ] {
            let (one, other) = (of(one), of(other));
            assert_eq!(one.is_of_one_machine_with(&other), same, "{one} {other}");
            assert_eq!(other.is_of_one_machine_with(&one), same, "{other} {one}");
        }
    }

    #[test]
    fn a_key_of_one_machine_with_another_fits_no_machine_that_has_nothing_of_it() {
        let machines = with(&[2, 3]);
        for ours in with(&[0, 1, 2]) {
            for known in with(&[0, 1]).iter().filter(|known| ours.is_of_one_machine_with(known)) {
                // No machine among these has a component of the known one.
                assert!(!machines.iter().any(|machine| ours.compare(machine).is_same_machine()), "{ours} {known}");
            }
        }
    }

    /// All fingerprints with these digests (0 is absent).
    fn with(digests: &[u8]) -> Vec<Fingerprint> {
        let mut all = std::vec![[None; Fingerprint::COMPONENTS]];
        for component in 0..Fingerprint::COMPONENTS {
            all = (all.iter())
                .flat_map(|known| {
                    digests.iter().map(move |digest| {
                        let mut next = *known;
                        let digest = Some([*digest, 0, 0]).filter(|_| *digest != 0);
                        next.iter_mut().skip(component).take(1).for_each(|slot| *slot = digest);
                        next
                    })
                })
                .collect();
        }
        all.into_iter().map(Fingerprint::from_digests).collect()
    }

    #[test]
    fn a_stricter_fingerprint_fits_no_machine_that_the_other_does_not_fit() {
        let (others, machines) = (with(&[0, 1]), with(&[1, 2, 3]));
        let mut stricter = 0;
        for ours in with(&[0, 1, 2]) {
            let fits: Vec<&Fingerprint> =
                machines.iter().filter(|machine| ours.compare(machine).is_same_machine()).collect();
            for other in others.iter().filter(|other| ours.is_as_strict_as(other)) {
                stricter += u32::from(ours != *other);
                assert!(fits.iter().all(|machine| other.compare(machine).is_same_machine()), "{ours} {other}");
            }
        }
        // One more component beside one, three or five with a majority of their own.
        assert!(stricter > 0);
        let of = |present: usize| {
            let digests: [_; 5] = core::array::from_fn(|component| (component < present).then_some([1, 0, 0]));
            Fingerprint::from_digests(digests)
        };
        for (ours, other, stricter) in
            [(1, 1, true), (2, 1, true), (3, 1, false), (3, 2, false), (4, 3, true), (5, 3, false), (5, 4, false)]
        {
            assert_eq!(of(ours).is_as_strict_as(&of(other)), stricter, "{ours} components, and {other}");
        }
    }

    #[test]
    fn a_digest_of_zeros_does_not_read_as_absent() {
        let fingerprint = Fingerprint::from_digests([Some([0; 3]), None, None, None, None]);
        assert_eq!(fingerprint.to_string(), "01000001000000000000000000000000");
        assert_eq!(fingerprint.present(), 1);
        assert_eq!(Fingerprint::from_digests([Some([1; 3]), None, Some([0; 3]), None, None]).present(), 2);
    }
}
