//! Standing of a license at a given time: grace, reminders, successors, seats, and the evidence against a wrong clock.
//!
//! All functions here are pure. There is no clock, no environment and no allocator: the time is an argument. A standing is
//! an ordinary value, never an error, since the end of a license is expected.
//!
//! # Is this the crate you need?
//!
//! - **A product that checks its license** calls `License::standing` of `keyward-verifier`. This crate does not check the
//!   [`Claims`](keyward_core::Claims) that it is given, and a product must not decide from claims that are not verified.
//! - **An issuer** finds here the first day of a renewal ([`renewal_from`]), the default length of the grace period
//!   ([`default_grace_days`]) and the length of a [`Term`].
//! - **A program that shows or tests verified licenses** (a command, a web page, a simulation of next month) calls
//!   [`standing()`] with the time of interest.
//!
//! # Days
//!
//! A license is valid on calendar days, and it works wherever the local calendar shows one of them. So its first day
//! begins where days begin first, at UTC+14, and its last day ends where days end last, at UTC−12. No time zone loses a
//! part of the last day.
//!
//! ```
//! use chrono::{DateTime, Utc};
//! use keyward_core::{Claims, Day, Edition, Product, Serial};
//! use keyward_grace::{State, standing};
//!
//! let claims = Claims::builder()
//!     .serial(Serial::from_bytes([1, 2, 3, 4, 5, 6, 7, 8]))
//!     .product(Product(3))
//!     .edition(Edition(2))
//!     .unlimited_seats()
//!     .valid_from(Day::from_ymd(2026, 1, 1)?)
//!     .valid_through(Day::from_ymd(2026, 12, 31)?)
//!     .build()?;
//!
//! let in_december: DateTime<Utc> = "2026-12-12T09:30:00Z".parse()?;
//! let standing = standing(&claims, in_december);
//! assert_eq!(standing.state(), State::ExpiringSoon);
//! assert!(standing.is_usable());
//! assert_eq!(standing.days_left(), Some(19));
//! assert_eq!(standing.next_reminder(), Some(Day::from_ymd(2026, 12, 17)?));
//! assert_eq!(standing.to_string(), "expiring soon: valid through 2026-12-31, 19 days left");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Other functions
//!
//! - [`combine`] takes several licenses for one product, such as next year's key entered early.
//! - [`seat_standing`] compares seats in use with seats granted; [`coverage()`] tells whether updates cover a release.
//! - [`ClockEvidence`] computes the earliest possible time, as the system clock may have been set back.
#![no_std]

#[cfg(test)]
extern crate std;

// Each module may use those to its left. tests/arrows.rs reads this line.
//
//     coverage, reminder, renewal, seats, validity ← mark, standing ← clock, entitlement
mod clock;
mod coverage;
mod entitlement;
mod mark;
mod reminder;
mod renewal;
mod seats;
mod standing;
mod validity;

pub use clock::{ClockEvidence, ClockReading, Suspect};
pub use coverage::{Coverage, coverage};
pub use entitlement::{Entitlement, Grant, combine};
pub use keyward_core::{Term, TermError};
pub use mark::{HighWaterMark, MarkError, RecoveryError};
pub use reminder::{ReminderDays, ReminderDaysError};
pub use renewal::renewal_from;
pub use seats::{SeatStanding, seat_standing};
pub use standing::{Standing, State, standing, standing_with_reminders};
pub use validity::default_grace_days;
