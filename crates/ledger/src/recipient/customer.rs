//! The customer of a license, as far as the decision needs it.

use super::address::EmailAddress;
use super::domain::Domain;

/// The customer of a license: their addresses on record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Customer {
    /// The address to which licenses are sent. A customer who was imported by name has none.
    pub email: Option<EmailAddress>,
    /// The domain that belongs to the customer alone. A customer with addresses at a public mail provider has none.
    pub domain: Option<Domain>,
    /// People at the customer, and others who are linked to their licenses.
    pub contacts: Vec<Contact>,
    /// Whether the customer is a reseller. Then all their contacts are.
    pub trade: Trade,
}

/// A person who is linked to a customer's licenses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contact {
    /// The person's address.
    pub address: EmailAddress,
    /// Whether the person works for a reseller.
    pub trade: Trade,
}

/// Whether somebody uses licenses or resells them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Trade {
    /// The end user of licenses.
    EndUser,
    /// A reseller, who never receives a license.
    Reseller,
}

impl Customer {
    /// Whether this is the customer's own address, or that of a contact.
    pub(super) fn has_on_record(&self, address: &EmailAddress) -> bool {
        self.email.as_ref() == Some(address) || self.contacts.iter().any(|contact| contact.address == *address)
    }

    /// The contacts who are resellers.
    pub(super) fn resellers(&self) -> impl Iterator<Item = &EmailAddress> {
        let resells = |contact: &&Contact| self.trade == Trade::Reseller || contact.trade == Trade::Reseller;
        self.contacts.iter().filter(resells).map(|contact| &contact.address)
    }
}
