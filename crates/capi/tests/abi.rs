//! `tests/abi.txt` has the layout of every struct and the meaning of every number that compiled programs rely on.
//!
//! A change of a line needs a new `KW_ABI_VERSION`, which also changes the name of the shared library (build.rs). A new
//! field needs one too, because programs allocate room for the fields that they know. A new struct or number needs none.
//! `KEYWARD_EXPECTED=overwrite` writes it.
#![cfg(target_pointer_width = "64")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::fmt::Write;
use std::mem::offset_of;
use std::process::Command;

use keyward::*;
use keyward_testing::skip::has_programs;
use keyward_verifier::Outcome;
use support::succeeds;

/// A struct's size, and each field's offset and size. A missing field does not compile.
macro_rules! layout {
    ($($struct:ident as $name:literal { $($field:ident),* })*) => {
        fn layouts() -> String {
            let mut table = String::new();
            $({
                fn _all_fields($struct { $($field: _),* }: &$struct) {}
                writeln!(table, "{}: size {}, alignment {}", $name, size_of::<$struct>(), align_of::<$struct>()).unwrap();
                $(
                    let (offset, size) = (offset_of!($struct, $field), size_of_field(|it: &$struct| &it.$field));
                    writeln!(table, "{}.{}: offset {offset}, size {size}", $name, stringify!($field)).unwrap();
                )*
            })*
            table
        }
    };
}

layout! {
    KwDay as "kw_day" { year, month, day }
    KwLimit as "kw_limit" { value, id }
    KwClaims as "kw_claims" {
        features, serial, product, seats, kind, environment, valid_from, valid_through, updates_through, edition,
        is_locked, limit_count, extension_size, fingerprint, limits, licensee, extension
    }
    KwStanding as "kw_standing" {
        opens_at, closes_at, grace_closes_at, state, kind, days_left, valid_from, valid_through, grace_through,
        next_reminder, is_usable, has_successor, grace_days, notice, text
    }
    KwRepair as "kw_repair" { group, typed, expected }
    KwResult as "kw_result" {
        outcome, is_usable, claims, standing, digest, key_id, key, repair_count, repairs, message, evidence,
        group_count, unreadable_groups
    }
    KwEvidence as "kw_evidence" {
        serial, has_serial, hint, matching_components, present_components, updates_through, product, environment
    }
    KwGrant as "kw_grant" { features, seats, is_granted }
    KwEntitlement as "kw_entitlement" { outcome, is_usable, index, standing, grant }
    KwClock as "kw_clock" { clock, built, issued, running, tolerance }
    KwReading as "kw_reading" { now, behind_by, largest_step, backward_steps, is_suspect }
    KwComponent as "kw_component" { bytes, size }
    KwMachine as "kw_machine" { machine_id, board_id, system_disk, network_card, vendors_own }
    KwSeats as "kw_seats" { left, over, is_unlimited }
}

fn size_of_field<T, F>(_: impl Fn(&T) -> &F) -> usize {
    size_of::<F>()
}

macro_rules! numbers {
    ($($enum:ident::$variant:ident as $name:ident),* $(,)?) => {
        [$((stringify!($name), $enum::$variant as i32)),*]
    };
}

fn table() -> String {
    let mut table = format!("KW_ABI_VERSION: number {KW_ABI_VERSION}\n") + &layouts();
    let numbers = numbers! {
        KwStatus::Ok as KW_STATUS_OK, KwStatus::NullPointer as KW_STATUS_NULL_POINTER,
        KwStatus::OutOfRange as KW_STATUS_OUT_OF_RANGE, KwStatus::NoSuchDay as KW_STATUS_NO_SUCH_DAY,
        KwStatus::NotAPublicKey as KW_STATUS_NOT_A_PUBLIC_KEY, KwStatus::SecretKey as KW_STATUS_SECRET_KEY,
        KwStatus::BadReminders as KW_STATUS_BAD_REMINDERS, KwStatus::BadMark as KW_STATUS_BAD_MARK,
        KwStatus::NotNewer as KW_STATUS_NOT_NEWER, KwStatus::OutOfMemory as KW_STATUS_OUT_OF_MEMORY,
        KwStatus::Bug as KW_STATUS_BUG,
        KwOutcome::None as KW_OUTCOME_NONE,
    };
    let sizes = [
        ("KW_MAX_LIMITS", KW_MAX_LIMITS),
        ("KW_MARK_SIZE", KW_MARK_SIZE),
        ("KW_KEY_SIZE", KW_KEY_SIZE),
        ("KW_MESSAGE_SIZE", KW_MESSAGE_SIZE),
        ("KW_MAX_REPAIRS", KW_MAX_REPAIRS),
        ("KW_STANDING_SIZE", KW_STANDING_SIZE),
    ];
    for (name, number) in numbers {
        writeln!(table, "{name}: number {number}").unwrap();
    }
    for outcome in Outcome::ALL {
        let name = outcome.code().replace('-', "_").to_uppercase();
        writeln!(table, "KW_OUTCOME_{name}: number {}", outcome.number()).unwrap();
    }
    for (name, number) in sizes {
        writeln!(table, "{name}: number {number}").unwrap();
    }
    table
}

#[test]
fn the_layout_is_the_one_that_programs_were_compiled_with() {
    let path = format!("{}/tests/abi.txt", env!("CARGO_MANIFEST_DIR"));
    let found = table();
    if std::env::var_os("KEYWARD_EXPECTED").is_some_and(|expected| expected == "overwrite") {
        std::fs::write(&path, &found).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap();
    for (found, committed) in found.lines().zip(committed.lines()) {
        assert_eq!(
            found, committed,
            "if that is meant, raise KW_ABI_VERSION: KEYWARD_EXPECTED=overwrite writes abi.txt"
        );
    }
    assert_eq!(found, committed);
}

#[test]
fn the_layout_in_c_is_the_same() {
    if !has_programs("the layout in C", &["gcc"]) {
        return;
    }
    let mut source = "#include <stddef.h>\n#include \"keyward.h\"\n".to_owned();
    for line in table().lines() {
        let (name, facts) = line.split_once(": ").unwrap();
        for fact in facts.split(", ") {
            let (fact, number) = fact.split_once(' ').unwrap();
            let (of, field) = name.split_once('.').unwrap_or((name, ""));
            let found = match (fact, field) {
                ("number", _) => name.to_owned(),
                ("alignment", _) => format!("_Alignof({name})"),
                ("size", "") => format!("sizeof({name})"),
                ("size", field) => format!("sizeof((({of} *)0)->{field})"),
                _ => format!("offsetof({of}, {field})"),
            };
            writeln!(source, "_Static_assert({found} == {number}, \"{line}\");").unwrap();
        }
    }
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let program = folder.path().join("abi.c");
    std::fs::write(&program, source).unwrap();
    let include = concat!(env!("CARGO_MANIFEST_DIR"), "/include");
    succeeds(Command::new("gcc").args(["-std=c11", "-Wall", "-Werror", "-fsyntax-only", "-I", include]).arg(program));
}
