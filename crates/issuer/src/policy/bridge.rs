//! The license that a stopgap bridges.

use keyward_core::{Claims, Kind, Serial};

use super::base::{Base, Origin, kind_in_words};
use super::{History, Policy, Refusal};
use crate::licensee;
use crate::order::{Customer, Order};
use crate::record::{IssueRecord, Scope};

/// The scope of a new stopgap that names no license: there the license that it bridges is looked for.
pub(super) fn scope_of_unnamed(policy: &Policy<'_>, order: &Order) -> Option<Scope> {
    let nothing = History::default();
    let base = Base::of(order, policy.catalog, &nothing).ok()?;
    let kind = order.kind.unwrap_or(base.kind);
    (kind == Kind::Stopgap && order.bridges.is_none()).then(|| Scope {
        customer: order.customer.as_deref().map(Customer::new),
        licensee: order.licensee.as_deref().and_then(|name| licensee(name).ok()),
        product: base.product.number,
        environment: order.environment.unwrap_or(base.environment),
        fingerprint: order.fingerprint,
    })
}

/// The paid license that a stopgap bridges, where that is known.
pub(super) fn bridged(
    order: &Order,
    base: &Base<'_>,
    claims: Option<&Claims>,
    kind: Kind,
    history: &History,
    log: &mut Vec<Refusal>,
) -> Option<Serial> {
    if kind != Kind::Stopgap {
        if order.bridges.is_some() {
            log.push(Refusal::BridgesNothing { kind });
        }
        return None;
    }
    match (base.origin, order.bridges) {
        (Origin::Reissue(previous), None) => return previous.details.bridges,
        // None is a stopgap, as was said of its kind.
        (Origin::Renewal { .. }, None) => return None,
        _ => {}
    }
    let of_previous = || base.origin.previous().and_then(|previous| previous.details.customer.as_deref());
    let customer = order.customer.as_deref().or_else(of_previous);
    if let Some(serial) = order.bridges {
        if let Err(refusal) = can_be_bridged(serial, base, claims, customer, history) {
            log.push(refusal);
            return None;
        }
    }
    let scope = Scope::of(claims?, customer);
    let bridged = order.bridges.or_else(|| history.latest_paid(&scope).map(IssueRecord::serial));
    let replaced = base.origin.previous().map(IssueRecord::serial);
    if let Some(first) = history.stopgap(bridged, &scope, replaced) {
        log.push(Refusal::SecondStopgap { first: first.serial(), bridged });
    }
    bridged
}

/// Checks that the named license ends, is not renewed yet, and is the same customer's for the same product, environment and
/// machine.
fn can_be_bridged(
    serial: Serial,
    base: &Base<'_>,
    stopgap: Option<&Claims>,
    customer: Option<&str>,
    history: &History,
) -> Result<(), Refusal> {
    let paid = history.unreplaced(serial)?;
    let claims = paid.claims();
    if claims.kind() != Kind::Standard || claims.valid_through().is_none() {
        return Err(Refusal::BridgesUnpaid { serial, kind: kind_in_words(claims) });
    }
    if claims.product() != base.product.number {
        return Err(Refusal::BridgesAnother { serial, what: "product" });
    }
    if stopgap.is_some_and(|stopgap| stopgap.environment() != claims.environment()) {
        return Err(Refusal::BridgesAnother { serial, what: "environment" });
    }
    if stopgap.is_some_and(|stopgap| stopgap.fingerprint() != claims.fingerprint()) {
        return Err(Refusal::BridgesAnother { serial, what: "machine" });
    }
    let licensees = (stopgap.and_then(Claims::licensee), claims.licensee());
    match (customer, paid.details.customer.as_deref(), licensees) {
        (Some(customer), Some(other), _) if Customer::new(customer) != Customer::new(other) => {
            return Err(Refusal::BridgesAnother { serial, what: "customer" });
        }
        (Some(_), Some(_), _) => {}
        (_, _, (Some(licensee), Some(other))) if licensee != other => {
            return Err(Refusal::BridgesAnother { serial, what: "licensee" });
        }
        _ => {}
    }
    match history.renewal_of(serial) {
        Some(by) => Err(Refusal::Renewed { serial, by: by.serial() }),
        None => Ok(()),
    }
}
