use pkcs8::der::asn1::{AnyRef, OctetStringRef};
use pkcs8::der::{self, Decode, Encode};
use pkcs8::pkcs5::pbes2::{Kdf, PBES2_OID, Parameters};
use pkcs8::pkcs5::{self, scrypt};
use pkcs8::{AlgorithmIdentifierRef, EncryptedPrivateKeyInfoRef, ObjectIdentifier};
use rand_core::TryCryptoRng;
use zeroize::Zeroizing;

use super::{EncryptError, KeyFileError, malformed};
use crate::random::random_bytes;

/// The cost of new files: N = 2¹⁴, r = 8 (16 MiB), p = 5. OpenSSL 3.0 reads at most 32 MiB in total. By OWASP, five passes
/// over 16 MiB are as good as one over 128.
const LOG_N: u8 = 14;
const R: u32 = 8;
const P: u32 = 5;

/// The limits of the work for a file, some seconds. RFC 8018 (section 4.2) mentions at most ten million iterations.
const MAX_ITERATIONS: u32 = 10_000_000;
/// Twice the memory of OWASP's first choice: N = 2¹⁷, r = 8, p = 1.
const MAX_MEMORY: u64 = 256 << 20;
/// The bytes of all passes: four times the largest memory.
const MAX_BYTES: u64 = 1 << 30;

/// The `EncryptedPrivateKeyInfo` (RFC 5958, section 3) of `plain`, with salt and initialisation vector from the generator.
pub(super) fn encrypt<R>(plain: &[u8], passphrase: &[u8], rng: &mut R) -> Result<Vec<u8>, EncryptError>
where
    R: TryCryptoRng + ?Sized,
{
    if passphrase.is_empty() {
        return Err(EncryptError::EmptyPassphrase);
    }
    let (salt, iv) = (random_bytes::<16, R>(rng)?, random_bytes::<16, R>(rng)?);
    let encrypted = encrypt_with(salt.as_slice(), *iv, plain, passphrase);
    debug_assert!(encrypted.is_some(), "the cost and the lengths are in range");
    encrypted.ok_or(EncryptError::Failed)
}

fn encrypt_with(salt: &[u8], iv: [u8; 16], plain: &[u8], passphrase: &[u8]) -> Option<Vec<u8>> {
    let cost = scrypt::Params::new(LOG_N, R, P).ok()?;
    let parameters = Parameters::generate_scrypt_aes256cbc(cost, salt, iv).ok()?;
    let encrypted = parameters.encrypt(passphrase, plain).ok()?;
    to_der(parameters, &encrypted).ok()
}

fn to_der(parameters: Parameters, encrypted: &[u8]) -> der::Result<Vec<u8>> {
    let encrypted_data = OctetStringRef::new(encrypted)?;
    EncryptedPrivateKeyInfoRef { encryption_algorithm: parameters.into(), encrypted_data }.to_der()
}

/// The contents of an `EncryptedPrivateKeyInfo`. A wrong passphrase gives an error, or with one in 256 arbitrary bytes.
pub(super) fn decrypt(der: &[u8], passphrase: &[u8]) -> Result<Zeroizing<Vec<u8>>, KeyFileError> {
    // In steps, since the error of EncryptedPrivateKeyInfo does not name an unknown algorithm.
    let (scheme, encrypted) = AnyRef::from_der(der)
        .and_then(|info| {
            info.sequence(|fields| Ok((AlgorithmIdentifierRef::decode(fields)?, <&OctetStringRef>::decode(fields)?)))
        })
        .map_err(malformed)?;
    let parameters = match scheme.parameters {
        _ if scheme.oid != PBES2_OID => return Err(unsupported(scheme.oid)),
        Some(parameters) => Parameters::try_from(parameters).map_err(unreadable)?,
        None => return Err(KeyFileError::Malformed),
    };
    check_work(&parameters.kdf)?;
    let mut buffer = Zeroizing::new(encrypted.as_bytes().to_vec());
    let length = match parameters.decrypt_in_place(passphrase, &mut buffer) {
        Ok(plain) => plain.len(),
        Err(pkcs5::Error::DecryptFailed) => return Err(KeyFileError::WrongPassphrase),
        Err(pkcs5::Error::UnsupportedAlgorithm { oid }) => return Err(unsupported(oid)),
        Err(_) => return Err(KeyFileError::Malformed),
    };
    buffer.truncate(length);
    Ok(buffer)
}

/// Checks the work before it is done: the file gives the parameters, and may be hostile.
fn check_work(kdf: &Kdf) -> Result<(), KeyFileError> {
    let work = match kdf {
        Kdf::Pbkdf2(cost) if cost.iteration_count == 0 => return Err(KeyFileError::Malformed),
        Kdf::Pbkdf2(cost) if cost.iteration_count <= MAX_ITERATIONS => return Ok(()),
        Kdf::Pbkdf2(cost) => format!("PBKDF2, {} iterations", cost.iteration_count),
        Kdf::Scrypt(cost) => {
            let (n, r, p) = (cost.cost_parameter, u64::from(cost.block_size), u64::from(cost.parallelization));
            // RFC 7914, section 2: N is a power of two. N = 1 would need no memory.
            if !n.is_power_of_two() || n == 1 {
                return Err(KeyFileError::Malformed);
            }
            let block = r.saturating_mul(128);
            let memory = block.saturating_mul(n.saturating_add(p));
            if memory <= MAX_MEMORY && block.saturating_mul(n).saturating_mul(p) <= MAX_BYTES {
                return Ok(());
            }
            format!("scrypt, N = {n}, r = {r}, p = {p}")
        }
        other => return Err(unsupported(other.oid())),
    };
    Err(KeyFileError::TooMuchWork { work })
}

