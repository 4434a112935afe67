use core::num::NonZeroU32;

use keyward_core::Quantity;

/// Compares the seats in use with the seats that [`Claims::seats`] grants.
///
/// The vendor decides what a product does about too many seats in use.
///
/// ```
/// use keyward_core::Quantity;
/// use keyward_grace::{SeatStanding, seat_standing};
///
/// assert_eq!(seat_standing("25".parse()?, 20), SeatStanding::Within { left: 5 });
/// assert_eq!(seat_standing(Quantity::Unlimited, 20), SeatStanding::Unlimited);
/// # Ok::<(), keyward_core::QuantityError>(())
/// ```
///
/// [`Claims::seats`]: keyward_core::Claims::seats
pub fn seat_standing(granted: Quantity, used: u32) -> SeatStanding {
    let Quantity::Of(granted) = granted else {
        return SeatStanding::Unlimited;
    };
    match NonZeroU32::new(used.saturating_sub(granted.get())) {
        Some(by) => SeatStanding::Over { by },
        None => SeatStanding::Within { left: granted.get().saturating_sub(used) },
    }
}

/// The seats in use compared with the seats granted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SeatStanding {
    /// No more seats are in use than granted.
    Within {
        /// The number of free seats.
        left: u32,
    },
    /// More seats are in use than granted.
    Over {
        /// The number of seats too many.
        by: NonZeroU32,
    },
    /// The number of seats is not limited.
    Unlimited,
}

impl SeatStanding {
    /// The stable name, the same in every language: `within-seats`, `over-seats`, `unlimited-seats`.
    pub const fn code(self) -> &'static str {
        match self {
            SeatStanding::Within { .. } => "within-seats",
            SeatStanding::Over { .. } => "over-seats",
            SeatStanding::Unlimited => "unlimited-seats",
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn the_last_seat_is_within_and_the_one_after_is_over() {
        let granted = "25".parse().unwrap();
        assert_eq!(seat_standing(granted, 0), SeatStanding::Within { left: 25 });
        assert_eq!(seat_standing(granted, 25), SeatStanding::Within { left: 0 });
        assert_eq!(seat_standing(granted, 26), SeatStanding::Over { by: NonZeroU32::MIN });
        assert_eq!(seat_standing(Quantity::Unlimited, u32::MAX), SeatStanding::Unlimited);
    }

    #[test]
    fn a_seat_standing_has_a_stable_code() {
        let granted = "25".parse().unwrap();
        assert_eq!(seat_standing(granted, 25).code(), "within-seats");
        assert_eq!(seat_standing(granted, 26).code(), "over-seats");
        assert_eq!(seat_standing(Quantity::Unlimited, 26).code(), "unlimited-seats");
    }
}
