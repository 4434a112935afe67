//! What people say of a customer.

use std::fmt;

use crate::contact::{Contact, Name};
use crate::recipient::{Domain, EmailAddress, Trade};

/// What people say of a customer: all that an edit may change.
#[derive(Clone, PartialEq, Eq)]
pub struct CustomerDetails {
    /// The name.
    pub name: Option<Name>,
    /// The company.
    pub company: Option<Name>,
    /// The address to which licenses are sent. No two customers have the same.
    pub email: Option<EmailAddress>,
    /// A domain that belongs to the customer alone. A customer with addresses at a public mail provider has none.
    pub domain: Option<Domain>,
    /// People who are linked to the customer's licenses, each address once.
    pub contacts: Vec<Contact>,
    /// Whether the customer is a reseller: then neither the customer nor a contact receives a license.
    pub trade: Trade,
    /// Notes of the vendor's staff.
    pub notes: Option<String>,
}

/// Details that no customer may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CustomerError {
    /// Neither a name nor a company nor an address.
    #[error("the customer has neither a name nor a company nor an address: give one of them")]
    Unnamed,
    /// Too many contacts.
    #[error(
        "the customer has {contacts} contacts, and at most {} are kept: remove some",
        CustomerDetails::MAX_CONTACTS
    )]
    TooManyContacts {
        /// Their number.
        contacts: usize,
    },
    /// Two contacts with one address.
    #[error("contact {number} has the address of a contact before it: give each address once")]
    SameContact {
        /// The number of the second, from 1.
        number: usize,
    },
    /// Notes that are too long.
    #[error("the notes have {bytes} bytes, and at most {} are kept: shorten them", CustomerDetails::MAX_NOTES)]
    NotesTooLong {
        /// Their length.
        bytes: usize,
    },
}

impl CustomerDetails {
    /// The most contacts of a customer.
    pub const MAX_CONTACTS: usize = 100;
    /// The most bytes of the notes.
    pub const MAX_NOTES: usize = 10_240;

    /// An end user of that address, without further details.
    pub fn of_email(email: EmailAddress) -> CustomerDetails {
        CustomerDetails {
            name: None,
            company: None,
            email: Some(email),
            domain: None,
            contacts: Vec::new(),
            trade: Trade::EndUser,
            notes: None,
        }
    }

    /// The same customer, of that name.
    #[must_use]
    pub fn named(self, name: Name) -> CustomerDetails {
        CustomerDetails { name: Some(name), ..self }
    }

    /// Checks them.
    pub(crate) fn check(&self) -> Result<(), CustomerError> {
        if self.name.is_none() && self.company.is_none() && self.email.is_none() {
            return Err(CustomerError::Unnamed);
        }
        if self.contacts.len() > Self::MAX_CONTACTS {
            return Err(CustomerError::TooManyContacts { contacts: self.contacts.len() });
        }
        for (contact, before) in self.contacts.iter().zip(0_usize..) {
            if self.contacts.iter().take(before).any(|other| other.email == contact.email) {
                return Err(CustomerError::SameContact { number: before.saturating_add(1) });
            }
        }
        match self.notes.as_ref().map(String::len) {
            Some(bytes) if bytes > Self::MAX_NOTES => Err(CustomerError::NotesTooLong { bytes }),
            _ => Ok(()),
        }
    }
}

/// Without the values, which are personal.
impl fmt::Debug for CustomerDetails {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("CustomerDetails");
        shown.field("contacts", &self.contacts.len()).field("trade", &self.trade).finish_non_exhaustive()
    }
}
