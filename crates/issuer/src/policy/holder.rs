//! Whose a license is: licensee, customer, subscription.

use keyward_core::{Kind, Licensee};

use super::Refusal;
use super::base::Base;
use crate::order::{Customer, Order, Subscription};

/// The licensee. A name that no key can carry is refused.
pub(super) fn licensee(order: &Order, base: &Base<'_>, log: &mut Vec<Refusal>) -> Option<Licensee> {
    let before = || base.origin.source().and_then(|source| source.claims().licensee().copied());
    let Some(name) = &order.licensee else { return before() };
    match crate::licensee(name) {
        Ok(licensee) => Some(licensee),
        Err(error) => {
            log.push(error.into());
            before()
        }
    }
}

pub(super) fn customer(order: &Order, base: &Base<'_>, log: &mut Vec<Refusal>) -> Option<String> {
    let previous = base.origin.previous();
    let had = base.origin.source().and_then(|record| record.details.customer.as_deref());
    let Some(asked) = &order.customer else { return had.map(str::to_owned) };
    if let (Some(previous), Some(had), None) = (previous, had, &order.approval) {
        if Customer::new(had) != Customer::new(asked) {
            let (is, asked) = (had.to_owned(), asked.clone());
            log.push(Refusal::CustomerChanges { serial: previous.serial(), is, asked });
        }
    }
    Some(asked.clone())
}

pub(super) fn subscription(order: &Order, base: &Base<'_>, kind: Kind, log: &mut Vec<Refusal>) -> Option<Subscription> {
    match &order.subscription {
        Some(subscription) if kind != Kind::Standard => {
            log.push(Refusal::SubscriptionOn { kind, id: subscription.id.clone() });
            None
        }
        Some(subscription) => Some(subscription.clone()),
        None => base.origin.previous().and_then(|previous| previous.details.subscription.clone()),
    }
}
