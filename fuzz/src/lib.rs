//! What several targets need: a vendor, and texts whose checks hold, so that what lies behind them is reached.
//!
//! The check groups are computed here a second time, from `spec/FORMAT.md` alone: were the library's own wrong, the
//! targets would show it.

use std::sync::LazyLock;

use keyward_issuer::{Issuer, SigningKey};
use keyward_verifier::TrustedKey;

/// The characters of a key, the value of each its index.
pub const SYMBOLS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// The vendor of the test vectors.
pub static VENDOR: LazyLock<Issuer> = LazyLock::new(|| {
    let mut seed = [0; 32];
    for (value, byte) in (0_u8..).zip(&mut seed) {
        *byte = value;
    }
    Issuer::with_key(SigningKey::from_seed(&seed)).expect("the vendor's key is one")
});

/// The one key that is trusted.
pub fn trusted() -> [TrustedKey; 1] {
    [VENDOR.verifying_key().clone()]
}

/// The text of these data groups of 25 bits with the three check groups that belong to them (`spec/FORMAT.md`, 5.2).
pub fn text_of_groups(data: &[u32]) -> String {
    let checks = check_groups(data);
    let groups = data.iter().chain(&checks).map(|group| {
        let symbol = |place: u32| char::from(SYMBOLS[(group >> (5 * place) & 31) as usize]);
        [4, 3, 2, 1, 0].map(symbol).iter().collect::<String>()
    });
    groups.collect::<Vec<_>>().join("-")
}

/// The text of a key of these bytes: header, payload, signature.
pub fn text_of_bytes(bytes: &[u8]) -> String {
    let bit = |index: usize| bytes.get(index / 8).map_or(0, |byte| u32::from(byte >> (7 - index % 8) & 1));
    let groups = (bytes.len() * 8).div_ceil(25);
    let group = |group: usize| (0..25).fold(0, |bits, place| bits << 1 | bit(group * 25 + place));
    text_of_groups(&(0..groups).map(group).collect::<Vec<_>>())
}

/// Product in GF(2)[x] / (x^25 + x^3 + 1).
fn times(one: u32, other: u32) -> u32 {
    let mut product = 0_u64;
    for bit in 0..25 {
        if other >> bit & 1 == 1 {
            product ^= u64::from(one) << bit;
        }
    }
    for bit in (25..50).rev() {
        if product >> bit & 1 == 1 {
            product ^= (1 << bit) ^ (0b1001 << (bit - 25));
        }
    }
    product as u32
}

fn power(base: u32, exponent: u32) -> u32 {
    (0..exponent).fold(1, |power, _| times(power, base))
}

/// The remainder by (x + 1)·(x + α)·(x + α²), with n before the groups.
fn check_groups(data: &[u32]) -> [u32; 3] {
    let (alpha, alpha_2) = (power(2, 7), power(2, 14));
    let c2 = 1 ^ alpha ^ alpha_2;
    let c1 = alpha ^ alpha_2 ^ times(alpha, alpha_2);
    let c0 = times(alpha, alpha_2);
    let count = data.len() as u32 + 3;
    let mut rest = [0_u32; 3];
    for group in std::iter::once(&count).chain(data) {
        let lead = rest[0] ^ group;
        rest = [rest[1] ^ times(lead, c2), rest[2] ^ times(lead, c1), times(lead, c0)];
    }
    rest
}
