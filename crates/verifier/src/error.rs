use keyward_core::{
    Damage, Day, DecodeError, Environment, FingerprintMatch, Hint, InvalidClaims, KeyId, KeyTextError, Malformation,
    NewerClaim, Outcome, Product, Serial,
};

#[cfg(feature = "files")]
use crate::LicenseDigest;
#[cfg(feature = "files")]
use crate::files::{NotActivated, NotPermitted, Reason, Status, VersionedFile};

/// The reason why a verifier does not accept a text. Each refusal has an [`outcome`](VerifyError::outcome), a message that
/// names the cause, and the evidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum VerifyError {
    /// The text is not a license key, not even a damaged one.
    #[error("{0}")]
    Malformed(Malformation),
    /// The license key has more mistakes than can be repaired.
    #[error("{0}")]
    Damaged(Damage),
    /// No trusted key signed it.
    #[error(
        "the license key is signed by a key that this product does not trust (hint {hint}): is it for another vendor's product, or newer than this version?"
    )]
    UnknownKey {
        /// The hint in the license key, which names its signing key.
        hint: Hint,
    },
    /// It names a trusted key, which did not sign it.
    #[error(
        "the signature is not of the key it names ({key_id}): the license key is forged, or another vendor's; ask the vendor for a genuine one"
    )]
    BadSignature {
        /// The trusted key with its hint.
        key_id: KeyId,
        /// The serial that it claims.
        serial: Option<Serial>,
    },
    /// It is of a later format, or has contents that only a later version understands.
    #[error("{0}")]
    NeedsNewer(Newer),
    /// It is genuine, with claims that no issuer should have signed.
    #[error("license {} was issued wrongly, ask the vendor for another: {error}", Named(*serial))]
    InvalidClaims {
        /// Its serial.
        serial: Option<Serial>,
        /// The fault of its claims.
        error: InvalidClaims,
    },
    /// The license is for another product.
    #[error("license {serial} is for product {found}, and this is product {expected}")]
    WrongProduct {
        /// Its serial.
        serial: Serial,
        /// The verifier's product.
        expected: Product,
        /// The license's product.
        found: Product,
    },
    /// The license is for another environment.
    #[error("license {serial} is for {found}, and this is {expected}")]
    WrongEnvironment {
        /// Its serial.
        serial: Serial,
        /// The verifier's environment.
        expected: Environment,
        /// The license's environment.
        found: Environment,
    },
    /// The license is locked to another machine.
    #[error("license {serial} is locked to {}", Compared(*compared))]
    WrongMachine {
        /// Its serial.
        serial: Serial,
        /// The number of components that are the same; `None` if the verifier has no fingerprint of this machine.
        compared: Option<FingerprintMatch>,
    },
    /// The running version was released after the updates that the license covers.
    #[error(
        "license {serial} covers versions released through {updates_through}, and this one is of {released}: renew the updates, or use an older version"
    )]
    VersionNotCovered {
        /// Its serial.
        serial: Serial,
        /// The last release day that is covered.
        updates_through: Day,
        /// The day on which the running version was released.
        released: Day,
    },
    /// The trust bundle or the revocation list is older than one that was seen here before, or another of the same number, or
    /// is gone.
    #[cfg(feature = "files")]
    #[error(
        "license {serial} can't be checked: {file} {seen} was seen here before, and now there is {}; bring the newest",
        Older { found: *found, seen: *seen }
    )]
    Rollback {
        /// Its serial.
        serial: Serial,
        /// The file.
        file: VersionedFile,
        /// The version or sequence found; 0 for none. If it equals the highest seen, the file has other contents than the
        /// one seen.
        found: u32,
        /// The highest version or sequence seen.
        seen: u32,
    },
    /// The key that signed it may not sign such a license.
    #[cfg(feature = "files")]
    #[error(
        "license {serial} is signed by the key {key_id}, which may not sign it: {why}; ask the vendor for another, or for a newer trust bundle"
    )]
    NotPermitted {
        /// Its serial.
        serial: Serial,
        /// The key that signed it.
        key_id: KeyId,
        /// The reason why the key may not sign it.
        why: NotPermitted,
    },
    /// The license was revoked.
    #[cfg(feature = "files")]
    #[error("license {serial} was revoked ({reason}), as revocation list {list} says: ask the vendor for another")]
    Revoked {
        /// Its serial.
        serial: Serial,
        /// The digest by which the list names it.
        digest: LicenseDigest,
        /// The reason.
        reason: Reason,
        /// The list's sequence.
        list: u32,
    },
    /// The license is on hold until a later list releases it.
    #[cfg(feature = "files")]
    #[error(
        "license {serial} is on hold, as revocation list {list} says: ask the vendor, and bring a newer list when it is lifted"
    )]
    OnHold {
        /// Its serial.
        serial: Serial,
        /// The digest by which the list names it.
        digest: LicenseDigest,
        /// The list's sequence.
        list: u32,
    },
    /// The product requires an activation, and there is neither a fresh validation file of the license for this machine nor a
    /// lock of the license to it.
    #[cfg(feature = "files")]
    #[error(
        "license {serial} is not activated on this machine: {why}; activate it, or ask the vendor for a key for this machine"
    )]
    NotActivated {
        /// Its serial.
        serial: Serial,
        /// The reason why no validation file shows its activation.
        why: NotActivated,
    },
}

