//! Orders: plain values, and how they are read from text.
//!
//! An [`Order`] has a subject (an offer of the catalogue, an edition of a product, or a license on record) and overrides.
//! [`policy`](crate::policy) decides whether it is permitted.
//!
//! [`Order::from_json`] reads an order from a JSON object, and [`OrderReader`] many from a file of CSV or JSONL. The fields are
//! the same everywhere: [`FIELD_NAMES`]. A field that is missing, or empty in CSV, has the value of the subject.
//!
//! | field | CSV | JSON |
//! |---|---|---|
//! | `seats`, `activations` | `25`, `unlimited` | also a number, or `null` for unlimited |
//! | `features` | codes separated by spaces, or `none` | also a list of codes, or `null` for none |
//! | `limits` | `projects=50 builds=none` | also an object, with `null` for none |
//! | `through` | `2026-12-31` | also `null` for perpetual |
//! | `term` | `30d`, `12m`, `1y`, `perpetual` | also `null` for perpetual |
//! | `updates_through` | `2026-12-31`, `all` | also `null` for all |
//! | `fingerprint` | 32 hex digits, or `none` | also `null` for none |
//! | `request` | an activation request, without mistakes | the same |
//! | all others | text | the same, or a number |
//!
//! `null` in any other field is refused.

// Each module may use those to its left:
//     text ← customer, field_names, value ← error, reference ← fields ← csv, json ← lines ← reader
mod csv;
mod customer;
mod error;
mod field_names;
mod fields;
mod json;
mod lines;
mod reader;
mod reference;
pub(crate) mod text;
mod value;

pub use customer::Customer;
pub use error::OrderError;
pub use field_names::FIELD_NAMES;
pub use reader::{OrderFormat, OrderLine, OrderReader};
pub use reference::{OrderRef, SerialSource};

use std::fmt;
use std::str::FromStr;

use keyward_core::{ActivationRequest, Day, End, Environment, Fingerprint, Kind, Quantity, Serial};

/// An order for one license key: a subject (an offer, an edition of a product, or a license on record) and overrides. An
/// override of `None` keeps the value of the subject.
///
/// ```
/// use keyward_issuer::order::Order;
/// use keyward_issuer::random_serial;
///
/// let mut order = Order::of_offer("pro-annual", random_serial()?);
/// order.seats = Some("25".parse()?);
/// order.licensee = Some("Acme Ltd".to_owned());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Order {
    /// The offer, the edition or the license on record.
    pub subject: Subject,
    /// The serial of the new key.
    pub serial: Serial,
    /// Another edition, by its code.
    pub edition: Option<String>,
    /// Standard, trial or stopgap.
    pub kind: Option<Kind>,
    /// The first day. By default, a new license begins today, and a renewal on the day after the paid term.
    pub from: Option<Day>,
    /// The end.
    pub end: Option<End>,
    /// The seats.
    pub seats: Option<Quantity>,
    /// Exactly these features, by their codes. An empty list grants no feature.
    pub features: Option<Vec<String>>,
    /// Limits by their codes. Each replaces or drops the limit of the subject.
    pub limits: Vec<(String, LimitValue)>,
    /// The covered releases: those through a day, those within a term, or all.
    pub updates: Option<End>,
    /// The days of grace, 0 to 90.
    pub grace_days: Option<u32>,
    /// The environment. By default, a new license is for production.
    pub environment: Option<Environment>,
    /// The machine to which the key is locked.
    pub lock: Option<MachineLock>,
    /// The activation limit, on record and not in the key.
    pub activations: Option<Quantity>,
    /// The licensee, in the key.
    pub licensee: Option<String>,
    /// The customer's name in the vendor's books, on record and not in the key.
    pub customer: Option<String>,
    /// The subscription that pays for the license, on record and not in the key.
    pub subscription: Option<Subscription>,
    /// The paid license that a stopgap bridges. By default, the customer's license on record.
    pub bridges: Option<Serial>,
    /// The approval, which some rules need.
    pub approval: Option<Approval>,
    /// The reason for the order. A reissue needs one.
    pub reason: Option<String>,
    /// The ticket or page with the request. A reissue needs one.
    pub ticket: Option<String>,
    /// The id of the order, if it has one. An order with an id is issued once.
    pub reference: Option<OrderRef>,
}

impl Order {
    /// An order for an offer of the catalogue.
    pub fn of_offer(offer: impl Into<String>, serial: Serial) -> Order {
        Order::of(Subject::Offer(offer.into()), serial)
    }

    /// An order for an edition of a product.
    pub fn of_edition(product: impl Into<String>, edition: impl Into<String>, serial: Serial) -> Order {
        Order::of(Subject::Edition { product: product.into(), edition: edition.into() }, serial)
    }

    /// An order for a new key of the license on record, with the overrides.
    pub fn reissue_of(replaced: Serial, serial: Serial) -> Order {
        Order::of(Subject::Reissue(replaced), serial)
    }

