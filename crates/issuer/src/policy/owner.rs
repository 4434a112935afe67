//! The owner of a license: licensee, customer, subscription.

use keyward_core::{Kind, Licensee};

use super::Refusal;
use super::base::Base;
use crate::order::{Customer, Order, Subscription};
use crate::record::Owner;

/// The owner that the order names, or else the one on record.
pub(super) fn of(order: &Order, base: &Base<'_>) -> Owner {
    let source = base.origin.source();
    let customer = order.customer.as_deref().or_else(|| source?.details.customer.as_deref());
    let licensee = order.licensee.as_deref().and_then(|name| crate::licensee(name).ok());
    let licensee = licensee.or_else(|| source?.claims().licensee().copied());
    Owner { customer: customer.map(Customer::new), licensee: licensee.map(|licensee| Customer::new(licensee.as_str())) }
}

/// The licensee. A name that a key can't carry is refused.
pub(super) fn licensee(order: &Order, base: &Base<'_>, refusals: &mut Vec<Refusal>) -> Option<Licensee> {
    let before = || base.origin.source().and_then(|source| source.claims().licensee().copied());
    let Some(name) = &order.licensee else { return before() };
    match crate::licensee(name) {
        Ok(licensee) => Some(licensee),
        Err(error) => {
            refusals.push(error.into());
            before()
        }
    }
}

pub(super) fn customer(order: &Order, base: &Base<'_>, refusals: &mut Vec<Refusal>) -> Option<String> {
    let previous = base.origin.previous();
    let before = base.origin.source().and_then(|record| record.details.customer.as_ref());
    let Some(requested) = &order.customer else { return before.cloned() };
    if let (Some(previous), Some(before), None) = (previous, before, &order.approval) {
        if Customer::new(before) != Customer::new(requested) {
            let (current, requested) = (before.clone(), requested.clone());
            refusals.push(Refusal::CustomerChanges { serial: previous.serial(), current, requested });
        }
    }
    Some(requested.clone())
}

pub(super) fn subscription(
    order: &Order,
    base: &Base<'_>,
    kind: Kind,
    refusals: &mut Vec<Refusal>,
) -> Option<Subscription> {
    match &order.subscription {
        Some(subscription) if kind != Kind::Standard => {
            refusals.push(Refusal::SubscriptionOn { kind, id: subscription.id.clone() });
            None
        }
        Some(subscription) => Some(subscription.clone()),
        None => base.origin.previous().and_then(|previous| previous.details.subscription.clone()),
    }
}
