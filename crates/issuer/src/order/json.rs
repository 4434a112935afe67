//! An order as a JSON object. A line of CSV becomes the same object.

use std::fmt;

use keyward_core::{ActivationRequest, End, Environment, Kind, Quantity};

use super::fields::{Fields, has_key};
use super::value::{Pairs, Value};
use super::{Approval, MachineLock, Order, OrderError, OrderRef, SerialSource, Subscription, whole_number};
use crate::random_serial;

impl Order {
    /// Reads an order from a JSON object with the fields [`FIELD_NAMES`](super::FIELD_NAMES). An order without a serial gets a
    /// random one.
    ///
    /// # Errors
    ///
    /// A text that is not a JSON object, an unknown or a duplicate field, a value of the wrong form, and fields that exclude
    /// each other. The error repeats no value: a pasted text may be a key.
    ///
    /// ```
    /// use keyward_issuer::order::Order;
    ///
    /// let order = Order::from_json(r#"{"id": "PO-1", "offer": "pro-annual", "seats": 25, "licensee": "Acme Ltd"}"#)?;
    /// assert_eq!(order.reference.map(|reference| reference.id).as_deref(), Some("PO-1"));
    /// assert_eq!(
    ///     Order::from_json(r#"{"offer": "pro-annual", "seats": "many"}"#).unwrap_err().to_string(),
    ///     "seats: expected a whole number from 1 to 4294967295, or unlimited",
    /// );
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn from_json(text: &str) -> Result<Order, OrderError> {
        Order::from_pairs(serde_json::from_str(text).map_err(|error| OrderError::from_json(&error))?)
    }

    pub(super) fn from_pairs(pairs: Pairs) -> Result<Order, OrderError> {
        let mut fields = Fields::of(pairs)?;
        let id = fields.or_null("id", "text", |text| Some(text.to_owned()), String::new())?;
        if id.as_ref().is_some_and(|id| id.trim().is_empty()) {
            return Err(OrderError::NoId);
        }
        let (mut order, serial) = subject(&mut fields)?;
        overrides(&mut order, &mut fields)?;
        order.reference = id.map(|id| OrderRef::new(id, &order, serial));
        Ok(order)
    }
}

/// The id of an order that may be invalid. A key is no id.
pub(super) fn id(pairs: &Pairs) -> Option<String> {
    pairs.0.iter().find_map(|(name, value)| match value {
        Value::Text(id) if name == "id" && !has_key("id", value) => Some(id.clone()),
        Value::Number(id) if name == "id" => Some(id.to_string()),
        _ => None,
    })
}

const DAY: &str = "a day such as 2026-12-31";
const REQUEST: &str = "an activation request without mistakes, 11 groups that begin with R";
const SERIAL: &str = "a serial, 16 hex digits";
const QUANTITY: &str = "a whole number from 1 to 4294967295, or unlimited";

fn subject(fields: &mut Fields) -> Result<(Order, SerialSource), OrderError> {
    let (offer, product, edition) = (fields.text("offer")?, fields.text("product")?, fields.text("edition")?);
    let (renews, reissues) = (fields.parsed("renews", SERIAL)?, fields.parsed("reissues", SERIAL)?);
    let request: Option<ActivationRequest> = fields.parsed("request", REQUEST)?;
    let (serial, source) = match fields.parsed("serial", SERIAL)? {
        Some(serial) => (serial, SerialSource::Named),
        None => (random_serial()?, SerialSource::Drawn),
    };
    let order = match (offer, product, renews, reissues, request) {
        (Some(offer), None, None, None, None) => Order { edition, ..Order::of_offer(offer, serial) },
        (None, Some(product), None, None, None) => match edition {
            Some(edition) => Order::of_edition(product, edition, serial),
            None => return Err(OrderError::Incomplete { field: "product", missing: "edition" }),
        },
        (None, None, Some(renewed), None, None) => Order { edition, ..Order::renewal_of(renewed, serial) },
        (None, None, None, Some(replaced), None) => Order { edition, ..Order::reissue_of(replaced, serial) },
        (None, None, None, None, Some(request)) => Order { edition, ..Order::locked(&request, serial) },
        _ => return Err(OrderError::Subject),
    };
    Ok((order, source))
}

fn overrides(order: &mut Order, fields: &mut Fields) -> Result<(), OrderError> {
    order.kind = fields.value("kind", "standard, trial or stopgap", |text| one_of(KINDS, text))?;
    order.from = fields.parsed("from", DAY)?;
    let through = fields.or_null("through", DAY, |text| text.parse().ok().map(End::Through), End::Perpetual)?;
    let term = fields.or_null("term", "a term such as 30d, 12m or 1y, or perpetual", term, End::Perpetual)?;
    order.end = match (through, term) {
        (Some(_), Some(_)) => return Err(OrderError::TwoEnds),
        (through, term) => through.or(term),
    };
    order.seats = fields.or_null("seats", QUANTITY, |text| text.parse().ok(), Quantity::Unlimited)?;
    order.features = fields.codes("features")?;
    order.limits = fields.limits("limits")?;
    order.updates = fields.or_null("updates_through", "a day such as 2026-12-31, or all", updates, End::Perpetual)?;
    order.grace_days = fields.value("grace_days", "a number of days", whole_number)?;
    order.environment =
        fields.value("environment", "production, staging or development", |text| one_of(ENVIRONMENTS, text))?;
    let lock = fields.or_null(
        "fingerprint",
        "a fingerprint, 32 hex digits, or none",
        |text| text.parse().ok(),
        MachineLock::None,
    )?;
    order.lock = match (order.lock, lock) {
        (Some(_), Some(_)) => return Err(OrderError::TwoMachines),
        (requested, lock) => requested.or(lock),
    };
    order.activations = fields.or_null("activations", QUANTITY, |text| text.parse().ok(), Quantity::Unlimited)?;
    order.licensee = fields.text("licensee")?;
    order.customer = fields.text("customer")?;
    order.bridges = fields.parsed("bridges", SERIAL)?;
    order.subscription = match (fields.text("subscription")?, fields.text("subscription_name")?) {
        (None, Some(_)) => return Err(OrderError::Incomplete { field: "subscription_name", missing: "subscription" }),
        (id, name) => id.map(|id| Subscription { id, name }),
    };
    order.reason = fields.text("reason")?;
    order.approval = match (fields.text("approved_by")?, &order.reason) {
        (Some(by), Some(reason)) => Some(Approval { by, reason: reason.clone() }),
        (Some(_), None) => return Err(OrderError::Incomplete { field: "approved_by", missing: "reason" }),
        (None, _) => None,
    };
    order.ticket = fields.text("ticket")?;
    Ok(())
}

const KINDS: [Kind; 3] = [Kind::Standard, Kind::Trial, Kind::Stopgap];
const ENVIRONMENTS: [Environment; 3] = [Environment::Production, Environment::Staging, Environment::Development];

fn one_of<T: fmt::Display>(all: impl IntoIterator<Item = T>, text: &str) -> Option<T> {
    all.into_iter().find(|one| one.to_string() == text)
}

fn updates(text: &str) -> Option<End> {
    if text == "all" { Some(End::Perpetual) } else { text.parse().ok().map(End::Through) }
}

fn term(text: &str) -> Option<End> {
    if text == "perpetual" { Some(End::Perpetual) } else { text.parse().ok().map(End::After) }
}
