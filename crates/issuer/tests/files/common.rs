use std::num::NonZeroU32;
use std::sync::LazyLock;

use base64ct::{Base64, Encoding};
use chrono::{DateTime, Utc};
use keyward_catalog::Catalog;
use keyward_issuer::files::{SignableFile, public_names};
use keyward_issuer::signature::Signer;
use keyward_issuer::{
    Claims, ClaimsBuilder, Day, Edition, Issuer, LicenseDigest, LicenseKey, Product, SigningKey, TrustedKey,
};
use keyward_verifier::files::{
    Contact, DelegatedKey, Delegation, FileError, FileKind, LicenseFile, Party, Payload, PublicNames, Purpose, Reason,
    RevocationList, RootSet, Roots, StateId, Status, TimePurpose, TimeStatement, Trust, TrustBundle, ValidationFile,
    Verified,
};

pub const PRODUCT: Product = Product(3);

pub fn time(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

pub fn day(text: &str) -> Day {
    text.parse().unwrap()
}

/// The issuer with that seed.
pub fn issuer(seed: u8) -> Issuer {
    Issuer::with_key(SigningKey::from_seed(&[seed; 32]))
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
        .seats(NonZeroU32::new(25).unwrap())
        .valid_from(day("2026-01-01"))
        .valid_through(day("2026-12-31"))
}

pub fn license(signer: u8, serial: u8) -> LicenseKey {
    issuer(signer).sign(&claims(serial).build().unwrap()).unwrap()
}

/// The contents, signed by the issuers with these seeds.
pub fn signed<T: Payload>(contents: &T, signers: &[u8]) -> Vec<u8> {
    let mut file = SignableFile::new(contents).unwrap();
    for seed in signers {
        file.sign(&issuer(*seed)).unwrap();
    }
    file.to_string().into_bytes()
}

/// Roots of which two of three have to sign; their seeds are 101, 102 and 103.
pub fn roots() -> &'static Roots {
    static ROOTS: LazyLock<Roots> =
        LazyLock::new(|| Roots::built_in(2.try_into().unwrap(), [101, 102, 103].map(key).to_vec()).unwrap());
    &ROOTS
}

/// A key that may sign everything, within the limits.
pub fn delegated(seed: u8, limits: Delegation) -> DelegatedKey {
    let may_sign = Delegation { purposes: Purpose::ALL.to_vec(), ..limits };
    DelegatedKey::active(key(seed), format!("key {seed}"), may_sign)
}

pub fn bundle(version: u32, keys: Vec<DelegatedKey>) -> TrustBundle {
    TrustBundle::new(version, time("2026-01-01T00:00:00Z"), keys).unwrap()
}

/// A file of each kind, and the function that opens it in a product, which trusts the key 1 of a bundle, or the roots.
pub struct Example {
    pub kind: FileKind,
    pub bytes: Vec<u8>,
    pub open: fn(&[u8]) -> Result<(), FileError>,
}

