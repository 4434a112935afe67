//! Two things compared on a machine that does other things too. The benchmarks stand beside this file.
#![allow(clippy::indexing_slicing, reason = "the median of a fixed number of turns")]

use std::hint::black_box;
use std::time::Instant;

/// How often each side runs.
#[derive(Debug, Clone, Copy)]
pub struct Runs {
    /// How often the two take turns.
    pub turns: usize,
    /// How often the one that is measured runs in its turn.
    pub measured: u32,
    /// How often the standard runs in its turn.
    pub standard: u32,
}

/// How many times as long as `standard` does `measured` take? The median over many turns.
pub fn ratio<T, U>(measured: impl FnMut() -> T, standard: impl FnMut() -> U) -> f64 {
    ratio_of(Runs { turns: 301, measured: 400, standard: 400 }, measured, standard)
}

/// The same, for what takes longer.
pub fn ratio_of<T, U>(runs: Runs, mut measured: impl FnMut() -> T, mut standard: impl FnMut() -> U) -> f64 {
    let mut ratios: Vec<f64> = (0..runs.turns)
        .map(|turn| {
            // Who goes first changes from turn to turn.
            if turn % 2 == 0 {
                let measured = time(runs.measured, &mut measured);
                measured / time(runs.standard, &mut standard)
            } else {
                let standard = time(runs.standard, &mut standard);
                time(runs.measured, &mut measured) / standard
            }
        })
        .collect();
    ratios.sort_by(f64::total_cmp);
    ratios[runs.turns / 2]
}

/// Seconds of one run.
fn time<T>(runs: u32, run: &mut impl FnMut() -> T) -> f64 {
    let start = Instant::now();
    for _ in 0..runs {
        black_box(run());
    }
    start.elapsed().as_secs_f64() / f64::from(runs)
}
