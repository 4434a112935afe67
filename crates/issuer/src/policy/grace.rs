use keyward_core::Claims;
use keyward_grace::default_grace_days;

/// The days of grace in products.
pub(super) fn grace_days(claims: &Claims) -> u8 {
    let by_default = || claims.term_days().map_or(0, default_grace_days);
    claims.grace_days().unwrap_or_else(by_default)
}
