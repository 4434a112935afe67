//! All that the ledger has of one customer, for that customer.

use chrono::{DateTime, SecondsFormat};
use serde_json::{Value as Json, json};

use super::merge::{approvals_for_change, licenses_for_change};
use crate::activation::Activation;
use crate::approval::Approval;
use crate::change::{By, Change};
use crate::customer::Customer;
use crate::error::LedgerError;
use crate::id::CustomerId;
use crate::ledger::{Ledger, retried};
use crate::license::{KeyRow, License, keys_of};
use crate::table::select;
use crate::value::{Field, Value};

/// Whether an export has whole license keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WholeKeys {
    /// It has those that left the ledger: whoever has the file can use the licenses.
    Included,
    /// It names keys by their serials.
    LeftOut,
}

impl Ledger {
    /// All that the ledger has of a customer, as JSON: details, licenses, keys, activations, approvals, and what was done. Names of the
    /// vendor's staff are left out. The export is written to the audit log before it is given, with the serials of whole keys.
    ///
    /// # Errors
    ///
    /// A customer who is not on record, was merged, or was erased; and the errors of the database.
    pub async fn export_customer(
        &self,
        id: CustomerId,
        whole_keys: WholeKeys,
        reason: Option<&str>,
        by: &By,
    ) -> Result<Json, LedgerError> {
        retried!(self.export_once(id, whole_keys, reason, by))
    }

    async fn export_once(
        &self,
        id: CustomerId,
        whole_keys: WholeKeys,
        reason: Option<&str>,
        by: &By,
    ) -> Result<Json, LedgerError> {
        let mut change = Change::begin(&self.database).await?;
        let customer = Customer::for_change(&mut change, id).await?;
        let (mut licenses, mut serials) = (Vec::new(), Vec::new());
        for license in licenses_for_change(&mut change, id).await? {
            let mut of_license = Vec::new();
            for key in change.tx().all::<KeyRow>(keys_of(), vec![license.id.value()]).await? {
                // What did not leave yet leaves by `deliver` alone.
                let whole = whole_keys == WholeKeys::Included && key.delivered_at.is_some();
                if whole {
                    serials.push(key.serial.to_string());
                }
                of_license.push(key_json(&key, whole)?);
            }
            let sql = select::<Activation>("where license = $1 order by id");
            let activations: Vec<Activation> = change.tx().all(sql, vec![license.id.value()]).await?;
            let activations: Vec<Json> = activations.iter().map(activation_json).collect();
            let history = history(&mut change, license.id.to_string()).await?;
            licenses.push(license_json(&license, of_license, activations, history, by));
        }
        let mut approvals = Vec::new();
        for approval in approvals_for_change(&mut change, id).await? {
            let history = history(&mut change, approval.id.to_string()).await?;
            approvals.push(approval_json(&approval, history));
        }
        let history = history(&mut change, id.to_string()).await?;
        let export = json!({
            "version": 1,
            "exported_at": time(by.millis()),
            "customer": customer_json(&customer)?,
            "history": history,
            "licenses": licenses,
            "approvals": approvals,
        });
        let event = by.did("customer.exported").to(id).because(reason);
        let event = if serials.is_empty() { event } else { event.with(serials.join(" ")) };
        change.commit(event).await?;
        Ok(export)
    }
}

fn customer_json(customer: &Customer) -> Result<Json, LedgerError> {
    let details = customer.details()?;
    let contacts = customer.contacts.as_deref().map(serde_json::from_str::<Json>);
    Ok(json!({
        "id": customer.id.to_string(),
        "name": customer.name,
        "company": customer.company,
        "email": customer.email,
        "domain": customer.domain,
        "contacts": contacts.and_then(Result::ok).unwrap_or_else(|| json!([])),
        "reseller": customer.reseller,
        "notes": details.notes,
        "created_at": time(customer.created_at),
    }))
}

