//! What people say of a customer changes.

use crate::change::{By, Change};
use crate::customer::Customer;
use crate::details::CustomerDetails;
use crate::error::LedgerError;
use crate::id::CustomerId;
use crate::ledger::{Ledger, retried};
use crate::licenses::Expected;
use crate::table::select;
use crate::value::{Field, Value};

impl Ledger {
    /// Gives a customer these details. A renamed customer keeps the id, and so everything that counts by customer.
    ///
    /// # Errors
    ///
    /// Details that no customer may have, an address of another customer, a customer who was merged or erased, another version
    /// than expected, and the errors of the database.
    pub async fn edit_customer(
        &self,
        id: CustomerId,
        details: &CustomerDetails,
        reason: Option<&str>,
        expected: Expected,
        by: &By,
    ) -> Result<Customer, LedgerError> {
        retried!(async {
            let mut change = Change::begin(&self.database).await?;
            let before = Customer::for_change(&mut change, id).await?;
            expected.check(before.version)?;
            let mut customer = before.clone();
            customer.take(details)?;
            if customer == before {
                return Ok(customer);
            }
            if let Some(key) = customer.email_key.clone() {
                take_address(&mut change, id, key).await?;
            }
            customer.version = customer.version.saturating_add(1);
            change.update(&customer).await?;
            change.commit(by.did("customer.edited").to(id).because(reason)).await?;
            Ok(customer)
        })
    }
}

/// Makes the address free for that customer, if one who was merged into them has it. That of another is refused.
async fn take_address(change: &mut Change, id: CustomerId, key: String) -> Result<(), LedgerError> {
    let sql = select::<Customer>("where email_key = $1");
    let owner: Option<Customer> = change.tx().one(sql, vec![Value::Text(Some(key))]).await?;
    let Some(mut owner) = owner.filter(|owner| owner.id != id) else { return Ok(()) };
    let mut left = owner.clone();
    while let Some(into) = left.merged_into {
        let next: Option<Customer> = change.tx().find_for_change(into.value()).await?;
        left = next.ok_or(LedgerError::NoCustomer { id: into })?;
    }
    if left.id != id {
        return Err(LedgerError::EmailTaken { customer: left.id });
    }
    owner.email_key = None;
    change.update(&owner).await
}
