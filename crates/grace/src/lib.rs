//! What a license allows at a given time: standing, grace, reminders, successors, seats, and what the clock is worth.
//!
//! Everything here is a pure function over values. There is no clock, no environment and no allocator: the time is an
//! argument, and what comes back is an ordinary value, never an error, since a license that ends is expected.
//!
//! # Is this the crate you want?
//!
//! - **A product that checks its license** wants `License::standing` of `keyward-verifier`. A product's decision is
//!   never taken from claims that nobody verified, and this crate can't tell: it believes the
//!   [`Claims`](keyward_core::Claims) it is given.
//! - **An issuer** finds here how long a [`Term`] lasts, where a renewal begins ([`renewal_from`]) and what grace a
//!   license has ([`default_grace_days`]).
//! - **Whoever shows or tests a license that was verified elsewhere** (a command, a web page, a simulation of next
//!   month) calls [`standing`] with the time in question.
//!
//! # Days
//!
//! A license is valid on calendar days, and it works wherever the local calendar shows one of them. So its first day
//! begins where days begin first, at UTC+14, and its last day ends where days end last, at UTC−12. Nobody loses the last
//! day to an office in another time zone.
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
//! # What else there is
//!
//! - [`combine`]: several licenses for one product, such as next year's key entered early.
//! - [`seat_standing`] and [`coverage`]: seats in use, and releases covered by updates.
//! - [`ClockEvidence`]: what time it is at least, when the system clock may have been set back.
#![no_std]

#[cfg(test)]
extern crate std;

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
