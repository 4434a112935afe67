use chrono::{DateTime, Utc};
use keyward_issuer::files::SignableFile;
use keyward_issuer::{Claims, ClaimsBuilder, Day, Edition, Issuer, LicenseKey, Product, SigningKey, TrustedKey};
use keyward_verifier::files::{DelegatedKey, Delegation, Payload, Purpose, Roots, TrustBundle};

pub const PRODUCT: Product = Product(3);

pub fn time(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

pub fn day(text: &str) -> Day {
    text.parse().unwrap()
}

/// The issuer with that seed.
pub fn issuer(seed: u8) -> Issuer {
    Issuer::with_key(SigningKey::from_seed(&[seed; 32])).unwrap()
}

pub fn key(seed: u8) -> TrustedKey {
    issuer(seed).verifying_key().clone()
}

/// A license of 2026 with 25 seats and that serial.
pub fn claims(serial: u8) -> ClaimsBuilder {
    Claims::builder()
        .serial(keyward_issuer::Serial::from_bytes([serial; 8]))
        .product(PRODUCT)
        .edition(Edition(2))
        .seats(25.try_into().unwrap())
        .valid_from(day("2026-01-01"))
        .valid_through(day("2026-12-31"))
}

pub fn license(signer: u8, serial: u8) -> LicenseKey {
    issuer(signer).sign(&claims(serial).build().unwrap()).unwrap()
}

/// The contents, signed by these.
pub fn signed<T: Payload>(contents: &T, signers: &[u8]) -> Vec<u8> {
    let mut file = SignableFile::new(contents).unwrap();
    for seed in signers {
        file.sign(&issuer(*seed)).unwrap();
    }
    file.to_string().into_bytes()
}

/// Two of the three with the seeds 101, 102 and 103.
pub fn roots() -> Roots {
    Roots::built_in(2.try_into().unwrap(), [101, 102, 103].map(key).to_vec()).unwrap()
}

/// A key that may sign everything, within the limits.
pub fn delegated(seed: u8, limits: Delegation) -> DelegatedKey {
    let may_sign = Delegation { purposes: Purpose::ALL.to_vec(), ..limits };
    DelegatedKey::active(key(seed), format!("key {seed}"), may_sign)
}

pub fn bundle(version: u32, keys: Vec<DelegatedKey>) -> TrustBundle {
    TrustBundle::new(version, time("2026-01-01T00:00:00Z"), keys).unwrap()
}
