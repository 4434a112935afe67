//! The canonical text of an entry, which is what the log's leaf hash covers.
//!
//! It is one JSON object without white space, with its fields in this order:
//!
//! | field | value |
//! |---|---|
//! | `version` | 1 |
//! | `at` | the time, RFC 3339 in UTC with milliseconds |
//! | `actor` | who made the change |
//! | `action` | what was done, such as `license.revoked` |
//! | `subject` | the id of the license or the customer, if there is one |
//! | `detail` | further facts, such as the codes of a refusal, if there are any |
//! | `reason` | the commitment to the reason, if there is one |
//! | `rows` | the rows after the change: `table`, and `row` with the columns that are not null |
//! | `deleted` | the rows that are gone: `table` and `key` |
//!
//! In a row, integers are numbers, texts are strings, blobs are hex. A license key is `{"sha256": …}`. A personal value is
//! `{"commitment": …}`: SHA-256, in hex, over the entry's salt (16 bytes), the number of the row (8 bytes, little-endian), the
//! name of the column, a zero byte and the value: the bytes of a text, and the digits of an integer or a blob. Salt and values stand beside the entry. The commitment to the reason has
//! the number of rows as its row, and `reason` as its column.

use chrono::{DateTime, SecondsFormat, Utc};
use keyward_core::Serial;
use serde::Deserialize;
use serde_json::{Map, Value as Json};
use sha2::{Digest, Sha256};

use crate::claim::Claim;
use crate::id::CustomerId;
use crate::table::{Audited, Column, Row};
use crate::value::Value;

/// The only version of entries.
const VERSION: u32 = 1;

/// What was done, by whom, and why.
#[derive(Clone)]
pub(crate) struct Event {
    pub(crate) at: DateTime<Utc>,
    pub(crate) actor: String,
    pub(crate) action: &'static str,
    /// The text of an id.
    pub(crate) subject: Option<String>,
    pub(crate) detail: Option<String>,
    pub(crate) reason: Option<String>,
    /// The request that it carries out. It is not in the entry.
    pub(crate) request: Option<Claim>,
}

/// Without the reason, which is personal.
impl std::fmt::Debug for Event {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Event").field("action", &self.action).field("subject", &self.subject).finish_non_exhaustive()
    }
}

impl Event {
    pub(crate) fn to(mut self, subject: impl ToString) -> Event {
        self.subject = Some(subject.to_string());
        self
    }

    pub(crate) fn because(mut self, reason: Option<impl Into<String>>) -> Event {
        self.reason = reason.map(Into::into);
        self
    }

    pub(crate) fn with(mut self, detail: impl Into<String>) -> Event {
        self.detail = Some(detail.into());
        self
    }
}

/// An entry as it is stored: its text, and the personal values beside it.
pub(crate) struct Entry {
    pub(crate) text: String,
    pub(crate) personal: Option<String>,
}

/// Without the personal values.
impl std::fmt::Debug for Entry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Entry").field("text", &self.text).finish_non_exhaustive()
    }
}

/// The rows of one entry, while the change is being made.
pub(crate) struct Rows {
    salt: [u8; 16],
    rows: String,
    count: u64,
    deleted: String,
    personal: Map<String, Json>,
}

impl std::fmt::Debug for Rows {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Rows").field("count", &self.count).finish_non_exhaustive()
    }
}

impl Rows {
    pub(crate) fn new(salt: [u8; 16]) -> Rows {
        Rows { salt, rows: String::new(), count: 0, deleted: String::new(), personal: Map::new() }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rows.is_empty() && self.deleted.is_empty()
    }

    /// Adds a row after its change.
    pub(crate) fn put<R: Row>(&mut self, row: &R) {
        let comma = if self.rows.is_empty() { "" } else { "," };
        self.rows.push_str(&format!("{comma}{{\"table\":\"{}\",\"row\":{{", R::TABLE));
        let mut values = Map::new();
        let mut comma = "";
        for (column, value) in R::COLUMNS.iter().zip(row.values()) {
            let Some(shown) = self.shown(*column, &value, &mut values) else { continue };
            self.rows.push_str(&format!("{comma}\"{}\":{shown}", column.name));
            comma = ",";
        }
        self.rows.push_str("}}");
        if !values.is_empty() {
            self.personal.insert(self.count.to_string(), Json::Object(values));
        }
        self.count = self.count.saturating_add(1);
    }

    /// Adds a row that is gone.
    pub(crate) fn delete<R: Row>(&mut self, row: &R) {
        let comma = if self.deleted.is_empty() { "" } else { "," };
        let key = plain(&row.key()).unwrap_or_default();
        self.deleted.push_str(&format!("{comma}{{\"table\":\"{}\",\"key\":{key}}}", R::TABLE));
    }

