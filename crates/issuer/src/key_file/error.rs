use crate::RandomError;

/// Why a key file gives no signing key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyFileError {
    /// No PEM block.
    #[error("this is not a key file: a key file has a line -----BEGIN PRIVATE KEY-----")]
    NoBlock,
    /// A PEM block without its last line.
    #[error("the key file is incomplete: the -----END line is missing")]
    Unfinished,
    /// More than one PEM block.
    #[error("the key file has more than one key or certificate: leave only the private key in it")]
    SeveralBlocks,
    /// A PEM block of another kind.
    #[error("the file has a \"{found}\": a signing key is a \"PRIVATE KEY\" or an \"ENCRYPTED PRIVATE KEY\" (PKCS#8)")]
    WrongLabel {
        /// The label of the block.
        found: String,
    },
    /// The block is not base64, not PKCS#8, or not of the length of an Ed25519 key.
    #[error("the key file is damaged: its contents are not a private key (PKCS#8)")]
    Malformed,
    /// Bytes after the key within the PEM block.
    #[error("the key file is damaged: bytes follow the key")]
    TrailingData,
    /// A key of another algorithm.
    #[error("the key is for {found}: give an Ed25519 key, as `openssl genpkey -algorithm ed25519` makes it")]
    WrongAlgorithm {
        /// The name of the algorithm, or its object identifier if it has no known name.
        found: String,
    },
    /// A file of PKCS#8 version 2 whose public key does not belong to its private key.
    #[error("the public key in the key file does not belong to its private key: the file is damaged or forged")]
    WrongPublicKey,
    /// An encrypted file that was read without a passphrase.
    #[error("the key file is encrypted: give its passphrase")]
    Encrypted,
    /// A passphrase that does not decrypt the file.
    #[error("the passphrase is wrong, or the key file is damaged")]
    WrongPassphrase,
    /// An encryption that is not supported.
    #[error(
        "the key file is encrypted with {found}, which is not supported: convert it to AES with scrypt, as \
         `openssl pkcs8 -topk8 -scrypt -in <file>` does"
    )]
    UnsupportedEncryption {
        /// The name of the algorithm, or its object identifier if it has no known name.
        found: String,
    },
    /// A file with which a passphrase would take gigabytes or minutes to try.
    #[error(
        "the key file needs too much work to try a passphrase ({work}): encrypt it again, as \
         `openssl pkcs8 -topk8 -scrypt -in <file>` does"
    )]
    TooMuchWork {
        /// The parameters of the key derivation.
        work: String,
    },
}

/// Why a key was not encrypted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EncryptError {
    /// An empty passphrase.
    #[error("the passphrase is empty: give one, or write the key file without encryption")]
    EmptyPassphrase,
    /// No random bytes for the salt.
    #[error(transparent)]
    Random(#[from] RandomError),
    /// The cipher failed, which no passphrase should cause.
    #[error("the key can't be encrypted: please report this")]
    Failed,
}
