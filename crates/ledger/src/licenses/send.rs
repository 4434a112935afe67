//! A license is sent to a recipient who may receive it. The audit log keeps the recipient, and the basis.

use keyward_catalog::Catalog;
use serde_json::{Map, Value as Json};

use super::common::{Expected, LicenseChange};
use super::deliver::{Delivered, current, leaving, write_down};
use crate::change::{By, Change};
use crate::customer::Customer;
use crate::error::LedgerError;
use crate::id::LicenseId;
use crate::ledger::{Ledger, retried};
use crate::recipient::{Basis, Domain, EmailAddress, Recipient, Request, Requester, permit};
use crate::state::Action;

/// A license with its keys, on its way to one address.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Sent {
    /// The address that receives it, and no other.
    pub recipient: Recipient,
    /// The license and its keys, after their delivery is on record.
    pub delivered: Delivered,
}

impl Ledger {
    /// Gives the license keys of a license for one recipient, if [`permit`] allows it for the customer as they are on record.
    /// The basis, the proof and the recipient are in the audit log before a key leaves; so is a refusal, with its code.
    ///
    /// # Errors
    ///
    /// [`LedgerError::Recipient`], and the errors of [`Ledger::deliver`].
    pub async fn send(
        &self,
        id: LicenseId,
        request: &Request<'_>,
        own_domains: &[Domain],
        catalog: &Catalog,
        by: &By,
    ) -> Result<Sent, LedgerError> {
        let sent = retried!(self.send_once(id, request, own_domains, catalog, by));
        if let Err(LedgerError::Recipient(refusal)) = &sent {
            let event = by.did("delivery.refused").to(id).with(refusal.code());
            Change::begin(&self.database).await?.commit(event).await?;
        }
        sent
    }

    async fn send_once(
        &self,
        id: LicenseId,
        request: &Request<'_>,
        own_domains: &[Domain],
        catalog: &Catalog,
        by: &By,
    ) -> Result<Sent, LedgerError> {
        let mut on = LicenseChange::begin(self, id, Action::Deliver, Expected::Any, by).await?;
        let customer = on.license.customer.ok_or(LedgerError::Unassigned { id })?;
        let customer = Customer::kept(&mut on.change, customer).await?;
        let recipient = permit(request, &customer.recipient()?, own_domains)?;
        let keys = current(on.keys().await?);
        let leaving = leaving(&keys)?;
        let event = by.did("license.delivered").with(kind(request)).because(Some(facts(request, &recipient)));
        let license = write_down(on, keys, catalog, event, by).await?;
        Ok(Sent { recipient, delivered: Delivered { license, keys: leaving } })
    }
}

/// The request and its basis, without anything personal.
const fn kind(request: &Request<'_>) -> &'static str {
    match request {
        Request::Resend { basis: Basis::Internal { .. } } => "resend internal",
        Request::Resend { basis: Basis::Contact { .. } } => "resend contact",
        Request::Resend { basis: Basis::Proof { .. } } => "resend proof",
        Request::Forward { basis: Basis::Internal { .. }, .. } => "forward internal",
        Request::Forward { basis: Basis::Contact { .. }, .. } => "forward contact",
        Request::Forward { basis: Basis::Proof { .. }, .. } => "forward proof",
        Request::Deliver { .. } => "deliver",
        Request::Colleague { .. } => "colleague",
    }
}

/// The recipient, who asked, and the proof, as JSON. It stands beside the entry as its reason, and goes with an erasure of the
/// customer.
fn facts(request: &Request<'_>, recipient: &Recipient) -> String {
    let mut facts = Map::new();
    let mut fact = |name: &str, value: &str| {
        facts.insert(name.to_owned(), Json::from(value));
    };
    fact("recipient", recipient.address().as_str());
    match *request {
        Request::Resend { basis } | Request::Forward { basis, .. } => match basis {
            Basis::Internal { reference } => fact("reference", reference),
            Basis::Contact { asked_by } => fact("asked_by", asked_by.as_str()),
            Basis::Proof { requester, proof } => {
                fact("requester", if requester == Requester::Reseller { "reseller" } else { "anyone-else" });
                fact("sender", proof.sender.map_or("", EmailAddress::as_str));
                fact("day", &proof.day.map(|day| day.to_string()).unwrap_or_default());
                fact("reference", proof.reference);
            }
        },
        Request::Deliver { .. } => {}
        Request::Colleague { user, .. } => fact("asked_by", user.as_str()),
    }
    Json::Object(facts).to_string()
}
