//! The license that a stopgap bridges, and the limits of what the stopgap grants.

use keyward_core::{Claims, Day, Edition, Kind, Product};

use super::base::{Base, Origin, kind_in_words};
use super::history::Wanted;
use super::refusal::Bridged;
use super::{History, Policy, Refusal, bridge_days, owner};
use crate::order::{Customer, MachineLock, Order};
use crate::record::{IssueRecord, Owner};

/// The paid license that a new stopgap bridges if the order names none: the owner's latest one of the product that has begun.
/// Licenses for the environment and the machine of the order come first. A free edition is not paid.
pub(super) fn latest_paid<'h>(
    policy: &Policy<'_>,
    order: &Order,
    base: &Base<'_>,
    history: &'h History,
) -> Option<&'h IssueRecord> {
    let product = base.product.number;
    let is_paid = |edition: Edition| !is_free(policy, product, edition);
    let owner = owner::of(order, base);
    let latest = |wanted: Wanted| history.latest_paid(&owner, product, policy.today, is_paid, wanted);
    let fitting = Wanted { environment: order.environment, lock: order.lock.map(MachineLock::fingerprint) };
    latest(fitting).or_else(|| latest(Wanted { environment: None, lock: None }))
}

/// The paid license that a stopgap bridges, if it is named or known. A new stopgap without one needs an approval.
pub(super) fn bridged<'h>(
    policy: &Policy<'_>,
    order: &Order,
    base: &Base<'_>,
    kind: Kind,
    history: &'h History,
    refusals: &mut Vec<Refusal>,
) -> Option<&'h IssueRecord> {
    if kind != Kind::Stopgap {
        if order.bridges.is_some() {
            refusals.push(Refusal::BridgesNothing { kind });
        }
        return None;
    }
    let found = match (base.origin, order.bridges) {
        (Origin::Reissue(previous) | Origin::Locked(previous), Some(serial))
            if previous.details.bridges != Some(serial) =>
        {
            refusals.push(Refusal::BridgeChanges { serial: previous.serial() });
            return None;
        }
        (Origin::New | Origin::Bridging(_) | Origin::Renewal { .. }, Some(serial)) => {
            history.unreplaced(serial).map(Some)
        }
        (Origin::New, None) => {
            latest_paid(policy, order, base, history).map(|paid| history.unreplaced(paid.serial())).transpose()
        }
        // Another key of a stopgap bridges the same license. A renewal is not a stopgap.
        (Origin::Reissue(previous) | Origin::Locked(previous), _) => {
            let bridged = previous.details.bridges.and_then(|serial| history.find(serial)).map(AsRef::as_ref);
            // What ends the license, or its latest key, ends its stopgap too.
            let ended = bridged.map(|paid| history.may_be_followed(history.latest_reissue(paid.serial()), |_| true));
            refusals.extend(ended.and_then(Result::err));
            return bridged;
        }
        (Origin::Bridging(_) | Origin::Renewal { .. }, None) => return None,
    };
    match found.and_then(|paid| paid.map(|paid| can_be_bridged(policy, paid, order, base, history)).transpose()) {
        Ok(None) if order.approval.is_none() => {
            refusals.push(Refusal::BridgesUnknown);
            None
        }
        Ok(paid) => paid,
        Err(refusal) => {
            refusals.push(refusal);
            None
        }
    }
}

/// Refuses a second stopgap for the same license, and a stopgap that grants more than the license.
pub(super) fn check(
    policy: &Policy<'_>,
    order: &Order,
    base: &Base<'_>,
    bridged: Option<&IssueRecord>,
    stopgap: Option<&Claims>,
    history: &History,
    refusals: &mut Vec<Refusal>,
) {
    let Some(stopgap) = stopgap else { return };
    if let Some(paid) = bridged {
        let serial = paid.serial();
        refusals.extend(
            grants_more(base, paid.claims(), stopgap).map(|Growth { subject, requested, nearest }| {
                Refusal::GrantsMore { serial, subject, requested, nearest }
            }),
        );
    }
    // A reissue is not a second stopgap, and a renewal is not a stopgap.
    if let Some(previous) = base.origin.previous() {
        if bridged.is_none() && order.approval.is_none() {
            let serial = previous.serial();
            refusals.extend(grants_more(base, previous.claims(), stopgap).map(
                |Growth { subject, requested, nearest }| Refusal::StopgapGrows {
                    serial,
                    subject,
                    requested,
                    current: nearest,
                },
            ));
        }
        return;
    }
    let source = base.origin.source().and_then(|record| record.details.customer.as_deref());
    let owner = Owner::of(stopgap, order.customer.as_deref().or(source));
    let bridged = bridged.map(IssueRecord::serial);
    if order.bridges.is_some() && bridged.is_none() {
        // The named license was refused.
        return;
    }
    let Some(first) = history.stopgap(bridged, &owner, stopgap.product(), policy.today) else { return };
    let first = first.serial();
    // Every stopgap for an unknown license has an approval. The one for a second stopgap names the first.
    if bridged.is_some() || !order.approval.as_ref().is_some_and(|approval| approval.names(first)) {
        let bridged = match (bridged, order.bridges) {
            (None, _) => Bridged::Unknown,
            (Some(_), None) => Bridged::Found,
            (Some(_), Some(_)) => Bridged::Named,
        };
        refusals.push(Refusal::SecondStopgap { first, bridged });
    }
}

