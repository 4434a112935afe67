//! Programs in C and C++ use the library: their output, their memory under valgrind, and every way of linking.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod support;

use std::process::{Command, Output};

use keyward_testing::extent;
use keyward_testing::skip::has_programs;
use support::{Installed, Linked, succeeds, text, with_input};

const LICENSE: &str = "K7PM4-00108-1G818-60W40-60GSJ-08YT0-G7V4F-FYP6K-KG98Y-Z9E8E-G0HT7-BS0HQ-VDC80-VHRAB-CED8J-\
    M9TJZ-A9AHX-JPA40-2K3CY-F52Z2-ZY7GB-8Y7M3-SRBW8-VE3BH-4SMAG-4PZG8-D7E18-M1PYP-Z2M87-49VV3";
/// 15 June, 20 December, 4 January and 1 February: active, expiring soon, in grace, expired.
const TIMES: [&str; 4] = ["1781524800", "1797768000", "1799064000", "1801483200"];

#[test]
fn the_example_in_c_prints_what_a_product_needs() {
    let Some(installed) = Installed::where_there_are("the example in C", &["gcc", "pkg-config", "rustc"]) else {
        return;
    };
    for linked in Linked::in_every_way("the example in C") {
        let program = installed.program("../../examples/c/verify.c", linked);
        let told = |typed: &str, time| answer(with_input(installed.run(&program).arg(time), typed));
        assert_eq!(
            told(LICENSE, TIMES[0]),
            (0, "active: active through 2026-12-31, 199 days left\nexport is licensed\n".into())
        );
        assert_eq!(told(LICENSE, TIMES[1]).0, 0);
        assert!(told(LICENSE, TIMES[1]).1.starts_with("expiring-soon: "));
        assert_eq!(told(LICENSE, TIMES[2]).0, 0);
        assert!(told(LICENSE, TIMES[2]).1.starts_with("in-grace: "));
        assert_eq!(told(LICENSE, TIMES[3]).0, 21);
        assert!(told(LICENSE, TIMES[3]).1.starts_with("expired: "));
        let mistyped = LICENSE.replace("60GSJ", "606SJ");
        assert!(told(&mistyped, TIMES[0]).1.starts_with("group 5 is 60GSJ, not 606SJ\nactive: "));
        assert_eq!(told(&LICENSE[..40], TIMES[0]).0, 10);
        assert!(told(&LICENSE[..40], TIMES[0]).1.starts_with("malformed: the license key ends too early: "));
    }
}

#[test]
fn the_wrapper_for_cpp_passes_everything_on() {
    let Some(installed) = Installed::where_there_are("the wrapper for C++", &["gcc", "g++", "pkg-config", "rustc"])
    else {
        return;
    };
    for linked in Linked::in_every_way("the wrapper for C++") {
        let program = installed.program("tests/c/wrapper.cpp", linked);
        succeeds(&mut installed.run(&program));
    }
}

#[test]
fn the_example_in_cpp_says_which_license_counts() {
    let Some(installed) = Installed::where_there_are("the example in C++", &["gcc", "g++", "pkg-config", "rustc"])
    else {
        return;
    };
    for linked in Linked::in_every_way("the example in C++") {
        let program = installed.program("../../examples/cpp/verify.cpp", linked);
        let told = |typed: &str, time| answer(with_input(installed.run(&program).arg(time), typed));
        let two = format!("hello\n{LICENSE}\n");
        let (code, said) = told(&two, TIMES[0]);
        assert_eq!(code, 0, "{said}");
        assert!(said.starts_with("malformed: this is not a license key"), "{said}");
        assert!(said.ends_with("to be reminded of on 2026-12-1\nwhat counts is line 2, active\n"), "{said}");
        assert_eq!(told(&two, TIMES[3]).0, 21);
        assert_eq!(told("hello", TIMES[0]).0, 1);
    }
}

#[test]
fn the_examples_free_their_memory_and_read_no_byte_too_many() {
    let tools = ["gcc", "g++", "valgrind", "pkg-config", "rustc"];
    let Some(installed) = Installed::where_there_are("the examples under valgrind", &tools) else { return };
    let mistyped = LICENSE.replace("60GSJ", "606SJ");
    let ways = [Linked::Dynamically, Linked::Statically];
    let questions = [(mistyped.as_str(), TIMES[0], 0), (LICENSE, TIMES[0], 0), (LICENSE, TIMES[3], 21)];
    // Each run under valgrind takes more than a second, and a repair reaches the most code.
    let (ways, questions) = extent((&ways[..1], &questions[..1]), (&ways[..], &questions[..]));
    for source in ["../../examples/c/verify.c", "../../examples/cpp/verify.cpp"] {
        for linked in ways {
            let program = installed.program(source, *linked);
            for (typed, time, code) in questions {
                let output = with_input(installed.valgrind(&program).arg(time), typed);
                assert_eq!(output.status.code(), Some(*code), "{source}: {}", text(output.stderr));
                assert_eq!(text(output.stderr), "", "{source}");
            }
        }
    }
}

#[test]
fn every_mistake_of_a_caller_is_reported_and_changes_no_memory() {
    let Some(installed) = Installed::where_there_are("hostile callers", &["gcc", "pkg-config", "rustc"]) else {
        return;
    };
    let program = installed.program("tests/c/hostile.c", Linked::Statically);
    // The size of the program's largest text in bytes.
    succeeds(installed.run(&program).arg(extent("10000000", "100000000")));
    if has_programs("hostile callers under valgrind", &["valgrind"]) {
        succeeds(installed.valgrind(&program).arg(extent("10000", "1000000")));
    }
}

#[test]
fn threads_may_share_a_verifier() {
    let Some(installed) = Installed::where_there_are("threads", &["gcc", "pkg-config", "rustc"]) else { return };
    let program = installed.program("tests/c/threads.c", Linked::Dynamically);
    succeeds(&mut installed.run(&program));
    if has_programs("threads under valgrind", &["valgrind"]) {
        succeeds(&mut installed.valgrind(&program));
    }
}

#[test]
fn only_what_the_header_declares_is_exported() {
    let Some(installed) = Installed::where_there_are("exported symbols", &["gcc", "nm", "readelf", "rustc"]) else {
        return;
    };
    let library = installed.path("lib/libkeyward.so");
    let symbols = text(succeeds(Command::new("nm").args(["-D", "--defined-only", "-f", "posix"]).arg(&library)).stdout);
    let mut exported: Vec<&str> = symbols.lines().map(|line| line.split(' ').next().unwrap()).collect();
    let header = Command::new("gcc").args(["-E", "-P"]).arg(installed.path("include/keyward.h")).output().unwrap();
    let header = text(header.stdout);
    let before_parentheses = header.split('(').map(|before| before.rsplit([' ', '*', '\n']).next().unwrap());
    let mut declared: Vec<&str> = before_parentheses.filter(|name| name.starts_with("kw_")).collect();
    exported.sort_unstable();
    declared.sort_unstable();
    assert_eq!(exported, declared);
    let dynamic = text(succeeds(Command::new("readelf").arg("-d").arg(&library)).stdout);
    assert!(dynamic.contains(&format!("Library soname: [libkeyward.so.{}]", keyward::KW_ABI_VERSION)), "{dynamic}");
}

/// The exit code and the output.
fn answer(output: Output) -> (i32, String) {
    assert_eq!(text(output.stderr), "");
    (output.status.code().unwrap(), text(output.stdout))
}
