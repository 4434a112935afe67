//! The rules that decide which licenses are issued.
//!
//! A [`Policy`] has a catalogue and a day. It decides on an [`Order`] and its [`History`]. The result is a [`Permitted`]
//! license, and only such a license can be signed and recorded; or [`Refusals`], each with a rule, the value that breaks it,
//! and the nearest permitted value. A decision reads no store and no clock.
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
//!     "a trial lasts at most 30 days, first and last included, and this one would last 33 (2026-01-01 through \
//!      2026-02-02): end it on 2026-01-30, or get an approval with a name and a reason",
//! );
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

// Each module may use those to its left:
//     bridge_days, grace, refusal, status ← history, refusals ← base ← owner ← bridge, changes, contents, free, locked, temporary,
//         text ← time ← claim_values, grants ← sets ← decide
mod base;
mod bridge;
mod bridge_days;
mod changes;
mod claim_values;
mod contents;
mod decide;
mod free;
mod grace;
mod grants;
mod history;
mod locked;
mod owner;
mod refusal;
mod refusals;
mod sets;
mod status;
mod temporary;
mod text;
mod time;

pub use decide::{Decision, Permitted};
pub use grants::{grants_more, takes_for_good};
pub use history::History;
pub use locked::has_enough_components;
pub use refusal::{Bridged, Refusal};
pub use refusals::Refusals;
pub use status::permits_more;

use chrono::{DateTime, Utc};
use keyward_catalog::Catalog;
use keyward_core::Day;
use keyward_verifier::files::RevocationList;

use crate::order::Order;
use crate::record::{FoundRecord, NeededSet, SeenSet};

/// The rules of a catalogue, on a day.
#[derive(Debug, Clone, Copy)]
pub struct Policy<'a> {
    catalog: &'a Catalog,
    today: Day,
    revocations: Option<&'a RevocationList>,
}

impl<'a> Policy<'a> {
    /// The largest activation limit other than unlimited.
    pub const MAX_ACTIVATIONS: u32 = 10_000;

