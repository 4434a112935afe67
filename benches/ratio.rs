//! Two things compared on a machine that does other things too. The benchmarks stand beside this file.
#![allow(clippy::indexing_slicing, reason = "the median of a fixed number of turns")]

use std::hint::black_box;
use std::time::{Duration, Instant};

/// How many times as long as `standard` does `measured` take? The median over many turns.
pub fn ratio<T, U>(mut measured: impl FnMut() -> T, mut standard: impl FnMut() -> U) -> f64 {
    const TURNS: usize = 301;
    let mut ratios: Vec<f64> = (0..TURNS)
        .map(|turn| {
            // Who goes first changes from turn to turn.
            if turn % 2 == 0 {
                let measured = time(&mut measured);
                measured.as_secs_f64() / time(&mut standard).as_secs_f64()
            } else {
                let standard = time(&mut standard);
                time(&mut measured).as_secs_f64() / standard.as_secs_f64()
            }
        })
        .collect();
    ratios.sort_by(f64::total_cmp);
    ratios[TURNS / 2]
}

fn time<T>(run: &mut impl FnMut() -> T) -> Duration {
    const RUNS: u32 = 400;
    let start = Instant::now();
    for _ in 0..RUNS {
        black_box(run());
    }
    start.elapsed()
}
