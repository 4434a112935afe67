//! Customers, as they are stored.

use keyward_issuer::order;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::change::{By, Change};
use crate::contact::{Contact, Name, read, written};
use crate::details::{CustomerDetails, CustomerError};
use crate::error::LedgerError;
use crate::id::CustomerId;
use crate::recipient::{self, EmailAddress, Trade};
use crate::table::row;
use crate::value::Field;

row! {
    /// A customer.
    pub Customer in "customers" {
        /// The id.
        pub id: CustomerId, Plain;
        /// The name; none after an erasure.
        pub name: Option<String>, Personal;
        /// The name, as lists sort it.
        pub sort_name: Option<String>, Personal;
        /// The company.
        pub company: Option<String>, Personal;
        /// The e-mail address.
        pub email: Option<String>, Personal;
        /// The e-mail address, as it is compared. No two customers have the same. One who was merged keeps it: it leads to the
        /// one who is left.
        pub email_key: Option<String>, Personal;
        /// The domain that belongs to the customer alone.
        pub domain: Option<String>, Personal;
        /// The contacts, as JSON.
        pub contacts: Option<String>, Personal;
        /// Whether it resells licenses: then it receives none.
        pub reseller: bool, Plain;
        /// Notes of the vendor's staff.
        pub notes: Option<String>, Personal;
        /// The customer into which this one was merged.
        pub merged_into: Option<CustomerId>, Plain;
        /// The time of its erasure, in milliseconds since 1970.
        pub erased_at: Option<i64>, Plain;
        /// The number of changes by people.
        pub version: i64, Plain;
        /// The time at which it was made, in milliseconds since 1970.
        pub created_at: i64, Plain;
        /// Who made it.
        pub created_by: String, Plain;
    }
}

impl Customer {
    /// A customer of whom nothing is known.
    pub(crate) fn new(by: &By) -> Result<Customer, LedgerError> {
        Ok(Customer {
            id: CustomerId::new(by.at)?,
            name: None,
            sort_name: None,
            company: None,
            email: None,
            email_key: None,
            domain: None,
            contacts: None,
            reseller: false,
            notes: None,
            merged_into: None,
            erased_at: None,
            version: 1,
            created_at: by.millis(),
            created_by: by.actor.clone(),
        })
    }

    /// The customer with that id, whom no other change touches until this one ends.
    ///
    /// # Errors
    ///
    /// A customer who is not on record, was merged, or was erased.
    pub(crate) async fn for_change(change: &mut Change, id: CustomerId) -> Result<Customer, LedgerError> {
        Customer::on_record(change.tx().find_for_change(id.value()).await?, id)
    }

    /// The customer with that id, whom this change does not touch, and whom nobody edits, merges or erases until it ends. Several orders
    /// of one customer go on at once.
    ///
    /// # Errors
    ///
    /// A customer who is not on record, was merged, or was erased.
    pub(crate) async fn kept(change: &mut Change, id: CustomerId) -> Result<Customer, LedgerError> {
        Customer::on_record(change.tx().find_kept(id.value()).await?, id)
    }

    fn on_record(found: Option<Customer>, id: CustomerId) -> Result<Customer, LedgerError> {
        match found {
            None => Err(LedgerError::NoCustomer { id }),
            Some(Customer { merged_into: Some(into), .. }) => Err(LedgerError::CustomerMerged { id, into }),
            Some(Customer { erased_at: Some(_), .. }) => Err(LedgerError::CustomerErased { id }),
            Some(customer) => Ok(customer),
        }
    }

    /// Takes these details.
    pub(crate) fn take(&mut self, details: &CustomerDetails) -> Result<(), CustomerError> {
        details.check()?;
        let text = |name: &Option<Name>| name.as_ref().map(|name| name.as_str().to_owned());
        self.name = text(&details.name);
        self.sort_name = details.name.as_ref().or(details.company.as_ref()).map(|name| sort_name(name.as_str()));
        self.company = text(&details.company);
        self.email = details.email.as_ref().map(|email| email.as_str().to_owned());
        self.email_key = details.email.as_ref().map(EmailAddress::compared);
        self.domain = details.domain.as_ref().map(|domain| domain.as_str().to_owned());
        self.contacts = written(&details.contacts);
        self.reseller = details.trade == Trade::Reseller;
        self.notes = details.notes.clone();
        Ok(())
    }

    /// What people say of the customer.
    ///
    /// # Errors
    ///
    /// A value on record that no version of the ledger writes.
    pub fn details(&self) -> Result<CustomerDetails, LedgerError> {
        let damaged = || LedgerError::Damaged { what: format!("the customer {}", self.id) };
        let name = |text: &Option<String>| text.as_deref().map(str::parse).transpose().map_err(|_| damaged());
        Ok(CustomerDetails {
            name: name(&self.name)?,
            company: name(&self.company)?,
            email: self.email.as_deref().map(str::parse).transpose().map_err(|_| damaged())?,
            domain: self.domain.as_deref().map(str::parse).transpose().map_err(|_| damaged())?,
            contacts: self.contacts.as_deref().map_or(Some(Vec::new()), read).ok_or_else(damaged)?,
            trade: self.trade(),
            notes: self.notes.clone(),
        })
    }

    /// The customer, for [`recipient::permit`].
    ///
    /// # Errors
    ///
    /// A value on record that no version of the ledger writes.
    pub fn recipient(&self) -> Result<recipient::Customer, LedgerError> {
        let details = self.details()?;
        let contact = |contact: Contact| recipient::Contact { address: contact.email, trade: contact.trade };
        Ok(recipient::Customer {
            email: details.email,
            domain: details.domain,
            contacts: details.contacts.into_iter().map(contact).collect(),
            trade: details.trade,
        })
    }

    const fn trade(&self) -> Trade {
        if self.reseller { Trade::Reseller } else { Trade::EndUser }
    }
}

/// A name as lists sort it: without regard to case, accents and white space.
fn sort_name(name: &str) -> String {
    let bare: String = name.nfd().filter(|character| !is_combining_mark(*character)).collect();
    order::Customer::new(&bare).compared().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_sort_without_case_and_accents() {
        assert_eq!(sort_name("Ärzte  Österreich"), "arzte osterreich");
        assert_eq!(sort_name("A\u{308}RZTE OSTERREICH"), sort_name("Ärzte Österreich"));
    }
}
