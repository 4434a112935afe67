use std::num::NonZeroU32;

use keyward_verifier::{SeatStanding, seat_standing};

use crate::KwStatus;
use crate::boundary::{call, zeroed};

/// How seats in use stand against those granted.
#[repr(C)]
#[derive(Debug, Clone, Copy, Default)]
pub struct KwSeats {
    /// Seats that are free, if they are limited.
    pub left: u32,
    /// Seats in use beyond those granted.
    pub over: u32,
    /// Whether there are as many as anyone likes.
    pub is_unlimited: bool,
}

/// How the seats in use stand against those granted, of which 0 is unlimited. A license over its seats is for the product to
/// act on.
///
/// # Safety
///
/// `seats` is NULL or points to a standing that nobody else uses meanwhile.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kw_seat_standing(granted: u32, used: u32, seats: *mut KwSeats) -> KwStatus {
    call(|| {
        // SAFETY: the caller promises it.
        *unsafe { zeroed(seats) }? = match seat_standing(NonZeroU32::new(granted), used) {
            SeatStanding::Within { left } => KwSeats { left, ..KwSeats::default() },
            SeatStanding::Over { by } => KwSeats { over: by.get(), ..KwSeats::default() },
            SeatStanding::Unlimited => KwSeats { is_unlimited: true, ..KwSeats::default() },
        };
        Ok(())
    })
}