impl VerifyError {
    /// The outcome, which has the code, the number and the words that every language shares.
    pub const fn outcome(&self) -> Outcome {
        match self {
            VerifyError::Malformed(_) => Outcome::Malformed,
            VerifyError::Damaged(_) => Outcome::Damaged,
            VerifyError::UnknownKey { .. } => Outcome::UnknownKey,
            VerifyError::BadSignature { .. } => Outcome::BadSignature,
            VerifyError::NeedsNewer(_) => Outcome::NeedsNewer,
            VerifyError::InvalidClaims { .. } => Outcome::InvalidClaims,
            VerifyError::WrongProduct { .. } => Outcome::WrongProduct,
            VerifyError::WrongEnvironment { .. } => Outcome::WrongEnvironment,
            VerifyError::WrongMachine { .. } => Outcome::WrongMachine,
            VerifyError::VersionNotCovered { .. } => Outcome::VersionNotCovered,
            #[cfg(feature = "files")]
            VerifyError::Rollback { .. } => Outcome::Rollback,
            #[cfg(feature = "files")]
            VerifyError::NotPermitted { .. } => Outcome::NotPermitted,
            #[cfg(feature = "files")]
            VerifyError::Revoked { .. } => Outcome::Revoked,
            #[cfg(feature = "files")]
            VerifyError::OnHold { .. } => Outcome::OnHold,
            #[cfg(feature = "files")]
            VerifyError::NotActivated { .. } => Outcome::NotActivated,
        }
    }

    /// The code of the [`outcome`](VerifyError::outcome), such as `wrong-product`.
    pub const fn code(&self) -> &'static str {
        self.outcome().code()
    }

    /// The serial that names the license, if it is known. It is proven, except in `bad-signature`: a forger may have chosen
    /// it.
    pub const fn serial(&self) -> Option<Serial> {
        match *self {
            VerifyError::BadSignature { serial, .. }
            | VerifyError::NeedsNewer(Newer::Claim { serial, .. })
            | VerifyError::InvalidClaims { serial, .. } => serial,
            VerifyError::WrongProduct { serial, .. }
            | VerifyError::WrongEnvironment { serial, .. }
            | VerifyError::WrongMachine { serial, .. }
            | VerifyError::VersionNotCovered { serial, .. } => Some(serial),
            #[cfg(feature = "files")]
            VerifyError::Rollback { serial, .. }
            | VerifyError::NotPermitted { serial, .. }
            | VerifyError::Revoked { serial, .. }
            | VerifyError::OnHold { serial, .. }
            | VerifyError::NotActivated { serial, .. } => Some(serial),
            VerifyError::Malformed(_)
            | VerifyError::Damaged(_)
            | VerifyError::UnknownKey { .. }
            | VerifyError::NeedsNewer(Newer::Version(_)) => None,
        }
    }
}

/// Contents that only a later version understands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Newer {
    /// A later version of the key format.
    #[error("the license key is of version {0}, and this product reads version 1: use a newer version of the product")]
    Version(u8),
    /// A later kind of claim.
    #[error("license {}: {claim} is unknown to this version of the product: use a newer one", Named(*serial))]
    Claim {
        /// The license's serial.
        serial: Option<Serial>,
        /// The claim.
        claim: NewerClaim,
    },
}

impl From<KeyTextError> for VerifyError {
    fn from(error: KeyTextError) -> VerifyError {
        match error {
            KeyTextError::Malformed(malformation) => VerifyError::Malformed(malformation),
            KeyTextError::NeedsNewer { version } => VerifyError::NeedsNewer(Newer::Version(version)),
            KeyTextError::Damaged(damage) => VerifyError::Damaged(damage),
            _ => {
                debug_assert!(false, "core has these three reasons");
                VerifyError::Damaged(Damage::default())
            }
        }
    }
}

impl VerifyError {
    pub(crate) fn undecodable(serial: Option<Serial>, error: DecodeError) -> VerifyError {
        match error {
            DecodeError::NeedsNewer(claim) => VerifyError::NeedsNewer(Newer::Claim { serial, claim }),
            DecodeError::Invalid(error) => VerifyError::InvalidClaims { serial, error },
            _ => {
                debug_assert!(false, "core has these two reasons");
                VerifyError::InvalidClaims { serial, error: InvalidClaims::NotCanonical }
            }
        }
    }

    /// The refusal of a genuine license with that status on the list of that sequence.
    #[cfg(feature = "files")]
    pub(crate) const fn of_status(serial: Serial, digest: LicenseDigest, status: Status, list: u32) -> VerifyError {
        match status {
            Status::Revoked(reason) => VerifyError::Revoked { serial, digest, reason, list },
            Status::OnHold => VerifyError::OnHold { serial, digest, list },
        }
    }
}

#[cfg(feature = "files")]
struct Older {
    found: u32,
    seen: u32,
}

#[cfg(feature = "files")]
impl core::fmt::Display for Older {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self.found {
            0 => f.write_str("none"),
            found if found == self.seen => f.write_str("another one with that number"),
            found => write!(f, "{found}"),
        }
    }
}

struct Named(Option<Serial>);

impl core::fmt::Display for Named {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self.0 {
            Some(serial) => serial.fmt(f),
            None => f.write_str("without a serial"),
        }
    }
}

struct Compared(Option<FingerprintMatch>);

impl core::fmt::Display for Compared {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self.0 {
            Some(FingerprintMatch { matching, present }) => write!(
                f,
                "another machine ({matching} of its {present} components are the same): ask the vendor to move it"
            ),
            None => f.write_str("a machine, and it is not known which one this is: a fingerprint has to be given"),
        }
    }
}
