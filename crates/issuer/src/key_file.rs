mod encryption;
mod error;
mod pem;

use pkcs8::der::{self, Decode};
use pkcs8::{ObjectIdentifier, PrivateKeyInfoRef};
use rand_core::TryCryptoRng;
use zeroize::Zeroizing;

use crate::SigningKey;
use crate::random::SysRng;

pub use error::{EncryptError, KeyFileError};

const PRIVATE_KEY: &str = "PRIVATE KEY";
const ENCRYPTED_PRIVATE_KEY: &str = "ENCRYPTED PRIVATE KEY";
const PUBLIC_KEY: &str = "PUBLIC KEY";

/// The bytes of PKCS#8 before the seed (RFC 8410, section 7): version 1, Ed25519, 34 bytes with the 32 of the seed.
///
/// Version 2 would add the public key, and OpenSSL 3.0 does not read it.
const BEFORE_SEED: [u8; 16] =
    [0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20];
/// The bytes before the public key (RFC 8410, section 4).
const BEFORE_PUBLIC_KEY: [u8; 12] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];

/// # Key files
///
/// Files are PKCS#8 in PEM, as `openssl genpkey -algorithm ed25519` writes them. OpenSSL reads them.
impl SigningKey {
    /// Reads the text of a key file that is not encrypted: one `PRIVATE KEY` block. Text around it and any line breaks in it
    /// are ignored.
    ///
    /// Such a file has no checksum: a changed bit may give another key without an error. Compare
    /// [`verifying_key`](SigningKey::verifying_key) with a copy of the public key.
    ///
    /// # Errors
    ///
    /// [`KeyFileError::Encrypted`] if the file needs a passphrase, and others if it has no Ed25519 key.
    pub fn from_pem(pem: &str) -> Result<SigningKey, KeyFileError> {
        match KeyFile::from_pem(pem)? {
            KeyFile::Plain(der) => from_der(&der),
            KeyFile::Encrypted(_) => Err(KeyFileError::Encrypted),
        }
    }

    /// Reads the text of a key file with its passphrase. The passphrase is not used for a file that is not encrypted.
    ///
    /// Files are encrypted with AES, and a key that scrypt or PBKDF2 derives from the passphrase (PBES2, RFC 8018). The cost
    /// of the derivation is limited, so that no file takes gigabytes or minutes.
    ///
    /// # Errors
    ///
    /// [`KeyFileError::WrongPassphrase`], and others if the file has no Ed25519 key or is encrypted in another way.
    pub fn from_encrypted_pem(pem: &str, passphrase: &[u8]) -> Result<SigningKey, KeyFileError> {
        match KeyFile::from_pem(pem)? {
            KeyFile::Plain(der) => from_der(&der),
            KeyFile::Encrypted(der) => match from_der(&encryption::decrypt(&der, passphrase)?) {
                // After one wrong passphrase in 256, the padding is valid by chance.
                Err(KeyFileError::Malformed | KeyFileError::TrailingData) => Err(KeyFileError::WrongPassphrase),
                read => read,
            },
        }
    }

    /// The text of a key file that is not encrypted. A person who reads it can issue licenses.
    pub fn to_pem(&self) -> Zeroizing<String> {
        pem::encode(PRIVATE_KEY, &self.to_der())
    }

