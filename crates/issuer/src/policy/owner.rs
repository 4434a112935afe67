//! The owner of a license: licensee, customer, subscription.

use keyward_core::{Kind, Licensee};

use super::Refusal;
use super::base::{Base, Origin};
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
    if let (Some(previous), None) = (previous, &order.approval) {
        let is_another = match before {
            Some(before) => Customer::new(before) != Customer::new(requested),
            // `locked` has the differences of a key for one machine.
            None => !matches!(base.origin, Origin::Locked(_)) && differs(requested, previous.claims().licensee()),
        };
        if is_another {
            let (serial, current, requested) = (previous.serial(), before.cloned(), requested.clone());
            refusals.push(Refusal::CustomerChanges { serial, current, requested });
        }
    }
    Some(requested.clone())
}

/// Whether a licensee is another owner than the customer on record, who may be written in either field.
pub(super) fn is_another(licensee: Option<&Licensee>, customer: Option<&str>) -> bool {
    licensee.is_some_and(|licensee| customer.is_none_or(|customer| differs(customer, Some(licensee))))
}

/// Whether a customer is another owner than the licensee in the key.
fn differs(customer: &str, licensee: Option<&Licensee>) -> bool {
    licensee.is_none_or(|licensee| Customer::new(customer) != Customer::new(licensee.as_str()))
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
