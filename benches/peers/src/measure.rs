use std::hint::black_box;
use std::time::{Duration, Instant};

/// The medians over many turns, in which the two sides alternate: what else the machine does hits both.
#[derive(Clone, Copy)]
pub struct Measured {
    pub microseconds: f64,
    /// How many times as long as the standard.
    pub ratio: f64,
}

pub fn measure<T, U>(mut measured: impl FnMut() -> T, mut standard: impl FnMut() -> U) -> Measured {
    const TURNS: usize = 151;
    const TURN: Duration = Duration::from_millis(3);
    let (measured_runs, standard_runs) = (runs(&mut measured, TURN), runs(&mut standard, TURN));
    let mut times = Vec::new();
    let mut ratios = Vec::new();
    for turn in 0..TURNS {
        // Who goes first changes from turn to turn.
        let (measured, standard) = if turn % 2 == 0 {
            let measured = time(&mut measured, measured_runs);
            (measured, time(&mut standard, standard_runs))
        } else {
            let standard = time(&mut standard, standard_runs);
            (time(&mut measured, measured_runs), standard)
        };
        times.push(measured * 1e6);
        ratios.push(measured / standard);
    }
    Measured { microseconds: median(times), ratio: median(ratios) }
}

/// How often to run something in one turn. The first runs warm up.
fn runs<T>(run: &mut impl FnMut() -> T, turn: Duration) -> u32 {
    time(run, 3);
    let once = time(run, 10);
    ((turn.as_secs_f64() / once) as u32).max(1)
}

fn time<T>(run: &mut impl FnMut() -> T, runs: u32) -> f64 {
    let start = Instant::now();
    for _ in 0..runs {
        black_box(run());
    }
    start.elapsed().as_secs_f64() / f64::from(runs)
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
