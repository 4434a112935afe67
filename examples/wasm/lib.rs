//! Verifies a license key in WebAssembly: no standard library, no allocator, no generated bindings.
//!
//! The host writes a text, the vendor's public keys and a machine's fingerprint to the addresses that [`text`], [`keys`]
//! and [`machine`] return, calls [`verify`], and reads the outcome's code at the address of the text. `check.mjs` is such a
//! host.
#![cfg_attr(target_os = "unknown", no_std)]

use core::sync::atomic::{AtomicU8, Ordering};

use chrono::DateTime;
use keyward_verifier::{Day, Environment, Fingerprint, Product, TrustedKey, Verifier};

// Atomic, since a static that is written has to be: without threads, they are plain loads and stores.
/// One byte more than a text may have, so that a longer one is refused for it.
static TEXT: [AtomicU8; 4097] = [const { AtomicU8::new(0) }; 4097];
static KEYS: [[AtomicU8; 32]; 2] = [const { [const { AtomicU8::new(0) }; 32] }; 2];
static MACHINE: [AtomicU8; 16] = [const { AtomicU8::new(0) }; 16];

/// The address for the text, up to 4,097 bytes of UTF-8, and of the outcome's code after [`verify`].
#[allow(unsafe_code, reason = "the host calls it by this name")]
#[unsafe(no_mangle)]
pub extern "C" fn text() -> *const AtomicU8 {
    TEXT.as_ptr()
}

/// The address for two keys of 32 bytes. If there is only one key, it is written twice.
#[allow(unsafe_code, reason = "the host calls it by this name")]
#[unsafe(no_mangle)]
pub extern "C" fn keys() -> *const [AtomicU8; 32] {
    KEYS.as_ptr()
}

/// The address for the machine's fingerprint, 16 bytes; zeros for none.
#[allow(unsafe_code, reason = "the host calls it by this name")]
#[unsafe(no_mangle)]
pub extern "C" fn machine() -> *const AtomicU8 {
    MACHINE.as_ptr()
}

/// Verifies `len` bytes of text, trusting the first `keys` keys, for that product and environment (0 production,
/// 1 staging, 2 development), in a version released `released` days after 2020-01-01 (negative if the day is not known),
/// and computes its standing at `now`, in seconds since 1970.
///
/// Writes the stable code of the outcome over the text and returns its length: `active`, `expired`, `wrong-product`, …;
/// `misconfigured` if the mistake is in the product and not in the text.
#[allow(unsafe_code, reason = "the host calls it by this name")]
#[unsafe(no_mangle)]
pub extern "C" fn verify(len: usize, keys: usize, product: u32, environment: u32, released: i32, now: i64) -> usize {
    let code = outcome(len, keys, product, environment, released, now).unwrap_or("misconfigured");
    for (place, byte) in TEXT.iter().zip(code.bytes()) {
        place.store(byte, Ordering::Relaxed);
    }
    code.len()
}

fn outcome(len: usize, keys: usize, product: u32, environment: u32, released: i32, now: i64) -> Option<&'static str> {
    let [first, second] = &KEYS;
    let trusted = [TrustedKey::from_bytes(&copy(first)).ok()?, TrustedKey::from_bytes(&copy(second)).ok()?];
    let mut verifier = Verifier::new(trusted.get(..keys)?, Product(product)).environment(match environment {
        0 => Environment::Production,
        1 => Environment::Staging,
        2 => Environment::Development,
        _ => return None,
    });
    let machine = copy(&MACHINE);
    if machine != [0; 16] {
        verifier = verifier.machine(Fingerprint::from_bytes(machine).ok()?);
    }
    if let Ok(released) = u32::try_from(released) {
        verifier = verifier.released(Day::from_number(released)?);
    }
    let now = DateTime::from_timestamp(now, 0)?;
    let typed = copy(&TEXT);
    let Ok(typed) = core::str::from_utf8(typed.get(..len)?) else {
        return Some("malformed");
    };
    Some(match verifier.verify(typed) {
        Ok(license) => license.standing(now).code(),
        Err(refusal) => refusal.code(),
    })
}

/// The bytes that the host has written.
fn copy<const LEN: usize>(from: &[AtomicU8; LEN]) -> [u8; LEN] {
    from.each_ref().map(|byte| byte.load(Ordering::Relaxed))
}

#[cfg(target_os = "unknown")]
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}
