//! Rules that decide which licenses are issued.
//!
//! A [`Policy`] is a catalogue and a day. From an [`Order`] and the [`History`] it makes a [`Permitted`] license, which alone
//! can be signed and recorded; or [`Refusals`], each with the rule, the value that breaks it, and the nearest permitted value.
//! A decision is pure: it reads no store and no clock.
//!
//! ```
//! use keyward_catalog::Catalog;
//! use keyward_issuer::order::Order;
//! use keyward_issuer::policy::{Decision, History, Policy};
//! use keyward_issuer::{Day, End, Serial};
//!
//! let catalog = Catalog::parse(Catalog::EXAMPLE, "catalog.toml")?;
//! let policy = Policy::new(&catalog, Day::from_ymd(2026, 1, 1)?);
//!
//! let mut order = Order::of_offer("pro-trial", Serial::from_bytes([1, 2, 3, 4, 5, 6, 7, 8]));
//! let Decision::Permitted(permitted) = policy.decide(&order, &History::default())? else { unreachable!() };
//! assert_eq!(permitted.claims().valid_through(), Some(Day::from_ymd(2026, 1, 30)?));
//!
//! order.end = Some(End::After("33d".parse()?));
//! assert_eq!(
//!     policy.decide(&order, &History::default()).unwrap_err().to_string(),
//!     "a trial lasts at most 30 days, first and last counted, and this one would last 33, 2026-01-01 through \
//!      2026-02-02: end it on 2026-01-30, or have it approved (by whom, and why)",
//! );
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

// Each module may use those to its left:
//     refusal ← history ← base ← bridge, changes, holder, sold, text, time ← draft ← sets ← decide
mod base;
mod bridge;
mod changes;
mod decide;
mod draft;
mod history;
mod holder;
mod refusal;
mod sets;
mod sold;
mod text;
mod time;

pub use decide::{Decision, Permitted};
pub use history::History;
pub use refusal::{Refusal, Refusals};

use chrono::{DateTime, Utc};
use keyward_catalog::Catalog;
use keyward_core::Day;
use keyward_verifier::files::RevocationList;

use crate::order::Order;

/// The rules of a catalogue, on a day.
#[derive(Debug, Clone, Copy)]
pub struct Policy<'a> {
    catalog: &'a Catalog,
    today: Day,
    revocations: Option<&'a RevocationList>,
}

impl<'a> Policy<'a> {
    /// The largest activation limit that is a number.
    pub const MAX_ACTIVATIONS: u32 = 10_000;

    /// The rules of that catalogue. The day is the caller's to know: libraries read no clock.
    pub const fn new(catalog: &'a Catalog, today: Day) -> Policy<'a> {
        Policy { catalog, today, revocations: None }
    }

    /// The same rules, where licenses on that list are revoked or on hold. The caller has verified it.
    pub const fn with_revocations(self, list: &'a RevocationList) -> Policy<'a> {
        Policy { revocations: Some(list), ..self }
    }

    /// Decides on the order, in view of the history. `docs/refused-orders.md` lists what is refused, by
    /// its codes.
    ///
    /// What is sold:
    ///
    /// - What is deprecated is neither sold nor renewed. A reissue keeps it: it was sold. A renewal drops it, by another
    ///   edition, by naming the features that stay, and by [`LimitValue::Dropped`](crate::order::LimitValue::Dropped).
    /// - Seats, limits and activations are in their ranges, and there are at most eight limits.
    ///
    /// When it runs:
    ///
    /// - A license begins today, unless the order says otherwise, and ends today or later. A renewal begins on the day
    ///   after the paid term, whatever stopgap ran and however late it is bought (`renewal-begins`), and once (`renewed`).
    /// - A reissue is for the days that were sold: earlier ones, later ones and, of a renewal, another first day need an
    ///   approval (`days-change`). After a renewal, no approval moves the last day on (`renewed`).
    /// - A trial is longer than the catalogue says only with an approval, a stopgap never. The keys that a reissue
    ///   replaces still work, so that of both kinds the days of all of them count together (`together-too-long`).
    /// - Updates end on the first day or later (`updates-end-before-it-begins`); those of a renewal cover as long a time.
    /// - Grace is written into the key where the catalogue, or the order, says another than a verifier assumes.
    ///
    /// What is revoked:
    ///
    /// - A license on the list of [`with_revocations`](Policy::with_revocations) is neither renewed nor bridged; it is
    ///   reissued only where it was leaked or superseded (`revoked`). On hold, it is followed by nothing (`on-hold`).
    /// - A renewal that is revoked with all its reissues counts as none: the license is renewed from where its term ended.
    ///
    /// What a stopgap bridges:
    ///
    /// - A license is bridged once (`second-stopgap`): the one that the order names, or else the customer's on record.
    /// - The one that is named is paid for and ends (`bridges-unpaid`), is not renewed yet (`renewed`), and is for the same
    ///   product, environment, machine and customer or, where no customer is known, licensee (`bridges-another`).
    ///
    /// Whose it is, and why:
    ///
    /// - Customer and licensee stay those of the license on record, unless an approval says who changed them and why. Space
    ///   around a customer's name and capitals make no other customer.
    /// - What is said beside the license can be seen (`blank`), and has nothing invisible around it (`space-around`). A
    ///   reissue says why and where it was asked for.
    ///
    /// # Errors
    ///
    /// Every rule that the order breaks, in the order that [`Refusals`] documents.
    pub fn decide(&self, order: &Order, history: &History) -> Result<Decision, Refusals> {
        match self.revocations {
            Some(list) => decide::decide(self, order, &history.clone().revoked_by(list)),
            None => decide::decide(self, order, history),
        }
    }

    /// The same rules on the UTC day of that time, if it is a later one.
    pub(crate) fn not_before(self, now: DateTime<Utc>) -> Policy<'a> {
        let today = Day::from_date(now.date_naive()).map_or(self.today, |day| day.max(self.today));
        Policy { today, ..self }
    }
}
