//! A customer is found by e-mail, or made.

use crate::change::{By, Change};
use crate::customer::Customer;
use crate::details::CustomerDetails;
use crate::error::LedgerError;
use crate::id::CustomerId;
use crate::ledger::{Ledger, retried};
use crate::recipient::EmailAddress;
use crate::table::{places, select};
use crate::value::{Field, Value};

/// The customer of an address.
#[derive(Debug, Clone, PartialEq)]
pub enum FoundCustomer {
    /// A new one.
    New(Customer),
    /// One who is on record, as they are there.
    Known(Customer),
}

/// The name and the address of a customer.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct CustomerName {
    /// The id.
    pub id: CustomerId,
    /// The name.
    pub name: Option<String>,
    /// The e-mail address.
    pub email: Option<String>,
}

/// Without what is personal.
impl std::fmt::Debug for CustomerName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CustomerName").field("id", &self.id).finish_non_exhaustive()
    }
}

impl FoundCustomer {
    /// The customer.
    pub fn into_customer(self) -> Customer {
        match self {
            FoundCustomer::New(customer) | FoundCustomer::Known(customer) => customer,
        }
    }
}

impl Ledger {
    /// The customer with that id, also after an erasure or a merge: then [`Customer::merged_into`] has the one who is left.
    ///
    /// # Errors
    ///
    /// [`LedgerError::NoCustomer`], and the errors of the database.
    pub async fn customer(&self, id: CustomerId) -> Result<Customer, LedgerError> {
        self.database.find(id.value()).await?.ok_or(LedgerError::NoCustomer { id })
    }

    /// The customers with these ids, in no order.
    pub(crate) async fn customers_with(&self, ids: &[CustomerId]) -> Result<Vec<Customer>, LedgerError> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let sql = select::<Customer>(&format!("where id in ({})", places(ids.len())));
        self.database.all(sql, ids.iter().map(Field::value).collect()).await
    }

    /// The customer with that id, or the one who is left after merges.
    ///
    /// # Errors
    ///
    /// [`LedgerError::NoCustomer`], and the errors of the database.
    pub async fn customer_after_merges(&self, id: CustomerId) -> Result<Customer, LedgerError> {
        let mut customer = self.customer(id).await?;
        // No circle: one who was merged takes over nobody.
        while let Some(into) = customer.merged_into {
            customer = self.customer(into).await?;
        }
        Ok(customer)
    }

    /// The customers who were merged into this one, also by others.
    pub(crate) async fn merged_into(&self, id: CustomerId) -> Result<Vec<CustomerId>, LedgerError> {
        let sql = "with recursive merged (id) as (
                select id from customers where merged_into = $1
                union select c.id from customers c join merged m on c.merged_into = m.id
            ) select id from merged order by id";
        let found: Vec<(Vec<u8>,)> = self.database.all(sql, vec![id.value()]).await?;
        let ids = found.into_iter().filter_map(|(id,)| id.try_into().ok());
        Ok(ids.map(CustomerId::from_bytes).collect())
    }

    /// The names and addresses of the customers with these ids, in no order: what a list of licenses shows of them.
    ///
    /// # Errors
    ///
    /// The errors of the database.
    pub async fn customer_names(&self, ids: &[CustomerId]) -> Result<Vec<CustomerName>, LedgerError> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let sql = format!("select id, name, email from customers where id in ({})", places(ids.len()));
        let found: Vec<(Vec<u8>, Option<String>, Option<String>)> =
            self.database.all(sql, ids.iter().map(Field::value).collect()).await?;
        let named = |(id, name, email): (Vec<u8>, _, _)| {
            Some(CustomerName { id: CustomerId::from_bytes(id.try_into().ok()?), name, email })
        };
        Ok(found.into_iter().filter_map(named).collect())
    }

    /// The customer with that address. The address of one who was merged leads to the one who is left.
    ///
    /// # Errors
    ///
    /// The errors of the database.
    pub async fn customer_by_email(&self, email: &EmailAddress) -> Result<Option<Customer>, LedgerError> {
        let sql = select::<Customer>("where email_key = $1");
        let found: Vec<Customer> = self.database.all(sql, vec![Value::Text(Some(email.compared()))]).await?;
        match found.into_iter().next() {
            Some(Customer { merged_into: Some(into), .. }) => self.customer_after_merges(into).await.map(Some),
            found => Ok(found),
        }
    }

    /// The customer with the address of these details. If nobody has it, a customer of these details is made; so is one for
    /// details without an address. Several calls at once make one customer.
    ///
    /// # Errors
    ///
    /// Details that no customer may have, and the errors of the database.
    pub async fn find_or_create_customer(
        &self,
        details: &CustomerDetails,
        by: &By,
    ) -> Result<FoundCustomer, LedgerError> {
        // A customer who came first meanwhile is a conflict: the table has each address once.
        retried!(async {
            if let Some(email) = &details.email
                && let Some(known) = self.customer_by_email(email).await?
            {
                return Ok(FoundCustomer::Known(known));
            }
            let mut customer = Customer::new(by)?;
            customer.take(details)?;
            let mut change = Change::begin(&self.database).await?;
            change.insert(&customer).await?;
            change.commit(by.did("customer.created").to(customer.id)).await?;
            Ok(FoundCustomer::New(customer))
        })
    }
}
