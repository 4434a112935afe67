use core::fmt;

use crate::files::arrival;

/// A key in PEM, in the place of a signed file or a license.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum PemKey {
    /// A public key.
    Public,
    /// A signing key, plain or encrypted.
    Signing,
}

impl PemKey {
    /// The key in a file, by its PEM label; `None` if it has none. The file may be in UTF-8 or UTF-16.
    ///
    /// ```
    /// use keyward_verifier::files::PemKey;
    ///
    /// let file = "-----BEGIN PUBLIC KEY-----\nMCow…\n-----END PUBLIC KEY-----\n";
    /// assert_eq!(PemKey::in_file(file.as_bytes()), Some(PemKey::Public));
    /// ```
    pub fn in_file(bytes: &[u8]) -> Option<PemKey> {
        /// More than the file of a key has. A longer one is not searched.
        const MAX_BYTES: usize = 1 << 16;
        let text = arrival::text_of(Some(bytes).filter(|bytes| bytes.len() <= MAX_BYTES)?).ok()?;
        // The notes in a signed file may have anything in them.
        if !text.contains("-----BEGIN ") || text.trim_start().starts_with('{') {
            return None;
        }
        let labels = [("PRIVATE KEY-----", PemKey::Signing), ("PUBLIC KEY-----", PemKey::Public)];
        labels.into_iter().find(|(label, _)| text.contains(label)).map(|(_, key)| key)
    }
}

impl fmt::Display for PemKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            PemKey::Public => "a public key",
            PemKey::Signing => "a signing key, which is secret",
        })
    }
}
