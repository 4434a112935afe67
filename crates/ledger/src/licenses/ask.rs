//! Orders that may need an approval: they are carried out, or asked for.

use std::collections::BTreeMap;

use keyward_core::Day;
use keyward_core::End;
use keyward_issuer::Signature;
use keyward_issuer::order::{Order, SerialSource, Subject};
use keyward_issuer::policy::{Permitted, Refusal, Refusals};
use keyward_issuer::signature::Signer;
use serde_json::{Value as Json, json};

use super::common::Expected;
use super::create::{Created, NewLicense, codes};
use super::follow::{Followed, Succession};
use crate::approval::{Approval, ApprovalAction, ApprovalState, Ask};
use crate::change::{By, Change};
use crate::customer::Customer;
use crate::details::CustomerDetails;
use crate::error::LedgerError;
use crate::id::{ApprovalId, CustomerId, LicenseId};
use crate::issuing::{Decided, Issuing, of_order};
use crate::ledger::{Ledger, retried};
use crate::license::License;
use crate::state::Action;
use crate::table::select;
use crate::value::{Field, Value};

/// The answer to an order that may need an approval.
#[derive(Debug, Clone, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "it is made once and taken apart at once")]
pub enum Ordered<T> {
    /// It breaks no rule, and was carried out.
    Done(T),
    /// It breaks rules that an approval lifts, and waits for one.
    Waiting(Approval),
}

/// An order that was refused, and what it is about.
struct Refused<'a> {
    action: ApprovalAction,
    license: Option<LicenseId>,
    customer: Option<CustomerId>,
    order: Order,
    /// What the ledger keeps beside the license.
    more: Option<&'a NewLicense>,
    refusals: Refusals,
}

impl Ledger {
    /// Makes a license as [`Ledger::create`] does, or asks for an approval if the order breaks rules that one lifts. The same
    /// order waits once.
    ///
    /// # Errors
    ///
    /// The errors of [`Ledger::create`]. An order that breaks a rule which no approval lifts is refused with all rules.
    pub async fn create_or_ask<S: Signer<Signature> + Sync>(
        &self,
        issuing: Issuing<'_, S>,
        new: &NewLicense,
        ask: &Ask,
        by: &By,
    ) -> Result<Ordered<Created>, LedgerError> {
        let order = self.order_of(new)?;
        let ordered = retried!(self.create_or_ask_once(issuing, &order, new, ask, by));
        self.audited(ordered, None, by).await
    }

    /// Decides on the order of a license for a customer who is not on record yet, so that one is made for no order that is refused.
    /// With a request, an order that would wait for an approval is none.
    ///
    /// # Errors
    ///
    /// The errors of [`Ledger::create`], except those of the signer.
    pub async fn check_for_new_customer<S: Signer<Signature> + Sync>(
        &self,
        issuing: Issuing<'_, S>,
        new: &NewLicense,
        ask: Option<&Ask>,
        by: &By,
    ) -> Result<(), LedgerError> {
        let new = new.clone().for_customer(CustomerId::new(by.at)?);
        let order = self.order_of(&new)?;
        let permitted = self.decide_for_new_customer(issuing, &order, ask, by).await;
        let permitted = self.audited(permitted, None, by).await?;
        self.is_new(&permitted, &new).await
    }

    /// The customer of the license that this order made, or for which it waits, if they, or one who was merged into them, have these details
    /// and no address: by an address, they would be found. So the same order finds the customer whom it made.
    ///
    /// # Errors
    ///
    /// The errors of the database.
    pub async fn customer_of_order(
        &self,
        new: &NewLicense,
        details: &CustomerDetails,
    ) -> Result<Option<CustomerId>, LedgerError> {
        let Some(reference) = new.order.reference.as_ref().filter(|_| details.email.is_none()) else { return Ok(None) };
        let mut customers = Vec::new();
        if let Some(made) = of_order(&self.database, &reference.id).await? {
            customers.extend(self.license_of(made.serial()).await?.customer);
        }
        let sql = select::<Approval>("where state = 'waiting' and order_json = $1");
        let order = written(self.order_of(new)?, Some(new));
        let waiting: Vec<Approval> = self.database.all(sql, vec![Value::Text(Some(order))]).await?;
        customers.extend(waiting.into_iter().filter_map(|approval| approval.customer));
        for id in customers {
            let mut ids = self.merged_into(id).await?;
            ids.push(id);
            for customer in self.customers_with(&ids).await? {
                if customer.details()? == *details {
                    return Ok(Some(id));
                }
            }
        }
        Ok(None)
    }