    /// An order for the next term of the license on record.
    pub fn renewal_of(renewed: Serial, serial: Serial) -> Order {
        Order::of(Subject::Renewal(renewed), serial)
    }

    /// An order for a key of the license on record that is locked to the machine of the request.
    pub fn locked(request: &ActivationRequest, serial: Serial) -> Order {
        let lock = Some(MachineLock::To(request.fingerprint()));
        Order { lock, ..Order::of(Subject::Locked(request.serial()), serial) }
    }

    /// The licenses on record that the order names: the one to reissue, renew or lock, and the one to bridge.
    pub fn named_on_record(&self) -> impl Iterator<Item = Serial> {
        let before = match self.subject {
            Subject::Reissue(serial) | Subject::Locked(serial) | Subject::Renewal(serial) => Some(serial),
            Subject::Offer(_) | Subject::Edition { .. } => None,
        };
        before.into_iter().chain(self.bridges)
    }

    fn of(subject: Subject, serial: Serial) -> Order {
        Order {
            subject,
            serial,
            edition: None,
            kind: None,
            from: None,
            end: None,
            seats: None,
            features: None,
            limits: Vec::new(),
            updates: None,
            grace_days: None,
            environment: None,
            lock: None,
            activations: None,
            licensee: None,
            customer: None,
            subscription: None,
            bridges: None,
            approval: None,
            reason: None,
            ticket: None,
            reference: None,
        }
    }
}

/// The subject of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Subject {
    /// An offer, by its code.
    Offer(String),
    /// An edition of a product. The order has to give seats and an end.
    Edition {
        /// The product's code.
        product: String,
        /// The edition's code.
        edition: String,
    },
    /// A new key of the license on record with that serial.
    Reissue(Serial),
    /// A key of the license on record with that serial, for the machine of the order's [`lock`](Order::lock) alone. The license
    /// stays in force, and may have many such keys. If the serial is that of one of them, the license is the same.
    Locked(Serial),
    /// The next term of the license on record with that serial. If that is a stopgap, of the license that it bridges.
    Renewal(Serial),
}

/// The value of a limit: a number such as `50`, or `none` to drop the limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LimitValue {
    /// This value.
    Of(u64),
    /// The key does not have the limit, even if the subject does.
    Dropped,
}

impl LimitValue {
    /// The nearest value in the range. A license without the limit is not limited in it.
    pub(crate) fn nearest(self, min: u64, max: u64) -> u64 {
        match self {
            LimitValue::Of(value) => value.clamp(min, max),
            LimitValue::Dropped => max,
        }
    }
}

/// A text is not the value of a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected a whole number, or none")]
pub struct LimitValueError;

impl FromStr for LimitValue {
    type Err = LimitValueError;

    fn from_str(text: &str) -> Result<LimitValue, LimitValueError> {
        match text {
            "none" => Ok(LimitValue::Dropped),
            number => whole_number(number).map(LimitValue::Of).ok_or(LimitValueError),
        }
    }
}

impl fmt::Display for LimitValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LimitValue::Of(value) => value.fmt(f),
            LimitValue::Dropped => f.pad("none"),
        }
    }
}

/// The machine to which a key is locked: a fingerprint, 32 hex digits, or `none`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MachineLock {
    /// The key works on this machine alone.
    To(Fingerprint),
    /// The key works on all machines, even if the subject is locked.
    None,
}

impl MachineLock {
    /// The fingerprint, if there is a lock.
    pub const fn fingerprint(self) -> Option<Fingerprint> {
        match self {
            MachineLock::To(fingerprint) => Some(fingerprint),
            MachineLock::None => None,
        }
    }
}

impl FromStr for MachineLock {
    type Err = MachineLockError;

    fn from_str(text: &str) -> Result<MachineLock, MachineLockError> {
        match text {
            "none" => Ok(MachineLock::None),
            digits => digits.parse().map(MachineLock::To).map_err(|_| MachineLockError),
        }
    }
}

impl fmt::Display for MachineLock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            MachineLock::To(fingerprint) => fingerprint.fmt(f),
            MachineLock::None => f.pad("none"),
        }
    }
}

/// A text is not a machine lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected a fingerprint, 32 hex digits, or none")]
pub struct MachineLockError;

/// A whole number: digits without a sign.
fn whole_number<T: FromStr>(text: &str) -> Option<T> {
    text.parse().ok().filter(|_| text.bytes().all(|byte| byte.is_ascii_digit()))
}

/// An approval.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Approval {
    /// The name of the person who approved.
    pub by: String,
    /// The reason.
    pub reason: String,
}

impl Approval {
    /// Whether the reason names that license.
    pub(crate) fn names(&self, serial: Serial) -> bool {
        self.reason.to_ascii_lowercase().contains(&serial.to_string())
    }
}

/// A subscription that pays for a license.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Subscription {
    /// Its id in the billing system.
    pub id: String,
    /// Its name, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}
