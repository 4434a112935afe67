use core::cmp::Reverse;

use chrono::{DateTime, Utc};
use keyward_core::{Claims, Day, Features, Kind, Quantity, Serial};

use crate::{ReminderDays, Standing, State, standing_with_reminders};

/// Combines several licenses for one product: what they allow together at that time. `None` without a license.
///
/// One license counts. A standard license gives way to a standard one or a stopgap that may be used and grants more, such as a
/// free one to the paid one beside it, which may be in grace. Of the others, a license in force comes before one in grace,
/// and that before one that is neither. Among those, a standard license comes before a stopgap, and that before a trial; then the one that
/// began later, since an upgrade replaces the earlier license; then the one that ends later, a perpetual one last of all;
/// then the one with the greater serial. Of licenses that have not begun, the one that begins first counts: it is the next
/// to be in force.
///
/// With a successor, there is no warning of the end: the standing is active instead of expiring soon, and has no reminder.
/// A successor of the license that counts is a standard license for the same machine, or for any, that grants at least as
/// much, begins no later than the day after the last day and ends later. Grace is hidden by nothing that grants less.
///
/// The licenses have been verified elsewhere, for one product, environment and machine. The product alone gives a feature's
/// number its meaning. So a license for another product or environment than those of the license that counts grants
/// nothing and is no successor.
///
/// ```
/// use keyward_core::{Claims, Day, Edition, Product, Serial};
/// use keyward_grace::{ReminderDays, State, combine, standing};
///
/// let year = |year, serial| {
///     Claims::builder()
///         .serial(Serial::from_bytes([serial; 8]))
///         .product(Product(3))
///         .edition(Edition(2))
///         .unlimited_seats()
///         .valid_from(Day::from_ymd(year, 1, 1).unwrap())
///         .valid_through(Day::from_ymd(year, 12, 31).unwrap())
///         .build()
/// };
/// let licenses = [year(2026, 1)?, year(2027, 2)?];
///
/// let now = "2026-12-12T09:30:00Z".parse()?;
/// assert_eq!(standing(&licenses[0], now).state(), State::ExpiringSoon);
///
/// let entitlement = combine(&licenses, now, &ReminderDays::default()).unwrap();
/// assert_eq!(entitlement.index(), 0);
/// assert_eq!(entitlement.standing().state(), State::Active);
/// assert!(entitlement.standing().has_successor());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn combine<'a, L>(licenses: L, now: DateTime<Utc>, reminders: &ReminderDays) -> Option<Entitlement>
where
    L: IntoIterator<Item = &'a Claims, IntoIter: Clone>,
{
    let licenses = licenses.into_iter();
    let at_that_time = |claims: &Claims| standing_with_reminders(claims, now, reminders);
    let is_usable = |claims: &Claims| at_that_time(claims).is_usable();
    let gives_way = |claims: &Claims| licenses.clone().any(|other| gives_way_to(claims, other) && is_usable(other));
    // If ranks are equal, the first license counts: the same key may have been entered twice. The ranks are compared first: all
    // licenses are searched only for one that would count.
    let best = licenses.clone().enumerate().fold(None, |best: Option<(Rank, usize, &Claims)>, (index, claims)| {
        let rank = rank(claims, at_that_time(claims).state());
        let is_better = best.as_ref().is_none_or(|best| rank > best.0) && !gives_way(claims);
        if is_better { Some((rank, index, claims)) } else { best }
    });
    let (_, index, counting) = best?;

    let standing = at_that_time(counting);
    let in_force = matches!(standing.state(), State::Active | State::ExpiringSoon);
    let standing = if in_force && licenses.clone().any(|claims| succeeds(claims, counting)) {
        standing.with_successor()
    } else {
        standing
    };
    let grant = licenses
        .filter(|claims| for_the_same(claims, counting) && is_usable(claims))
        .map(|claims| Grant { features: claims.features(), seats: claims.seats() })
        .reduce(Grant::with);
    Some(Entitlement { index, standing, grant })
}

