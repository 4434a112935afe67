//! The decision who receives a license.

use keyward_issuer::has_letter_or_digit;

use super::address::EmailAddress;
use super::customer::{Customer, Trade};
use super::domain::Domain;
use super::refusal::{RecipientRefusal, ResellerLink};
use super::request::{Basis, Proof, Request, Requester};

/// The one address that may receive a license. Only [`permit`] makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipient(EmailAddress);

impl Recipient {
    /// The address.
    pub const fn address(&self) -> &EmailAddress {
        &self.0
    }
}

/// Decides whether a license of this customer goes to the person for whom it was asked. `own_domains` are the vendor's own
/// domains; their subdomains are the vendor's too.
///
/// # Errors
///
/// [`RecipientRefusal`]: about the recipient first, then about the reason for which the license is sent.
pub fn permit(
    request: &Request<'_>,
    customer: &Customer,
    own_domains: &[Domain],
) -> Result<Recipient, RecipientRefusal> {
    let recipient = match *request {
        Request::Forward { to, .. } | Request::Colleague { to, .. } | Request::Deliver { to: Some(to) } => {
            to.parse()?
        }
        Request::Resend { .. } | Request::Deliver { to: None } => {
            customer.email.clone().ok_or(RecipientRefusal::NoAddress)?
        }
    };
    if let Some(domain) = own_domain(&recipient, own_domains) {
        return Err(RecipientRefusal::VendorDomain { recipient, domain });
    }
    if let Some(link) = reseller(&recipient, customer) {
        return Err(RecipientRefusal::Reseller { address: recipient, link });
    }
    match *request {
        Request::Resend { basis } | Request::Forward { basis, .. } => {
            check_basis(basis, &recipient, customer, own_domains)?;
        }
        Request::Deliver { .. } => check_contact(&recipient, customer)?,
        Request::Colleague { user, .. } => check_colleague(user, &recipient, customer)?,
    }
    Ok(Recipient(recipient))
}

/// The vendor's domain in which the address is.
fn own_domain(address: &EmailAddress, own_domains: &[Domain]) -> Option<Domain> {
    own_domains.iter().find(|domain| address.domain().is_within(domain)).cloned()
}

/// How the address is known to be a reseller's.
///
/// A contact is refused under each address of the mailbox, as a tag would be an easy way around the mark. A reseller's
/// colleagues are resellers too. So an address in a reseller's domain, above it or below it is refused, unless it is on record
/// as that of an end user, or the domain is the customer's own.
fn reseller(address: &EmailAddress, customer: &Customer) -> Option<ResellerLink> {
    let email = customer.email.as_ref();
    if customer.resellers().any(|reseller| reseller.is_mailbox_of(address)) {
        return Some(ResellerLink::Contact);
    }
    if customer.trade == Trade::Reseller {
        if email.is_some_and(|email| email.is_mailbox_of(address)) {
            return Some(ResellerLink::Customer);
        }
        let mut domains = customer.domain.iter().chain(email.map(EmailAddress::domain));
        return domains.any(|domain| share_an_owner(address.domain(), domain)).then_some(ResellerLink::Domain);
    }
    let is_customers_own = customer.domain.as_ref().is_some_and(|domain| address.domain().is_within(domain));
    if is_customers_own || customer.has_on_record(address) {
        return None;
    }
    let mut domains = customer.resellers().map(EmailAddress::domain);
    domains.any(|domain| share_an_owner(address.domain(), domain)).then_some(ResellerLink::Domain)
}

/// Whether one of the domains is the other, or a subdomain of it.
fn share_an_owner(one: &Domain, other: &Domain) -> bool {
    one.is_within(other) || other.is_within(one)
}

/// Checks that there is a reason to send a license to the recipient.
fn check_basis(
    basis: Basis<'_>,
    recipient: &EmailAddress,
    customer: &Customer,
    own_domains: &[Domain],
) -> Result<(), RecipientRefusal> {
    match basis {
        Basis::Internal { reference } => {
            has_letter_or_digit(reference).then_some(()).ok_or(RecipientRefusal::ReferenceMissing)
        }
        Basis::Contact { asked_by } => {
            check_contact(asked_by, customer)?;
            // A reseller on record is no contact who may ask without a proof.
            match reseller(asked_by, customer) {
                Some(_) => check_proof(Requester::Reseller, Proof::default(), recipient, customer, own_domains),
                None => Ok(()),
            }
        }
        Basis::Proof { requester, proof } => check_proof(requester, proof, recipient, customer, own_domains),
    }
}

/// Checks that a proof was recorded, and came from somebody who can prove it.
fn check_proof(
    requester: Requester,
    proof: Proof<'_>,
    recipient: &EmailAddress,
    customer: &Customer,
    own_domains: &[Domain],
) -> Result<(), RecipientRefusal> {
    let missing = proof.missing();
    let Some(sender) = proof.sender.filter(|_| missing.is_empty()) else {
        return Err(RecipientRefusal::ProofMissing { requester, missing });
    };
    if let Some(domain) = own_domain(sender, own_domains) {
        return Err(RecipientRefusal::ProofFromVendor { sender: sender.clone(), domain });
    }
    // A proof that a reseller sent makes it a reseller's request, whatever was recorded of the requester.
    let asked_by_reseller = requester == Requester::Reseller || reseller(sender, customer).is_some();
    if asked_by_reseller && sender != recipient {
        return Err(RecipientRefusal::ProofNotFromRecipient { sender: sender.clone(), recipient: recipient.clone() });
    }
    Ok(())
}

/// Checks that this is the customer's address, or that of a contact.
fn check_contact(address: &EmailAddress, customer: &Customer) -> Result<(), RecipientRefusal> {
    if customer.has_on_record(address) {
        return Ok(());
    }
    Err(RecipientRefusal::NotAContact { address: address.clone() })
}

/// Checks that a user of the portal sends a license to a colleague.
///
/// The domain has to be the customer's own: at a public mail provider, a colleague would be anyone.
fn check_colleague(user: &EmailAddress, recipient: &EmailAddress, customer: &Customer) -> Result<(), RecipientRefusal> {
    check_contact(user, customer)?;
    if let Some(link) = reseller(user, customer) {
        return Err(RecipientRefusal::Reseller { address: user.clone(), link });
    }
    let domain = user.domain();
    let is_customers_own = customer.domain.as_ref().is_some_and(|own| domain.is_within(own));
    if is_customers_own && recipient.domain() == domain {
        return Ok(());
    }
    Err(RecipientRefusal::OtherDomain { recipient: recipient.clone(), domain: domain.clone() })
}