    /// The text of a key file that is encrypted with a passphrase: with AES-256-CBC, and scrypt over 16 MiB five times. Each
    /// guess costs the same, some tenths of a second. A passphrase of at least five random words withstands guessing.
    ///
    /// # Errors
    ///
    /// [`EncryptError::EmptyPassphrase`], or [`EncryptError::Random`] if the operating system has no random bytes.
    ///
    /// ```
    /// use keyward_issuer::{KeyFileError, SigningKey};
    ///
    /// let key = SigningKey::generate()?;
    /// let pem = key.to_encrypted_pem(b"correct horse battery staple")?;
    /// assert_eq!(SigningKey::from_pem(&pem).unwrap_err(), KeyFileError::Encrypted);
    /// let again = SigningKey::from_encrypted_pem(&pem, b"correct horse battery staple")?;
    /// assert_eq!(again.verifying_key(), key.verifying_key());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn to_encrypted_pem(&self, passphrase: &[u8]) -> Result<Zeroizing<String>, EncryptError> {
        self.to_encrypted_pem_from_rng(passphrase, &mut SysRng)
    }

    /// Like [`to_encrypted_pem`](SigningKey::to_encrypted_pem), with the salt from any cryptographic generator.
    ///
    /// # Errors
    ///
    /// [`EncryptError::EmptyPassphrase`], or [`EncryptError::Random`] if the generator fails.
    pub fn to_encrypted_pem_from_rng<R>(
        &self,
        passphrase: &[u8],
        rng: &mut R,
    ) -> Result<Zeroizing<String>, EncryptError>
    where
        R: TryCryptoRng + ?Sized,
    {
        Ok(pem::encode(ENCRYPTED_PRIVATE_KEY, &encryption::encrypt(&self.to_der(), passphrase, rng)?))
    }

    /// The text of a file with the public key, which anyone may read (RFC 8410, section 4).
    pub fn public_pem(&self) -> String {
        let der = [BEFORE_PUBLIC_KEY.as_slice(), &self.verifying_key().to_bytes()].concat();
        pem::encode(PUBLIC_KEY, &der).to_string()
    }

    fn to_der(&self) -> Zeroizing<Vec<u8>> {
        Zeroizing::new([BEFORE_SEED.as_slice(), self.seed()].concat())
    }
}

/// The contents of a key file, in DER.
enum KeyFile {
    Plain(Zeroizing<Vec<u8>>),
    Encrypted(Zeroizing<Vec<u8>>),
}

impl KeyFile {
    fn from_pem(text: &str) -> Result<KeyFile, KeyFileError> {
        match pem::decode(text)? {
            (PRIVATE_KEY, der) => Ok(KeyFile::Plain(der)),
            (ENCRYPTED_PRIVATE_KEY, der) => Ok(KeyFile::Encrypted(der)),
            (other, _) => Err(KeyFileError::WrongLabel { found: other.to_owned() }),
        }
    }
}

fn from_der(der: &[u8]) -> Result<SigningKey, KeyFileError> {
    let info = PrivateKeyInfoRef::from_der(der).map_err(malformed)?;
    if info.algorithm.oid != ED25519 {
        return Err(KeyFileError::WrongAlgorithm { found: algorithm_name(info.algorithm.oid) });
    }
    // An OCTET STRING of 32 bytes within an OCTET STRING. Ed25519 has no parameters.
    let ([0x04, 0x20, seed @ ..], None) = (info.private_key.as_bytes(), info.algorithm.parameters) else {
        return Err(KeyFileError::Malformed);
    };
    let key = SigningKey::from_seed(seed.try_into().map_err(|_| KeyFileError::Malformed)?);
    match info.public_key {
        Some(found) if found.as_bytes() != Some(&key.verifying_key().to_bytes()) => Err(KeyFileError::WrongPublicKey),
        _ => Ok(key),
    }
}

fn malformed(error: der::Error) -> KeyFileError {
    match error.kind() {
        der::ErrorKind::TrailingData { .. } => KeyFileError::TrailingData,
        _ => KeyFileError::Malformed,
    }
}

const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");