fn license_json(license: &License, keys: Vec<Json>, activations: Vec<Json>, history: Vec<Json>, by: &By) -> Json {
    json!({
        "id": license.id.to_string(),
        "product": license.product,
        "edition": license.edition,
        "kind": license.kind.value().json(),
        "state": license.state(by.at).code(),
        "seats": license.seats.value().json(),
        "activation_limit": license.activation_limit.value().json(),
        "features": license.features.bits().to_string(),
        "limits": Field::value(&license.limits).json(),
        "valid_from": license.valid_from.map(|day| day.to_string()),
        "valid_through": license.valid_through.map(|day| day.to_string()),
        "updates_through": license.updates_through.map(|day| day.to_string()),
        "metadata": license.metadata.as_deref().and_then(|text| serde_json::from_str::<Json>(text).ok()),
        "notes": license.notes,
        "subscription": license.subscription_id,
        "subscription_name": license.subscription_name,
        "ticket": license.ticket,
        "created_at": time(license.created_at),
        "keys": keys,
        "activations": activations,
        "history": history,
    })
}

fn key_json(key: &KeyRow, whole: bool) -> Result<Json, LedgerError> {
    let claims = key.claims()?;
    Ok(json!({
        "serial": key.serial.to_string(),
        "role": key.role.value().json(),
        "status": key.status.value().json(),
        "machine": key.machine,
        "licensee": claims.licensee().map(|licensee| licensee.as_str().to_owned()),
        "valid_from": claims.valid_from().to_string(),
        "valid_through": claims.valid_through().map(|day| day.to_string()),
        "delivered_at": key.delivered_at.map(time),
        "key": whole.then(|| key.text.clone()),
    }))
}

fn activation_json(activation: &Activation) -> Json {
    json!({
        "id": activation.id.to_string(),
        "machine": activation.machine.to_string(),
        "name": activation.name,
        "activated_at": time(activation.activated_at),
        "last_seen_at": time(activation.last_seen_at),
        "released_at": activation.released_at.map(time),
        "release_reason": activation.release_reason,
    })
}

fn approval_json(approval: &Approval, history: Vec<Json>) -> Json {
    let read = |text: &Option<String>| text.as_deref().and_then(|text| serde_json::from_str::<Json>(text).ok());
    json!({
        "id": approval.id.to_string(),
        "state": approval.state.code(),
        "action": approval.action.code(),
        "license": approval.license.map(|id| id.to_string()),
        "order": read(&approval.order_json),
        "refusals": read(&approval.refusals),
        "reason": approval.reason,
        "valid_from": approval.valid_from.to_string(),
        "valid_through": approval.valid_through.map(|day| day.to_string()),
        "created_at": time(approval.created_at),
        "history": history,
    })
}

/// What was done with a license, an approval or a customer, and why.
async fn history(change: &mut Change, subject: String) -> Result<Vec<Json>, LedgerError> {
    let sql = "select at, action, personal from audit_log where subject = $1 order by number";
    let entries: Vec<(i64, String, Option<String>)> = change.tx().all(sql, vec![Value::Text(Some(subject))]).await?;
    let entry = |(at, action, personal): (i64, String, Option<String>)| {
        let personal = personal.and_then(|personal| serde_json::from_str::<Json>(&personal).ok());
        let reason = personal.and_then(|personal| personal.get("reason").cloned());
        json!({ "at": time(at), "action": action, "reason": reason })
    };
    Ok(entries.into_iter().map(entry).collect())
}

fn time(millis: i64) -> String {
    DateTime::from_timestamp_millis(millis).unwrap_or_default().to_rfc3339_opts(SecondsFormat::Millis, true)
}

impl Value {
    fn json(self) -> Json {
        match self {
            Value::Integer(value) => json!(value),
            Value::Text(value) => json!(value),
            Value::Blob(value) => json!(value.map(hex::encode)),
        }
    }
}
