//! Tables of multiples for a trusted key that verifies many license keys.

mod digits;
mod multiples;

use alloc::sync::Arc;

use curve25519_dalek::edwards::{CompressedEdwardsY, EdwardsPoint};
use curve25519_dalek::scalar::Scalar;
use curve25519_dalek::traits::Identity;
use ed25519_dalek::VerifyingKey;
use sha2::{Digest, Sha512};

pub(crate) use multiples::Multiples;
use multiples::sum;

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

    /// The answer of `verify_strict`, for a key of the prime-order subgroup.
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
