//! Orders in bodies: the fields of an order (`keyward_issuer::order`), and those that only the ledger keeps.

use keyward_issuer::Serial;
use keyward_issuer::order::Order;
use serde_json::{Map, Value};

use crate::problem::Problem;

/// Fields that a body may not have, each with its reason.
pub(super) const REFUSED: [(&str, &str, &str); 7] = [
    (
        "approved_by",
        "approval-by-token",
        "only people approve: leave it out, and ask for an approval with `request_approval`",
    ),
    (
        "request_approval",
        "order-invalid",
        "an approval is asked for with a new license, an assignment, a reissue or a renewal: leave it out",
    ),
    ("renews", "order-invalid", "renew the license with POST /v1/licenses/{id}/renew"),
    ("reissues", "order-invalid", "reissue the license with POST /v1/licenses/{id}/reissue"),
    ("bridges", "order-invalid", "make the stopgap with POST /v1/licenses/{id}/stopgap"),
    ("request", "order-invalid", "send the activation request to POST /v1/activation-requests"),
    ("fingerprint", "order-invalid", "lock a key with POST /v1/activation-requests"),
];

/// The order in a body. The fields that the ledger keeps were taken out of it.
pub(super) fn order(body: Map<String, Value>) -> Result<Order, Problem> {
    refuse(&body)?;
    let text = Value::Object(body).to_string();
    Order::from_json(&text).map_err(|error| Problem::invalid("", "order-invalid", error.to_string()))
}

/// The order of a stopgap for a license on record.
pub(super) fn stopgap(body: Map<String, Value>) -> Result<Order, Problem> {
    refuse_customer(&body)?;
    order(body)
}

/// The overrides of an order for a license on record. The license itself is its subject.
pub(super) fn overrides(mut body: Map<String, Value>) -> Result<Order, Problem> {
    refuse_customer(&body)?;
    for name in ["offer", "product"] {
        if body.contains_key(name) {
            let detail = format!("{name}: the license has its own, and keeps it: leave it out");
            return Err(Problem::invalid(format!("/{name}"), "order-invalid", detail));
        }
    }
    refuse(&body)?;
    // The ledger replaces the subject. It is always the same one, since an order with an id is told by its fields.
    body.insert("reissues".to_owned(), Value::String(Serial::from_bytes([0; 8]).to_string()));
    let text = Value::Object(body).to_string();
    Order::from_json(&text).map_err(|error| Problem::invalid("", "order-invalid", error.to_string()))
}

/// Refuses an order that names a customer: it may be meant for another license.
fn refuse_customer(body: &Map<String, Value>) -> Result<(), Problem> {
    if !body.contains_key("customer") {
        return Ok(());
    }
    let detail = "customer: a license keeps its customer, and changes hands only with an approval: look whether this is the right \
                  license, and leave the customer out";
    Err(Problem::invalid("/customer", "customer-changes", detail))
}

fn refuse(body: &Map<String, Value>) -> Result<(), Problem> {
    match REFUSED.iter().find(|(name, ..)| body.contains_key(*name)) {
        Some((name, code, detail)) => Err(Problem::invalid(format!("/{name}"), code, format!("{name}: {detail}"))),
        None => Ok(()),
    }
}

/// Takes a text out of a body.
pub(super) fn take_text(body: &mut Map<String, Value>, name: &str) -> Result<Option<String>, Problem> {
    match body.remove(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(Problem::invalid(format!("/{name}"), "invalid-value", format!("{name}: expected a text"))),
    }
}

/// Orders call the activation limit `activations`. A body has one of both names.
pub(super) fn rename_limit(body: &mut Map<String, Value>) -> Result<(), Problem> {
    let Some(limit) = body.remove("activation_limit") else { return Ok(()) };
    if body.insert("activations".to_owned(), limit).is_some() {
        let detail = "activation_limit: it is there twice, since `activations` is its other name: give one of them";
        return Err(Problem::invalid("/activation_limit", "duplicate-field", detail));
    }
    Ok(())
}
