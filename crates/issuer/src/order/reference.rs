use std::collections::BTreeMap;

use keyward_core::{ActivationRequest, End};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use sha2::{Digest, Sha256};

use super::{MachineLock, Order, Subject};

/// The id of an order, and a digest of its fields, which distinguishes it from another order with the same id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OrderRef {
    /// The id, from the system where the order was placed. Ids are compared in Unicode normal form C, with one space for any
    /// white space, one hyphen for any hyphen or dash, and without invisible characters. Capital letters count, since many shops have ids of random letters.
    pub id: String,
    /// The first 16 bytes of SHA-256 in hex, over a JSON object with the order's [fields](super::FIELD_NAMES) as texts.
    /// Features and limits are sorted. The id is left out. In a ledger, what it keeps beside the order is in it too:
    /// [`OrderRef::beside`].
    pub digest: String,
}

/// The source of an order's serial.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SerialSource {
    /// The order names it: it is one of the order's fields.
    Named,
    /// It is random: the same order has another one next time.
    Drawn,
}

impl OrderRef {
    /// The reference of an order with that id.
    pub fn new(id: impl Into<String>, order: &Order, serial: SerialSource) -> OrderRef {
        OrderRef { id: id.into(), digest: digest(&values(order, serial)) }
    }

    /// The same reference, also for values that are kept beside the order: with others, it is another order.
    #[must_use]
    pub fn beside(self, values: BTreeMap<&'static str, Json>) -> OrderRef {
        let digest = digest(&(self.digest, values));
        OrderRef { id: self.id, digest }
    }
}

fn digest(values: &impl Serialize) -> String {
    let json = serde_json::to_vec(values);
    debug_assert!(json.is_ok(), "a map of texts is JSON");
    let digest = Sha256::digest(json.unwrap_or_default());
    hex::encode(digest.get(..16).unwrap_or_default())
}

impl Order {
    /// The fields of the order as texts, in one form: the same order has the same texts, however it was written. As a JSON object,
    /// [`Order::from_json`] reads them.
    ///
    /// ```
    /// use keyward_issuer::order::{Order, SerialSource};
    ///
    /// let order = Order::from_json(r#"{"offer": "pro-annual", "seats": 25, "features": ["sync", "export"]}"#)?;
    /// let same = Order::from_json(r#"{"seats": "25", "features": "export sync", "offer": "pro-annual"}"#)?;
    /// assert_eq!(order.fields(SerialSource::Drawn), same.fields(SerialSource::Drawn));
    /// # Ok::<(), keyward_issuer::order::OrderError>(())
    /// ```
    pub fn fields(&self, serial: SerialSource) -> BTreeMap<&'static str, String> {
        let mut fields = values(self, serial);
        if self.features.as_ref().is_some_and(Vec::is_empty) {
            fields.insert("features", "none".to_owned());
        }
        fields.extend(self.reference.as_ref().map(|reference| ("id", reference.id.clone())));
        fields
    }
}

fn values(order: &Order, serial: SerialSource) -> BTreeMap<&'static str, String> {
    let mut values = BTreeMap::new();
    let mut set = |name, value: Option<String>| value.and_then(|value| values.insert(name, value));
    match &order.subject {
        Subject::Offer(offer) => set("offer", Some(offer.clone())),
        Subject::Edition { product, edition } => {
            set("edition", Some(edition.clone()));
            set("product", Some(product.clone()))
        }
        Subject::Reissue(serial) => set("reissues", Some(serial.to_string())),
        Subject::Locked(serial) => {
            let machine = order.lock.and_then(MachineLock::fingerprint);
            set("request", machine.map(|machine| ActivationRequest::new(*serial, machine).to_string()))
        }
        Subject::Renewal(serial) => set("renews", Some(serial.to_string())),
    };
    set("edition", order.edition.clone());
    set("serial", (serial == SerialSource::Named).then(|| order.serial.to_string()));
    set("kind", order.kind.map(|kind| kind.to_string()));
    set("from", order.from.map(|day| day.to_string()));
    match order.end {
        Some(End::Through(day)) => set("through", Some(day.to_string())),
        Some(End::After(term)) => set("term", Some(term.to_string())),
        Some(End::Perpetual) => set("term", Some("perpetual".to_owned())),
        None => None,
    };
    set("seats", order.seats.map(|seats| seats.to_string()));
    set("features", order.features.as_ref().map(|codes| sorted(codes.clone())));
    let limits = order.limits.iter().map(|(code, value)| format!("{code}={value}"));
    set("limits", (!order.limits.is_empty()).then(|| sorted(limits.collect())));
    let updates = order.updates.map(|updates| match updates {
        End::Through(day) => day.to_string(),
        End::After(term) => term.to_string(),
        End::Perpetual => "all".to_owned(),
    });
    set("updates_through", updates);
    set("grace_days", order.grace_days.map(|days| days.to_string()));
    set("environment", order.environment.map(|environment| environment.to_string()));
    let is_request = matches!(order.subject, Subject::Locked(_));
    set("fingerprint", order.lock.filter(|_| !is_request).map(|lock| lock.to_string()));
    set("activations", order.activations.map(|activations| activations.to_string()));
    set("licensee", order.licensee.clone());
    set("customer", order.customer.clone());
    set("subscription", order.subscription.as_ref().map(|subscription| subscription.id.clone()));
    set("subscription_name", order.subscription.as_ref().and_then(|subscription| subscription.name.clone()));
    set("bridges", order.bridges.map(|serial| serial.to_string()));
    set("approved_by", order.approval.as_ref().map(|approval| approval.by.clone()));
    // In a file of orders, one reason serves both.
    let approval_reason = order.approval.as_ref().map(|approval| approval.reason.clone());
    set("approval_reason", approval_reason.filter(|reason| order.reason.as_ref() != Some(reason)));
    set("reason", order.reason.clone());
    set("ticket", order.ticket.clone());
    values
}

fn sorted(mut words: Vec<String>) -> String {
    words.sort_unstable();
    words.join(" ")
}
