use std::sync::Arc;

use keyward_core::{Claims, Kind};

use super::base::Base;
use super::draft::Draft;
use super::{History, Policy, Refusal, Refusals, bridge, holder, sold, text, time};
use crate::order::Order;
use crate::record::{IssueDetails, IssueRecord, RecordKey, Seen, record_keys};

/// A decision on an order that breaks no rule.
#[derive(Debug, Clone)]
pub enum Decision {
    /// A license may be issued.
    Permitted(Box<Permitted>),
    /// The same order, with the same id, made this license before. It is the answer.
    Repeated(Arc<IssueRecord>),
}

/// A license that the policy permits. Only [`Policy::decide`] makes one: holding it is the proof.
#[derive(Debug, Clone)]
pub struct Permitted {
    pub(crate) claims: Claims,
    pub(crate) details: IssueDetails,
    /// The keys under which the license will be found.
    pub(crate) keys: Vec<RecordKey>,
    /// The sets that the decision saw.
    pub(crate) seen: Vec<Seen>,
}

impl Permitted {
    /// The claims of the license.
    pub const fn claims(&self) -> &Claims {
        &self.claims
    }

    /// The circumstances of its issue.
    pub const fn details(&self) -> &IssueDetails {
        &self.details
    }
}

/// The rules, one after the other. Each takes what it needs from the order, else from what the order begins with, and
/// logs what it refuses.
pub(super) fn decide(policy: &Policy<'_>, order: &Order, history: &History) -> Result<Decision, Refusals> {
    if let Some(issued) = repeated(order, history) {
        return Ok(Decision::Repeated(issued));
    }
    let base = Base::of(order, policy.catalog, history).map_err(|refusal| Refusals(vec![refusal]))?;
    let mut refusals = Vec::new();
    let log = &mut refusals;

    serial(order, history, log);
    let kind = kind(order, &base, log);
    sold::edition(&base, log);
    let features = sold::features(order, &base, kind, log);
    let limits = sold::limits(order, &base, log);
    let seats = sold::seats(order, &base, log);
    let activations = sold::activations(order, &base, log);

    let days = time::days(policy, order, &base, kind, log);
    time::reissued(order, &base, days, history, log);
    time::length(order, &base, kind, days, history, log);
    let updates = time::updates(order, &base, days, log);
    // Looked at here, since the stopgap's rule needs the licensee; what is refused of it is said below.
    let (licensee, about_licensee) = holder::licensee(order, &base);
    let draft = Draft { kind, features, limits, seats, days, updates, licensee };
    let claims = draft.claims(order, &base);
    let stopgap = (kind == Kind::Stopgap).then(|| claims.clone().build().ok()).flatten();
    let bridges = bridge::bridged(order, &base, stopgap.as_ref(), kind, history, log);
    let grace_days = time::grace(order, &base, kind, days, log);

    machine(order, log);
    log.extend(about_licensee);
    text::customer_and_subscription(order, log);
    let customer = holder::customer(order, &base, log);
    let subscription = holder::subscription(order, &base, kind, log);
    text::paperwork(order, log);

    let claims = grace_days.into_iter().fold(claims, |claims, days| claims.grace_days(days));
    match claims.build() {
        Ok(claims) if refusals.is_empty() => {
            let details = IssueDetails {
                action: base.origin.action(),
                names: policy.catalog.describe(&claims),
                offer: base.offer.as_ref().map(ToString::to_string),
                term: days.term,
                activations,
                replaces: base.origin.previous().map(IssueRecord::serial),
                bridges,
                approval: order.approval.clone(),
                reason: order.reason.clone(),
                ticket: order.ticket.clone(),
                customer,
                subscription,
                order: order.reference.clone(),
            };
            Ok(Decision::Permitted(Box::new(Permitted {
                keys: record_keys(&claims, &details),
                seen: Vec::new(),
                claims,
                details,
            })))
        }
        // Every way in which claims make no license was refused above.
        _ => Err(Refusals(refusals)),
    }
}

/// The license that this very order made before.
fn repeated(order: &Order, history: &History) -> Option<Arc<IssueRecord>> {
    let reference = order.reference.as_ref()?;
    history.find_order(&reference.id).filter(|issued| issued.details.order.as_ref() == Some(reference)).cloned()
}

fn serial(order: &Order, history: &History, log: &mut Vec<Refusal>) {
    if history.find(order.serial).is_some() {
        log.push(Refusal::SerialTaken { serial: order.serial });
    }
    let issued = order.reference.as_ref().and_then(|reference| history.find_order(&reference.id).zip(Some(reference)));
    if let Some((issued, reference)) = issued {
        log.push(Refusal::OrderDiffers { id: reference.id.clone(), serial: issued.serial() });
    }
}

fn kind(order: &Order, base: &Base<'_>, log: &mut Vec<Refusal>) -> Kind {
    let asked = order.kind.unwrap_or(base.kind);
    if let Some(previous) = base.origin.previous() {
        if asked != base.kind {
            log.push(Refusal::KindChanges { serial: previous.serial(), is: base.kind, asked });
        }
    }
    asked
}

fn machine(order: &Order, log: &mut Vec<Refusal>) {
    if order.fingerprint.is_some_and(|fingerprint| fingerprint.present() == 0) {
        log.push(Refusal::FitsNoMachine);
    }
}
