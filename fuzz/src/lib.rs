//! Shared by several targets: a vendor, and texts with right check groups, so that the code after that check is reached.
//!
//! The check groups are computed here independently, from `spec/FORMAT.md` alone, so that a mistake in the library shows.

pub mod json;

use std::sync::LazyLock;

use base64ct::{Base64, Encoding};
use keyward_issuer::files::SignableFile;
use keyward_issuer::{Issuer, SigningKey};
use keyward_verifier::TrustedKey;
use keyward_verifier::files::{FileError, FileKind, Payload};

/// The characters of a key, the value of each its index.
pub const SYMBOLS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// The vendor of the test vectors.
pub static VENDOR: LazyLock<Issuer> = LazyLock::new(|| {
    let mut seed = [0; 32];
    for (value, byte) in (0_u8..).zip(&mut seed) {
        *byte = value;
    }
    Issuer::with_key(SigningKey::from_seed(&seed))
});

/// Random numbers, from the number that the fuzzer gives to a mutator.
pub struct Dice(u64);

impl Dice {
    /// A generator; the same number gives the same sequence.
    pub fn new(seed: u32) -> Dice {
        Dice(u64::from(seed) | 1 << 32)
    }

    /// A number below the bound; 0 if that is 0.
    pub fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % bound.max(1)
    }
}

/// The fuzzer's input, changed as JSON; `None` if it is not JSON, or if the result does not fit.
pub fn changed_json(data: &mut [u8], size: usize, max_size: usize, dice: &mut Dice) -> Option<usize> {
    let text = str::from_utf8(data.get(..size)?).ok()?;
    let changed = json::changed(text, dice)?;
    data.get_mut(..changed.len().min(max_size))
        .filter(|data| data.len() == changed.len())?
        .copy_from_slice(changed.as_bytes());
    Some(changed.len())
}

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

/// Checks that a payload, written and read again, is the same.
pub fn read_again<T: Payload + PartialEq + std::fmt::Debug>(bytes: &[u8]) -> Option<T> {
    let payload = T::from_bytes(bytes).ok()?;
    let written = payload.to_bytes().unwrap_or_else(|error| panic!("{error} of {payload:?}"));
    let again = T::from_bytes(&written).unwrap_or_else(|error| panic!("{error} in {written:?}"));
    assert_eq!(again, payload);
    assert_eq!(again.to_bytes().as_ref(), Ok(&written));
    Some(payload)
}

/// A file with that payload, which the vendor has signed.
pub fn signed<T: Payload>(payload: &T) -> String {
    let mut file = SignableFile::new(payload).expect("a payload that was read can be written");
    file.sign(&*VENDOR).expect("the vendor signs");
    file.to_string()
}

/// A file with any payload, valid or not, signed by the vendor.
pub fn signed_anyhow(kind: FileKind, payload: &[u8]) -> Result<String, FileError> {
    let text = serde_json::json!({
        "payloadType": kind.payload_type(), "payload": Base64::encode_string(payload), "signatures": [],
    });
    let mut file = SignableFile::read(text.to_string().as_bytes(), kind)?;
    file.sign(&*VENDOR).expect("the vendor signs");
    Ok(file.to_string())
}