pub fn examples() -> Vec<Example> {
    let mut file = LicenseFile::new(time("2026-03-01T09:00:00Z"), vec![license(1, 1), license(1, 2)]);
    file.licensee = Some(party("Müller & Søn"));
    file.contacts = vec![Contact { role: "support".to_owned(), party: party("Acme Support") }];
    file.metadata.insert("order".to_owned(), serde_json::json!({ "number": 4711 }));
    file.note = Some("Thank you.\nWrite to us.".to_owned());
    file.names = names();
    let validation = ValidationFile::new(file.clone(), ValidationFile::USUAL_TIME_TO_LIVE).unwrap();
    let roots = RootSet::first(time("2026-01-01T00:00:00Z"), 2.try_into().unwrap(), roots().keys().to_vec());
    let next_roots = roots.next(time("2027-01-01T00:00:00Z"), 1.try_into().unwrap(), vec![key(104)]).unwrap();
    let limits = Delegation { products: Some(vec![PRODUCT]), max_seats: 25.try_into().ok(), ..Delegation::default() };
    let mut bundle = bundle(1, vec![delegated(1, limits), delegated(2, Delegation::default())]);
    bundle.names = names();
    let mut list = RevocationList::new(14, time("2026-03-01T00:00:00Z"), time("2026-06-01T00:00:00Z"));
    list.set(LicenseDigest::of(&license(1, 1)), Status::Revoked(Reason::Leaked));
    list.set(LicenseDigest::of(&license(1, 2)), Status::OnHold);
    let recovery = TimePurpose::Recovery { state: StateId::from_bytes([7; 8]) };
    vec![
        Example {
            kind: FileKind::LicenseFile,
            bytes: signed(&file, &[1]),
            open: |bytes| trusting_1(|trust| trust.license_file(bytes).map(|_| ())),
        },
        Example {
            kind: FileKind::ValidationFile,
            bytes: signed(&validation, &[1]),
            open: |bytes| {
                trusting_1(|trust| trust.validation_file(bytes, time("2026-03-01T10:00:00Z"), None).map(|_| ()))
            },
        },
        Example {
            kind: FileKind::RootSet,
            bytes: signed(&next_roots, &[101, 102, 104]),
            open: |bytes| self::roots().next(bytes).map(|_| ()),
        },
        Example {
            kind: FileKind::TrustBundle,
            bytes: signed(&bundle, &[101, 103]),
            open: |bytes| self::roots().trust_bundle(bytes).map(|_| ()),
        },
        Example {
            kind: FileKind::RevocationList,
            bytes: signed(&list, &[1]),
            open: |bytes| trusting_1(|trust| trust.revocation_list(bytes).map(|_| ())),
        },
        Example {
            kind: FileKind::TimeStatement,
            bytes: signed(&TimeStatement::new(time("2026-03-01T09:00:00Z"), recovery), &[1]),
            open: |bytes| trusting_1(|trust| trust.time_statement(bytes).map(|_| ())),
        },
    ]
}

/// Like [`Example::open`], with a bundle in which the key 1 may sign everything.
pub fn trusting_1<R>(open: impl FnOnce(Trust<'_>) -> R) -> R {
    static BUNDLE: LazyLock<Verified<TrustBundle>> = LazyLock::new(|| {
        let carried = signed(&bundle(1, vec![delegated(1, Delegation::default())]), &[101, 102]);
        roots().trust_bundle(&carried).unwrap()
    });
    open(Trust::Bundle(&BUNDLE))
}

pub fn party(name: &str) -> Party {
    Party { name: name.to_owned(), company: None, email: Some("someone@example.com".to_owned()) }
}

pub fn names() -> PublicNames {
    public_names(&Catalog::parse(Catalog::EXAMPLE, "catalog.toml").unwrap())
}

/// A file whose JSON is changed.
pub fn altered(bytes: &[u8], alter: impl FnOnce(&mut serde_json::Value)) -> Vec<u8> {
    let mut json = serde_json::from_slice(bytes).unwrap();
    alter(&mut json);
    serde_json::to_vec(&json).unwrap()
}

/// A file with any payload and type, signed by the issuers with these seeds without a check of the payload.
pub fn signed_anyhow(payload_type: &str, payload: &[u8], signers: &[u8]) -> Vec<u8> {
    let mut message = format!("DSSEv1 {} {payload_type} {} ", payload_type.len(), payload.len()).into_bytes();
    message.extend_from_slice(payload);
    let signatures: Vec<_> = signers
        .iter()
        .map(|seed| {
            let signature = SigningKey::from_seed(&[*seed; 32]).sign(&message).to_bytes();
            let keyid: String = key(*seed).to_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
            serde_json::json!({ "keyid": keyid, "sig": Base64::encode_string(&signature) })
        })
        .collect();
    let payload = Base64::encode_string(payload);
    serde_json::to_vec(
        &serde_json::json!({ "payloadType": payload_type, "payload": payload, "signatures": signatures }),
    )
    .unwrap()
}
