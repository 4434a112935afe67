//! Keys with tables, for those who verify many license keys of one signer.

mod digits;
mod multiples;

use alloc::sync::Arc;

use curve25519_dalek::constants::ED25519_BASEPOINT_POINT;
use curve25519_dalek::edwards::{CompressedEdwardsY, EdwardsPoint};
use curve25519_dalek::scalar::Scalar;
use curve25519_dalek::traits::Identity;
use ed25519_dalek::VerifyingKey;
use sha2::{Digest, Sha512};

use crate::TrustedKey;
pub(crate) use multiples::Multiples;
use multiples::sum;

/// Computes tables for these keys, with which they verify in less than half the time, and with the same answers.
///
/// It takes 645 KiB for each key and as much again for all of them together, and has paid after some hundred verifications;
/// `benches/README.md` has the figures. Prepare what lives as long as the program: a product that verifies one license at
/// its start is slower for it. Clones share the tables.
///
/// ```
/// use keyward_verifier::{Product, TrustedKey, Verifier, prepare};
///
/// let mut vendor = [TrustedKey::from_hex("03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8")?];
/// prepare(&mut vendor);
///
/// let verifier = Verifier::new(&vendor, Product(3)); // as with any other keys
/// # let text = "K7PM4-00108-1G818-60W40-60GSJ-08YT0-G7V4F-FYP6K-KG98Y-Z9E8E-G0HT7-BS0HQ-VDC80-VHRAB-CED8J-\
/// #     M9TJZ-A9AHX-JPA40-2K3CY-F52Z2-ZY7GB-8Y7M3-SRBW8-VE3BH-4SMAG-4PZG8-D7E18-M1PYP-Z2M87-49VV3";
/// assert_eq!(verifier.verify(text)?.claims().serial().to_string(), "0102030405060708");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn prepare(keys: &mut [TrustedKey]) {
    let base = Arc::new(Multiples::of(ED25519_BASEPOINT_POINT));
    for key in keys {
        key.prepare_with(&base);
    }
}

/// The multiples of the base point B and of the negative −A of a key, from which [s]B − [k]A is added up.
#[derive(Clone)]
pub(crate) struct Prepared {
    base: Arc<Multiples>,
    minus_key: Arc<Multiples>,
}

impl Prepared {
    #[allow(clippy::arithmetic_side_effects, reason = "every point of a group has its negative")]
    pub(crate) fn new(key: &VerifyingKey, base: &Arc<Multiples>) -> Prepared {
        Prepared { base: Arc::clone(base), minus_key: Arc::new(Multiples::of(-key.to_edwards())) }
    }

    /// What `verify_strict` answers, for a key of the prime-order subgroup.
    ///
    /// `verify_strict` accepts if R decodes, is not of small order, and has the bytes of [s]B − [k]A. The bytes of a point
    /// always decode, to that point; and as B and A are of the prime-order subgroup, so is [s]B − [k]A, whose only point
    /// of small order is the identity. So it is enough to compare the bytes, and to refuse the identity.
    pub(crate) fn verifies(&self, key: &VerifyingKey, message: &[u8], signature: &[u8; 64]) -> bool {
        self.expected_r(key, message, signature).is_some_and(|expected| {
            let expected = expected.compress();
            expected != CompressedEdwardsY::identity() && signature.starts_with(expected.as_bytes())
        })
    }

    /// [s]B − [k]A; `None` if s is not below the group order.
    fn expected_r(&self, key: &VerifyingKey, message: &[u8], signature: &[u8; 64]) -> Option<EdwardsPoint> {
        let (r, s) = signature.split_first_chunk::<32>()?;
        let s: Option<Scalar> = Scalar::from_canonical_bytes(s.try_into().ok()?).into();
        let k = Sha512::new().chain_update(r).chain_update(key.as_bytes()).chain_update(message).finalize();
        let k = Scalar::from_bytes_mod_order_wide(&k.into());
        Some(sum((&self.base, &s?), (&self.minus_key, &k)))
    }
}
