use keyward_verifier::files::{Roots, Trust, TrustBundle, Verified};
use keyward_verifier::{Authenticator, KeyId, TrustedKey};

/// The trusted keys.
#[derive(Debug)]
pub enum Trusted {
    /// Plain keys, each trusted for everything.
    Keys(Vec<TrustedKey>),
    /// The keys of a bundle, with the roots that signed it.
    Bundle { bundle: Box<Verified<TrustBundle>>, roots: Roots, named_by: RootsNamedBy },
}

/// The source of the roots.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RootsNamedBy {
    /// The option `--roots`.
    Options,
    /// The state alone. It proves nothing: an invented state can name any roots.
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

    /// The ids of the keys.
    pub fn key_ids(&self) -> Vec<KeyId> {
        match self {
            Trusted::Keys(keys) => keys.iter().map(TrustedKey::id).collect(),
            Trusted::Bundle { bundle, .. } => bundle.delegated().iter().map(|delegated| delegated.key.id()).collect(),
        }
    }
}
