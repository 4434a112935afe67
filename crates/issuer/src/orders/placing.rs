use std::fmt;

use keyward_core::{End, Environment, Kind};

use super::OrderError;
use super::fields::Fields;
use super::node::{Node, Pairs};
use crate::policy::{Approval, Order, Placed, Subscription, whole};
use crate::random_serial;

/// The order, and its id as far as it can be read.
pub(super) fn order(pairs: Pairs) -> (Option<String>, Result<Box<Order>, OrderError>) {
    let id = pairs.0.iter().find_map(|(name, value)| match value {
        Node::Text(id) if name == "id" => Some(id.clone()),
        Node::Number(id) if name == "id" => Some(id.to_string()),
        _ => None,
    });
    let order = Fields::of(pairs).and_then(read).map(Box::new);
    (id, order)
}

fn read(mut fields: Fields) -> Result<Order, OrderError> {
    const DAY: &str = "a day such as 2026-12-31";
    const SERIAL: &str = "a serial, 16 hex digits";
    const QUANTITY: &str = "a whole number from 1 to 4294967295, or unlimited";
    let f = &mut fields;

    let id = f.id()?;
    let (offer, product, edition) = (f.text("offer")?, f.text("product")?, f.text("edition")?);
    let (renews, reissues) = (f.parsed("renews", SERIAL)?, f.parsed("reissues", SERIAL)?);
    let serial = f.parsed("serial", SERIAL)?;
    let serial = serial.map_or_else(random_serial, Ok)?;
    let mut order = match (offer, product, renews, reissues) {
        (Some(offer), None, None, None) => Order { edition, ..Order::of_offer(offer, serial) },
        (None, Some(product), None, None) => match edition {
            Some(edition) => Order::of_edition(product, edition, serial),
            None => return Err(OrderError::Alone { name: "product", with: "edition" }),
        },
        (None, None, Some(renewed), None) => Order { edition, ..Order::renewal_of(renewed, serial) },
        (None, None, None, Some(replaced)) => Order { edition, ..Order::reissue_of(replaced, serial) },
        _ => return Err(OrderError::What),
    };
    order.kind = f.value("kind", "standard, trial or stopgap", |text| one_of(KINDS, text))?;
    order.from = f.parsed("from", DAY)?;
    let through = f.parsed("through", DAY)?.map(End::Through);
    let term = f.value("term", "a term such as 30d, 12m or 1y, or perpetual", Length::read)?;
    order.ends = match (through, term) {
        (Some(_), Some(_)) => return Err(OrderError::Ends),
        (through, term) => through.or(term.map(|Length(ends, _)| ends)),
    };
    order.seats = f.parsed("seats", QUANTITY)?;
    order.features = f.codes("features")?;
    order.limits = f.limits("limits")?;
    order.updates_through = f.parsed("updates_through", DAY)?;
    order.grace_days = f.value("grace_days", "a number of days", whole)?;
    order.environment =
        f.value("environment", "production, staging or development", |text| one_of(ENVIRONMENTS, text))?;
    order.fingerprint = f.parsed("fingerprint", "a fingerprint, 32 hex digits")?;
    order.activations = f.parsed("activations", QUANTITY)?;
    order.licensee = f.text("licensee")?;
    order.customer = f.text("customer")?;
    order.bridges = f.parsed("bridges", SERIAL)?;
    order.subscription = match (f.text("subscription")?, f.text("subscription_name")?) {
        (None, Some(_)) => return Err(OrderError::Alone { name: "subscription_name", with: "subscription" }),
        (id, name) => id.map(|id| Subscription { id, name }),
    };
    order.reason = f.text("reason")?;
    order.approval = match (f.text("approved_by")?, &order.reason) {
        (Some(by), Some(reason)) => Some(Approval { by, reason: reason.clone() }),
        (Some(_), None) => return Err(OrderError::Alone { name: "approved_by", with: "reason" }),
        (None, _) => None,
    };
    order.ticket = f.text("ticket")?;
    order.placed = Some(Placed { id, digest: f.digest() });
    Ok(order)
}

const KINDS: [Kind; 3] = [Kind::Standard, Kind::Trial, Kind::Stopgap];
const ENVIRONMENTS: [Environment; 3] = [Environment::Production, Environment::Staging, Environment::Development];

fn one_of<T: fmt::Display>(all: impl IntoIterator<Item = T>, text: &str) -> Option<T> {
    all.into_iter().find(|one| one.to_string() == text)
}

/// A term or none, and how it was written.
struct Length(End, String);

impl Length {
    fn read(text: &str) -> Option<Length> {
        let ends = if text == "perpetual" { End::Perpetual } else { End::After(text.parse().ok()?) };
        Some(Length(ends, text.to_owned()))
    }
}

impl fmt::Display for Length {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.1)
    }
}
