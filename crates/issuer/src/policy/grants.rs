//! What a license key grants that its successor does not.

use keyward_core::{ClaimParts, Claims, Day};

use super::changes::is_widened;
use super::grace::grace_days;

/// Whether the earlier key of a license grants something that the later one does not, so that a customer who keeps using it
/// would have more than was sold: more days, seats, features or releases, a larger limit, another edition, or more machines.
/// Then the earlier key has to be revoked when it is replaced.
pub fn grants_more(earlier: &Claims, later: &Claims) -> bool {
    // All claims: a new claim without a line does not compile.
    let ClaimParts {
        kind,
        environment,
        serial: _, // each key has its own
        product,
        edition,
        seats,
        features,
        limits,
        valid_from,
        valid_through,
        grace_days: _, // compared by its effect
        licensee: _,   // it grants nothing
        updates_through,
        fingerprint,
        extension,
    } = earlier.parts();
    let next = later.parts();
    let fewer_limits =
        next.limits.as_slice().iter().any(|(id, value)| limits.value(*id).is_none_or(|had| had > *value));
    (kind, environment, product, edition, extension)
        != (next.kind, next.environment, next.product, next.edition, next.extension)
        || seats > next.seats
        || next.features.union(features) != next.features
        || fewer_limits
        || valid_from < next.valid_from
        || next.valid_through.is_some_and(|last| valid_through.is_none_or(|through| through > last))
        || (next.valid_through.is_some() && grace_days(earlier) > grace_days(later))
        || next.updates_through.is_some_and(|last| updates_through.is_none_or(|through| through > last))
        || is_widened(next.fingerprint, fingerprint)
}

/// Whether a reissue takes something away that only an approval gives back: days, releases, or machines. The catalogue's ranges give
/// everything else back. The first and the last day count also where no day of use is lost: a renewal is as long as the days between them,
/// and begins after the last one.
pub fn takes_for_good(earlier: &Claims, later: &Claims) -> bool {
    let last = |claims: &Claims| claims.valid_through().map(Day::number);
    let last_usable = |claims: &Claims| Some(last(claims)?.saturating_add(grace_days(claims).into()));
    let releases = |claims: &Claims| claims.updates_through().map(Day::number);
    let is_earlier = |of: &dyn Fn(&Claims) -> Option<u32>| {
        of(later).is_some_and(|last| of(earlier).is_none_or(|before| last < before))
    };
    is_earlier(&last)
        || is_earlier(&last_usable)
        || later.valid_from() > earlier.valid_from()
        || is_earlier(&releases)
        || is_widened(later.fingerprint(), earlier.fingerprint())
}
