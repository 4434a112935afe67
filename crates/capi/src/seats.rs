use std::num::NonZeroU32;

use keyward_verifier::{Quantity, SeatStanding, seat_standing};

use crate::KwStatus;
use crate::boundary::{call, zeroed};

/// The number for seats that are granted.
pub(crate) fn seats_number(granted: Quantity) -> u64 {
    granted.number().map_or(KW_UNLIMITED_SEATS, |granted| granted.get().into())
}

/// Unlimited seats. A refused license has 0.
pub const KW_UNLIMITED_SEATS: u64 = u64::MAX;

/// The seats in use compared with the seats granted.
#[repr(C)]
#[derive(Debug, Clone, Copy, Default)]
pub struct KwSeats {
    /// The free seats, if they are limited.
    pub left: u32,
    /// The number of seats too many.
    pub over: u32,
    /// Whether the seats are unlimited.
    pub is_unlimited: bool,
}

/// Compares the seats in use with the seats granted by a `kw_claims` or a `kw_grant`, or with `KW_UNLIMITED_SEATS`. The
/// product decides what to do about too many seats.
///
/// # Safety
///
/// `seats` is NULL or points to a standing that nothing else uses during the call.
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
                // No seats are granted.
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
