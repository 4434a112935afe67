use chrono::{DateTime, SubsecRound, Utc};
use ed25519_dalek::Signature;
use ed25519_dalek::ed25519::signature::Signer;
use keyward_catalog::Catalog;
use keyward_core::{Claims, Kind, Licensee};
use keyward_grace::Term;

use super::base::{Base, Origin};
use super::{Ends, Order, Policy, Refusal, Refusals, sold, text, time};
use crate::record::{Action, Details, History, IssueRecord, Lookup, Names, Unreleased};
use crate::{Issuer, SignError, licensee};

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

pub(super) fn decide(policy: &Policy<'_>, order: &Order, history: &History) -> Result<Permitted, Refusals> {
    let base = Base::of(order, policy.catalog, history).map_err(|refusal| Refusals(vec![refusal]))?;
    let mut refusals = Vec::new();
    let log = &mut refusals;

    if history.find(order.serial).is_some() {
        log.push(Refusal::SerialTaken { serial: order.serial });
    }
    if let Some(placed) = &order.placed {
        if let Some(issued) = history.find_order(&placed.id) {
            let (id, serial) = (placed.id.clone(), issued.serial());
            let same = issued.order() == Some(placed);
            log.push(if same { Refusal::OrderIssued { id, serial } } else { Refusal::OrderDiffers { id, serial } });
        }
    }
    let kind = kind(order, &base, log);
    sold::edition(&base, log);
    let features = sold::features(order, &base, kind, log);
    let limits = sold::limits(order, &base, log);
    let seats = sold::seats(order, &base, log);
    let activations = sold::activations(order, &base, log);
    let days = time::days(policy, order, &base, kind, log);
    time::reissued(order, &base, days, history, log);
    time::length(order, &base, kind, days, history, log);

    let mut claims = Claims::builder()
        .serial(order.serial)
        .product(base.product.number)
        .edition(base.edition.number)
        .environment(order.environment.unwrap_or(base.environment))
        .valid_from(days.from)
        .features(features)
        .limits(limits);
    claims = match kind {
        Kind::Standard => claims,
        Kind::Trial => claims.trial(),
        Kind::Stopgap => claims.stopgap(),
    };
    claims = match seats {
        Some(seats) => claims.seats(seats),
        None => claims.unlimited_seats(),
    };
    claims = match days.through {
        Some(through) => claims.valid_through(through),
        None => claims.perpetual(),
    };
    let updates = order.updates_through.map(Ends::Through).or(base.updates);
    if let Some(Ends::Through(updates)) = updates {
        // A reissue of what was issued so stays so.
        let kept = matches!(base.origin, Origin::Reissue(_))
            && order.updates_through.is_none()
            && base.from == Some(days.from);
        if updates < days.from && !kept {
            log.push(Refusal::UpdatesEndBeforeItBegins { from: days.from, updates });
        }
    }
    claims = match updates {
        Some(Ends::Through(day)) => claims.updates_through(day),
        Some(Ends::After(term)) => match term.last_day(days.from) {
            Ok(day) => claims.updates_through(day),
            Err(error) => {
                log.push(error.into());
                claims
            }
        },
        Some(Ends::Never) | None => claims,
    };
    let previous = base.origin.previous();
    let fingerprint =
        order.fingerprint.or_else(|| previous.and_then(|previous| previous.claims().fingerprint().copied()));
    if let Some(fingerprint) = fingerprint {
        claims = claims.fingerprint(fingerprint);
    }
    if let Some(extension) = previous.and_then(|previous| previous.claims().extension()) {
        claims = claims.extension(*extension);
    }
    // Read here, for the stopgap's rule looks at the licensee; said below, where it belongs.
    let mut about_names = Vec::new();
    if let Some(name) = licensee_of(order, &base, &mut about_names) {
        claims = claims.licensee(name);
    }
    let known = claims.clone().build().ok();
    let bridges = time::bridged(order, &base, known.as_ref(), kind, history, log);
    if let Some(grace_days) = time::grace(order, &base, kind, days, log) {
        claims = claims.grace_days(grace_days);
    }
    if fingerprint.is_some_and(|fingerprint| fingerprint.present() == 0) {
        log.push(Refusal::FitsNoMachine);
    }
    log.append(&mut about_names);
    text::customer_and_subscription(order, log);
    let customer = customer(order, &base, log);
    let subscription = subscription(order, &base, kind, log);
    text::paperwork(order, log);

    match claims.build() {
        Ok(claims) if refusals.is_empty() => {
            let details = Details {
                action: match base.origin {
                    Origin::New => Action::Issue,
                    Origin::Reissue(_) => Action::Reissue,
                    Origin::Renewal { .. } => Action::Renewal,
                },
                names: names(policy.catalog, &claims),
                offer: base.offer.as_ref().map(ToString::to_string),
                term: days.term,
                activations,
                replaces: previous.map(IssueRecord::serial),
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

fn kind(order: &Order, base: &Base<'_>, log: &mut Vec<Refusal>) -> Kind {
    let asked = order.kind.unwrap_or(base.kind);
    if let Some(previous) = base.origin.previous() {
        if asked != base.kind {
            log.push(Refusal::KindChanges { serial: previous.serial(), is: base.kind, asked });
        }
    }
    asked
}

fn licensee_of(order: &Order, base: &Base<'_>, log: &mut Vec<Refusal>) -> Option<Licensee> {
    let previous = base.origin.previous();
    let had = previous.and_then(|previous| previous.claims().licensee().copied());
    let Some(name) = &order.licensee else { return had };
    let asked = match licensee(name) {
        Ok(asked) => asked,
        Err(error) => {
            log.push(error.into());
            return had;
        }
    };
    if let (Some(previous), Some(had), None) = (previous, had, &order.approval) {
        if had != asked {
            let (is, asked) = (had.to_string(), asked.to_string());
            log.push(Refusal::LicenseeChanges { serial: previous.serial(), is, asked });
        }
    }
    Some(asked)
}

fn customer(order: &Order, base: &Base<'_>, log: &mut Vec<Refusal>) -> Option<String> {
    let previous = base.origin.previous();
    let had = previous.and_then(IssueRecord::customer);
    let Some(asked) = &order.customer else { return had.map(str::to_owned) };
    if let (Some(previous), Some(had), None) = (previous, had, &order.approval) {
        if !text::same_customer(had, asked) {
            let (is, asked) = (had.to_owned(), asked.clone());
            log.push(Refusal::CustomerChanges { serial: previous.serial(), is, asked });
        }
    }
    Some(asked.clone())
}

fn subscription(order: &Order, base: &Base<'_>, kind: Kind, log: &mut Vec<Refusal>) -> Option<super::Subscription> {
    match &order.subscription {
        Some(subscription) if kind != Kind::Standard => {
            log.push(Refusal::SubscriptionOn { kind, id: subscription.id.clone() });
            None
        }
        Some(subscription) => Some(subscription.clone()),
        None => base.origin.previous().and_then(|previous| previous.subscription().cloned()),
    }
}

fn names(catalog: &Catalog, claims: &Claims) -> Names {
    let names = catalog.describe(claims);
    Names { product: names.product, edition: names.edition, features: names.features, limits: names.limits }
}
