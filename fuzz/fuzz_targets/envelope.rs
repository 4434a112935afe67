//! Any bytes, read as a file of each kind, with and without a check of its signatures.
#![no_main]

use keyward_fuzz::{Dice, changed_json, trusted};
use keyward_issuer::files::SignableFile;
use keyward_verifier::files::{Envelope, FileError, FileKind, Roots, Trust};
use libfuzzer_sys::{fuzz_mutator, fuzz_target, fuzzer_mutate};

fuzz_target!(|bytes: &[u8]| {
    let kind = Envelope::kind_of(bytes);
    for expected in FileKind::ALL {
        let parsed = Envelope::parse(bytes, expected);
        assert!(parsed.is_err() || kind == Some(expected), "{expected} in {kind:?}");
        let vendor_signed = parsed.is_ok_and(|envelope| {
            written_again(bytes, &envelope, expected);
            envelope.signatures().iter().any(|signature| signature.public_key == trusted()[0].to_bytes())
        });
        match open(bytes, expected) {
            Ok(()) => assert!(vendor_signed, "opened, though no trusted key is named as a signer"),
            Err(error) => assert!(!error.to_string().is_empty()),
        }
    }
});

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    let mut dice = Dice::new(seed);
    let changed = if dice.below(2) == 0 { changed_json(data, size, max_size, &mut dice) } else { None };
    changed.unwrap_or_else(|| fuzzer_mutate(data, size, max_size))
});

/// The next signer passes on the same payload and signatures.
fn written_again(bytes: &[u8], envelope: &Envelope, kind: FileKind) {
    let written = SignableFile::read(bytes, kind).expect("it was read").to_string();
    let again = Envelope::parse(written.as_bytes(), kind).expect("it was written");
    assert_eq!(again.signed_bytes(), envelope.signed_bytes());
    assert_eq!(again.unverified_payload(), envelope.unverified_payload());
    assert_eq!(again.signatures(), envelope.signatures());
}

fn open(bytes: &[u8], kind: FileKind) -> Result<(), FileError> {
    let keys = trusted();
    let trust = Trust::Keys(&keys);
    let roots = Roots::built_in(std::num::NonZeroU8::MIN, keys.to_vec()).expect("one root of one");
    match kind {
        FileKind::LicenseFile => trust.license_file(bytes).map(drop),
        FileKind::ValidationFile => trust.validation_file(bytes, chrono::DateTime::UNIX_EPOCH, None).map(drop),
        FileKind::RootSet => roots.next(bytes).map(drop),
        FileKind::TrustBundle => roots.trust_bundle(bytes).map(drop),
        FileKind::RevocationList => trust.revocation_list(bytes).map(drop),
        FileKind::TimeStatement => trust.time_statement(bytes).map(drop),
        _ => panic!("a kind that is not tried"),
    }
}
