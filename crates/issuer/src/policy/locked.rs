//! Keys of a license on record that are locked to one machine, and that stand beside it.

use std::borrow::Cow;
use std::sync::Arc;

use keyward_core::{ClaimParts, Claims, Day, Fingerprint};

use super::base::{Base, Origin};
use super::grace::grace_days;
use super::{History, Policy, Refusal};
use crate::order::{MachineLock, Order};
use crate::record::{IssueDetails, IssueRecord};

/// Refuses a fingerprint that fits no machine, and one with too few components, in an activation request or in an order.
pub(super) fn machine(order: &Order, base: &Base<'_>, refusals: &mut Vec<Refusal>) {
    let is_locked = matches!(base.origin, Origin::Locked(_));
    let fingerprint = order.lock.and_then(MachineLock::fingerprint);
    match (fingerprint, is_locked) {
        (Some(machine), _) if machine.present() == 0 => refusals.push(Refusal::FitsNoMachine),
        (None, true) => refusals.push(Refusal::FitsNoMachine),
        (Some(machine), _) => refusals.extend(has_enough_components(&machine, base.product.min_components).err()),
        (None, false) => {}
    }
}

/// Whether a machine that a customer names has as many components as the product asks for, `min_components` in the catalogue. A
/// person sets a single component on as many machines as they like, and each of them would have the one place.
///
/// # Errors
///
/// [`Refusal::TooFewComponents`].
pub fn has_enough_components(machine: &Fingerprint, min: u8) -> Result<(), Refusal> {
    let found = machine.present();
    if found < min { Err(Refusal::TooFewComponents { found, min }) } else { Ok(()) }
}

/// The last day of a locked key whose order has none, where the product shortens the keys of machines, and the license goes on
/// longer. A license that has not begun begins the term.
pub(super) fn shortened(policy: &Policy<'_>, base: &Base<'_>) -> Option<Day> {
    let Origin::Locked(license) = base.origin else { return None };
    let last = last_day(policy, base)?;
    license.claims().valid_through().is_none_or(|through| last < through).then_some(last)
}

/// The last day of a locked key that begins today, by the catalogue.
fn last_day(policy: &Policy<'_>, base: &Base<'_>) -> Option<Day> {
    let days = u32::from(base.product.locked_days?);
    let from = base.from.map_or(policy.today, |from| from.max(policy.today));
    Some(from.checked_add(days.saturating_sub(1)).unwrap_or(Day::LAST))
}

/// Refuses a locked key that is longer than the catalogue allows, without an approval.
pub(super) fn length(
    policy: &Policy<'_>,
    order: &Order,
    base: &Base<'_>,
    through: Option<Day>,
    refusals: &mut Vec<Refusal>,
) {
    let Origin::Locked(license) = base.origin else { return };
    let (Some(nearest), Some(max_days), None) = (last_day(policy, base), base.product.locked_days, &order.approval)
    else {
        return;
    };
    if through.is_none_or(|through| through > nearest) {
        refusals.push(Refusal::LockedTooLong { serial: license.serial(), max_days, nearest });
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

/// The order with the machine as it is known: a machine that has a locked key gets no key for other components, without an approval.
/// Its first key works on it by a majority. A key for the components of each request would work on as many machines as a person
/// mixes into requests, and they would all have one place.
pub(super) fn for_known_machine<'a>(
    policy: &Policy<'_>,
    order: &'a Order,
    base: &Base<'_>,
    history: &History,
) -> Cow<'a, Order> {
    let machine = order.lock.and_then(MachineLock::fingerprint).filter(|_| order.approval.is_none());
    let known = match (base.origin, machine) {
        (Origin::Locked(license), Some(machine)) => history.machines_in_use(license.serial(), &machine, policy.today).1,
        _ => None,
    };
    match known {
        Some(known) => Cow::Owned(Order { lock: Some(MachineLock::To(known)), ..order.clone() }),
        None => Cow::Borrowed(order),
    }
}

/// Refuses a locked key for one machine more than the activation limit on record, without an approval. A machine that has a
/// locked key does not count twice; its first key is the measure, so that components can't be exchanged step by step.
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
    let (in_use, known) = history.machines_in_use(license.serial(), &machine, policy.today);
    if known.is_none() && in_use >= usize::try_from(limit.get()).unwrap_or(usize::MAX) {
        let serial = license.serial();
        refusals.push(Refusal::NoMachineLeft { serial, limit: limit.get(), in_use });
    }
}

/// The key that was issued before for the same license and machine, and that says the same: the same request again gives the
/// same key. Where the product shortens it, that is so until half of its days are over.
pub(super) fn issued_before(
    policy: &Policy<'_>,
    order: &Order,
    base: &Base<'_>,
    claims: &Claims,
    history: &History,
) -> Option<Arc<IssueRecord>> {
    let Origin::Locked(license) = base.origin else { return None };
    let found = |through: Option<Day>| history.locked_key(license.serial(), claims, through).cloned();
    let days = base.product.locked_days.filter(|_| order.end.is_none() && shortened(policy, base).is_some());
    match (days, claims.valid_through()) {
        (Some(days), Some(last)) => {
            let earlier =
                (0..=u32::from(days / 2)).filter_map(|before| Day::from_number(last.number().checked_sub(before)?));
            earlier.filter_map(|through| found(Some(through))).next()
        }
        (_, through) => found(through),
    }
}