    /// Decides on the assignment of a license to a customer who is not on record yet, as [`Ledger::check_for_new_customer`] does on
    /// the order of a license.
    ///
    /// # Errors
    ///
    /// The errors of [`Ledger::assign`], except those of the signer.
    pub async fn check_assign_to_new_customer<S: Signer<Signature> + Sync>(
        &self,
        issuing: Issuing<'_, S>,
        id: LicenseId,
        customer: &CustomerDetails,
        expected: Expected,
        ask: Option<&Ask>,
        by: &By,
    ) -> Result<(), LedgerError> {
        let license = self.license(id).await?;
        expected.check(license.version)?;
        license.allows(Action::Assign, by.at)?;
        let Some(generator) = license.reserved_by() else { return Ok(()) };
        let name = customer.name.as_ref().map(|name| name.as_str().to_owned());
        let order = self.reserved_order(generator, CustomerId::new(by.at)?, name).await?;
        let permitted = self.decide_for_new_customer(issuing, &order, ask, by).await;
        self.audited(permitted, Some(id), by).await.map(drop)
    }

    async fn decide_for_new_customer<S: Signer<Signature> + Sync>(
        &self,
        issuing: Issuing<'_, S>,
        order: &Order,
        ask: Option<&Ask>,
        by: &By,
    ) -> Result<Permitted, LedgerError> {
        match (issuing.decide(&self.database, order, by).await, ask) {
            (Ok(Decided::Permitted(permitted)), _) => Ok(*permitted),
            // Nobody has placed an order for them. It is found again when the license is made.
            (Ok(Decided::Repeated(_)), _) => Err(LedgerError::Conflict),
            (Err(LedgerError::Refused(refusals)), Some(_)) => {
                issuing.decide_as_approved(&self.database, order, &refusals, by).await
            }
            (Err(error), _) => Err(error),
        }
    }

    async fn create_or_ask_once<S: Signer<Signature> + Sync>(
        &self,
        issuing: Issuing<'_, S>,
        order: &Order,
        new: &NewLicense,
        ask: &Ask,
        by: &By,
    ) -> Result<Ordered<Created>, LedgerError> {
        let refusals = match self.create_once(issuing, order, new, by).await {
            Err(LedgerError::Refused(refusals)) => refusals,
            created => return created.map(Ordered::Done),
        };
        let (action, customer) = (ApprovalAction::Create, new.customer);
        let refused = Refused { action, license: None, customer, order: order.clone(), more: Some(new), refusals };
        self.ask(issuing, refused, ask, by).await.map(Ordered::Waiting)
    }

    /// Assigns a license as [`Ledger::assign`] does, or asks for an approval if the order of its generator breaks rules for this
    /// customer that one lifts.
    ///
    /// # Errors
    ///
    /// The errors of [`Ledger::assign`]. An order that breaks a rule which no approval lifts is refused with all rules.
    #[expect(clippy::too_many_arguments, reason = "those of `assign`, and the request")]
    pub async fn assign_or_ask<S: Signer<Signature> + Sync>(
        &self,
        issuing: Issuing<'_, S>,
        id: LicenseId,
        customer: CustomerId,
        reason: Option<&str>,
        expected: Expected,
        ask: &Ask,
        by: &By,
    ) -> Result<Ordered<License>, LedgerError> {
        let ordered = retried!(self.assign_or_ask_once(issuing, id, customer, reason, expected, ask, by));
        self.audited(ordered, Some(id), by).await
    }

    #[expect(clippy::too_many_arguments, reason = "those of `assign`, and the request")]
    async fn assign_or_ask_once<S: Signer<Signature> + Sync>(
        &self,
        issuing: Issuing<'_, S>,
        id: LicenseId,
        customer: CustomerId,
        reason: Option<&str>,
        expected: Expected,
        ask: &Ask,
        by: &By,
    ) -> Result<Ordered<License>, LedgerError> {
        let refusals = match self.assign_once(issuing, id, customer, reason, expected, by).await {
            Err(LedgerError::Refused(refusals)) => refusals,
            assigned => return assigned.map(Ordered::Done),
        };
        let license = self.license(id).await?;
        expected.check(license.version)?;
        // Only a license whose key is signed on assignment has an order that can be refused.
        let generator = license.generator.ok_or(LedgerError::Conflict)?;
        let order = self.reserved_order_of(generator, customer).await?;
        let (action, customer) = (ApprovalAction::Assign, Some(customer));
        let refused = Refused { action, license: Some(id), customer, order, more: None, refusals };
        self.ask(issuing, refused, ask, by).await.map(Ordered::Waiting)
    }

    /// Signs a new key as [`Ledger::reissue`] does, or asks for an approval if the order breaks rules that one lifts.
    ///
    /// # Errors
    ///
    /// The errors of [`Ledger::reissue`]. An order that breaks a rule which no approval lifts is refused with all rules.
    pub async fn reissue_or_ask<S: Signer<Signature> + Sync>(
        &self,
        issuing: Issuing<'_, S>,
        id: LicenseId,
        order: &Order,
        expected: Expected,
        ask: &Ask,
        by: &By,
    ) -> Result<Ordered<Followed>, LedgerError> {
        let what = (Succession::Reissue, ApprovalAction::Reissue);
        let ordered = retried!(self.follow_or_ask_once(what, issuing, id, order, expected, ask, by));
        self.audited(ordered, Some(id), by).await
    }