/// Checks the bridged license: it is paid, ends, has no renewal, and is for the same product, environment, machine and customer
/// as the stopgap.
fn can_be_bridged<'h>(
    policy: &Policy<'_>,
    paid: &'h IssueRecord,
    order: &Order,
    base: &Base<'_>,
    history: &History,
) -> Result<&'h IssueRecord, Refusal> {
    let (serial, claims) = (paid.serial(), paid.claims());
    if claims.kind() != Kind::Standard || claims.valid_through().is_none() {
        return Err(Refusal::BridgesUnpaid { serial, kind: kind_in_words(claims) });
    }
    if is_free(policy, claims.product(), claims.edition()) {
        return Err(Refusal::BridgesUnpaid { serial, kind: "of a free edition" });
    }
    if claims.product() != base.product.number {
        return Err(Refusal::BridgesAnother { serial, difference: "product" });
    }
    if let Some(difference) = difference(order, claims) {
        return Err(Refusal::BridgesAnother { serial, difference });
    }
    let owner = owner::of(order, base);
    // A named owner is the owner on record, in whichever field the names are.
    let paid_owner = Owner::of_record(paid);
    if !owner.is_unnamed() && !owner.is_same(&paid_owner) {
        let difference = if owner.customer.is_some() { "customer" } else { "licensee" };
        return Err(Refusal::BridgesAnother { serial, difference });
    }
    // A name that the license does not have is one of the other field, or needs an approval.
    let differs = |ours: &Option<Customer>, paid: &Option<Customer>, other: &Option<Customer>| match (ours, paid) {
        (Some(ours), Some(paid)) => ours != paid,
        (Some(_), None) => ours != other && order.approval.is_none(),
        (None, _) => false,
    };
    if differs(&owner.licensee, &paid_owner.licensee, &paid_owner.customer) {
        return Err(Refusal::BridgesAnother { serial, difference: "licensee" });
    }
    if differs(&owner.customer, &paid_owner.customer, &paid_owner.licensee) {
        return Err(Refusal::BridgesAnother { serial, difference: "customer" });
    }
    history.may_be_followed(serial, |_| true)?;
    history.has_no_other_renewal(serial)?;
    if let Some(by) = history.renewal_of(serial) {
        return Err(Refusal::Renewed { serial, by: by.serial() });
    }
    let opens = bridge_days::opens(claims);
    if policy.today < opens {
        let through = claims.valid_through().unwrap_or(Day::LAST);
        return Err(Refusal::BridgesEarly { serial, through, opens, today: policy.today });
    }
    Ok(paid)
}

/// Refuses a stopgap that begins before its license expires soon, or later than a day after the license can be used: a customer
/// has one, and it is for the days until the renewal comes.
pub(super) fn days(policy: &Policy<'_>, base: &Base<'_>, from: Day, refusals: &mut Vec<Refusal>) {
    let Origin::Bridging(paid) = base.origin else { return };
    let opens = bridge_days::opens(paid.claims());
    let last = bridge_days::after(paid.claims()).map_or(policy.today, |day| day.max(policy.today));
    if from < opens || from > last {
        let nearest = from.clamp(opens, last.max(opens));
        refusals.push(Refusal::StopgapBegins { serial: paid.serial(), from, nearest });
    }
}

/// The first override that differs from the paid license: the environment or the machine.
fn difference(order: &Order, paid: &Claims) -> Option<&'static str> {
    if order.environment.is_some_and(|environment| environment != paid.environment()) {
        return Some("environment");
    }
    let fingerprint = order.lock.map(|lock| lock.fingerprint());
    fingerprint.is_some_and(|fingerprint| fingerprint.as_ref() != paid.fingerprint()).then_some("machine")
}

fn is_free(policy: &Policy<'_>, product: Product, edition: Edition) -> bool {
    let product = policy.catalog.product_by_number(product);
    product.and_then(|product| product.edition_by_number(edition)).is_some_and(|edition| edition.free)
}

/// A value of a stopgap that grants more than another license.
struct Growth {
    subject: String,
    requested: String,
    nearest: String,
}

/// Each value of a stopgap that grants more than that license.
fn grants_more(base: &Base<'_>, granted: &Claims, stopgap: &Claims) -> impl Iterator<Item = Growth> {
    let mut growth = Vec::new();
    let mut more = |subject: String, requested: String, nearest: String| {
        growth.push(Growth { subject, requested, nearest });
    };
    if stopgap.edition() != granted.edition() {
        let code = |claims: &Claims| {
            let edition = base.product.edition_by_number(claims.edition());
            edition.map_or_else(|| claims.edition().to_string(), |edition| format!("`{}`", edition.code))
        };
        more("edition".to_owned(), code(stopgap), code(granted));
    }
    for feature in &base.product.features {
        if stopgap.features().contains(feature.bit) && !granted.features().contains(feature.bit) {
            more(format!("feature `{}`", feature.code), "granted".to_owned(), "not granted".to_owned());
        }
    }
    if stopgap.seats() > granted.seats() {
        more("seats".to_owned(), stopgap.seats().to_string(), granted.seats().to_string());
    }
    for (id, value) in granted.limits().as_slice() {
        let requested = stopgap.limits().value(*id);
        if requested.is_none_or(|requested| requested > *value) {
            let code = base.product.limit_by_id(*id).map_or_else(|| id.to_string(), |limit| limit.code.to_string());
            let requested = requested.map_or_else(|| "none".to_owned(), |requested| requested.to_string());
            more(format!("limit `{code}`"), requested, value.to_string());
        }
    }
    if granted.updates_through().is_some_and(|last| stopgap.updates_through().is_none_or(|through| through > last)) {
        let updates =
            |claims: &Claims| claims.updates_through().map_or_else(|| "all".to_owned(), |day| day.to_string());
        more("updates".to_owned(), updates(stopgap), updates(granted));
    }
    growth.into_iter()
}