    /// The rules of that catalogue. The caller gives the day: libraries read no clock.
    pub const fn new(catalog: &'a Catalog, today: Day) -> Policy<'a> {
        Policy { catalog, today, revocations: None }
    }

    /// The same rules, with a revocation list, which the caller has verified: licenses on it are revoked or on hold.
    pub const fn with_revocations(self, list: &'a RevocationList) -> Policy<'a> {
        Policy { revocations: Some(list), ..self }
    }

    /// Decides on the order. `docs/refused-orders.md` lists the refusals by their codes.
    ///
    /// Contents:
    ///
    /// - A deprecated entry is neither sold nor renewed. A reissue keeps it, since it was sold before. A renewal drops it, by
    ///   another edition, by naming the features that stay, and by [`LimitValue::Dropped`](crate::order::LimitValue::Dropped).
    /// - Seats, limits and activations are in their ranges, and a license has at most eight limits.
    ///
    /// Days:
    ///
    /// - A license begins today, unless the order gives another day, and ends today or later. A renewal begins on the day
    ///   after the paid term, also after a stopgap or a late order (`renewal-begins`). A license is renewed once (`renewed`).
    /// - A license that ends is no longer than the longest term of the product, also with an approval (`term-too-long`). A
    ///   perpetual license has a perpetual offer or an approval (`perpetual-not-offered`).
    /// - A trial that is longer than the catalogue allows needs an approval. A stopgap is never longer. The keys that a
    ///   reissue replaces still work, so the days of all of them count together (`together-too-long`).
    /// - A second trial of a product within twelve months needs an approval (`second-trial`). So does a customer's third trial
    ///   or stopgap of a product within 90 days, and its reason names the others (`third-temporary-key`); the first stopgap of a
    ///   license does not.
    /// - Updates end on the first day or later (`updates-end-before-it-begins`). Those of a renewal are as long as before.
    /// - The key carries the days of grace of the catalogue or the order, unless a verifier assumes the same number. They are
    ///   no more than the days of the term, from the sale on: days before the sale earn no grace.
    ///
    /// Revoked licenses:
    ///
    /// - A license on the list of [`with_revocations`](Policy::with_revocations) is neither renewed nor bridged; it is
    ///   reissued only if it was leaked (`revoked`). One on hold has no successor (`on-hold`). A license is revoked or on hold
    ///   also if an earlier key of it is, other than as leaked or superseded.
    /// - A renewal that is revoked with all its reissues counts as none: the license is renewed from where its term ended. Of
    ///   two renewals, the later counts, also without the list: the earlier one was revoked when the later was issued.
    /// - An order is repeated only while neither its license nor a later key of the license is revoked or on hold.
    ///
    /// Changes:
    ///
    /// - A reissue and a renewal keep the kind and the environment. A reissue needs an approval for earlier or later days,
    ///   for another first day of a renewal (`days-change`), and for more grace, more updates or more machines. After a
    ///   renewal, no approval makes the last day later (`renewed`).
    /// - Edition and grace are compared with what was sold: the original, or the latest reissue with an approval.
    /// - A license of a free edition is within one of its offers, without an approval (`free-grants-more`): seats, days, updates,
    ///   grace, features and limits. A license without a limit is not limited in it, here and wherever licenses are compared.
    ///
    /// Locked keys (of an activation request):
    ///
    /// - The license stays in force beside them, and may have many. A locked key has all claims of its license except serial
    ///   and machine, and may end earlier (`locked-differs`). The same request again gives the same key.
    /// - There is one for each machine of the activation limit on record, unless there is an approval (`no-machine-left`). Keys
    ///   that have ended or are revoked don't count.
    /// - A product may shorten them (`locked_term` in the catalogue): a longer one needs an approval (`locked-too-long`), and a
    ///   request gives the same key until half of its days are over.
    /// - A request has as many components as the catalogue asks for, and so has each order for a machine (`too-few-components`). A
    ///   locked key is neither reissued, renewed nor bridged (`locked-key`): its license is.
    ///
    /// Stopgaps:
    ///
    /// - A license is bridged once (`second-stopgap`): the one that the order names, or else the customer's latest on record
    ///   that has begun. Without one on record, a customer has one stopgap in twelve months, unless an approval names the
    ///   first. The stopgap has the contents of that license, and grants no more (`grants-more`).
    /// - It is issued from the day on which the license expires soon (`bridges-early`). It begins on the day after the last
    ///   usable day of the license, or today if that is later; an order may name an earlier day (`stopgap-begins`). It is no
    ///   longer than the license could be used since its sale (`stopgap-too-long`).
    /// - The license that an order names is paid and ends (`bridges-unpaid`), has no renewal (`renewed`), and has the same
    ///   product, environment, machine and customer; without a customer, the same licensee (`bridges-another`).
    ///
    /// Owner and reasons:
    ///
    /// - Customer and licensee stay those of the license on record, unless there is an approval. White space around a
    ///   customer's name, and capital letters in it, do not make a difference.
    /// - Texts beside the key are visible (`blank`), and have no white space around them (`space-around`). A reissue has a
    ///   reason and a ticket.
    ///
    /// # Errors
    ///
    /// Every rule that the order breaks, in the order that [`Refusals`] documents.
    pub fn decide(&self, order: &Order, history: &History) -> Result<Decision, Refusals> {
        match self.revocations {
            Some(list) if !history.is_judged() => decide::decide(self, order, &history.revoked_by(list)),
            _ => decide::decide(self, order, history),
        }
    }

    /// An empty history, which takes records for decisions under these rules.
    pub(crate) fn empty_history(&self) -> History {
        History::on(self.today)
    }

    /// Whether that history has taken its records under rules of the same day. The list of revocations is that of the history.
    pub(crate) fn fits(&self, history: &History) -> bool {
        history.today() == self.today
    }

    /// Adds records that a decision under these rules needs. The result are their sets, with all that is known of them.
    pub(crate) fn supply(
        &self,
        history: &mut History,
        sets: &[NeededSet],
        found: Vec<Vec<FoundRecord>>,
    ) -> Vec<SeenSet> {
        history.supply(sets, found, self.revocations)
    }

    /// The same rules on the UTC day of that time, if it is later.
    pub(crate) fn not_before(self, now: DateTime<Utc>) -> Policy<'a> {
        let today = Day::from_date(now.date_naive()).map_or(self.today, |day| day.max(self.today));
        Policy { today, ..self }
    }
}
