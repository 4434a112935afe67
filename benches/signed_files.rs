//! Compares reading signed files with the signature checks alone: a license file, a bundle of a hundred keys, a list of a
//! million licenses.
//!
//! `cargo bench -p keyward-benches --bench signed_files` prints the ratios, and the times for a million on
//! this machine.
#![allow(missing_docs, reason = "a program")]
#![allow(clippy::unwrap_used, reason = "a benchmark stops by panicking")]
#![allow(clippy::arithmetic_side_effects, clippy::indexing_slicing, reason = "counts")]

use std::hint::black_box;
use std::num::NonZeroU32;
use std::time::Instant;

use ed25519_dalek::{Signature, VerifyingKey};
use keyward_benches::{Rounds, ratio};
use keyward_issuer::files::SignableFile;
use keyward_issuer::{
    Claims, Day, Edition, Issuer, LicenseDigest, LicenseKey, Product, Serial, SigningKey, TrustedKey,
};
use keyward_verifier::Verifier;
use keyward_verifier::files::{
    DelegatedKey, Delegation, Envelope, FileKind, LicenseFile, Payload, Purpose, Reason, RevocationList, Roots, Status,
    Trust, TrustBundle,
};

const PRODUCT: Product = Product(3);
const MILLION: u32 = 1_000_000;

fn main() {
    license_file();
    bundle();
    list();
}

/// From the bytes of a file to its two licenses, verified: three signatures.
fn license_file() {
    let issuer = issuer(1);
    let mut contents = LicenseFile::new("2026-03-01T09:00:00Z".parse().unwrap(), vec![license(1), license(2)]);
    contents.note = Some("Thank you for your order.".to_owned());
    let bytes = signed(&contents, &[1]);
    let trusted = [issuer.verifying_key().clone()];
    let verifier = Verifier::new(&trusted, PRODUCT);
    let opened = || {
        let file = Trust::Keys(&trusted).license_file(&bytes).unwrap();
        file.licenses.iter().map(|key| verifier.verify_key(key.clone()).unwrap()).collect::<Vec<_>>()
    };
    let envelope = Envelope::parse(&bytes, FileKind::LicenseFile).unwrap();
    let key = VerifyingKey::from_bytes(&trusted[0].to_bytes()).unwrap();
    let checks = || {
        strictly(&key, envelope.signed_bytes(), &envelope.signatures()[0].signature);
        contents.licenses.iter().for_each(|license| strictly(&key, license.signed_bytes(), license.signature()));
    };
    let rounds = Rounds { pairs: 2001, measured: 10, standard: 10 };
    println!("license file, opened with its two licenses / 3 verify_strict: {}", ratio(rounds, opened, checks));
}

/// From the bytes of a bundle to its keys, each checked like every trusted key: two signatures, a hundred keys.
fn bundle() {
    let roots = Roots::built_in(2.try_into().unwrap(), [101, 102, 103].map(public).to_vec()).unwrap();
    let limits = || Delegation { max_seats: 5.try_into().ok(), ..Delegation::unlimited([Purpose::Licenses]) };
    let keys = (1..=100).map(|seed| DelegatedKey::active(public(seed), format!("key {seed}"), limits())).collect();
    let contents = TrustBundle::new(1, "2026-01-01T00:00:00Z".parse().unwrap(), keys).unwrap();
    let bytes = signed(&contents, &[101, 102]);
    let envelope = Envelope::parse(&bytes, FileKind::TrustBundle).unwrap();
    let public_keys: Vec<[u8; 32]> = contents.delegated().iter().map(|delegated| delegated.key.to_bytes()).collect();
    let signatures: Vec<_> = envelope
        .signatures()
        .iter()
        .map(|signature| (VerifyingKey::from_bytes(&signature.public_key).unwrap(), signature.signature))
        .collect();
    let opened = || roots.trust_bundle(&bytes).unwrap();
    let signatures_alone =
        || signatures.iter().for_each(|(key, signature)| strictly(key, envelope.signed_bytes(), signature));
    let with_keys = || {
        signatures_alone();
        public_keys.iter().map(|bytes| TrustedKey::from_bytes(bytes).unwrap()).collect::<Vec<_>>()
    };
    let rounds = Rounds { pairs: 501, measured: 1, standard: 1 };
    println!("bundle of 100 keys / (2 verify_strict + 100 keys checked):    {}", ratio(rounds, opened, with_keys));
    let rounds = Rounds { pairs: 501, measured: 1, standard: 20 };
    println!(
        "bundle of 100 keys / 2 verify_strict:                         {:.1}",
        ratio(rounds, opened, signatures_alone)
    );
}

