//! The verifier for license keys as a C library, `libkeyward`: what `include/keyward.h` declares.
//!
//! A thin layer over `keyward-verifier`, with its words, codes and decisions. Rust programs want that crate; this one is
//! for everything that calls C. There is one way from a text to a decision, [`kw_verify`], which always checks the
//! signature: no struct that a program holds, fills in or keeps can stand for a license.
//!
//! - [`KwStatus`] says whether a call could be made: a NULL pointer, a number out of range, a key that is none.
//! - [`KwOutcome`] says what came out of it: `active`, `expired`, `wrong-product`. Expiry, grace and refusals are results.
//!
//! Everything that comes back is copied into memory that the caller has: plain structs of fixed size, without pointers.
//! The one thing that is allocated for the caller is a [`KwVerifier`]; without memory for it the program ends. There is no state but that: no globals, no errors to ask for later.
//! A verifier that is no longer being set up may be used by any number of threads at once.

#![warn(unreachable_pub)]

mod boundary;
mod claims;
mod clock;
mod day;
mod entitlement;
mod machine;
#[cfg(target_family = "wasm")]
mod memory;
mod outcome;
mod result;
mod seats;
mod standing;
mod status;
mod text;
mod verifier;

pub use claims::{KW_MAX_LIMITS, KwClaims, KwLimit};
pub use clock::{KW_MARK_SIZE, KwClock, KwReading, kw_mark_new, kw_mark_recover, kw_read_clock};
pub use day::{KW_NEVER, KW_NO_TIME, KwDay, KwTime};
pub use entitlement::{KwEntitlement, KwGrant, kw_combine};
pub use machine::{KwComponent, KwMachine, kw_fingerprint};
#[cfg(target_family = "wasm")]
pub use memory::{kw_alloc, kw_dealloc};
pub use outcome::{KwOutcome, kw_code};
pub use result::{KW_KEY_SIZE, KW_MAX_REPAIRS, KW_MESSAGE_SIZE, KwEvidence, KwRepair, KwResult, kw_verify};
pub use seats::{KW_UNLIMITED_SEATS, KwSeats, kw_seat_standing};
pub use standing::{KW_STANDING_SIZE, KwStanding};
pub use status::{KwStatus, kw_strerror};
pub use verifier::{
    KwVerifier, kw_verifier_free, kw_verifier_new, kw_verifier_refuse_damaged, kw_verifier_set_environment,
    kw_verifier_set_machine, kw_verifier_set_released, kw_verifier_set_reminders, kw_verifier_trust,
};

/// The version of this interface, which changes whenever a struct, a number or a meaning does. A program compares it with
/// `KW_ABI_VERSION` of the header that it was compiled with.
pub const KW_ABI_VERSION: u32 = 1;

/// The version of the interface that the library has.
#[unsafe(no_mangle)]
pub extern "C" fn kw_abi_version() -> u32 {
    KW_ABI_VERSION
}
