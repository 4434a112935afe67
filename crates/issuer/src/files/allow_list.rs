use keyward_verifier::{LicenseDigest, LicenseKey, TrustedKey};

/// The licenses that this key has signed, by their digests: the allow-list of a compromised key
/// ([`KeyState::Compromised`](keyward_verifier::files::KeyState::Compromised)). Licenses that other keys have signed are left
/// out, also those of a key with the same id.
///
/// # Errors
///
/// The first error among the licenses.
pub fn allow_list<E>(
    licenses: impl IntoIterator<Item = Result<LicenseKey, E>>,
    key: &TrustedKey,
) -> Result<Vec<LicenseDigest>, E> {
    let mut allowed = Vec::new();
    for license in licenses {
        let license = license?;
        if has_signed(key, &license) {
            allowed.push(LicenseDigest::of(&license));
        }
    }
    allowed.sort_unstable();
    allowed.dedup();
    Ok(allowed)
}

/// Whether the key has signed this license.
pub fn has_signed(key: &TrustedKey, license: &LicenseKey) -> bool {
    license.hint() == key.id().hint() && key.verifies(license.signed_bytes(), license.signature())
}
