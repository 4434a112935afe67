//! The right to carry out a request.

use crate::value::Value;

/// The right to carry out a request, for [`Claim::MINUTES`].
#[derive(Clone, PartialEq, Eq)]
pub struct Claim {
    pub(crate) request: [u8; 32],
    pub(crate) claim: [u8; 16],
}

impl Claim {
    /// How long a claim is held.
    pub const MINUTES: i64 = 1;

    /// The first values of its statements: the request and the claim.
    pub(crate) fn values(&self) -> Vec<Value> {
        vec![Value::Blob(Some(self.request.to_vec())), Value::Blob(Some(self.claim.to_vec()))]
    }
}

impl std::fmt::Debug for Claim {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Claim({})", hex::encode(self.request))
    }
}