fn unreadable(error: der::Error) -> KeyFileError {
    match error.kind() {
        der::ErrorKind::OidUnknown { oid } => unsupported(oid),
        _ => malformed(error),
    }
}

fn unsupported(oid: ObjectIdentifier) -> KeyFileError {
    let found = match oid.to_string().as_str() {
        "1.2.840.113549.2.7" => "PBKDF2 and SHA-1".into(),
        "1.2.840.113549.3.7" => "triple DES".into(),
        pbes1 if pbes1.starts_with("1.2.840.113549.1.5.") || pbes1.starts_with("1.2.840.113549.1.12.1.") => {
            format!("PBES1 ({pbes1})")
        }
        unknown => format!("the algorithm {unknown}"),
    };
    KeyFileError::UnsupportedEncryption { found }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]
mod tests {
    use pkcs8::pkcs5::pbes2::{Pbkdf2Params, Pbkdf2Prf, ScryptParams};

    use super::*;

    const SALT: &[u8] = b"sixteen and odd.";
    const AES: pkcs5::pbes2::EncryptionScheme = pkcs5::pbes2::EncryptionScheme::Aes256Cbc { iv: [9; 16] };

    fn pbkdf2(iteration_count: u32, prf: Pbkdf2Prf) -> Parameters {
        let salt = SALT.try_into().unwrap();
        Parameters { kdf: Pbkdf2Params { salt, iteration_count, key_length: None, prf }.into(), encryption: AES }
    }

    fn scrypt(cost_parameter: u64, block_size: u16, parallelization: u16) -> Parameters {
        let salt = SALT.try_into().unwrap();
        let kdf = ScryptParams { salt, cost_parameter, block_size, parallelization, key_length: None };
        Parameters { kdf: kdf.into(), encryption: AES }
    }

    fn decrypted(parameters: Parameters) -> Result<Zeroizing<Vec<u8>>, KeyFileError> {
        decrypt(&to_der(parameters, &[0; 64]).unwrap(), b"passphrase")
    }

    #[test]
    fn a_file_that_would_take_gigabytes_or_minutes_is_refused_at_once() {
        for (parameters, work) in [
            (pbkdf2(10_000_001, Pbkdf2Prf::HmacWithSha256), "PBKDF2, 10000001 iterations"),
            (pbkdf2(u32::MAX, Pbkdf2Prf::HmacWithSha512), "PBKDF2, 4294967295 iterations"),
            (scrypt(1 << 18, 8, 1), "scrypt, N = 262144, r = 8, p = 1"),
            (scrypt(1 << 17, 8, 9), "scrypt, N = 131072, r = 8, p = 9"),
            (scrypt(1 << 63, u16::MAX, u16::MAX), "scrypt, N = 9223372036854775808, r = 65535, p = 65535"),
            (scrypt(2, u16::MAX, u16::MAX), "scrypt, N = 2, r = 65535, p = 65535"),
        ] {
            assert_eq!(decrypted(parameters), Err(KeyFileError::TooMuchWork { work: work.into() }));
        }
    }

    #[test]
    fn invalid_costs_are_refused() {
        for (n, r, p) in [(0, 8, 1), (1, 8, 1), (3, 8, 1), (u64::MAX, 8, 1), (16, 0, 1), (16, 8, 0)] {
            assert_eq!(decrypted(scrypt(n, r, p)), Err(KeyFileError::Malformed), "{n} {r} {p}");
        }
        assert_eq!(decrypted(pbkdf2(0, Pbkdf2Prf::HmacWithSha256)), Err(KeyFileError::Malformed));
    }

    #[test]
    fn old_encryptions_are_named() {
        let unsupported = |found: &str| Err(KeyFileError::UnsupportedEncryption { found: found.into() });
        assert_eq!(decrypted(pbkdf2(2048, Pbkdf2Prf::HmacWithSha1)), unsupported("PBKDF2 and SHA-1"));
        for (algorithm, found) in [
            ("301b06092a864886f70d010503300e0408000000000000000002020800", "PBES1 (1.2.840.113549.1.5.3)"),
            ("300706032a03040500", "the algorithm 1.2.3.4"),
        ] {
            let algorithm = hex::decode(algorithm).unwrap();
            let der = [&[0x30, u8::try_from(algorithm.len()).unwrap() + 2], &algorithm[..], &[0x04, 0x00]].concat();
            assert_eq!(decrypt(&der, b"passphrase"), unsupported(found));
        }
    }

    #[test]
    fn a_flipped_bit_is_refused_or_gives_another_text() {
        let plain = b"not a key, but of the length of one in PKCS#8...";
        for parameters in [pbkdf2(1, Pbkdf2Prf::HmacWithSha256), scrypt(2, 1, 1)] {
            let encrypted = parameters.encrypt(b"passphrase", plain).unwrap();
            let der = to_der(parameters, &encrypted).unwrap();
            assert_eq!(decrypt(&der, b"passphrase").unwrap().as_slice(), plain);
            for index in 0..der.len() {
                for bit in 0..8 {
                    let mut der = der.clone();
                    der[index] ^= 1 << bit;
                    let read = decrypt(&der, b"passphrase");
                    assert!(read.is_err() || read.unwrap().as_slice() != plain, "bit {bit} of byte {index}");
                }
            }
        }
    }
}