/// The license with the greatest rank counts. The fields are compared in this order.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Rank {
    in_use: InUse,
    kind: ByKind,
    beginning: Beginning,
    /// The number of the last day. That of a perpetual license is greater than all others.
    end: u32,
    serial: Serial,
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum InUse {
    Not,
    InGrace,
    InForce,
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum ByKind {
    Trial,
    Stopgap,
    Standard,
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Beginning {
    Begun(Day),
    ToCome(Reverse<Day>),
}

fn rank(claims: &Claims, state: State) -> Rank {
    Rank {
        in_use: match state {
            State::NotYetValid | State::Expired => InUse::Not,
            State::InGrace => InUse::InGrace,
            State::Active | State::ExpiringSoon => InUse::InForce,
        },
        kind: match claims.kind() {
            Kind::Trial => ByKind::Trial,
            Kind::Stopgap => ByKind::Stopgap,
            Kind::Standard => ByKind::Standard,
        },
        beginning: match state {
            State::NotYetValid => Beginning::ToCome(Reverse(claims.valid_from())),
            _ => Beginning::Begun(claims.valid_from()),
        },
        end: end(claims),
        serial: claims.serial(),
    }
}

fn end(claims: &Claims) -> u32 {
    claims.valid_through().map_or(u32::MAX, Day::number)
}

/// Whether the license does not count while the other may be used. A stopgap stands for a paid license, and a trial does not.
fn gives_way_to(claims: &Claims, other: &Claims) -> bool {
    claims.kind() == Kind::Standard
        && other.kind() != Kind::Trial
        && for_the_same(claims, other)
        && grants_more(other, claims)
}

/// Whether the license grants all that the other does, and more. One with more features does so whatever its limits are: a
/// free license without limits would take away those of the paid one. Then no circle of licenses gives way.
fn grants_more(claims: &Claims, other: &Claims) -> bool {
    let has_more = has_more_features(claims, other) && claims.seats() >= other.seats();
    has_more || (grants_at_least(claims, other) && !grants_at_least(other, claims))
}

/// Whether the license grants all that the other does, whenever both may be used. Editions have no order: another edition
/// is more if it has more features, or began later, as an upgrade does.
fn grants_at_least(claims: &Claims, other: &Claims) -> bool {
    let is_no_lesser_edition = claims.edition() == other.edition()
        || has_more_features(claims, other)
        || claims.valid_from() > other.valid_from();
    // A license without a limit is not limited in it.
    let has_no_lower_limit = |(id, value): &(u8, u64)| other.limits().value(*id).is_some_and(|had| had <= *value);
    has_all_features(claims, other)
        && is_no_lesser_edition
        && claims.seats() >= other.seats()
        && claims.limits().as_slice().iter().all(has_no_lower_limit)
}

fn has_all_features(claims: &Claims, other: &Claims) -> bool {
    claims.features().union(other.features()) == claims.features()
}

fn has_more_features(claims: &Claims, other: &Claims) -> bool {
    has_all_features(claims, other) && claims.features() != other.features()
}

/// Whether the license takes over when the one that counts ends, without a gap.
fn succeeds(claims: &Claims, counting: &Claims) -> bool {
    let day_after = end(counting).saturating_add(1);
    claims.kind() == Kind::Standard
        && for_the_same(claims, counting)
        && works_on_its_machines(claims, counting)
        && grants_at_least(claims, counting)
        && claims.valid_from().number() <= day_after
        && end(claims) > end(counting)
}

fn for_the_same(claims: &Claims, counting: &Claims) -> bool {
    claims.product() == counting.product() && claims.environment() == counting.environment()
}

/// Whether the license is for any machine, or both are for the same machine. A license for one machine is not a successor
/// of a license for any machine, since the other machines need a warning of the end.
fn works_on_its_machines(claims: &Claims, counting: &Claims) -> bool {
    match (claims.fingerprint(), counting.fingerprint()) {
        (None, _) => true,
        (Some(_), None) => false,
        (Some(theirs), Some(ours)) => theirs.compare(ours).is_same_machine(),
    }
}

/// The result of [`combine`]: what several licenses for one product allow together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entitlement {
    index: usize,
    standing: Standing,
    grant: Option<Grant>,
}

impl Entitlement {
    /// The index, among those given, of the license that counts. Its edition, limits and licensee apply.
    pub const fn index(&self) -> usize {
        self.index
    }

    /// The standing of the license that counts. Where there is a successor, it does not expire soon.
    pub const fn standing(&self) -> &Standing {
        &self.standing
    }

    /// The features and seats that the licenses in force or in grace grant together. `None` if no license is in force or in
    /// grace.
    pub const fn grant(&self) -> Option<&Grant> {
        self.grant.as_ref()
    }
}

/// The features and seats that licenses in force or in grace grant together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grant {
    features: Features,
    seats: Quantity,
}

impl Grant {
    /// The features that at least one of them grants.
    pub const fn features(&self) -> Features {
        self.features
    }

    /// The largest number of seats that one of them grants. Seats are never added up.
    pub const fn seats(&self) -> Quantity {
        self.seats
    }

    fn with(self, other: Grant) -> Grant {
        Grant { features: self.features.union(other.features), seats: self.seats.max(other.seats) }
    }
}
