use std::vec::Vec;

use rayon::prelude::*;

use crate::{License, Verifier, VerifyError};

impl Verifier<'_> {
    /// Verifies many license keys on all cores, each exactly like [`Verifier::verify`], and returns the results in their
    /// order.
    ///
    /// This is not a batch verification in the cryptographic sense, which accepts signatures that a strict verification
    /// refuses.
    pub fn verify_many<T: AsRef<str> + Sync>(&self, texts: &[T]) -> Vec<Result<License, VerifyError>> {
        texts.par_iter().map(|text| self.verify(text.as_ref())).collect()
    }
}
