use axum::body::Body;
use axum::http::{HeaderValue, Response, StatusCode, header};
use axum::response::IntoResponse;
use keyward_ledger::LicenseId;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::condition::etag;
use crate::problem::Problem;

/// An answer of JSON.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    body: Value,
    version: Option<i64>,
    key: Option<KeyOf>,
    location: Option<String>,
    storage: Storage,
}

/// What is stored of an answer, to be repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Storage {
    /// All of it, without its license key.
    Kept,
    /// That it was given: it is a file with license keys.
    ShownOnce,
}

/// The license key in an answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct KeyOf {
    pub(crate) license: String,
    pub(crate) serial: String,
}

/// An answer as it is stored, to be repeated: without its license key, which is put back by its serial.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Stored {
    pub(crate) body: Value,
    pub(crate) version: Option<i64>,
    pub(crate) key: Option<KeyOf>,
    #[serde(default)]
    pub(crate) location: Option<String>,
}

impl Answer {
    pub(crate) fn new(status: StatusCode, body: &impl Serialize) -> Result<Answer, Problem> {
        let body = serde_json::to_value(body).map_err(|error| {
            tracing::error!(%error, "an answer can't be written");
            Problem::internal()
        })?;
        Ok(Answer { status, body, version: None, key: None, location: None, storage: Storage::Kept })
    }

    pub(crate) fn ok(body: &impl Serialize) -> Result<Answer, Problem> {
        Answer::new(StatusCode::OK, body)
    }

    /// The same, with the ETag of that version.
    #[must_use]
    pub(crate) fn of_version(self, version: i64) -> Answer {
        Answer { version: Some(version), ..self }
    }

    /// The same, whose field `key` is the license key with that serial.
    #[must_use]
    pub(crate) fn with_key_of(self, license: LicenseId, serial: impl ToString) -> Answer {
        Answer { key: Some(KeyOf { license: license.to_string(), serial: serial.to_string() }), ..self }
    }

    /// The same, of which nothing is stored: it has license keys.
    #[must_use]
    pub(crate) fn shown_once(self) -> Answer {
        Answer { storage: Storage::ShownOnce, ..self }
    }

    /// The same, of what is at that address.
    #[must_use]
    pub(crate) fn at(self, address: String) -> Answer {
        Answer { location: Some(address), ..self }
    }

    /// The same, with one more field.
    #[must_use]
    pub(crate) fn with(mut self, name: &str, value: impl Into<Value>) -> Answer {
        if let Value::Object(fields) = &mut self.body {
            fields.insert(name.to_owned(), value.into());
        }
        self
    }

    /// The answer that was stored.
    pub(crate) fn of_stored(status: StatusCode, stored: Stored) -> Answer {
        let Stored { body, version, key, location } = stored;
        Answer { status, body, version, key, location, storage: Storage::Kept }
    }

    /// The license key that belongs into it.
    pub(crate) const fn key(&self) -> Option<&KeyOf> {
        self.key.as_ref()
    }

    /// Puts the license key back.
    pub(crate) fn put_key(&mut self, key: Option<String>) {
        if let Some(field) = self.body.get_mut("key") {
            *field = key.map_or(Value::Null, Value::String);
        }
    }

    fn stored(&self) -> Stored {
        if self.storage == Storage::ShownOnce {
            let detail =
                "the answer had license keys, which are not stored: send the request with another Idempotency-Key";
            let body = json!({ "code": "shown-once", "detail": detail });
            return Stored { body, version: None, key: None, location: None };
        }
        let mut body = self.body.clone();
        if let Some(field) = body.get_mut("key").filter(|_| self.key.is_some()) {
            *field = Value::Null;
        }
        Stored { body, version: self.version, key: self.key.clone(), location: self.location.clone() }
    }
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response<Body> {
        let stored = self.stored();
        let mut response = (self.status, axum::Json(self.body)).into_response();
        if let Some(version) = self.version.and_then(|version| HeaderValue::from_str(&etag(version)).ok()) {
            response.headers_mut().insert(header::ETAG, version);
        }
        if let Some(location) = self.location.and_then(|location| HeaderValue::from_str(&location).ok()) {
            response.headers_mut().insert(header::LOCATION, location);
        }
        response.extensions_mut().insert(stored);
        response
    }
}
