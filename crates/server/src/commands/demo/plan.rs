//! The year of the demonstration: sales and their sequels, the same each time.

use std::ops::Range;

use chacha20::ChaCha8Rng;
use keyward_issuer::rand_core::{Rng, SeedableRng};
use keyward_ledger::state::SuspendCause;
use keyward_verifier::files::Reason;

use super::companies::CUSTOMERS;

/// A time, in minutes before now.
pub type Ago = u32;

/// The minutes of a day.
const DAY: Ago = 24 * 60;

/// When the ledger begins.
pub const BEGINNING: Ago = 365 * DAY;

/// The offers whose licenses wait in a pool, each with its generator.
pub const POOLS: [Pool; 3] = [
    Pool { offer: "studio-perpetual", name: "Studio, boxed", signing: Signing::AtOnce },
    Pool { offer: "render-annual", name: "Render, from the shop", signing: Signing::OnAssignment },
    Pool { offer: "relay-annual", name: "Relay, for partners", signing: Signing::OnAssignment },
];

pub use keyward_ledger::Signing;

/// A pool.
#[derive(Debug, Clone, Copy)]
pub struct Pool {
    /// The offer of its licenses.
    pub offer: &'static str,
    /// The name of its generator.
    pub name: &'static str,
    /// When its keys are signed.
    pub signing: Signing,
}

/// A step of the year.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Fills the pool with that number.
    Fill { pool: usize, count: usize },
    /// Sells a license, which the other steps name by its number.
    Sell { license: usize, offer: &'static str, customer: usize },
    /// Sends the key.
    Deliver(usize),
    /// Activates a machine, by its number.
    Activate { license: usize, machine: usize },
    /// Releases the newest machine.
    Release(usize),
    /// Sells more seats: a new key takes the place of the old one.
    AddSeats(usize),
    /// Suspends the license.
    Suspend(usize, SuspendCause),
    /// Ends the suspension.
    Resume(usize),
    /// Pauses the license.
    Inactivate(usize),
    /// Sells the next term.
    Renew(usize),
    /// Bridges a late renewal.
    Bridge(usize),
    /// Revokes the license.
    Revoke(usize, Reason),
}

/// The steps of a license after its sale.
#[derive(Debug, Clone, Copy)]
enum Sequel {
    /// Nothing: its key is not used yet.
    Unused,
    /// Its key is sent, for a product without activation.
    Delivered,
    /// So many machines are activated.
    Used { machines: usize },
    /// A machine is activated, and later released for another one.
    Moved,
    /// It is in use, and this happens so many days after the sale.
    UsedAnd { then: Then, after: u32 },
}

#[derive(Debug, Clone, Copy)]
enum Then {
    AddSeats,
    Suspend(SuspendCause),
    SuspendAndResume(SuspendCause),
    Inactivate,
    Renew,
    Bridge,
    Revoke(Reason),
}

/// Licenses of one offer with one sequel, sold within these days before now.
struct Sales {
    offer: &'static str,
    count: usize,
    days: Range<u32>,
    sequel: Sequel,
}

const fn sales(offer: &'static str, count: usize, days: Range<u32>, sequel: Sequel) -> Sales {
    Sales { offer, count, days, sequel }
}

const fn and(then: Then, after: u32) -> Sequel {
    Sequel::UsedAnd { then, after }
}

/// Each pool is filled at the beginning, and twice later: days before now, and the number of licenses.
const FILLS: [(u32, usize); 3] = [(364, 300), (240, 80), (90, 60)];

/// All sales. A quarter has 90 to 92 days and a grace period of 14 days.
fn all_sales() -> Vec<Sales> {
    use Sequel::{Delivered, Moved, Unused, Used};
    use SuspendCause::{Abuse, Manual, Payment};
    use Then::{AddSeats, Bridge, Inactivate, Renew, Revoke, Suspend, SuspendAndResume};
    vec![
        sales("studio-perpetual", 150, 1..360, Used { machines: 1 }),
        sales("studio-perpetual", 20, 1..20, Unused),
        sales("studio-perpetual", 10, 60..300, and(Suspend(Abuse), 40)),
        sales("studio-perpetual", 10, 60..300, and(Revoke(Reason::Leaked), 50)),
        sales("studio-annual", 200, 1..335, Used { machines: 2 }),
        sales("studio-annual", 40, 337..364, Used { machines: 1 }),
        sales("studio-annual", 30, 1..15, Unused),
        sales("studio-annual", 20, 40..300, Moved),
        sales("studio-annual", 15, 60..300, and(AddSeats, 45)),
        sales("studio-annual", 15, 60..300, and(Suspend(Payment), 50)),
        sales("studio-annual", 10, 60..300, and(SuspendAndResume(Payment), 40)),
        sales("studio-annual", 10, 20..300, and(Revoke(Reason::Refunded), 10)),
        sales("studio-enterprise", 12, 10..350, Used { machines: 6 }),
        sales("studio-quarterly", 50, 5..85, Used { machines: 1 }),
        sales("studio-quarterly", 40, 110..300, Used { machines: 1 }),
        sales("studio-quarterly", 20, 94..102, Used { machines: 1 }),
        sales("studio-quarterly", 50, 95..175, and(Renew, 84)),
        sales("studio-quarterly", 20, 97..107, and(Bridge, 95)),
        sales("studio-quarterly", 10, 60..90, and(Inactivate, 20)),
        sales("studio-trial", 60, 1..200, Used { machines: 1 }),
        sales("render-annual", 110, 1..360, Used { machines: 1 }),
        sales("render-annual", 20, 1..20, Unused),
        sales("render-annual", 15, 40..300, and(Inactivate, 30)),
        sales("render-annual", 10, 40..300, and(Suspend(Manual), 20)),
        sales("render-annual", 5, 60..300, and(Revoke(Reason::Unpaid), 45)),
        sales("render-trial", 40, 1..120, Used { machines: 1 }),
        sales("relay-annual", 120, 1..360, Delivered),
        sales("relay-annual", 10, 1..10, Unused),
        sales("relay-monthly", 38, 1..120, Delivered),
    ]
}

