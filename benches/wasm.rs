//! Compares one verification by the npm package in Node.js with one by the verifier in Rust, each with its standing.
//!
//! `crates/wasm/build`, then `cargo bench -p keyward-benches --bench wasm`. `KEYWARD_PACKAGE` names a folder with the
//! package, in place of that of `crates/wasm/build`.
#![allow(missing_docs, reason = "a program")]
#![allow(clippy::unwrap_used, reason = "a benchmark stops by panicking")]

use std::ffi::OsString;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use keyward_benches::{Rounds, ratio};
use keyward_verifier::{Product, TrustedKey, Verifier};

/// The number of verifications in one request, so that each has only a small part of the time of the request.
const AT_ONCE: u32 = 20;
const VENDOR: &str = "03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8";
const TYPED: &str = "K7PM4-00108-1G818-60W40-60GSJ-08YT0-G7V4F-FYP6K-KG98Y-Z9E8E-G0HT7-BS0HQ-VDC80-VHRAB-CED8J-\
                     M9TJZ-A9AHX-JPA40-2K3CY-F52Z2-ZY7GB-8Y7M3-SRBW8-VE3BH-4SMAG-4PZG8-D7E18-M1PYP-Z2M87-49VV3";

fn main() {
    let trusted = [TrustedKey::from_hex(VENDOR).unwrap()];
    let verifier = Verifier::new(&trusted, Product(3));
    let now = "2026-06-15T00:00:00Z".parse().unwrap();
    for (mistakes, typed) in
        [("without mistakes", TYPED.into()), ("with one group to repair", TYPED.replace("60GSJ", "606SJ"))]
    {
        let mut node = Command::new("node")
            .args([Path::new(env!("CARGO_MANIFEST_DIR")).join("wasm.mjs").into(), package(), typed.clone().into()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut asks = node.stdin.take().unwrap();
        let mut answers = BufReader::new(node.stdout.take().unwrap()).lines();
        let in_wasm = || {
            writeln!(asks, "{AT_ONCE}").unwrap();
            assert_eq!(answers.next().unwrap().unwrap(), "active");
        };
        let in_rust = || verifier.verify(&typed).unwrap().standing(now).is_usable();
        let many = ratio(Rounds { pairs: 151, measured: 1, standard: AT_ONCE }, in_wasm, in_rust);
        println!("a verification {mistakes}, npm package / Rust: {:.1}", many.over(f64::from(AT_ONCE)));
        drop(asks);
        node.wait().unwrap();
    }
}

fn package() -> OsString {
    let built = || Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("wasm").join("package").into();
    std::env::var_os("KEYWARD_PACKAGE").unwrap_or_else(built)
}