/// From the bytes of a list to a list that can be searched: one signature, over sixteen megabytes.
fn list() {
    let at = |text: &str| text.parse().unwrap();
    let mut contents = RevocationList::new(14, at("2026-03-01T00:00:00Z"), at("2026-06-01T00:00:00Z"));
    for number in 0..MILLION {
        contents.set(digest(number), Status::Revoked(Reason::Superseded));
    }
    let bytes = signed(&contents, &[1]);
    let trusted = [public(1)];
    let envelope = Envelope::parse(&bytes, FileKind::RevocationList).unwrap();
    let key = VerifyingKey::from_bytes(&trusted[0].to_bytes()).unwrap();
    let signature = envelope.signatures()[0].signature;
    let opened = || Trust::Keys(&trusted).revocation_list(&bytes).unwrap();
    let check = || strictly(&key, envelope.signed_bytes(), &signature);
    let rounds = Rounds { pairs: 31, measured: 1, standard: 1 };
    println!("list of a million / 1 verify_strict of its 16 MB:             {}", ratio(rounds, opened, check));

    let payload = contents.to_bytes().unwrap().len();
    println!(
        "bytes an entry, before base64:                                {:.5}",
        payload as f64 / f64::from(MILLION)
    );
    let start = Instant::now();
    let list = black_box(opened());
    println!(
        "a million loaded in                                           {:.0} ms",
        start.elapsed().as_secs_f64() * 1e3
    );
    let start = Instant::now();
    for number in 0..MILLION {
        // Every second digest is on the list.
        assert_eq!(list.status_of(&digest(number * 2)).is_some(), number < MILLION / 2);
    }
    let each = start.elapsed().as_secs_f64() / f64::from(MILLION);
    println!("one looked up in                                              {:.2} µs", each * 1e6);
}

/// Digests in ascending order, so that the list grows at its end. Half of the digests that are looked up come after its
/// last one.
fn digest(number: u32) -> LicenseDigest {
    let mut bytes = [0; 16];
    bytes[..4].copy_from_slice(&number.to_be_bytes());
    bytes[4..12].copy_from_slice(&u64::from(number).wrapping_mul(0x9E37_79B9_7F4A_7C15).to_be_bytes());
    LicenseDigest::from_bytes(bytes)
}

fn strictly(key: &VerifyingKey, message: &[u8], signature: &[u8; 64]) {
    key.verify_strict(black_box(message), &Signature::from_bytes(signature)).unwrap();
}

fn issuer(seed: u8) -> Issuer {
    Issuer::with_key(SigningKey::from_seed(&[seed; 32]))
}

fn public(seed: u8) -> TrustedKey {
    issuer(seed).verifying_key().clone()
}

fn license(serial: u8) -> LicenseKey {
    let claims = Claims::builder()
        .serial(Serial::from_bytes([serial; 8]))
        .product(PRODUCT)
        .edition(Edition(2))
        .seats(NonZeroU32::new(25).unwrap())
        .valid_from(Day::from_ymd(2026, 1, 1).unwrap())
        .valid_through(Day::from_ymd(2026, 12, 31).unwrap());
    issuer(1).sign(&claims.build().unwrap()).unwrap()
}

fn signed<T: Payload>(contents: &T, signers: &[u8]) -> Vec<u8> {
    let mut file = SignableFile::new(contents).unwrap();
    signers.iter().for_each(|seed| file.sign(&issuer(*seed)).unwrap());
    file.to_string().into_bytes()
}