    /// What the entry says of a value; `None` for null, and for a column that is not audited.
    fn shown(&self, column: Column, value: &Value, values: &mut Map<String, Json>) -> Option<String> {
        let plain = plain(value)?;
        match column.audited {
            Audited::Plain => Some(plain),
            Audited::No => None,
            Audited::Secret => Some(secret(&bytes(value))),
            Audited::Personal => {
                values.insert(column.name.to_owned(), serde_json::from_str(&plain).unwrap_or_default());
                Some(committed(commitment(&self.salt, self.count, column.name, bytes(value))))
            }
        }
    }

    /// The entry with all rows so far.
    pub(crate) fn into_entry(mut self, event: &Event) -> Entry {
        let mut text = format!(
            "{{\"version\":{VERSION},\"at\":\"{}\",\"actor\":{},\"action\":\"{}\"",
            event.at.to_rfc3339_opts(SecondsFormat::Millis, true),
            quoted(&event.actor),
            event.action,
        );
        if let Some(subject) = &event.subject {
            text.push_str(&format!(",\"subject\":{}", quoted(subject)));
        }
        if let Some(detail) = &event.detail {
            text.push_str(&format!(",\"detail\":{}", quoted(detail)));
        }
        if let Some(reason) = &event.reason {
            let commitment = commitment(&self.salt, self.count, "reason", reason);
            text.push_str(&format!(",\"reason\":{}", committed(commitment)));
            self.personal.insert("reason".to_owned(), Json::String(reason.clone()));
        }
        text.push_str(&format!(",\"rows\":[{}],\"deleted\":[{}]}}", self.rows, self.deleted));
        if !self.personal.is_empty() {
            self.personal.insert("salt".to_owned(), Json::String(hex::encode(self.salt)));
        }
        let personal = (!self.personal.is_empty()).then(|| Json::Object(self.personal).to_string());
        Entry { text, personal }
    }
}

/// A value as JSON; `None` for null.
fn plain(value: &Value) -> Option<String> {
    match value {
        Value::Integer(value) => value.as_ref().map(ToString::to_string),
        Value::Text(value) => value.as_deref().map(quoted),
        Value::Blob(value) => value.as_ref().map(|bytes| format!("\"{}\"", hex::encode(bytes))),
    }
}

/// What an entry says of a license key.
pub(crate) fn secret(key: &[u8]) -> String {
    format!("{{\"sha256\":\"{}\"}}", hex::encode(Sha256::digest(key)))
}

/// The commitment to a personal value.
pub(crate) fn commitment(salt: &[u8], row: u64, column: &str, value: impl AsRef<[u8]>) -> [u8; 32] {
    let hash = Sha256::new().chain_update(salt).chain_update(row.to_le_bytes()).chain_update(column.as_bytes());
    hash.chain_update([0]).chain_update(value.as_ref()).finalize().into()
}

/// What an entry says of a personal value.
pub(crate) fn committed(commitment: [u8; 32]) -> String {
    format!("{{\"commitment\":\"{}\"}}", hex::encode(commitment))
}

/// The bytes of a value under a commitment: those of the text, the digits of an integer, the hex digits of a blob.
pub(crate) fn bytes(value: &Value) -> Vec<u8> {
    match value {
        Value::Integer(value) => value.map(|value| value.to_string().into_bytes()).unwrap_or_default(),
        Value::Text(value) => value.clone().unwrap_or_default().into_bytes(),
        Value::Blob(value) => value.as_ref().map(hex::encode).unwrap_or_default().into_bytes(),
    }
}

/// What an entry shows of a license after its change.
#[derive(Debug, Default)]
pub(crate) struct OfLicense {
    /// Its customer; `None` if the entry does not show the license.
    pub(crate) customer: Option<Option<CustomerId>>,
    /// The serials of its keys.
    pub(crate) keys: Vec<Serial>,
}

impl OfLicense {
    pub(crate) fn of(entry: &str) -> OfLicense {
        #[derive(Deserialize)]
        struct Shown {
            rows: Vec<ShownRow>,
        }
        #[derive(Deserialize)]
        struct ShownRow {
            table: String,
            row: Map<String, Json>,
        }
        let mut found = OfLicense::default();
        for ShownRow { table, row } in
            serde_json::from_str(entry).map_or_else(|_| Vec::new(), |shown: Shown| shown.rows)
        {
            let blob = |column| row.get(column).and_then(Json::as_str).and_then(|digits| hex::decode(digits).ok());
            match table.as_str() {
                "licenses" => {
                    let id = blob("customer").and_then(|id| id.try_into().ok());
                    found.customer = Some(id.map(CustomerId::from_bytes));
                }
                "license_keys" => {
                    let serial = blob("serial").and_then(|serial| serial.try_into().ok());
                    found.keys.extend(serial.map(Serial::from_bytes));
                }
                _ => {}
            }
        }
        found
    }
}

fn quoted(text: &str) -> String {
    serde_json::to_string(text).unwrap_or_default()
}
