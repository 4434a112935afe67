//! Customers, as they are stored.

use crate::id::CustomerId;
use crate::table::row;

row! {
    /// A customer.
    pub Customer in "customers" {
        /// The id.
        id: CustomerId, Plain;
        /// The name; none after an erasure.
        name: Option<String>, Personal;
        /// The name, as lists sort it.
        sort_name: Option<String>, Personal;
        /// The company.
        company: Option<String>, Personal;
        /// The e-mail address.
        email: Option<String>, Personal;
        /// The e-mail address, as it is compared. No two customers have the same.
        email_key: Option<String>, Personal;
        /// The domain of the customer's addresses.
        domain: Option<String>, Personal;
        /// The contacts, as JSON.
        contacts: Option<String>, Personal;
        /// Whether it resells licenses: then it receives none.
        reseller: bool, Plain;
        /// Notes of the vendor's staff.
        notes: Option<String>, Personal;
        /// The customer into which this one was merged.
        merged_into: Option<CustomerId>, Plain;
        /// The time of its erasure, in milliseconds since 1970.
        erased_at: Option<i64>, Plain;
        /// The number of changes by people.
        version: i64, Plain;
        /// The time at which it was made, in milliseconds since 1970.
        created_at: i64, Plain;
        /// Who made it.
        created_by: String, Plain;
    }
}
