//! The contents of a free edition: those of one of its offers. More of them is a sale.

use keyward_catalog::{FeatureEntry, Offer};
use keyward_core::{ClaimParts, Claims, Day, Features, Kind, Limits, Quantity, Term};
use keyward_grace::default_grace_days;

use super::base::{Base, Origin};
use super::grace::grace_days;
use super::{History, Policy, Refusal};
use crate::order::Order;

/// Refuses what a license of a free edition grants beyond the offer that is nearest to it, without an approval. A license on
/// record keeps what was sold with it. Parts of several offers make no license: each may be for another purpose, such as a short
/// one with all features beside one without end.
pub(super) fn check(
    policy: &Policy<'_>,
    order: &Order,
    base: &Base<'_>,
    claims: &Claims,
    history: &History,
    refusals: &mut Vec<Refusal>,
) {
    let kind = claims.kind();
    if !base.edition.free || kind != Kind::Standard || order.approval.is_some() {
        return;
    }
    let is_of_edition =
        |offer: &&Offer| (offer.product, offer.edition, offer.kind) == (claims.product(), claims.edition(), kind);
    let offers = || policy.catalog.offers().iter().filter(is_of_edition);
    let without_offer = offers().next().is_none().then_some(Granted::WITHOUT_OFFER);
    let sold = match base.origin {
        Origin::Reissue(previous) | Origin::Locked(previous) => history.sold(previous).map(|sold| sold.claims()),
        _ => None,
    };
    let granted = offers().map(|offer| Granted::by(offer, claims)).chain(without_offer).chain(sold.map(Granted::with));
    let nearest = granted.map(|granted| granted.exceeded_by(claims, base)).min_by_key(Vec::len);
    let refused = |subject| Refusal::FreeGrantsMore { edition: base.edition.code.to_string(), subject };
    refusals.extend(nearest.into_iter().flatten().map(refused));
}

/// What one offer grants, or a license on record.
struct Granted<'a> {
    seats: Quantity,
    through: Option<Day>,
    updates: Option<Day>,
    /// `None` where grace is no more than what is granted.
    grace_days: Option<u8>,
    limits: Option<&'a Limits>,
    features: Features,
}

impl<'a> Granted<'a> {
    /// An edition without an offer is given without features, and within its seats.
    const WITHOUT_OFFER: Granted<'static> = Granted {
        seats: Quantity::Unlimited,
        through: None,
        updates: None,
        grace_days: None,
        limits: None,
        features: Features::NONE,
    };

    /// What the offer grants from the first day of these claims.
    fn by(offer: &'a Offer, claims: &Claims) -> Granted<'a> {
        Granted {
            seats: offer.seats,
            through: last_day(offer.term, claims.valid_from()),
            updates: last_day(offer.updates, claims.valid_from()),
            grace_days: Some(offer.grace_days.unwrap_or(claims.term_days().map_or(0, default_grace_days))),
            limits: Some(&offer.limits),
            features: offer.features,
        }
    }

    fn with(sold: &'a Claims) -> Granted<'a> {
        Granted {
            seats: sold.seats(),
            through: sold.valid_through(),
            updates: sold.updates_through(),
            // No days of grace are more than a license without end.
            grace_days: sold.valid_through().map(|_| grace_days(sold)),
            limits: Some(sold.limits()),
            features: sold.features(),
        }
    }

    /// What of these claims is more than that.
    fn exceeded_by(&self, claims: &Claims, base: &Base<'_>) -> Vec<String> {
        // All claims: a new claim without a row does not compile.
        let ClaimParts {
            kind: _,        // the same
            environment: _, // it grants nothing
            serial: _,      // each key has its own
            product: _,     // the same
            edition: _,     // the same
            seats,
            features,
            limits,
            valid_from,
            valid_through,
            grace_days: _, // compared by its effect
            licensee: _,   // it grants nothing
            updates_through,
            fingerprint: _, // without one, as an offer, it grants the most
            extension: _,   // no order can add one
        } = claims.parts();
        let mut more = Vec::new();
        if seats > self.seats {
            more.push(format!("{seats} seats"));
        }
        if !ends_within(valid_through, self.through) {
            more.push(valid_through.map_or_else(
                || "term without end".to_owned(),
                |through| format!("term from {valid_from} through {through}"),
            ));
        }
        if !ends_within(updates_through, self.updates) {
            more.push(
                updates_through.map_or_else(
                    || "updates of all releases".to_owned(),
                    |through| format!("updates through {through}"),
                ),
            );
        }
        let grace = grace_days(claims);
        if self.grace_days.is_some_and(|granted| grace > granted) {
            more.push(format!("{grace} days of grace"));
        }
        for limit in &base.product.limits {
            let requested = limits.value(limit.id);
            // Without a limit, a license is not limited.
            let granted = self.limits.and_then(|limits| limits.value(limit.id));
            if granted.is_some_and(|granted| requested.is_none_or(|requested| requested > granted)) {
                let requested = requested.map_or_else(|| "none".to_owned(), |value| value.to_string());
                more.push(format!("limit `{}={requested}`", limit.code));
            }
        }
        let is_more = |feature: &&FeatureEntry| features.contains(feature.bit) && !self.features.contains(feature.bit);
        more.extend(base.product.features.iter().filter(is_more).map(|feature| format!("feature `{}`", feature.code)));
        more
    }
}

/// The last day of a term of an offer; `None` has no end.
fn last_day(term: Option<Term>, from: Day) -> Option<Day> {
    term.map(|term| term.last_day(from).unwrap_or(Day::LAST))
}

/// Whether something ends no later than it was granted; `None` has no end.
fn ends_within(through: Option<Day>, granted: Option<Day>) -> bool {
    granted.is_none_or(|last| through.is_some_and(|through| through <= last))
}
