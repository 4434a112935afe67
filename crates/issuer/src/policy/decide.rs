use std::sync::Arc;

use keyward_core::{Claims, Kind, Serial};

use super::base::{Base, Origin};
use super::claim_values::ClaimValues;
use super::{
    History, Policy, Refusal, Refusals, bridge, changes, contents, free, locked, owner, temporary, text, time,
};
use crate::order::Order;
use crate::record::{IssueDetails, IssueRecord, RecordKey, SeenSet, record_keys};

/// A decision on an order that breaks no rule.
#[derive(Debug, Clone)]
pub enum Decision {
    /// A license may be issued.
    Permitted(Box<Permitted>),
    /// This license was issued earlier for the same order, or for the same license and machine, and is the result again.
    Repeated(Arc<IssueRecord>),
}

/// A license that the policy permits. Only [`Policy::decide`] makes one.
#[derive(Debug, Clone)]
pub struct Permitted {
    pub(crate) claims: Claims,
    pub(crate) details: IssueDetails,
    /// The keys under which the record will be found.
    pub(crate) keys: Vec<RecordKey>,
    /// The sets of records that the decision used.
    pub(crate) seen: Vec<SeenSet>,
    /// The first key of the license to which it belongs, if it follows another.
    pub(crate) license: Option<Serial>,
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

/// Applies the rules one after the other. Each takes its values from the order, or else from the base, and adds its refusals.
pub(super) fn decide(policy: &Policy<'_>, order: &Order, history: &History) -> Result<Decision, Refusals> {
    if let Some(issued) = repeated(order, history) {
        history.may_be_given_again(&issued)?;
        return Ok(Decision::Repeated(issued));
    }
    let mut base = Base::of(order, policy.catalog, history).map_err(|refusal| Refusals(vec![refusal]))?;
    let mut found = Vec::new();
    let refusals = &mut found;

    locked::machine(order, &base, refusals);
    let known = locked::for_known_machine(policy, order, &base, history);
    let order = known.as_ref();
    serial(order, history, refusals);
    let kind = order.kind.unwrap_or(base.kind);
    let bridged = bridge::bridged(policy, order, &base, kind, history, refusals);
    if let (Origin::New, Some(paid)) = (base.origin, bridged) {
        base = base.bridging(paid, order, policy.today);
    }
    temporary::trial(policy, order, &base, kind, history, refusals);
    temporary::count(policy, order, &base, kind, bridged, history, refusals);
    contents::edition(&base, refusals);
    let features = contents::features(order, &base, kind, refusals);
    let limits = contents::limits(order, &base, kind, refusals);
    let seats = contents::seats(order, &base, refusals);
    let activations = contents::activations(order, &base, bridged, refusals);

    let days = time::days(policy, order, &base, kind, refusals);
    bridge::days(policy, &base, days.from, refusals);
    time::length(order, &base, kind, days, bridged, history, refusals);
    let updates = time::updates(policy, order, &base, days, refusals);
    let licensee = owner::licensee(order, &base, refusals);
    let values = ClaimValues { kind, features, limits, seats, days, updates, licensee };
    let grace_days = time::grace(policy, order, &base, kind, days, refusals);
    let claims = values.claims(order, &base);
    let claims = grace_days.into_iter().fold(claims, |claims, days| claims.grace_days(days)).build();
    if let Ok(claims) = &claims {
        let stopgap = Some(claims).filter(|claims| claims.kind() == Kind::Stopgap);
        bridge::check(policy, order, &base, bridged, stopgap, history, refusals);
        refusals.extend(changes::refused(order, &base, claims, history));
        locked::differences(order, &base, claims, refusals);
        locked::length(policy, order, &base, claims.valid_through(), refusals);
        free::check(policy, order, &base, claims, history, refusals);
    }

    locked::machines(policy, order, &base, history, refusals);
    text::customer_and_subscription(order, refusals);
    let customer = owner::customer(order, &base, refusals);
    let subscription = owner::subscription(order, &base, kind, refusals);
    locked::differences_on_record(order, &base, refusals);
    text::approval_reason_and_ticket(order, refusals);

    match claims {
        Ok(claims) if found.is_empty() => {
            if let Some(issued) = locked::issued_before(policy, order, &base, &claims, history) {
                history.may_be_given_again(&issued)?;
                return Ok(Decision::Repeated(issued));
            }
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
                license: details.follows().map(|serial| history.first_of_license(serial)),
                claims,
                details,
            })))
        }
        _ => {
            debug_assert!(!found.is_empty(), "a rule refuses claims that can't be those of a license");
            found.sort_by_key(Refusal::position);
            Err(Refusals(found))
        }
    }
}

/// The license that was issued earlier for the same order.
fn repeated(order: &Order, history: &History) -> Option<Arc<IssueRecord>> {
    let reference = order.reference.as_ref()?;
    history
        .find_order(&reference.id)
        .filter(|issued| issued.details.order.as_ref().is_some_and(|order| order.digest == reference.digest))
        .cloned()
}

fn serial(order: &Order, history: &History, refusals: &mut Vec<Refusal>) {
    if history.find(order.serial).is_some() {
        refusals.push(Refusal::SerialTaken { serial: order.serial });
    }
    let issued = order.reference.as_ref().and_then(|reference| history.find_order(&reference.id).zip(Some(reference)));
    if let Some((issued, reference)) = issued {
        refusals.push(Refusal::OrderDiffers { id: reference.id.clone(), serial: issued.serial() });
    }
}
