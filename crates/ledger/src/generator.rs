//! Generators: templates from which many licenses are made for the pool.

use keyward_issuer::order::Order;

use crate::error::LedgerError;
use crate::id::GeneratorId;
use crate::table::row;
use crate::value::stored_as;

/// When the key of a generated license is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signing {
    /// At once: the pool holds finished keys, which name no licensee.
    AtOnce,
    /// When the license is assigned: the key names the customer, and its term begins on that day.
    OnAssignment,
}

row! {
    /// A template for many licenses.
    pub Generator in "generators" {
        /// The id.
        pub id: GeneratorId, Plain;
        /// The name.
        pub name: String, Plain;
        /// The order, as JSON with the fields of [`keyward_issuer::order`].
        pub order_json: String, Plain;
        /// When keys are signed.
        pub signing: Signing, Plain;
        /// The time at which it was made, in milliseconds since 1970.
        pub created_at: i64, Plain;
        /// Who made it.
        pub created_by: String, Plain;
    }
}

impl Generator {
    /// An order of its template, with a serial of its own.
    pub(crate) fn order(&self) -> Result<Order, LedgerError> {
        let order = Order::from_json(&self.order_json);
        order.map_err(|_| LedgerError::Damaged { what: format!("the order of {}", self.id) })
    }
}

stored_as! {
    Signing, String, Text, |signing| match signing {
        Signing::AtOnce => "at-once",
        Signing::OnAssignment => "on-assignment",
    }.to_owned(), |stored| match stored.as_str() {
        "at-once" => Ok(Signing::AtOnce),
        "on-assignment" => Ok(Signing::OnAssignment),
        other => Err(format!("an unknown word, {other}").into()),
    };
}
