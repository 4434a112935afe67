//! Any JSON as the payload of a license file or a validation file that the vendor has signed.
#![no_main]

use keyward_fuzz::{Dice, changed_json, read_again, signed_anyhow, trusted};
use keyward_verifier::files::{FileKind, LicenseFile, Payload, Trust, ValidationFile};
use libfuzzer_sys::{fuzz_mutator, fuzz_target, fuzzer_mutate};

fuzz_target!(|bytes: &[u8]| {
    let keys = trusted();
    let file: Option<LicenseFile> = read_again(bytes);
    let signed = signed_anyhow(FileKind::LicenseFile, bytes).expect("it is short");
    let opened = Trust::Keys(&keys).license_file(signed.as_bytes());
    assert_eq!(opened.ok().map(|opened| opened.into_payload()), file);
    if let Some(file) = &file {
        assert!((1..=64).contains(&file.licenses.len()) && file.contacts.len() <= 16);
        let shown = format!("{file:?}");
        assert!(file.licenses.iter().all(|key| !shown.contains(&key.to_string())), "a key in {shown}");
    }

    let Some(validation) = read_again::<ValidationFile>(bytes) else { return };
    let signed = signed_anyhow(FileKind::ValidationFile, bytes).expect("it is short");
    let open = |now| Trust::Keys(&keys).validation_file(signed.as_bytes(), now, validation.machine.as_ref());
    assert_eq!(*open(validation.expires_at).expect("its last second"), validation);
    let late = open(validation.expires_at + chrono::TimeDelta::microseconds(1));
    assert_eq!(late.map(drop).map_err(|error| error.code()), Err("stale-file"));
    assert!(validation.file.to_bytes().is_ok(), "the file in it is one");
});

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    let mut dice = Dice::new(seed);
    let changed = if dice.below(2) == 0 { changed_json(data, size, max_size, &mut dice) } else { None };
    changed.unwrap_or_else(|| fuzzer_mutate(data, size, max_size))
});
