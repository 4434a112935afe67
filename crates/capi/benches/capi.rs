//! Compares a verification in C, from text to decision, with the same in Rust.
//!
//! The loop in C is compiled with this build's libkeyward.a into a shared object, and loaded: both sides run in one thread.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a benchmark stops by panicking")]

use std::ffi::{CString, c_char, c_int, c_long, c_void};
use std::hint::black_box;
use std::path::Path;
use std::process::Command;

use chrono::{DateTime, Utc};
use keyward_benches::{Rounds, ratio};
use keyward_verifier::{License, Product, Standing, TrustedKey, Verifier};

const VENDOR: &str = "03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8";
const LICENSE: &str = "K7PM4-00108-1G818-60W40-60GSJ-08YT0-G7V4F-FYP6K-KG98Y-Z9E8E-G0HT7-BS0HQ-VDC80-VHRAB-CED8J-\
    M9TJZ-A9AHX-JPA40-2K3CY-F52Z2-ZY7GB-8Y7M3-SRBW8-VE3BH-4SMAG-4PZG8-D7E18-M1PYP-Z2M87-49VV3";
/// 2026-06-15T12:00:00Z, in microseconds.
const JUNE: i64 = 1_781_524_800_000_000;
const ROUNDS: Rounds = Rounds { pairs: 3001, measured: 1, standard: 1 };
const VERIFICATIONS: c_long = 25;

type SetUp = unsafe extern "C" fn(u32, *const c_char) -> *mut c_void;
type VerifyLoop = unsafe extern "C" fn(*const c_void, *const c_char, usize, i64, c_long) -> c_int;

unsafe extern "C" {
    fn dlopen(path: *const c_char, flags: c_int) -> *mut c_void;
    fn dlsym(library: *mut c_void, name: *const c_char) -> *mut c_void;
}

fn main() {
    let library = compiled_loop();
    let vendor = CString::new(VENDOR).unwrap();
    // SAFETY: the types are those of verify_loop.c.
    let (set_up, verify_loop) = unsafe {
        let set_up: SetUp = std::mem::transmute(symbol(library, "set_up"));
        let verify_loop: VerifyLoop = std::mem::transmute(symbol(library, "verify_loop"));
        (set_up, verify_loop)
    };
    // SAFETY: the text ends with a zero byte.
    let handle = unsafe { set_up(3, vendor.as_ptr()) };
    assert!(!handle.is_null());
    let in_c = || {
        // SAFETY: the verifier was set up, and the text has that many bytes.
        let refused =
            unsafe { verify_loop(handle, black_box(LICENSE).as_ptr().cast(), LICENSE.len(), JUNE, VERIFICATIONS) };
        assert_eq!(refused, 0);
    };

    let trusted = [TrustedKey::from_hex(VENDOR).unwrap()];
    let verifier = Verifier::new(&trusted, Product(3));
    let now: DateTime<Utc> = DateTime::from_timestamp_micros(JUNE).unwrap();
    let in_rust = |ask: &dyn Fn(&License, &Standing)| {
        for _ in 0..VERIFICATIONS {
            let license = verifier.verify(black_box(LICENSE)).unwrap();
            let standing = license.standing(black_box(now));
            assert!(standing.is_usable());
            ask(black_box(&license), &standing);
        }
    };
    let decision = || in_rust(&|_, _| ());
    let as_much = || {
        in_rust(&|license, standing| {
            black_box((license.key().to_string(), license.digest(), standing.to_string(), license.claims().clone()));
        });
    };
    println!("from text to decision, C / Rust:                       {}", ratio(ROUNDS, in_c, decision));
    println!("the same, where Rust also makes the texts and the digest: {}", ratio(ROUNDS, in_c, as_much));
}

/// Loads the loop in C. It stays loaded until the program ends.
fn compiled_loop() -> *mut c_void {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let built = std::env::current_exe().unwrap();
    let built = built.parent().unwrap();
    let shared = built.join("verify_loop.so");
    let compiled = Command::new("cc")
        .args(["-O2", "-shared", "-fPIC", "-I"])
        .arg(here.join("include"))
        .arg(here.join("benches/verify_loop.c"))
        .arg(built.join("libkeyward.a"))
        .args(["-lpthread", "-ldl", "-lm", "-o"])
        .arg(&shared)
        .status();
    assert!(compiled.expect("a C compiler").success());
    let path = CString::new(shared.to_str().unwrap()).unwrap();
    // SAFETY: the path ends with a zero byte; 2 is RTLD_NOW.
    let library = unsafe { dlopen(path.as_ptr(), 2) };
    assert!(!library.is_null());
    library
}

fn symbol(library: *mut c_void, name: &str) -> *mut c_void {
    let name = CString::new(name).unwrap();
    // SAFETY: the library was loaded, and the name ends with a zero byte.
    let symbol = unsafe { dlsym(library, name.as_ptr()) };
    assert!(!symbol.is_null());
    symbol
}
