//! The keys of the server. They are the same in each run, and license keys of the test vectors are genuine.

use std::fs;
use std::num::NonZeroU8;
use std::path::Path;

use chrono::{DateTime, Utc};
use keyward_issuer::files::SignableFile;
use keyward_issuer::{Issuer, SigningKey};
use keyward_verifier::files::{DelegatedKey, Delegation, Payload, Purpose, RootSet, TrustBundle};

/// Writes the files that a server has for an environment.
pub fn write(folder: &Path, now: DateTime<Utc>) {
    // That of `keyward_fuzz::VENDOR`.
    let licenses = SigningKey::from_seed(&std::array::from_fn(|index| index as u8));
    let answers = SigningKey::from_seed(&[101; 32]);
    let root = Issuer::with_key(SigningKey::from_seed(&[102; 32]));
    let delegated = |key: &SigningKey, name: &str, purposes: &[Purpose]| {
        let may_sign = Delegation::unlimited(purposes.iter().copied());
        DelegatedKey::active(key.verifying_key().clone(), name.to_owned(), may_sign)
    };
    let keys = vec![
        delegated(&licenses, "licenses", &[Purpose::Licenses, Purpose::LicenseFiles]),
        delegated(&answers, "answers", &[Purpose::ValidationFiles, Purpose::Revocations, Purpose::Time]),
    ];
    let bundle = TrustBundle::new(1, now, keys).expect("two keys");
    let roots = RootSet::first(now, NonZeroU8::MIN, vec![root.verifying_key().clone()]);
    for (name, text) in [
        ("license.key", licenses.to_pem().to_string()),
        ("answers.key", answers.to_pem().to_string()),
        ("roots.json", signed(&roots, &root)),
        ("trust.json", signed(&bundle, &root)),
    ] {
        fs::write(folder.join(name), text).expect("a file in a temporary folder");
    }
}

fn signed(contents: &impl Payload, root: &Issuer) -> String {
    let mut file = SignableFile::new(contents).expect("contents that can be written");
    file.sign(root).expect("the root signs");
    file.to_string()
}
