use chrono::{DateTime, SubsecRound, Utc};
use ed25519_dalek::Signature;
use ed25519_dalek::ed25519::signature::Signer;
use keyward_catalog::Catalog;
use keyward_core::{Claims, Kind, Term};

use super::base::Base;
use super::draft::Draft;
use super::{Order, Policy, Refusal, Refusals, bridge, holder, sold, text, time};
use crate::record::{Details, History, IssueRecord, Lookup, Names, Unreleased};
use crate::{Issuer, SignError};

/// A license that the policy permits. Only [`Policy::decide`] makes one: holding it is the proof.
#[derive(Debug, Clone)]
pub struct Permitted {
    claims: Claims,
    details: Details,
    /// Under what the license will be found.
    lookups: Vec<Lookup>,
}

impl Permitted {
    fn new(claims: Claims, details: Details) -> Permitted {
        let lookups = Lookup::all_of(&claims, &details);
        Permitted { claims, details, lookups }
    }

    /// What the license will say.
    pub const fn claims(&self) -> &Claims {
        &self.claims
    }

    /// How long it was ordered to last, where it was ordered as a term.
    pub const fn term(&self) -> Option<Term> {
        self.details.term
    }

    pub(crate) fn lookups(&self) -> &[Lookup] {
        &self.lookups
    }

    /// Signs it. The key can be had once it is recorded, or expressly without.
    ///
    /// # Errors
    ///
    /// As [`Issuer::sign`].
    pub fn sign<S: Signer<Signature>>(
        self,
        issuer: &Issuer<S>,
        issued_at: DateTime<Utc>,
        issued_by: &str,
    ) -> Result<Unreleased, SignError> {
        // As the record writes it.
        let issued_at = issued_at.trunc_subsecs(0);
        let key = issuer.sign(&self.claims)?;
        let key_id = issuer.verifying_key().id();
        let record = IssueRecord::new(key, self.claims, key_id, issued_at, issued_by.to_owned(), self.details);
        Ok(Unreleased::new(record, self.lookups))
    }
}

/// The rules, one after the other. Each takes what it needs from the order, else from what the order begins with, and
/// logs what it refuses.
pub(super) fn decide(policy: &Policy<'_>, order: &Order, history: &History) -> Result<Permitted, Refusals> {
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
            let details = Details {
                action: base.origin.action(),
                names: names(policy.catalog, &claims),
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
                placed: order.placed.clone(),
            };
            Ok(Permitted::new(claims, details))
        }
        // Every way in which claims make no license was refused above.
        _ => Err(Refusals(refusals)),
    }
}

fn serial(order: &Order, history: &History, log: &mut Vec<Refusal>) {
    if history.find(order.serial).is_some() {
        log.push(Refusal::SerialTaken { serial: order.serial });
    }
    let Some(placed) = &order.placed else { return };
    if let Some(issued) = history.find_order(&placed.id) {
        let (id, serial) = (placed.id.clone(), issued.serial());
        let same = issued.order() == Some(placed);
        log.push(if same { Refusal::OrderIssued { id, serial } } else { Refusal::OrderDiffers { id, serial } });
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

fn names(catalog: &Catalog, claims: &Claims) -> Names {
    let names = catalog.describe(claims);
    Names { product: names.product, edition: names.edition, features: names.features, limits: names.limits }
}
