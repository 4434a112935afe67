//! Signatures that some verifiers accept and others refuse. `verify_strict` exists because verifiers do not agree on them.
//! Making the last two takes the signing key.

use curve25519_dalek::EdwardsPoint;
use curve25519_dalek::constants::{ED25519_BASEPOINT_POINT, EIGHT_TORSION};
use curve25519_dalek::scalar::Scalar;
use curve25519_dalek::traits::Identity;
use ed25519_dalek::SigningKey;
use ed25519_dalek::hazmat::ExpandedSecretKey;
use sha2::{Digest, Sha512};

use crate::peer::Signed;

/// The order of the group, the least significant byte first.
const ORDER: [u8; 32] = [
    0xED, 0xD3, 0xF5, 0x5C, 0x1A, 0x63, 0x12, 0x58, 0xD6, 0x9C, 0xF7, 0xA2, 0xDE, 0xF9, 0xDE, 0x14, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
];

/// The same signature with s + L in place of s.
pub fn s_plus_order(signed: &Signed) -> [u8; 64] {
    let mut signature = signed.signature;
    let mut carry = 0;
    for (byte, order) in signature[32..].iter_mut().zip(ORDER) {
        let sum = u16::from(*byte) + u16::from(order) + carry;
        *byte = sum as u8;
        carry = sum >> 8;
    }
    signature
}

/// A signature whose R is the neutral element.
pub fn small_order(signed: &Signed, seed: &[u8; 32]) -> [u8; 64] {
    sign_with(signed, seed, Scalar::ZERO, EdwardsPoint::identity())
}

/// A signature whose R has a component of order eight.
pub fn torsion(signed: &Signed, seed: &[u8; 32]) -> [u8; 64] {
    let r = Scalar::from(123_456_789_u64);
    sign_with(signed, seed, r, ED25519_BASEPOINT_POINT * r + EIGHT_TORSION[1])
}

fn sign_with(signed: &Signed, seed: &[u8; 32], r: Scalar, point: EdwardsPoint) -> [u8; 64] {
    let point = point.compress().to_bytes();
    let public = SigningKey::from_bytes(seed).verifying_key().to_bytes();
    let hash = Sha512::new().chain_update(point).chain_update(public).chain_update(&signed.message).finalize();
    let challenge = Scalar::from_bytes_mod_order_wide(&hash.into());
    let secret = ExpandedSecretKey::from(seed).scalar;
    let mut signature = [0; 64];
    signature[..32].copy_from_slice(&point);
    signature[32..].copy_from_slice(&(r + challenge * secret).to_bytes());
    signature
}
