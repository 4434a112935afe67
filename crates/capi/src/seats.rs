use std::num::NonZeroU32;

use keyward_verifier::{Quantity, SeatStanding, seat_standing};

use crate::KwStatus;
use crate::boundary::{call, zeroed};

/// The number for seats that are granted.
pub(crate) fn seats_number(granted: Quantity) -> u64 {
    granted.number().map_or(KW_UNLIMITED_SEATS, |granted| granted.get().into())
}

/// As many seats as anyone likes. No seats at all, as of a license that was refused, are 0.
pub const KW_UNLIMITED_SEATS: u64 = u64::MAX;

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

/// How the seats in use stand against those granted: of a `kw_claims`, a `kw_grant`, or `KW_UNLIMITED_SEATS`. A license over
/// its seats is for the product to act on.
///
/// # Safety
///
/// `seats` is NULL or points to a standing that nobody else uses meanwhile.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kw_seat_standing(granted: u64, used: u32, seats: *mut KwSeats) -> KwStatus {
    call(|| {
        // SAFETY: the caller promises it.
        let seats = unsafe { zeroed(seats) }?;
        let granted = match granted {
            KW_UNLIMITED_SEATS => Quantity::Unlimited,
            granted => match NonZeroU32::new(u32::try_from(granted).map_err(|_| KwStatus::OutOfRange)?) {
                Some(granted) => Quantity::Of(granted),
                // None are granted.
                None => {
                    seats.over = used;
                    return Ok(());
                }
            },
        };
        match seat_standing(granted, used) {
            SeatStanding::Within { left } => seats.left = left,
            SeatStanding::Over { by } => seats.over = by.get(),
            SeatStanding::Unlimited => seats.is_unlimited = true,
        }
        Ok(())
    })
}
