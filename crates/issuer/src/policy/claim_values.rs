use keyward_core::{Claims, ClaimsBuilder, Day, Features, Kind, Licensee, Limits, Quantity};

use super::base::Base;
use super::time::Days;
use crate::order::Order;

/// The values that the rules found for the claims, except the days of grace, which are found last.
#[derive(Debug)]
pub(super) struct ClaimValues {
    pub(super) kind: Kind,
    pub(super) features: Features,
    pub(super) limits: Limits,
    pub(super) seats: Quantity,
    pub(super) days: Days,
    pub(super) updates: Option<Day>,
    pub(super) licensee: Option<Licensee>,
}

impl ClaimValues {
    /// The claims. A value that no rule is about comes from the order, or else from the license on record.
    pub(super) fn claims(&self, order: &Order, base: &Base<'_>) -> ClaimsBuilder {
        let mut claims = Claims::builder()
            .serial(order.serial)
            .product(base.product.number)
            .edition(base.edition.number)
            .environment(order.environment.unwrap_or(base.environment))
            .seats(self.seats)
            .valid_from(self.days.from)
            .features(self.features)
            .limits(self.limits);
        claims = match self.kind {
            Kind::Standard => claims,
            Kind::Trial => claims.trial(),
            Kind::Stopgap => claims.stopgap(),
        };
        claims = match self.days.through {
            Some(through) => claims.valid_through(through),
            None => claims.perpetual(),
        };
        let before = base.origin.source().map(|source| source.claims());
        let fingerprint = match order.lock {
            Some(lock) => lock.fingerprint(),
            None => before.and_then(|before| before.fingerprint().copied()),
        };
        if let Some(fingerprint) = fingerprint {
            claims = claims.fingerprint(fingerprint);
        }
        if let Some(extension) = before.and_then(Claims::extension) {
            claims = claims.extension(*extension);
        }
        if let Some(updates) = self.updates {
            claims = claims.updates_through(updates);
        }
        if let Some(licensee) = self.licensee {
            claims = claims.licensee(licensee);
        }
        claims
    }
}
