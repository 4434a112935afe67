//! A call, and what holds of each answer.

use std::sync::LazyLock;

use axum::body::Bytes;
use axum::http::{HeaderMap, Method, StatusCode, header};
use keyward_verifier::LicenseKey;
use serde_json::Value;

/// The document of the API.
static DOCUMENT: LazyLock<Value> = LazyLock::new(|| keyward_server::document("/v1"));

/// Who calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Caller {
    /// A program with a token for everything.
    Program,
    /// A product, with a license key alone.
    Product,
}

/// A call of the API.
#[derive(Debug, Clone)]
pub struct Call {
    /// Who calls.
    pub caller: Caller,
    /// The method.
    pub method: Method,
    /// The address below `/v1`.
    pub address: String,
    /// The header `Idempotency-Key`.
    pub once: Option<String>,
    /// A body of JSON, or of what claims to be.
    pub body: Vec<u8>,
}

impl Call {
    /// A call without a body.
    pub fn get(address: &str) -> Call {
        Call { caller: Caller::Program, method: Method::GET, address: address.to_owned(), once: None, body: Vec::new() }
    }

    /// A call with that body.
    pub fn post(address: &str, body: impl ToString) -> Call {
        Call { method: Method::POST, body: body.to_string().into_bytes(), ..Call::get(address) }
    }

    /// The same call by a product.
    #[must_use]
    pub fn by_product(self) -> Call {
        Call { caller: Caller::Product, ..self }
    }

    /// All calls of the document with these methods, as `post /licenses/{id}/revoke`.
    pub fn documented(methods: &[&str]) -> Vec<String> {
        let calls = paths().flat_map(|(path, calls)| {
            let methods = methods.iter().filter(|method| calls.get(method).is_some());
            methods.map(move |method| format!("{method} {path}"))
        });
        calls.collect()
    }

    /// The statuses that the document has for the call; `None` if it has no such call.
    fn statuses(&self) -> Option<&Value> {
        let path = self.address.split('?').next()?;
        let is_of = |template: &str| {
            let (parts, template): (Vec<_>, Vec<_>) = (path.split('/').collect(), template.split('/').collect());
            let is = |(part, of): (&&str, &&str)| part == of || (of.starts_with('{') && !part.is_empty());
            parts.len() == template.len() && parts.iter().zip(&template).all(is)
        };
        // An address without parameters comes first, as it does for the router.
        let found = paths().filter(|(template, _)| is_of(template)).min_by_key(|(path, _)| path.matches('{').count());
        found?.1.get(self.method.as_str().to_lowercase())?.get("responses")
    }
}

fn paths() -> impl Iterator<Item = (&'static String, &'static Value)> {
    DOCUMENT["paths"].as_object().into_iter().flatten()
}

/// An answer.
#[derive(Debug, Clone)]
pub struct Reply {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body; null if it is no JSON.
    pub body: Value,
}

impl Reply {
    pub(crate) fn new(status: StatusCode, headers: HeaderMap, body: &Bytes) -> Reply {
        Reply { status, headers, body: serde_json::from_slice(body).unwrap_or_default() }
    }

    /// The answer of the call is one that the document has; an error is a problem, and has no license key in it. The server
    /// never fails.
    pub fn check(&self, call: &Call) {
        assert!(!self.status.is_server_error(), "{call:?}: {self:?}");
        self.check_form(call);
    }

    /// The same, of a server that may fail.
    pub fn check_form(&self, call: &Call) {
        if let Some(statuses) = call.statuses() {
            assert!(statuses.get(self.status.as_str()).is_some(), "the document lacks it: {call:?}: {self:?}");
        }
        if self.status.as_u16() < 400 {
            assert!(self.status == StatusCode::NO_CONTENT || !self.body.is_null(), "{call:?}: {self:?}");
            return;
        }
        let kind = self.headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
        assert_eq!(kind, Some("application/problem+json"), "{call:?}: {self:?}");
        let text = |name: &str| self.body[name].as_str().unwrap_or_default();
        assert!(!text("code").is_empty() && !text("detail").is_empty(), "{call:?}: {self:?}");
        assert_eq!(text("type"), format!("urn:keyward:problem:{}", text("code")));
        assert_eq!(self.body["status"], self.status.as_u16(), "{call:?}: {self:?}");
        assert!(!has_key(&self.body), "a problem with a license key: {call:?}");
    }
}

/// Whether a text in it is a whole license key.
fn has_key(value: &Value) -> bool {
    match value {
        Value::String(text) => text.split_whitespace().any(|word| word.parse::<LicenseKey>().is_ok()),
        Value::Array(values) => values.iter().any(has_key),
        Value::Object(fields) => fields.values().any(has_key),
        _ => false,
    }
}
