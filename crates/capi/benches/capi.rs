//! From text to decision in a C program, beside the same in Rust, taking turns in one run.
//!
//! The C program is another process, linked with this build's libkeyward.a, and asked through a pipe for four hundred
//! verifications at a time: the pipe is in the ratio, and disappears in it.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a benchmark stops by panicking")]

use std::hint::black_box;
use std::io::{Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use chrono::{DateTime, Utc};
use keyward_benches::{Runs, ratio_of};
use keyward_verifier::{Product, TrustedKey, Verifier};

const VENDOR: &str = "03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8";
const LICENSE: &str = "K7PM4-00108-1G818-60W40-60GSJ-08YT0-G7V4F-FYP6K-KG98Y-Z9E8E-G0HT7-BS0HQ-VDC80-VHRAB-CED8J-\
    M9TJZ-A9AHX-JPA40-2K3CY-F52Z2-ZY7GB-8Y7M3-SRBW8-VE3BH-4SMAG-4PZG8-D7E18-M1PYP-Z2M87-49VV3";
/// 2026-06-15T12:00:00Z, in microseconds.
const JUNE: i64 = 1_781_524_800_000_000;
const VERIFICATIONS: u32 = 400;

fn main() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let built = std::env::current_exe().unwrap();
    let built = built.parent().unwrap();
    let program = built.join("verify_loop");
    let compiled = Command::new("cc")
        .args(["-O2", "-I"])
        .arg(here.join("include"))
        .arg(here.join("benches/verify_loop.c"))
        .arg(built.join("libkeyward.a"))
        .args(["-lpthread", "-ldl", "-lm", "-o"])
        .arg(&program)
        .status();
    assert!(compiled.expect("a C compiler").success());
    let mut c = Command::new(program)
        .args([&VERIFICATIONS.to_string(), LICENSE, VENDOR, &JUNE.to_string()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let (mut ask, mut answer) = (c.stdin.take().unwrap(), c.stdout.take().unwrap());
    let in_c = || {
        ask.write_all(b"?").unwrap();
        answer.read_exact(&mut [0]).expect("an answer of the C program");
    };

    let trusted = [TrustedKey::from_hex(VENDOR).unwrap()];
    let verifier = Verifier::new(&trusted, Product(3));
    let now: DateTime<Utc> = DateTime::from_timestamp_micros(JUNE).unwrap();
    let in_rust = || {
        for _ in 0..VERIFICATIONS {
            let license = verifier.verify(black_box(LICENSE)).unwrap();
            assert!(black_box(license.standing(black_box(now))).is_usable());
        }
    };
    println!(
        "from text to decision, C / Rust: {:.3}",
        ratio_of(Runs { turns: 151, measured: 1, standard: 1 }, in_c, in_rust)
    );
    drop(ask);
    assert!(c.wait().unwrap().success());
}
