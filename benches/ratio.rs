//! Compares two functions on a machine that has other work too. The benchmarks are beside this file.
//!
//! The two run in turn, in many short rounds: A B A B …. Other work of the machine lasts longer than a round, and slows
//! both sides of a pair. The figure is the median of the pairs.

use std::fmt::{self, Display, Formatter};
use std::hint::black_box;
use std::time::Instant;

/// The number of pairs and runs.
#[derive(Debug, Clone, Copy)]
pub struct Rounds {
    /// The number of pairs.
    pub pairs: usize,
    /// Runs of the measured side in one round.
    pub measured: u32,
    /// Runs of the standard in one round.
    pub standard: u32,
}

impl Rounds {
    /// For sides of some ten microseconds: rounds of about a millisecond.
    pub const SHORT: Rounds = Rounds { pairs: 3001, measured: 25, standard: 25 };
}

/// The time of the measured side as a multiple of the standard's time, over all pairs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ratio {
    /// Half of the pairs are below, half above.
    pub median: f64,
    /// A quarter of the pairs is below.
    pub lower_quartile: f64,
    /// A quarter of the pairs is above.
    pub upper_quartile: f64,
}

impl Ratio {
    /// The quartiles of the ratios of the pairs.
    ///
    /// # Panics
    ///
    /// If there is no pair.
    #[must_use]
    #[expect(clippy::indexing_slicing, clippy::arithmetic_side_effects, reason = "places below the number of pairs")]
    pub fn of(mut pairs: Vec<f64>) -> Ratio {
        pairs.sort_by(f64::total_cmp);
        let at = |quarters: usize| pairs[(pairs.len() - 1) * quarters / 4];
        Ratio { median: at(2), lower_quartile: at(1), upper_quartile: at(3) }
    }

    /// The ratio to another standard, which takes `times` times as long.
    #[must_use]
    pub fn over(self, times: f64) -> Ratio {
        let Ratio { median, lower_quartile, upper_quartile } = self;
        Ratio { median: median / times, lower_quartile: lower_quartile / times, upper_quartile: upper_quartile / times }
    }
}

/// `1.021 (half of the pairs: 1.013 to 1.034)`, with the precision of the format, or else three decimals.
impl Display for Ratio {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        let decimals = formatter.precision().unwrap_or(3);
        let Ratio { median, lower_quartile, upper_quartile } = self;
        write!(
            formatter,
            "{median:.decimals$} (half of the pairs: {lower_quartile:.decimals$} to {upper_quartile:.decimals$})"
        )
    }
}

/// The time of `measured` as a multiple of the time of `standard`.
pub fn ratio<T, U>(rounds: Rounds, mut measured: impl FnMut() -> T, mut standard: impl FnMut() -> U) -> Ratio {
    // A first run of both sides, so that caches and branch predictors know them before the first pair.
    black_box((measured(), standard()));
    let pair = |_| seconds(rounds.measured, &mut measured) / seconds(rounds.standard, &mut standard);
    Ratio::of((0..rounds.pairs).map(pair).collect())
}

/// Seconds of one run, the mean of `runs` runs.
fn seconds<T>(runs: u32, run: &mut impl FnMut() -> T) -> f64 {
    let start = Instant::now();
    for _ in 0..runs {
        black_box(run());
    }
    start.elapsed().as_secs_f64() / f64::from(runs)
}
