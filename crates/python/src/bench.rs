use std::hint::black_box;
use std::time::Instant;

use pyo3::prelude::*;

use crate::verifier::Verifier;

/// The nanoseconds of `count` verifications of the text, in a loop in Rust.
#[pyfunction]
pub(crate) fn bench(verifier: &Verifier, text: &str, times: u32) -> u128 {
    verifier.with(|verifier| {
        let start = Instant::now();
        for _ in 0..times {
            let _ = black_box(verifier.verify(black_box(text)));
        }
        start.elapsed().as_nanos()
    })
}
