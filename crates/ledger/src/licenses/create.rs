//! A new license, from an order.

use std::collections::BTreeMap;

use keyward_catalog::Catalog;
use keyward_core::{Kind, Quantity};
use keyward_issuer::Signature;
use keyward_issuer::order::Order;
use keyward_issuer::policy::{Permitted, Refusal, Refusals};
use keyward_issuer::record::Sealed;
use keyward_issuer::signature::Signer;
use serde_json::{Value as Json, json};

use super::deliver::{Delivered, becomes_active, leaving};
use crate::change::{By, Change};
use crate::customer::Customer;
use crate::error::LedgerError;
use crate::id::{CustomerId, LicenseId};
use crate::issuing::{Decided, Issuing, append, of_order};
use crate::ledger::{Ledger, retried};
use crate::license::{KeyRow, License, Role};
use crate::metadata::Metadata;
use crate::state::{Action, BaseState};

/// A license to make.
#[derive(Clone)]
#[non_exhaustive]
pub struct NewLicense {
    /// The order. Its customer is left out: [`NewLicense::customer`] names one.
    pub order: Order,
    /// The customer, to whom the license is assigned at once.
    pub customer: Option<CustomerId>,
    /// The days after which an activation that was not validated ends; `None` are those of the product, if it has any.
    pub lease_days: Option<u16>,
    /// For the vendor's own use.
    pub metadata: Option<Metadata>,
    /// Notes of the vendor's staff.
    pub notes: Option<String>,
    /// Whether its key leaves with the answer, if it has a customer: then its delivery is on record with it.
    pub delivered: bool,
}

/// Without the texts, which are personal.
impl std::fmt::Debug for NewLicense {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewLicense").field("customer", &self.customer).finish_non_exhaustive()
    }
}

impl NewLicense {
    /// A license of that order, for the pool.
    pub fn new(order: Order) -> NewLicense {
        NewLicense { order, customer: None, lease_days: None, metadata: None, notes: None, delivered: false }
    }

    /// The same license, for that customer.
    #[must_use]
    pub fn for_customer(self, customer: CustomerId) -> NewLicense {
        NewLicense { customer: Some(customer), ..self }
    }

    /// What the ledger keeps beside the license, except its customer.
    pub(super) fn beside(&self) -> BTreeMap<&'static str, Json> {
        let days = self.lease_days.map(|days| ("lease_days", json!(days)));
        let metadata = self.metadata.as_ref().map(|metadata| ("metadata", json!(metadata.values())));
        let notes = self.notes.as_ref().map(|notes| ("notes", json!(notes)));
        [days, metadata, notes].into_iter().flatten().collect()
    }
}

/// The answer to an order that breaks no rule.
#[derive(Debug, Clone, PartialEq)]
pub enum Created {
    /// A new license, with its key if that leaves.
    New(Delivered),
    /// The license that the same order made earlier.
    Repeated(License),
}

impl Created {
    /// The license.
    pub fn into_license(self) -> License {
        match self {
            Created::New(delivered) => delivered.license,
            Created::Repeated(license) => license,
        }
    }
}

impl Ledger {
    /// Makes a license of an order. An order with an id makes one license, however often it is repeated. Its key leaves at once if
    /// [`NewLicense::delivered`] says so, as [`Ledger::deliver`] gives it.
    ///
    /// # Errors
    ///
    /// An order that breaks rules (also written to the audit log), a customer who is not on record, a signer that fails, and
    /// the errors of the database.
    pub async fn create<S: Signer<Signature> + Sync>(
        &self,
        issuing: Issuing<'_, S>,
        new: &NewLicense,
        by: &By,
    ) -> Result<Created, LedgerError> {
        let order = self.order_of(new)?;
        let created = retried!(self.create_once(issuing, &order, new, by));
        self.audited(created, None, by).await
    }

    /// The order of a new license, with its customer and its environment.
    pub(super) fn order_of(&self, new: &NewLicense) -> Result<Order, LedgerError> {
        let mut order = new.order.clone();
        order.customer = new.customer.map(|customer| customer.to_string());
        // The same order for another customer is another one: its answer has a whole key.
        let customer = order.customer.iter().map(|customer| ("customer", json!(customer)));
        let beside = new.beside().into_iter().chain(customer).collect();
        order.reference = order.reference.map(|reference| reference.beside(beside));
        self.own_environment(&mut order)?;
        Ok(order)
    }

    pub(super) async fn create_once<S: Signer<Signature> + Sync>(
        &self,
        issuing: Issuing<'_, S>,
        order: &Order,
        new: &NewLicense,
        by: &By,
    ) -> Result<Created, LedgerError> {
        let permitted = match issuing.decide(&self.database, order, by).await {
            Ok(Decided::Repeated(serial)) => return Ok(Created::Repeated(self.license_of(serial).await?)),
            Ok(Decided::Permitted(permitted)) => *permitted,
            Err(LedgerError::Refused(refusals)) if has_used_id(&refusals) => {
                let repeated = self.repeated_after_merge(issuing, new, by).await?;
                return repeated.map(Created::Repeated).ok_or(LedgerError::Refused(refusals));
            }
            Err(error) => return Err(error),
        };
        self.is_new(&permitted, new).await?;
        let mut license = self.license_from(issuing.catalog, &permitted, new, by)?;
        let sealed = issuing.sign(permitted, by)?;
        let mut key = KeyRow::new(license.id, Role::Main, sealed.record(), by.micros());

        let mut change = Change::begin(&self.database).await?;
        if let Some(customer) = new.customer {
            Customer::kept(&mut change, customer).await?;
        }
        append(&mut change, std::slice::from_ref(&sealed)).await?;
        let created = by.did("license.created").to(license.id).because(reason(&sealed));
        if !new.delivered || license.customer.is_none() || license.allows(Action::Deliver, by.at).is_err() {
            change.insert(&license).await?;
            change.insert(&key).await?;
            change.commit(created).await?;
            return Ok(Created::New(Delivered { license, keys: Vec::new() }));
        }
        // The rows are inserted as the delivery leaves them. The log shows them before it, too.
        change.note(&license);
        change.note(&key);
        change.entry(created)?;
        key.delivered_at = Some(by.millis());
        match becomes_active(&mut license, issuing.catalog) {
            true => change.insert(&license).await?,
            false => change.tx().insert(std::slice::from_ref(&license)).await?,
        }
        change.insert(&key).await?;
        let keys = leaving(std::slice::from_ref(&key))?;
        change.commit(by.did("license.delivered").to(license.id)).await?;
        Ok(Created::New(Delivered { license, keys }))
    }

