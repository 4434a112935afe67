use keyward_verifier::files::{Roots, Trust, TrustBundle, Verified};
use keyward_verifier::{Authenticator, KeyId, TrustedKey};

/// Which keys are trusted, and for what.
#[derive(Debug)]
pub enum Trusted {
    /// Plain keys, each for everything.
    Keys(Vec<TrustedKey>),
    /// Those of a bundle, and the roots that vouch for it.
    Bundle { bundle: Verified<TrustBundle>, roots: Roots, named_by: RootsNamedBy },
}

/// Who says that the roots are the vendor's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RootsNamedBy {
    /// Whoever asks, with `--roots`.
    Options,
    /// The state, and nobody else: who can make up a state names roots of their own.
    State,
}

impl Trusted {
    pub fn trust(&self) -> Trust<'_> {
        match self {
            Trusted::Keys(keys) => Trust::Keys(keys),
            Trusted::Bundle { bundle, .. } => Trust::Bundle(bundle),
        }
    }

    /// An authenticator that trusts these keys.
    pub fn authenticator(&self) -> Authenticator<'_> {
        match self {
            Trusted::Keys(keys) => Authenticator::new(keys),
            Trusted::Bundle { bundle, .. } => Authenticator::with_bundle(bundle),
        }
    }

    /// The keys, by their short names.
    pub fn key_ids(&self) -> Vec<KeyId> {
        match self {
            Trusted::Keys(keys) => keys.iter().map(TrustedKey::id).collect(),
            Trusted::Bundle { bundle, .. } => bundle.delegated().iter().map(|delegated| delegated.key.id()).collect(),
        }
    }
}
