//! Texts with right check groups that are not licenses.

use curve25519_dalek::constants::{ED25519_BASEPOINT_POINT, EIGHT_TORSION};
use curve25519_dalek::scalar::Scalar;
use ed25519_dalek::{Signer, SigningKey};
use sha2::{Digest, Sha512};

use super::claims::Draft;
use super::damages;
use super::dice::Dice;
use super::made::{Made, Signers, hint, trusted};
use keyward_testing::by_hand::{school, spelt, text_of};
use keyward_testing::damage::groups;

const LABEL: &[u8] = b"keyward/v1/license\0";

/// L, the order of the base point.
const ORDER: [u8; 32] = [
    0xED, 0xD3, 0xF5, 0x5C, 0x1A, 0x63, 0x12, 0x58, 0xD6, 0x9C, 0xF7, 0xA2, 0xDE, 0xF9, 0xDE, 0x14, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
];

/// Magic and hint.
pub fn header(signer: &SigningKey) -> [u8; 3] {
    let [first, second] = hint(signer);
    [0x99, first, second]
}

pub fn sign(signer: &SigningKey, label: &[u8], header: &[u8], payload: &[u8]) -> [u8; 64] {
    signer.sign(&[label, header, payload].concat()).to_bytes()
}

/// A key's parts, to forge: the signer that the verifier trusts, its header, a payload, and the genuine signature.
struct Parts<'s> {
    signer: &'s SigningKey,
    header: [u8; 3],
    payload: Vec<u8>,
    signature: [u8; 64],
}

impl Parts<'_> {
    fn message(&self) -> Vec<u8> {
        [LABEL, &self.header, &self.payload].concat()
    }

    fn bytes(&self) -> Vec<u8> {
        [&self.header, &*self.payload, &self.signature].concat()
    }

    /// H(R ‖ A ‖ M).
    fn challenge(&self, r: &[u8; 32]) -> Scalar {
        let public = self.signer.verifying_key();
        Scalar::from_hash(Sha512::new().chain_update(r).chain_update(public.as_bytes()).chain_update(self.message()))
    }
}