    /// The license that the same order made for a customer who was merged into this one since.
    async fn repeated_after_merge<S: Signer<Signature> + Sync>(
        &self,
        issuing: Issuing<'_, S>,
        new: &NewLicense,
        by: &By,
    ) -> Result<Option<License>, LedgerError> {
        let (Some(reference), Some(customer)) = (&new.order.reference, new.customer) else { return Ok(None) };
        let made = of_order(&self.database, &reference.id).await?;
        let made = made.as_ref().and_then(|made| Some(&made.details().order.as_ref()?.digest));
        for merged in self.merged_into(customer).await? {
            let order = self.order_of(&new.clone().for_customer(merged))?;
            if order.reference.as_ref().map(|reference| &reference.digest) == made
                && let Decided::Repeated(serial) = issuing.decide(&self.database, &order, by).await?
            {
                return self.license_of(serial).await.map(Some);
            }
        }
        Ok(None)
    }

    /// Checks that what is permitted is a license of its own, and has the customer that it needs.
    pub(super) async fn is_new(&self, permitted: &Permitted, new: &NewLicense) -> Result<(), LedgerError> {
        if let Some(serial) = permitted.details().follows() {
            return Err(LedgerError::Follows { license: self.license_of(serial).await?.id });
        }
        let kind = permitted.claims().kind();
        if new.customer.is_none() && kind != Kind::Standard {
            return Err(LedgerError::CustomerMissing { kind });
        }
        Ok(())
    }

    /// The row of a license that is permitted.
    pub(super) fn license_from(
        &self,
        catalog: &Catalog,
        permitted: &Permitted,
        new: &NewLicense,
        by: &By,
    ) -> Result<License, LedgerError> {
        let (claims, details) = (permitted.claims(), permitted.details());
        let lease_days = catalog.product_by_number(claims.product()).and_then(|product| product.lease_days);
        let mut license = License {
            id: LicenseId::new(by.at)?,
            product: claims.product().0,
            edition: claims.edition().0,
            kind: claims.kind(),
            base_state: if new.customer.is_some() { BaseState::Assigned } else { BaseState::Available },
            hold: None,
            held_at: None,
            revoked_for: None,
            customer: new.customer,
            offer: details.offer.clone(),
            generator: None,
            seats: claims.seats(),
            activation_limit: details.activations.unwrap_or(Quantity::Unlimited),
            activations: 0,
            was_activated: false,
            lease_days: new.lease_days.or(lease_days),
            features: claims.features(),
            limits: *claims.limits(),
            valid_from: None,
            valid_through: None,
            last_usable_day: None,
            updates_through: None,
            metadata: new.metadata.as_ref().map(ToString::to_string),
            notes: new.notes.clone(),
            subscription_id: details.subscription.as_ref().map(|subscription| subscription.id.clone()),
            subscription_name: details.subscription.as_ref().and_then(|subscription| subscription.name.clone()),
            ticket: details.ticket.clone(),
            version: 1,
            created_at: by.millis(),
            created_by: by.actor.clone(),
        };
        license.say([(Role::Main, claims)]);
        Ok(license)
    }

    /// Gives an order the environment of this ledger. One for another is refused.
    pub(crate) fn own_environment(&self, order: &mut Order) -> Result<(), LedgerError> {
        match order.environment {
            Some(found) if found != self.environment => {
                Err(LedgerError::OrderEnvironment { found, expected: self.environment })
            }
            _ => {
                order.environment = Some(self.environment);
                Ok(())
            }
        }
    }

    /// Writes a refusal by the policy to the audit log.
    pub(crate) async fn audited<T>(
        &self,
        result: Result<T, LedgerError>,
        license: Option<LicenseId>,
        by: &By,
    ) -> Result<T, LedgerError> {
        if let Err(LedgerError::Refused(refusals)) = &result {
            let event = by.did("order.refused").with(codes(refusals));
            let event = license.into_iter().fold(event, |event, id| event.to(id));
            Change::begin(&self.database).await?.commit(event).await?;
        }
        result
    }
}

/// Whether another order has the id.
fn has_used_id(refusals: &Refusals) -> bool {
    refusals.as_slice().iter().any(|refusal| matches!(refusal, Refusal::OrderDiffers { .. }))
}

/// The reason for an order.
pub(super) fn reason(sealed: &Sealed) -> Option<String> {
    sealed.record().details().reason.clone()
}

/// The codes of the rules that an order breaks.
pub(super) fn codes(refusals: &Refusals) -> String {
    refusals.as_slice().iter().map(|refusal| refusal.code()).collect::<Vec<_>>().join(" ")
}
