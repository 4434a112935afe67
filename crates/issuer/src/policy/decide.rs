use std::sync::Arc;

use keyward_core::{Claims, Kind};

use super::base::{Base, Origin};
use super::draft::Draft;
use super::{History, Policy, Refusal, Refusals, bridge, changes, holder, sold, text, time};
use crate::order::{MachineLock, Order};
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
    let mut base = Base::of(order, policy.catalog, history).map_err(|refusal| Refusals(vec![refusal]))?;
    let mut refusals = Vec::new();
    let log = &mut refusals;

    serial(order, history, log);
    let kind = order.kind.unwrap_or(base.kind);
    let bridged = bridge::bridged(policy, order, &base, kind, history, log);
    if let (Origin::New, Some(paid)) = (base.origin, bridged) {
        base = base.bridging(paid, order);
    }
    trial(policy, order, &base, kind, history, log);
    sold::edition(&base, log);
    let features = sold::features(order, &base, kind, log);
    let limits = sold::limits(order, &base, log);
    let seats = sold::seats(order, &base, log);
    let activations = sold::activations(order, &base, log);

    let days = time::days(policy, order, &base, kind, log);
    time::length(order, &base, kind, days, bridged, history, log);
    let updates = time::updates(order, &base, days, log);
    let licensee = holder::licensee(order, &base, log);
    let draft = Draft { kind, features, limits, seats, days, updates, licensee };
    let grace_days = time::grace(order, &base, kind, days, log);
    let claims = draft.claims(order, &base);
    let claims = grace_days.into_iter().fold(claims, |claims, days| claims.grace_days(days)).build();
    if let Ok(claims) = &claims {
        let stopgap = Some(claims).filter(|claims| claims.kind() == Kind::Stopgap);
        bridge::rules(order, &base, bridged, stopgap, history, log);
        log.extend(changes::refused(order, &base, claims, history));
    }

    machine(order, log);
    text::customer_and_subscription(order, log);
    let customer = holder::customer(order, &base, log);
    let subscription = holder::subscription(order, &base, kind, log);
    text::paperwork(order, log);

    match claims {
        Ok(claims) if refusals.is_empty() => {
            let details = IssueDetails {
                action: base.origin.action(),
                names: policy.catalog.describe(&claims),
                offer: base.offer.as_ref().map(ToString::to_string),
                term: days.term,
                activations,
                replaces: base.origin.previous().map(IssueRecord::serial),
                bridges: bridged.map(IssueRecord::serial).or_else(|| base.origin.previous()?.details.bridges),
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
        _ => {
            debug_assert!(!refusals.is_empty(), "claims that make no license, and no refusal");
            refusals.sort_by_key(Refusal::place);
            Err(Refusals(refusals))
        }
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

/// Refuses a trial of an edition without trials, and a second trial within twelve months unless it is approved.
fn trial(policy: &Policy<'_>, order: &Order, base: &Base<'_>, kind: Kind, history: &History, log: &mut Vec<Refusal>) {
    if kind != Kind::Trial || !matches!(base.origin, Origin::New) {
        return;
    }
    if !base.edition.has_trial() {
        let with_trials = base.product.editions_with_trials().map(|edition| edition.code.to_string()).collect();
        log.push(Refusal::NoTrial { edition: base.edition.code.to_string(), with_trials });
    }
    if order.approval.is_some() {
        return;
    }
    if let Some(first) = history.recent_trial(&bridge::owner(order), base.product.number, policy.today) {
        log.push(Refusal::SecondTrial { first: first.serial(), on: first.claims().valid_from() });
    }
}

fn machine(order: &Order, log: &mut Vec<Refusal>) {
    if order.lock.and_then(MachineLock::fingerprint).is_some_and(|fingerprint| fingerprint.present() == 0) {
        log.push(Refusal::FitsNoMachine);
    }
}
