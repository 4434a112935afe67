//! Verifies a license key on a microcontroller: no standard library, no allocator, no operating system.
//!
//! ```sh
//! cargo build --profile small -p keyward-bare-metal --target thumbv7em-none-eabi
//! ```
//!
//! Profile `small` is in the workspace's Cargo.toml. `.ci/sizes` builds with it and leaves out panic messages as well;
//! `stack.py` measures how deep the stack gets.
//!
//! On a computer, the same program prints its result.
#![cfg_attr(target_os = "none", no_std, no_main)]

use core::hint::black_box;

use chrono::DateTime;
use keyward_verifier::{Product, TrustedKey, Verifier};

/// The vendor's public key, in the firmware.
const VENDOR: [u8; 32] = [
    0x03, 0xA1, 0x07, 0xBF, 0xF3, 0xCE, 0x10, 0xBE, 0x1D, 0x70, 0xDD, 0x18, 0xE7, 0x4B, 0xC0, 0x99, 0x67, 0xE4, 0xD6,
    0x30, 0x9B, 0xA5, 0x0D, 0x5F, 0x1D, 0xDC, 0x86, 0x64, 0x12, 0x55, 0x31, 0xB8,
];

/// A key typed on the panel, with a 6 for the G in the fifth group.
const TYPED: &str = "
    K7PM4-00108-1G818-60W40-606SJ-08YT0
    G7V4F-FYP6K-KG98Y-Z9E8E-G0HT7-BS0HQ
    VDC80-VHRAB-CED8J-M9TJZ-A9AHX-JPA40
    2K3CY-F52Z2-ZY7GB-8Y7M3-SRBW8-VE3BH
    4SMAG-4PZG8-D7E18-M1PYP-Z2M87-49VV3";

/// The clock's seconds since 1970.
const CLOCK: i64 = 1_780_000_000;

/// The stable code of the outcome: `active`, `expired`, `wrong-product`, …
fn outcome(typed: &str, clock: i64) -> &'static str {
    let (Ok(vendor), Some(now)) = (TrustedKey::from_bytes(&VENDOR), DateTime::from_timestamp(clock, 0)) else {
        return "misconfigured";
    };
    match Verifier::new(&[vendor], Product(3)).verify(typed) {
        Ok(license) => license.standing(now).code(),
        Err(refusal) => refusal.code(),
    }
}

#[cfg(not(target_os = "none"))]
fn main() {
    println!("{}", outcome(black_box(TYPED), black_box(CLOCK)));
}

#[cfg(target_os = "none")]
mod firmware {
    use super::{CLOCK, TYPED, black_box, outcome};

    /// The entry point, to which the processor jumps when the stack is set.
    #[allow(unsafe_code, reason = "the linker begins at this name")]
    #[unsafe(no_mangle)]
    extern "C" fn _start() -> ! {
        black_box(outcome(black_box(TYPED), black_box(CLOCK)));
        loop {
            core::hint::spin_loop();
        }
    }

    #[panic_handler]
    fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
        loop {
            core::hint::spin_loop();
        }
    }
}
