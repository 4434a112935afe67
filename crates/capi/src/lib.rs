//! The verifier for license keys as a C library, `libkeyward`. `include/keyward.h` declares it.
//!
//! A thin layer over `keyward-verifier`, with its words, codes and decisions. Rust programs use that crate; this one is for
//! all programs that call C. There is one way from a text to a decision, [`kw_verify`], which always checks the signature:
//! no struct that a program keeps or fills in counts as a license.
//!
//! - [`KwStatus`] shows whether the arguments of a call were valid. A NULL pointer, a number out of range or a file without
//!   a public key is not.
//! - [`KwOutcome`] is the result of a call with valid arguments: `active`, `expired`, `wrong-product`. Expiry, grace and
//!   refusals are results.
//!
//! All results are copied into memory of the caller: plain structs of fixed size, without pointers. Only a [`KwVerifier`]
//! is allocated for the caller; without memory for it, the program ends. There is no other state: no globals, no last
//! error. Once it is set up, a verifier may be used by any number of threads at once.

#![warn(unreachable_pub)]

// Each module may use those to its left; tests/arrows.rs checks that.
//
//     memory, outcome, status, text ← boundary, day ← machine, seats ← claims ← standing, verifier ←
//     entitlement, result ← clock
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

/// The version of this interface. It changes whenever a struct, a number or a meaning changes. A program compares
/// `kw_abi_version` with the `KW_ABI_VERSION` of the header that it was compiled with.
pub const KW_ABI_VERSION: u32 = 1;

/// The version of the interface of the library.
#[unsafe(no_mangle)]
pub extern "C" fn kw_abi_version() -> u32 {
    KW_ABI_VERSION
}
