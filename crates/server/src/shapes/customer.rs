use keyward_ledger::recipient::Trade;
use keyward_ledger::{ContactRole, Customer, CustomerDetails};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::time;
use crate::problem::Problem;

/// A customer.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CustomerShape {
    /// The id, `cus_…`.
    id: String,
    /// The name.
    name: Option<String>,
    /// The company.
    company: Option<String>,
    /// The e-mail address to which licenses are sent.
    email: Option<String>,
    /// The domain that belongs to the customer alone.
    domain: Option<String>,
    /// People who are linked to the customer's licenses.
    contacts: Vec<ContactShape>,
    /// Whether the customer resells licenses.
    reseller: bool,
    /// Notes of the vendor's staff.
    notes: Option<String>,
    /// The customer into whom this one was merged.
    merged_into: Option<String>,
    /// The time of the erasure.
    erased_at: Option<String>,
    /// The number of changes, as in the ETag.
    version: i64,
    /// The time at which the customer was made.
    created_at: String,
    /// Who made it.
    created_by: String,
}

/// Someone who is linked to the licenses of a customer.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ContactShape {
    /// The name.
    pub(crate) name: Option<String>,
    /// The e-mail address.
    pub(crate) email: String,
    /// What the person is asked about: `general`, `renewal`, `billing` or `technical`.
    #[schema(value_type = String)]
    pub(crate) role: ContactRole,
    /// Whether the person works for a reseller, and so receives no license.
    #[serde(default)]
    pub(crate) reseller: bool,
}

impl CustomerShape {
    pub(crate) fn of(customer: &Customer) -> Result<CustomerShape, Problem> {
        // One who was erased has no details.
        let details = if customer.erased_at.is_some() { None } else { Some(customer.details()?) };
        let text = |name: &dyn Fn(&CustomerDetails) -> Option<String>| details.as_ref().and_then(name);
        let contacts = details.as_ref().map(|details| {
            let shape = |contact: &keyward_ledger::Contact| ContactShape {
                name: contact.name.as_ref().map(|name| name.as_str().to_owned()),
                email: contact.email.as_str().to_owned(),
                role: contact.role,
                reseller: contact.trade == Trade::Reseller,
            };
            details.contacts.iter().map(shape).collect()
        });
        Ok(CustomerShape {
            id: customer.id.to_string(),
            name: text(&|details| details.name.as_ref().map(|name| name.as_str().to_owned())),
            company: text(&|details| details.company.as_ref().map(|name| name.as_str().to_owned())),
            email: text(&|details| details.email.as_ref().map(|email| email.as_str().to_owned())),
            domain: text(&|details| details.domain.as_ref().map(|domain| domain.as_str().to_owned())),
            contacts: contacts.unwrap_or_default(),
            reseller: details.as_ref().is_some_and(|details| details.trade == Trade::Reseller),
            notes: text(&|details| details.notes.clone()),
            merged_into: customer.merged_into.map(|id| id.to_string()),
            erased_at: customer.erased_at.map(time),
            version: customer.version,
            created_at: time(customer.created_at),
            created_by: customer.created_by.clone(),
        })
    }
}