/// All that happened, the oldest first.
pub fn plan() -> Vec<(Ago, Step)> {
    let mut plan = Plan { steps: Vec::new(), rng: ChaCha8Rng::from_seed([20; 32]), licenses: 0, machines: 0 };
    for (days, count) in FILLS {
        for pool in 0..POOLS.len() {
            plan.add(days.saturating_mul(DAY), Step::Fill { pool, count });
        }
    }
    for sales in all_sales() {
        for nth in 0..sales.count {
            plan.sell(&sales, nth);
        }
    }
    plan.steps.sort_by_key(|(ago, _)| std::cmp::Reverse(*ago));
    plan.steps
}

struct Plan {
    steps: Vec<(Ago, Step)>,
    rng: ChaCha8Rng,
    licenses: usize,
    machines: usize,
}

impl Plan {
    fn add(&mut self, ago: Ago, step: Step) {
        self.steps.push((ago, step));
    }

    fn sell(&mut self, sales: &Sales, nth: usize) {
        let license = self.licenses;
        self.licenses = self.licenses.saturating_add(1);
        // A customer has at most one trial of a product: those of the first customers.
        let customer = if sales.offer.ends_with("-trial") { nth } else { self.below(CUSTOMERS) };
        let days = sales.days.end.saturating_sub(sales.days.start);
        let day = sales.days.start.saturating_add(u32::try_from(self.below(days as usize)).unwrap_or_default());
        // A minute of that day, so that what follows on the day is not yet to come.
        let sold = day.saturating_mul(DAY).saturating_sub(u32::try_from(self.below(600)).unwrap_or_default());
        self.add(sold, Step::Sell { license, offer: sales.offer, customer });
        self.follow(license, sold, sales.sequel);
    }

    fn follow(&mut self, license: usize, sold: Ago, sequel: Sequel) {
        const MINUTES: Ago = 20;
        let delivered = sold.saturating_sub(MINUTES);
        match sequel {
            Sequel::Unused => {}
            Sequel::Delivered => self.add(delivered, Step::Deliver(license)),
            Sequel::Used { machines } => {
                for machine in 1..=machines {
                    let after = u32::try_from(machine).unwrap_or_default().saturating_mul(MINUTES);
                    self.activate(license, delivered.saturating_sub(after));
                }
            }
            Sequel::Moved => {
                self.activate(license, delivered);
                self.add(later(sold, 20), Step::Release(license));
                self.activate(license, later(sold, 21));
            }
            Sequel::UsedAnd { then, after } => {
                self.activate(license, delivered);
                self.then(license, sold, then, after);
            }
        }
    }

    fn then(&mut self, license: usize, sold: Ago, then: Then, after: u32) {
        let step = match then {
            Then::AddSeats => Step::AddSeats(license),
            Then::Suspend(cause) => Step::Suspend(license, cause),
            Then::SuspendAndResume(cause) => {
                self.add(later(sold, after.saturating_add(9)), Step::Resume(license));
                Step::Suspend(license, cause)
            }
            Then::Inactivate => Step::Inactivate(license),
            Then::Renew => Step::Renew(license),
            Then::Bridge => Step::Bridge(license),
            Then::Revoke(reason) => Step::Revoke(license, reason),
        };
        self.add(later(sold, after), step);
    }

    fn activate(&mut self, license: usize, ago: Ago) {
        self.machines = self.machines.saturating_add(1);
        self.add(ago, Step::Activate { license, machine: self.machines });
    }

    /// A number below this one. The small excess of the first numbers does not matter.
    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.rng.next_u32()).ok().and_then(|number| number.checked_rem(end)).unwrap_or_default()
    }
}

/// So many days after a time.
const fn later(ago: Ago, days: u32) -> Ago {
    ago.saturating_sub(days.saturating_mul(DAY))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_plan_is_the_same_each_time_in_order_and_within_the_year() {
        let plan = plan();
        assert_eq!(plan, super::plan());
        assert!(plan.is_sorted_by(|(before, _), (after, _)| before >= after));
        assert!(plan.iter().all(|(ago, _)| (60..=BEGINNING).contains(ago)));
    }

    #[test]
    fn two_thousand_licenses_come_from_pools_and_from_orders() {
        let of = |step: &Step| match step {
            Step::Fill { count, .. } => *count,
            Step::Sell { offer, .. } if POOLS.iter().all(|pool| pool.offer != *offer) => 1,
            _ => 0,
        };
        assert_eq!(plan().iter().map(|(_, step)| of(step)).sum::<usize>(), 2_000);
    }
}
