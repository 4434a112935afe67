//! The compiler or interpreter of each language reads the constants, and finds the numbers of the catalogue.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

// The verifier re-exports these types.
extern crate keyward_core as keyward_verifier;

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use keyward_core::{Edition, Feature, Product};
use keyward_testing::skip::skip;

#[path = "constants/awkward.rs"]
mod awkward;
#[path = "constants/example.rs"]
mod example;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/constants")
}

#[test]
fn rust_has_the_numbers_with_their_types() {
    assert_eq!(example::studio::PRODUCT, Product(3));
    assert_eq!(example::studio::EDITION_PRO, Edition(2));
    assert_eq!(example::studio::FEATURE_PLUG_INS, Feature::new(2));
    assert_eq!(example::studio::LIMIT_PROJECTS, 1_u8);
    assert_eq!(example::studio::REMINDER_DAYS, [30, 14, 7]);
    assert_eq!(awkward::self_::PRODUCT, Product(u32::MAX));
    assert_eq!(awkward::self_::EDITION_X86_64, Edition(u16::MAX));
    assert_eq!(awkward::none::REMINDER_DAYS, [0; 0]);
}

#[test]
fn c_has_the_numbers() {
    let program = "\
        static const unsigned days[STUDIO_REMINDER_DAYS_COUNT] = STUDIO_REMINDER_DAYS;\n\
        static const unsigned day[] = SELF_REMINDER_DAYS;\n\
        int main(void) {\n\
            return STUDIO_PRODUCT == 3u && STUDIO_EDITION_PRO == 2u && STUDIO_FEATURE_PLUG_INS == 2u\n\
                && STUDIO_LIMIT_PROJECTS == 1u && days[1] == 14u && day[0] == 0u && SELF_PRODUCT == 4294967295u\n\
                && NONE_REMINDER_DAYS_COUNT == 0u && A1_EDITION_PRODUCT == 2u && A1_EDITION_PRODUCT_ == 12u ? 0 : 1;\n\
        }\n";
    let sources = ["example.h", "awkward.h"].map(|header| fs::read_to_string(folder().join(header)).unwrap());
    let both = format!("{}#undef KEYWARD_CATALOG_H\n{}{program}", sources[0], sources[1]);
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    let (source, compiled) = (folder.join("constants.c"), folder.join("constants"));
    fs::write(&source, both).unwrap();
    let mut cc = Command::new("cc");
    cc.args(["-std=c99", "-Wall", "-Wextra", "-Werror", "-pedantic", "-o"]);
    if passes("cc", cc.arg(&compiled).arg(&source)) {
        assert!(Command::new(&compiled).status().unwrap().success(), "a number differs in C");
    }
}

#[test]
fn python_has_the_numbers() {
    let program = "\
        import example, awkward\n\
        assert (example.Studio.PRODUCT, example.Studio.EDITION_PRO, example.Studio.LIMIT_PROJECTS) == (3, 2, 1)\n\
        assert example.Studio.REMINDER_DAYS == (30, 14, 7)\n\
        assert (awkward.Self.FEATURE_CLASS, awkward.Self.REMINDER_DAYS) == (63, (0,))\n\
        assert (awkward.None_.PRODUCT, awkward.None_.REMINDER_DAYS) == (0, ())\n\
        assert (awkward.A_1.PRODUCT, awkward.A1.PRODUCT) == (10, 11)\n";
    passes("python3", Command::new("python3").args(["-B", "-c", program]).current_dir(folder()));
}

#[test]
fn javascript_has_the_numbers() {
    let program = "\
        import { STUDIO } from './example.mjs';\n\
        import { SELF, NONE, OBJECT, A_1, A1 } from './awkward.mjs';\n\
        import { deepStrictEqual as same } from 'node:assert';\n\
        same([STUDIO.PRODUCT, STUDIO.EDITION_PRO, STUDIO.LIMIT_PROJECTS], [3, 2, 1]);\n\
        same([...STUDIO.REMINDER_DAYS], [30, 14, 7]);\n\
        same([SELF.PRODUCT, SELF.FEATURE_CLASS, NONE.PRODUCT, OBJECT.PRODUCT], [4294967295, 63, 0, 1]);\n\
        same([A_1.PRODUCT, A1.PRODUCT, NONE.REMINDER_DAYS.length], [10, 11, 0]);\n\
        same(Object.isFrozen(STUDIO), true);\n";
    let command = &mut Command::new("node");
    passes("node", command.args(["--input-type=module", "-e", program]).current_dir(folder()));
}

/// Runs a program, which has to succeed. False, with a note, if it is not installed.
fn passes(name: &str, command: &mut Command) -> bool {
    match command.output() {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            skip("constants", &format!("there is no {name}"));
            false
        }
        ran => {
            let output = ran.unwrap();
            assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
            true
        }
    }
}
