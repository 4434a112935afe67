use keyward_verifier::files::{Roots, Trust, TrustBundle, Verified};
use keyward_verifier::{KeyId, Product, TrustedKey, Verifier};

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

    /// A verifier that trusts these, for that product.
    pub fn verifier(&self, product: Product) -> Verifier<'_> {
        match self {
            Trusted::Keys(keys) => Verifier::new(keys, product),
            Trusted::Bundle { bundle, .. } => Verifier::with_bundle(bundle, product),
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