    /// Signs the key of the next term as [`Ledger::renew`] does, or asks for an approval if the order breaks rules that one
    /// lifts.
    ///
    /// # Errors
    ///
    /// The errors of [`Ledger::renew`]. An order that breaks a rule which no approval lifts is refused with all rules.
    pub async fn renew_or_ask<S: Signer<Signature> + Sync>(
        &self,
        issuing: Issuing<'_, S>,
        id: LicenseId,
        order: &Order,
        expected: Expected,
        ask: &Ask,
        by: &By,
    ) -> Result<Ordered<Followed>, LedgerError> {
        let what = (Succession::Renewal, ApprovalAction::Renew);
        let ordered = retried!(self.follow_or_ask_once(what, issuing, id, order, expected, ask, by));
        self.audited(ordered, Some(id), by).await
    }

    #[expect(clippy::too_many_arguments, reason = "those of `reissue`, and the request")]
    async fn follow_or_ask_once<S: Signer<Signature> + Sync>(
        &self,
        (succession, action): (Succession, ApprovalAction),
        issuing: Issuing<'_, S>,
        id: LicenseId,
        order: &Order,
        expected: Expected,
        ask: &Ask,
        by: &By,
    ) -> Result<Ordered<Followed>, LedgerError> {
        let refusals = match self.follow_once(succession, issuing, id, order, expected, by).await {
            Err(LedgerError::Refused(refusals)) => refusals,
            followed => return followed.map(Ordered::Done),
        };
        let license = self.license(id).await?;
        expected.check(license.version)?;
        let order = self.order_for(succession, &license, &self.keys(id).await?, order, by)?;
        let refused = Refused { action, license: Some(id), customer: license.customer, order, more: None, refusals };
        self.ask(issuing, refused, ask, by).await.map(Ordered::Waiting)
    }

    /// Stores the request for an approval, unless the same order waits already.
    async fn ask<S: Signer<Signature> + Sync>(
        &self,
        issuing: Issuing<'_, S>,
        refused: Refused<'_>,
        ask: &Ask,
        by: &By,
    ) -> Result<Approval, LedgerError> {
        let Refused { action, license, customer, order, more, refusals } = refused;
        let permitted = issuing.decide_as_approved(&self.database, &order, &refusals, by).await?;
        if let Some(new) = more {
            self.is_new(&permitted, new).await?;
        }
        let claims = permitted.claims();
        let mut approval = Approval {
            id: ApprovalId::new(by.at)?,
            state: ApprovalState::Waiting,
            action,
            license,
            customer,
            product: claims.product().0,
            edition: claims.edition().0,
            kind: claims.kind(),
            valid_from: claims.valid_from(),
            valid_through: claims.valid_through(),
            last_useful_day: last_useful_day(&order, &refusals),
            order_json: Some(written(order, more)),
            order_digest: None,
            refusals: Some(listed(&refusals)),
            reason: Some(ask.reason.as_str().to_owned()),
            asked_by: by.actor.clone(),
            maker: ask.maker.clone(),
            created_at: by.millis(),
        };
        approval.digest_order();

        let mut change = Change::begin(&self.database).await?;
        if let Some(customer) = customer {
            Customer::kept(&mut change, customer).await?;
        }
        let sql = select::<Approval>("where order_digest = $1 and state = 'waiting'");
        if let Some(waiting) = change.tx().one::<Approval>(sql, vec![approval.order_digest.value()]).await? {
            // Each refusal by the policy is in the audit log.
            let event = by.did("approval.requested-again").to(waiting.id).with(codes(&refusals));
            change.commit(event).await?;
            return Ok(waiting);
        }
        change.insert(&approval).await?;
        let event = by.did("approval.requested").to(approval.id).with(codes(&refusals));
        change.commit(event.because(approval.reason.clone())).await?;
        Ok(approval)
    }
}

/// The order in one form, with what the ledger keeps beside the license.
fn written(mut order: Order, more: Option<&NewLicense>) -> String {
    // The approval stands beside its customer. Who approves says so later.
    (order.customer, order.approval) = (None, None);
    let fields = order.fields(SerialSource::Drawn).into_iter().map(|(name, text)| (name, Json::String(text)));
    let mut fields: BTreeMap<&str, Json> = fields.collect();
    fields.extend(more.map(NewLicense::beside).unwrap_or_default());
    json!(fields).to_string()
}

/// The rules that an order breaks, as they are kept.
fn listed(refusals: &Refusals) -> String {
    let rule = |refusal: &Refusal| json!({ "code": refusal.code(), "detail": refusal.to_string() });
    Json::Array(refusals.as_slice().iter().map(rule).collect()).to_string()
}

/// The last day on which a new trial is too long: one that begins on the day of its issue, ends on a fixed day, and breaks no
/// other rule.
fn last_useful_day(order: &Order, refusals: &Refusals) -> Option<Day> {
    let is_new = matches!(order.subject, Subject::Offer(_) | Subject::Edition { .. });
    match (refusals.as_slice(), order.from, order.end) {
        ([Refusal::TrialTooLong { max_days, through, .. }], None, Some(End::Through(_))) if is_new => {
            Day::from_number(through.number().checked_sub(*max_days)?)
        }
        _ => None,
    }
}
