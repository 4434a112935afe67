//! Keys of a license on record that are locked to one machine, and that stand beside it.

use std::sync::Arc;

use keyward_core::{ClaimParts, Claims, Day, Fingerprint};

use super::base::{Base, Origin, grace_days};
use super::{History, Policy, Refusal};
use crate::order::{MachineLock, Order};
use crate::record::{IssueDetails, IssueRecord};

/// Refuses a fingerprint that fits no machine, and an activation request with too few components.
pub(super) fn machine(order: &Order, base: &Base<'_>, refusals: &mut Vec<Refusal>) {
    let is_locked = matches!(base.origin, Origin::Locked(_));
    match (order.lock.and_then(MachineLock::fingerprint).map(|machine| machine.present()), is_locked) {
        (Some(0), _) | (None, true) => refusals.push(Refusal::FitsNoMachine),
        (Some(found), true) if found < base.product.min_components => {
            refusals.push(Refusal::TooFewComponents { found, min: base.product.min_components });
        }
        _ => {}
    }
}

/// Refuses a locked key that says more than its license. It has an own serial and machine, and may end earlier; nothing else
/// differs, also with an approval.
pub(super) fn differences(order: &Order, base: &Base<'_>, key: &Claims, refusals: &mut Vec<Refusal>) {
    let Origin::Locked(license) = base.origin else { return };
    let (ours, theirs) = (key.parts(), license.claims().parts());
    // All claims: a new claim without a row does not compile.
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
        grace_days: _, // compared by its effect, below
        licensee,
        updates_through,
        fingerprint,
        extension,
    } = ours;
    let later = match (valid_through, theirs.valid_through) {
        (Some(through), Some(last)) => through > last,
        (None, last) => last.is_some(),
        (Some(_), None) => false,
    };
    for (differs, subject) in [
        (kind != theirs.kind, "kind"),
        (environment != theirs.environment, "environment"),
        (product != theirs.product, "product"),
        (edition != theirs.edition, "edition"),
        (seats != theirs.seats, "seats"),
        (features != theirs.features, "features"),
        (limits != theirs.limits, "limits"),
        (valid_from != theirs.valid_from, "first day"),
        (later, "last day"),
        (grace_days(key) > grace_days(license.claims()), "grace"),
        (licensee != theirs.licensee, "licensee"),
        (updates_through != theirs.updates_through, "updates"),
        (extension != theirs.extension, "extension"),
    ] {
        if differs {
            refusals.push(Refusal::LockedDiffers { serial: license.serial(), subject });
        }
    }
    // The license may be locked itself.
    let fits = theirs.fingerprint.is_none_or(|lock| fingerprint.is_some_and(|machine| machine.is_as_strict_as(lock)));
    if !fits && order.approval.is_none() {
        refusals.push(Refusal::LockChanges { serial: license.serial() });
    }
}

/// The same for what is on record beside the key.
pub(super) fn differences_on_record(order: &Order, base: &Base<'_>, refusals: &mut Vec<Refusal>) {
    let Origin::Locked(license) = base.origin else { return };
    let IssueDetails { customer, subscription, activations, .. } = license.details();
    for (differs, subject) in [
        (order.customer.is_some() && order.customer != *customer, "customer"),
        (order.subscription.is_some() && order.subscription != *subscription, "subscription"),
        (order.activations.is_some() && order.activations != *activations, "activations"),
    ] {
        if differs {
            refusals.push(Refusal::LockedDiffers { serial: license.serial(), subject });
        }
    }
}

/// Refuses a locked key for one machine more than the activation limit on record, without an approval. A machine that has a
/// locked key does not count twice.
pub(super) fn machines(
    policy: &Policy<'_>,
    order: &Order,
    base: &Base<'_>,
    history: &History,
    refusals: &mut Vec<Refusal>,
) {
    let (Origin::Locked(license), Some(machine), None) =
        (base.origin, order.lock.and_then(MachineLock::fingerprint), &order.approval)
    else {
        return;
    };
    let Some(limit) = license.details().activations.and_then(|limit| limit.number()) else { return };
    let mut in_use: Vec<&Fingerprint> = Vec::new();
    let in_force = history.locked_keys(license.serial()).filter(|key| is_in_force(key.claims(), policy.today));
    for other in in_force.filter_map(|key| key.claims().fingerprint()) {
        if !in_use.iter().any(|known| known.compare(other).is_same_machine()) {
            in_use.push(other);
        }
    }
    let has_one = in_use.iter().any(|known| known.compare(&machine).is_same_machine());
    if !has_one && in_use.len() >= usize::try_from(limit.get()).unwrap_or(usize::MAX) {
        let (serial, in_use) = (license.serial(), in_use.len());
        refusals.push(Refusal::NoMachineLeft { serial, limit: limit.get(), in_use });
    }
}

/// The key that was issued before for the same license and machine, and that says the same: the same request again gives the
/// same key.
pub(super) fn issued_before(base: &Base<'_>, claims: &Claims, history: &History) -> Option<Arc<IssueRecord>> {
    let Origin::Locked(license) = base.origin else { return None };
    let same = |other: &Claims| ClaimParts { serial: claims.serial(), ..other.parts() } == claims.parts();
    let mut keys = history.locked_keys(license.serial());
    keys.find(|key| key.license_of_locked() == Some(license.serial()) && same(key.claims())).cloned()
}

/// Whether the last day of a key and its grace have not passed.
fn is_in_force(claims: &Claims, today: Day) -> bool {
    let last =
        claims.valid_through().map(|through| through.checked_add(grace_days(claims).into()).unwrap_or(Day::LAST));
    last.is_none_or(|last| last >= today)
}
