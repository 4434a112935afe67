use std::hint::black_box;

use rustix::time::{ClockId, clock_gettime};

/// Medians over many short turns, in which two sides alternate, so that other work of the machine slows both alike.
#[derive(Clone, Copy)]
pub struct Measured {
    pub microseconds: f64,
    /// The time as a multiple of the standard's time.
    pub ratio: f64,
}

/// The times of one peer's turns, gathered in several rounds that alternate with the rounds of the other peers.
#[derive(Default)]
pub struct Turns {
    times: Vec<f64>,
    ratios: Vec<f64>,
}

impl Turns {
    /// Another round.
    pub fn measure<T, U>(&mut self, mut measured: impl FnMut() -> T, mut standard: impl FnMut() -> U) {
        const TURNS: usize = 301;
        const TURN: f64 = 0.0005;
        let (measured_runs, standard_runs) = (runs(&mut measured, TURN), runs(&mut standard, TURN));
        for turn in 0..TURNS {
            // The side that runs first changes from turn to turn.
            let (measured, standard) = if turn % 2 == 0 {
                let measured = time(&mut measured, measured_runs);
                (measured, time(&mut standard, standard_runs))
            } else {
                let standard = time(&mut standard, standard_runs);
                (time(&mut measured, measured_runs), standard)
            };
            self.times.push(measured * 1e6);
            self.ratios.push(measured / standard);
        }
    }

    pub fn medians(self) -> Measured {
        Measured { microseconds: median(self.times), ratio: median(self.ratios) }
    }
}

/// The number of runs in one turn. The first runs warm up.
fn runs<T>(run: &mut impl FnMut() -> T, turn: f64) -> u32 {
    time(run, 10);
    let once = median((0..9).map(|_| time(run, 5)).collect());
    ((turn / once) as u32).max(1)
}

fn time<T>(run: &mut impl FnMut() -> T, runs: u32) -> f64 {
    let start = thread_time();
    for _ in 0..runs {
        black_box(run());
    }
    (thread_time() - start) / f64::from(runs)
}

/// The processor time of this thread in seconds, without that of others on the same core.
fn thread_time() -> f64 {
    let now = clock_gettime(ClockId::ThreadCPUTime);
    now.tv_sec as f64 + now.tv_nsec as f64 / 1e9
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
