//! Compares `keyward verify` as a process with `true` and one verification.
//!
//! `cargo bench -p keyward-benches --bench start_up` prints the medians, and the ratio of the command to (2 × `true` + one
//! verification). The command is the release build of this workspace: build it first, or name another with
//! `KEYWARD_COMMAND=…`.
#![allow(missing_docs, reason = "a program")]
#![allow(clippy::unwrap_used, reason = "a benchmark stops by panicking")]
#![allow(clippy::arithmetic_side_effects, clippy::indexing_slicing, reason = "counts")]

use std::ffi::OsString;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use keyward_benches::Ratio;
use keyward_issuer::{Claims, Issuer, SigningKey};
use keyward_verifier::{Product, Verifier};

const ROUNDS: usize = 601;
const CLAIMS: &str = r#"{
    "serial": "0102030405060708", "product": 3, "edition": 2, "seats": 25,
    "valid_from": "2026-01-01", "valid_through": "2026-12-31", "features": [0, 1, 2]
}"#;

fn main() {
    let folder = tempfile::tempdir_in(Path::new(env!("CARGO_TARGET_TMPDIR"))).unwrap();
    let signing_key = SigningKey::from_seed(&[7; 32]);
    let trusted = [signing_key.verifying_key().clone()];
    let claims: Claims = serde_json::from_str(CLAIMS).unwrap();
    let text = Issuer::with_key(signing_key).sign(&claims).unwrap().to_string();
    std::fs::write(folder.path().join("vendor.pub"), trusted[0].to_bytes()).unwrap();
    std::fs::write(folder.path().join("license.txt"), &text).unwrap();
    let verifier = Verifier::new(&trusted, Product(3));

    let mut keyward = Command::new(command());
    keyward.args(["verify", "--trust", "vendor.pub", "--product", "3", "--at", "2026-06-15", "license.txt"]);
    let mut nothing = Command::new("true");
    for command in [&mut keyward, &mut nothing] {
        command.current_dir(folder.path()).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    }
    let mut times = [const { Vec::new() }; 3];
    for _ in 0..ROUNDS {
        times[0].push(time(|| run(&mut nothing)));
        times[1].push(time(|| run(&mut keyward)));
        times[2].push(time(|| _ = black_box(verifier.verify(&text).unwrap())));
    }
    let ratios = (0..ROUNDS).map(|round| times[1][round] / (2.0 * times[0][round] + times[2][round]));
    println!("keyward verify / (2 × true + one verification): {:.2}", Ratio::of(ratios.collect()));
    let [nothing, keyward, verification] = times.map(median);
    println!("true:           {:.0} µs", nothing * 1e6);
    println!("verification:   {:.0} µs", verification * 1e6);
    println!("keyward verify: {:.0} µs", keyward * 1e6);
}

fn command() -> OsString {
    std::env::var_os("KEYWARD_COMMAND").unwrap_or_else(|| {
        let target = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
        target.parent().unwrap().join("release").join("keyward").into()
    })
}

fn run(command: &mut Command) {
    assert!(command.status().unwrap().success());
}

/// Seconds of one run of the command.
fn time(run: impl FnOnce()) -> f64 {
    let start = Instant::now();
    run();
    start.elapsed().as_secs_f64()
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}
