use crate::RandomError;

/// Why a key file gives no signing key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyFileError {
    /// There is no PEM block.
    #[error("this is no key file: a key file has a line -----BEGIN PRIVATE KEY-----")]
    NoBlock,
    /// A PEM block without its last line.
    #[error("the key file is cut short: no -----END line follows the -----BEGIN line")]
    Unfinished,
    /// More than one PEM block: which is meant would be a guess.
    #[error("the key file holds more than one key or certificate: leave only the private key in it")]
    SeveralBlocks,
    /// A PEM block of another kind.
    #[error("the file holds \"{found}\": a signing key is a \"PRIVATE KEY\" or an \"ENCRYPTED PRIVATE KEY\" (PKCS#8)")]
    WrongLabel {
        /// What the block calls itself.
        found: String,
    },
    /// What is between the first and the last line is not base64, not PKCS#8, or not of the length of an Ed25519 key.
    #[error("the key file is damaged: what it holds can't be read as a private key (PKCS#8)")]
    Malformed,
    /// Bytes after the key, within the PEM block.
    #[error("the key file is damaged: bytes follow the key")]
    TrailingData,
    /// A key of another algorithm.
    #[error("the key is for {found}: give an Ed25519 key, as `openssl genpkey -algorithm ed25519` makes them")]
    WrongAlgorithm {
        /// The algorithm's name, or its object identifier if the name is not known here.
        found: String,
    },
    /// A PKCS#8 version 2 file, whose public key is another one's.
    #[error("the public key in the key file is not that of its private key: the file is damaged or forged")]
    WrongPublicKey,
    /// The file is encrypted, and was read without a passphrase.
    #[error("the key file is encrypted: give its passphrase")]
    Encrypted,
    /// The passphrase does not open the file.
    #[error("the passphrase is wrong, or the key file is damaged")]
    WrongPassphrase,
    /// Encrypted in an old or a rare way.
    #[error(
        "the key file is encrypted with {found}: expected AES with scrypt or PBKDF2 and SHA-2, \
         as `openssl pkcs8 -topk8 -scrypt -in <file>` makes of it"
    )]
    UnsupportedEncryption {
        /// The algorithm's name, or its object identifier if the name is not known here.
        found: String,
    },
    /// Trying a passphrase would take gigabytes or minutes, as a hostile file could ask for.
    #[error(
        "the key file asks for more work than is done for a passphrase ({asked}): encrypt it anew, \
         as `openssl pkcs8 -topk8 -scrypt -in <file>` does"
    )]
    TooMuchWork {
        /// The work, in the terms of the function that stretches the passphrase.
        asked: String,
    },
}

/// Why a key was not encrypted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EncryptError {
    /// An empty passphrase protects nothing.
    #[error("the passphrase is empty: give one, or ask for a key file that is not encrypted")]
    EmptyPassphrase,
    /// No salt.
    #[error(transparent)]
    Random(#[from] RandomError),
    /// The cipher refused, which no passphrase should bring about.
    #[error("the key can't be encrypted: please report this")]
    Failed,
}
