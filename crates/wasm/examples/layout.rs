//! Prints the layout of each struct on the target machine, for the npm package.
//!
//! `crates/wasm/build` compiles it for WebAssembly, and compares its output with `crates/wasm/npm/layout.js`.
#![allow(missing_docs, reason = "a module with one function, which a script calls")]

use std::ffi::c_char;
use std::fmt::Write;
use std::mem::offset_of;

use keyward::{
    KW_ABI_VERSION, KW_MARK_SIZE, KW_NEVER, KW_NO_TIME, KW_UNLIMITED_SEATS, KwClaims, KwClock, KwComponent, KwDay,
    KwEntitlement, KwEvidence, KwGrant, KwLimit, KwMachine, KwOutcome, KwReading, KwRepair, KwResult, KwSeats,
    KwStanding, KwStatus,
};

/// The name of a field's type, and the length of an array.
trait Field {
    const KIND: &str;
    const COUNT: usize = 1;
}

macro_rules! kinds {
    ($($type:ty = $kind:literal),*) => { $(impl Field for $type { const KIND: &str = $kind; })* };
}

kinds!(u8 = "u8", u16 = "u16", u32 = "u32", i32 = "i32", u64 = "u64", i64 = "i64", bool = "bool");
kinds!(usize = "size", *const u8 = "size", i8 = "text", KwOutcome = "i32");

impl<T: Field, const N: usize> Field for [T; N] {
    const KIND: &str = T::KIND;
    const COUNT: usize = N;
}

/// The structs and all their fields. A missing field does not compile.
macro_rules! structs {
    ($($type:ident { $($field:ident),* })*) => {
        $(impl Field for $type { const KIND: &str = stringify!($type); })*

        fn structs(layout: &mut String) -> std::fmt::Result {
            $(
                let _ = |whole: $type| { let $type { $($field: _),* } = whole; };
                writeln!(layout, "  {}: {{", stringify!($type))?;
                writeln!(layout, "    size: {},", size_of::<$type>())?;
                writeln!(layout, "    fields: {{")?;
                $(field(layout, stringify!($field), offset_of!($type, $field), |whole: &$type| &whole.$field)?;)*
                writeln!(layout, "    }},\n  }},")?;
            )*
            Ok(())
        }
    };
}

structs! {
    KwDay { year, month, day }
    KwLimit { value, id }
    KwClaims {
        features, serial, product, seats, kind, environment, valid_from, valid_through, updates_through, edition,
        is_locked, limit_count, extension_size, fingerprint, limits, licensee, extension
    }
    KwStanding {
        opens_at, closes_at, grace_closes_at, state, kind, days_left, valid_from, valid_through, grace_through,
        next_reminder, is_usable, has_successor, grace_days, notice, text
    }
    KwRepair { group, typed, expected }
    KwResult {
        outcome, is_usable, claims, standing, digest, key_id, key, repair_count, repairs, message, evidence,
        group_count, unreadable_groups
    }
    KwEvidence {
        serial, has_serial, hint, matching_components, present_components, updates_through, product, environment
    }
    KwGrant { features, seats, is_granted }
    KwEntitlement { outcome, is_usable, index, standing, grant }
    KwClock { clock, built, issued, running, tolerance }
    KwReading { now, behind_by, largest_step, backward_steps, is_suspect }
    KwComponent { bytes, size }
    KwMachine { machine_id, board_id, system_disk, network_card, vendors_own }
    KwSeats { left, over, is_unlimited }
}

fn field<S, F: Field>(layout: &mut String, name: &str, offset: usize, _: fn(&S) -> &F) -> std::fmt::Result {
    writeln!(layout, "      {name}: [{offset}, \"{}\", {}],", F::KIND, F::COUNT)
}

/// The statuses of failed calls.
const STATUSES: &[(&str, KwStatus)] = &[
    ("null-pointer", KwStatus::NullPointer),
    ("out-of-range", KwStatus::OutOfRange),
    ("no-such-day", KwStatus::NoSuchDay),
    ("not-a-public-key", KwStatus::NotAPublicKey),
    ("secret-key", KwStatus::SecretKey),
    ("bad-reminders", KwStatus::BadReminders),
    ("bad-mark", KwStatus::BadMark),
    ("not-newer", KwStatus::NotNewer),
    ("out-of-memory", KwStatus::OutOfMemory),
    ("bug", KwStatus::Bug),
];

/// The layout as a module of JavaScript.
fn javascript() -> Result<String, std::fmt::Error> {
    let mut layout = String::new();
    writeln!(
        layout,
        "// Made by crates/wasm/build from crates/wasm/examples/layout.rs, run in WebAssembly: change that, not this.\n"
    )?;
    writeln!(layout, "export const ABI_VERSION = {KW_ABI_VERSION};")?;
    writeln!(layout, "export const MARK_SIZE = {KW_MARK_SIZE};")?;
    writeln!(layout, "export const NEVER = {KW_NEVER}n;\nexport const NO_TIME = {KW_NO_TIME}n;")?;
    writeln!(layout, "export const UNLIMITED_SEATS = {KW_UNLIMITED_SEATS}n;\n")?;
    writeln!(layout, "/** A status by its number: the reason why a call failed. */\nexport const STATUS = {{")?;
    for (name, status) in STATUSES {
        writeln!(layout, "  {}: \"{name}\",", *status as i32)?;
    }
    writeln!(layout, "}};\n\n/** The structs: each field's offset, type and count. */")?;
    writeln!(layout, "export const LAYOUT = {{")?;
    structs(&mut layout)?;
    writeln!(layout, "}};")?;
    Ok(layout)
}

/// The layout as a text, for a host of the module.
#[allow(unsafe_code, reason = "the host calls it by this name")]
#[unsafe(no_mangle)]
pub extern "C" fn layout() -> *const c_char {
    let text = javascript().ok().and_then(|layout| std::ffi::CString::new(layout).ok());
    text.map_or(c"".as_ptr(), |text| text.into_raw())
}