fn algorithm_name(oid: ObjectIdentifier) -> String {
    match oid.to_string().as_str() {
        "1.2.840.113549.1.1.1" => "RSA".into(),
        "1.2.840.113549.1.1.10" => "RSA-PSS".into(),
        "1.2.840.10040.4.1" => "DSA".into(),
        "1.2.840.10045.2.1" => "ECDSA".into(),
        "1.3.101.110" => "X25519".into(),
        "1.3.101.111" => "X448".into(),
        "1.3.101.113" => "Ed448".into(),
        unknown => format!("the algorithm {unknown}"),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]
mod tests {
    use chacha20::ChaCha20Rng;
    use rand_core::SeedableRng;

    use super::*;
    use crate::random::tests::Broken;

    /// RFC 8410, section 10.3: the same key in version 1, and in version 2 with attributes and the public key.
    const VERSION_1: &str = "-----BEGIN PRIVATE KEY-----\n\
        MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n\
        -----END PRIVATE KEY-----\n";
    const VERSION_2: &str = "-----BEGIN PRIVATE KEY-----\n\
        MHICAQEwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n\
        oB8wHQYKKoZIhvcNAQkJFDEPDA1DdXJkbGUgQ2hhaXJzgSEAGb9ECWmEzf6FQbrB\n\
        Z9w7lshQhqowtrbLDFw4rXAxZuE=\n\
        -----END PRIVATE KEY-----\n";
    /// The public key of the same section.
    const PUBLIC: &str = "-----BEGIN PUBLIC KEY-----\n\
        MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n\
        -----END PUBLIC KEY-----\n";

    /// The first key, encrypted by OpenSSL with "passphrase" and one iteration, so that a test can try many passphrases.
    const ENCRYPTED: &str = "-----BEGIN ENCRYPTED PRIVATE KEY-----\n\
        MIGaMFYGCSqGSIb3DQEFDTBJMCgGCSqGSIb3DQEFDDAbBAhbokEt3aK4igIBATAM\n\
        BggqhkiG9w0CCQUAMB0GCWCGSAFlAwQBKgQQ8jsS99RzhBC7XCJ4FEvKFgRAQH25\n\
        foXGlRebmh6gmFittCkYUZXAduVnM5fJLllSJacNWnchw15Zcvw49WNna3zVN7ac\n\
        g8xXm87h5ThwEO9eKw==\n\
        -----END ENCRYPTED PRIVATE KEY-----\n";

    fn read(label: &str, der: &[u8]) -> Result<SigningKey, KeyFileError> {
        SigningKey::from_pem(&pem::encode(label, der))
    }

    fn error(text: &str) -> KeyFileError {
        SigningKey::from_pem(text).unwrap_err()
    }

    #[test]
    fn the_keys_of_the_rfc_are_read_and_written() {
        let key = SigningKey::from_pem(VERSION_1).unwrap();
        assert_eq!(*key.to_pem(), VERSION_1);
        assert_eq!(key.public_pem(), PUBLIC);
        assert_eq!(SigningKey::from_pem(VERSION_2).unwrap().seed(), key.seed());
    }

    #[test]
    fn a_version_2_file_with_another_public_key_is_refused() {
        let key = SigningKey::from_seed(&[7; 32]);
        let mut der = key.to_der();
        der[1] += 35;
        der[4] = 1;
        der.extend([0x81, 0x21, 0x00]);
        der.extend(key.verifying_key().to_bytes());
        assert_eq!(read(PRIVATE_KEY, &der).unwrap().seed(), key.seed());
        der[51] ^= 1;
        assert_eq!(read(PRIVATE_KEY, &der).unwrap_err(), KeyFileError::WrongPublicKey);
        // The public key claimed by version 1, and missing in version 2.
        der[51] ^= 1;
        der[4] = 0;
        assert_eq!(read(PRIVATE_KEY, &der).unwrap_err(), KeyFileError::Malformed);
        let mut der = key.to_der();
        der[4] = 1;
        assert_eq!(read(PRIVATE_KEY, &der).unwrap_err(), KeyFileError::Malformed);
    }

    #[test]
    fn line_ends_and_text_around_the_block_are_ignored() {
        let body = VERSION_1.lines().nth(1).unwrap();
        for text in [
            VERSION_1.replace('\n', "\r\n"),
            VERSION_1.replace('\n', " "),
            VERSION_1.trim().to_owned(),
            format!("\u{feff}{VERSION_1}"),
            format!("Signing key of Acme, 2026\n\n{VERSION_1}\n\nKeep it safe.\n"),
            VERSION_1.replace(body, &format!("  {}\t\n\n{}\n", &body[..10], &body[10..])),
        ] {
            assert!(SigningKey::from_pem(&text).is_ok(), "{text:?}");
        }
    }

    #[test]
    fn a_text_that_is_not_a_key_file_is_refused_with_its_fault() {
        assert_eq!(error(""), KeyFileError::NoBlock);
        assert_eq!(error("KW123-45678"), KeyFileError::NoBlock);
        assert_eq!(error(PUBLIC), KeyFileError::WrongLabel { found: "PUBLIC KEY".into() });
        assert_eq!(
            error(&VERSION_1.replace(PRIVATE_KEY, "OPENSSH PRIVATE KEY")),
            KeyFileError::WrongLabel { found: "OPENSSH PRIVATE KEY".into() }
        );
        assert_eq!(error(&VERSION_1.replace("END P", "END ENCRYPTED P")), KeyFileError::Unfinished);
        assert_eq!(error(&format!("{VERSION_1}{PUBLIC}")), KeyFileError::SeveralBlocks);
        assert_eq!(error(&VERSION_1.replace("MC4C", "MC4*")), KeyFileError::Malformed);
        assert_eq!(read(ENCRYPTED_PRIVATE_KEY, b"").unwrap_err(), KeyFileError::Encrypted);
    }

    #[test]
    fn a_text_cut_short_anywhere_is_refused() {
        for length in 0..VERSION_1.len() - "\n".len() {
            assert!(SigningKey::from_pem(&VERSION_1[..length]).is_err(), "{length}");
        }
    }

    #[test]
    fn no_error_repeats_the_contents_of_the_file() {
        for text in [
            VERSION_1.replace("KEY-----", "KEY----"),
            VERSION_1.replacen("KEY-----\n", "KEY\n", 1),
            VERSION_1.replace('\n', "").replacen("KEY-----", "KEY", 1),
            VERSION_1.replace("MC4C", "-----BEGIN MC4C"),
        ] {
            let error = SigningKey::from_pem(&text).unwrap_err();
            assert!(!format!("{error} {error:?}").contains("INTuctv5"), "{error:?}");
        }
    }

    #[test]
    fn keys_of_other_algorithms_are_named() {
        // In the order of `openssl genpkey`: version, algorithm, OCTET STRING. The contents of the last are not read.
        for (algorithm, name) in [
            ("300d06092a864886f70d0101010500", "RSA"),
            ("301306072a8648ce3d020106082a8648ce3d030107", "ECDSA"),
            ("300506032b656e", "X25519"),
            ("300506032b6571", "Ed448"),
            ("300506032b6501", "the algorithm 1.3.101.1"),
        ] {
            let algorithm = hex::decode(algorithm).unwrap();
            let length = u8::try_from(3 + algorithm.len() + 4).unwrap();
            let der = [&[0x30, length, 0x02, 0x01, 0x00], &algorithm[..], &[0x04, 0x02, 0x04, 0x00]].concat();
            assert_eq!(read(PRIVATE_KEY, &der).unwrap_err(), KeyFileError::WrongAlgorithm { found: name.into() });
        }
    }

    #[test]
    fn a_key_of_another_length_or_with_parameters_is_refused() {
        let der = SigningKey::from_seed(&[7; 32]).to_der();
        let mut shorter = der[..47].to_vec();
        for length in [1, 13, 15] {
            shorter[length] -= 1;
        }
        assert_eq!(read(PRIVATE_KEY, &shorter).unwrap_err(), KeyFileError::Malformed);
        let mut with_null = der[..12].to_vec();
        with_null[1] += 2;
        with_null[6] += 2;
        with_null.extend([0x05, 0x00]);
        with_null.extend(&der[12..]);
        assert_eq!(read(PRIVATE_KEY, &with_null).unwrap_err(), KeyFileError::Malformed);
    }

    #[test]
    fn bytes_after_the_key_are_refused() {
        let mut der = SigningKey::from_seed(&[7; 32]).to_der();
        der.push(0);
        assert_eq!(read(PRIVATE_KEY, &der).unwrap_err(), KeyFileError::TrailingData);
        der.pop();
        der.extend([0x05, 0x00]);
        der[1] += 2;
        assert_eq!(read(PRIVATE_KEY, &der).unwrap_err(), KeyFileError::Malformed);
    }

    #[test]
    fn a_flipped_bit_is_refused_or_gives_another_key() {
        let key = SigningKey::from_seed(&[7; 32]);
        for index in 0..key.to_der().len() {
            for bit in 0..8 {
                let mut der = key.to_der();
                der[index] ^= 1 << bit;
                let read = read(PRIVATE_KEY, &der);
                assert_eq!(read.is_ok(), index >= BEFORE_SEED.len(), "bit {bit} of byte {index}: {read:?}");
                assert!(read.is_err() || read.unwrap().verifying_key() != key.verifying_key());
            }
        }
    }

    #[test]
    fn an_encrypted_key_is_read_with_its_passphrase_only() {
        let key = SigningKey::from_seed(&[7; 32]);
        let pem = key.to_encrypted_pem("Zwölf Boxkämpfer".as_bytes()).unwrap();
        assert_eq!(SigningKey::from_encrypted_pem(&pem, "Zwölf Boxkämpfer".as_bytes()).unwrap().seed(), key.seed());
        for wrong in ["", "zwölf Boxkämpfer", "Zwölf Boxkämpfer\n"] {
            let error = SigningKey::from_encrypted_pem(&pem, wrong.as_bytes()).unwrap_err();
            assert_eq!(error, KeyFileError::WrongPassphrase);
        }
        assert_eq!(error(&pem), KeyFileError::Encrypted);
        assert_eq!(key.to_encrypted_pem(b""), Err(EncryptError::EmptyPassphrase));
    }

    #[test]
    fn the_same_seed_gives_the_same_file_and_another_another() {
        let key = SigningKey::from_seed(&[7; 32]);
        let pem = |seed| key.to_encrypted_pem_from_rng(b"passphrase", &mut ChaCha20Rng::from_seed([seed; 32])).unwrap();
        assert_eq!(*pem(1), *pem(1));
        assert_ne!(*pem(1), *pem(2));
        let error = key.to_encrypted_pem_from_rng(b"passphrase", &mut Broken).unwrap_err();
        assert!(matches!(error, EncryptError::Random(_)), "{error}");
    }

    #[test]
    fn a_wrong_passphrase_is_said_to_be_wrong_even_where_the_padding_fits() {
        let key = SigningKey::from_encrypted_pem(ENCRYPTED, b"passphrase").unwrap();
        assert_eq!(*key.to_pem(), VERSION_1);
        for wrong in 0..4096_u16 {
            let error = SigningKey::from_encrypted_pem(ENCRYPTED, &wrong.to_be_bytes()).unwrap_err();
            assert_eq!(error, KeyFileError::WrongPassphrase, "{wrong}");
        }
    }

    #[test]
    fn bytes_around_an_encrypted_key_are_refused() {
        let (_, mut der) = pem::decode(ENCRYPTED).unwrap();
        der.push(0);
        let read = |der: &[u8]| SigningKey::from_encrypted_pem(&pem::encode(ENCRYPTED_PRIVATE_KEY, der), b"passphrase");
        assert_eq!(read(&der).unwrap_err(), KeyFileError::TrailingData);
        der.push(0);
        der[2] += 2;
        assert_eq!(read(&der).unwrap_err(), KeyFileError::TrailingData);
    }

    #[test]
    fn a_plain_key_is_read_whatever_the_passphrase() {
        assert!(SigningKey::from_encrypted_pem(VERSION_1, b"not asked for").is_ok());
    }
}