fn forged(dice: &mut Dice, signers: &Signers, forge: impl FnOnce(&mut Dice, &mut Parts<'_>) -> String) -> Made {
    let signer = signers.one(dice);
    let draft = Draft::any(dice);
    let (header, payload) = (header(signer), draft.payload());
    let signature = sign(signer, LABEL, &header, &payload);
    let text = forge(dice, &mut Parts { signer, header, payload, signature });
    let settings = draft.settings_that_accept(dice);
    Made { text, original: None, trusted: trusted(dice, signers, signer), settings }
}

/// A license whose signature is replaced.
fn with_another_signature(
    dice: &mut Dice,
    signers: &Signers,
    signature: impl FnOnce(&mut Dice, &Parts<'_>) -> [u8; 64],
) -> Made {
    forged(dice, signers, |dice, parts| {
        parts.signature = signature(dice, parts);
        text_of(&parts.bytes())
    })
}

pub fn bit_flipped(dice: &mut Dice, signers: &Signers) -> Made {
    forged(dice, signers, |dice, parts| {
        let mut bytes = parts.bytes();
        // Header, payload and signature are chosen equally often.
        let part = dice.of(&[0..3, 3..bytes.len() - 64, bytes.len() - 64..bytes.len()]);
        let at = dice.between(part.start, part.end - 1);
        bytes[at] ^= 1 << dice.below(8);
        text_of(&bytes)
    })
}

pub fn another_version(dice: &mut Dice, signers: &Signers) -> Made {
    forged(dice, signers, |dice, parts| {
        parts.header[0] = 0x98 | dice.of(&[0, 2, 3, 4, 5, 6, 7]);
        parts.signature = sign(parts.signer, LABEL, &parts.header, &parts.payload);
        text_of(&parts.bytes())
    })
}

/// The key's groups as numbers, without the check groups.
fn data(text: &str) -> Vec<u32> {
    let mut groups: Vec<u32> = text.split('-').map(keyward_testing::by_hand::number).collect();
    groups.truncate(groups.len() - 3);
    groups
}

fn with_checks(mut groups: Vec<u32>) -> String {
    groups.extend(school::checks(&groups));
    groups.into_iter().map(spelt).collect::<Vec<_>>().join("-")
}

pub fn pad_bits(dice: &mut Dice, signers: &Signers) -> Made {
    forged(dice, signers, |dice, parts| {
        let mut data = data(&text_of(&parts.bytes()));
        let pad = data.len() % 8;
        *data.last_mut().unwrap() |= dice.number() as u32 & ((1 << pad) - 1);
        with_checks(data)
    })
}

pub fn any_groups(dice: &mut Dice, signers: &Signers) -> Made {
    forged(dice, signers, |dice, _| {
        let count = dice.of(&[1, 2, 24, 26, 27, 50, 107, 108, 113, 114]) + dice.below(3);
        let mut groups: Vec<u32> = (0..count).map(|_| dice.number() as u32 & 0x1FF_FFFF).collect();
        if !dice.one_in(4) {
            groups[0] = 0x13 << 20 | groups[0] & 0xF_FFFF;
        }
        if dice.one_in(2) {
            groups[0] = 1 << 17 | groups[0] & !(7 << 17);
        }
        with_checks(groups)
    })
}

pub fn another_key(dice: &mut Dice, signers: &Signers) -> Made {
    with_another_signature(dice, signers, |dice, parts| {
        let other = signers.other(dice, parts.signer);
        sign(other, LABEL, &parts.header, &parts.payload)
    })
}

pub fn another_label(dice: &mut Dice, signers: &Signers) -> Made {
    with_another_signature(dice, signers, |dice, parts| {
        let label = dice.of(&[&b""[..], b"keyward/v2/license\0", b"keyward/v1/license", b"keyward/v1/License\0"]);
        sign(parts.signer, label, &parts.header, &parts.payload)
    })
}

pub fn s_plus_order(dice: &mut Dice, signers: &Signers) -> Made {
    with_another_signature(dice, signers, |dice, parts| {
        let mut signature = parts.signature;
        for _ in 0..dice.between(1, 14) {
            let mut carry = 0;
            for (byte, order) in signature[32..].iter_mut().zip(ORDER) {
                let sum = u16::from(*byte) + u16::from(order) + carry;
                (*byte, carry) = (sum as u8, sum >> 8);
            }
        }
        signature
    })
}

pub fn any_signature(dice: &mut Dice, signers: &Signers) -> Made {
    with_another_signature(dice, signers, |dice, parts| {
        let mut signature = parts.signature;
        match dice.below(4) {
            0 => signature[..32].copy_from_slice(&dice.array::<32>()),
            1 => signature[32..].copy_from_slice(&dice.array::<32>()),
            2 => signature = dice.array(),
            _ => signature[31] ^= 0x80,
        }
        signature
    })
}

pub fn small_order(dice: &mut Dice, signers: &Signers) -> Made {
    with_another_signature(dice, signers, |dice, parts| {
        let mut r = dice.of(&EIGHT_TORSION).compress().to_bytes();
        match dice.below(4) {
            // Two encodings of the neutral element that are not canonical: y is p + 1, or x is a negative zero.
            0 => {
                r = [0xFF; 32];
                (r[0], r[31]) = (0xEE, 0x7F);
            }
            1 => {
                r = [0; 32];
                (r[0], r[31]) = (1, 0x80);
            }
            _ => {}
        }
        let s = parts.challenge(&r) * parts.signer.to_scalar();
        [r, s.to_bytes()].concat().try_into().unwrap()
    })
}

pub fn torsion(dice: &mut Dice, signers: &Signers) -> Made {
    with_another_signature(dice, signers, |dice, parts| {
        let nonce = Scalar::from(dice.number());
        let torsion = EIGHT_TORSION[dice.between(1, 7)];
        let r = (nonce * ED25519_BASEPOINT_POINT + torsion).compress().to_bytes();
        let s = nonce + parts.challenge(&r) * parts.signer.to_scalar();
        [r, s.to_bytes()].concat().try_into().unwrap()
    })
}

pub fn forged_and_wrong(dice: &mut Dice, signers: &Signers) -> Made {
    let made = another_key(dice, signers);
    Made { text: damages::one_group(dice, groups(&made.text)), ..made }
}
