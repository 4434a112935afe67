//! Orders: what is to be issued, as plain values, and how they are read from text.
//!
//! An [`Order`] is an offer of the catalogue, an edition of a product, or a license on record, and the overrides. It says
//! nothing about what is permitted: that is [`policy`](crate::policy).
//!
//! Orders are read from a JSON object ([`Order::from_json`]), or many from a file of CSV or JSONL ([`OrderReader`]). The
//! names are the same everywhere: [`NAMES`]. A name that is left out, empty in CSV or `null` in JSON is as in the catalogue.
//!
//! | name | CSV | JSON |
//! |---|---|---|
//! | `seats`, `activations` | `25`, `unlimited` | also a number |
//! | `features` | codes with spaces between them, or `none` | also a list of codes |
//! | `limits` | `projects=50 builds=none` | also an object, `null` for none |
//! | `term` | `30d`, `12m`, `1y`, `perpetual` | the same |
//! | days | `2026-12-31` | the same |
//! | all others | text | the same, or a number where it is one |

// Each module may use those to its left:
//     customer, names, text, value ← error, reference ← fields ← csv, json ← lines ← reader
mod csv;
mod customer;
mod error;
mod fields;
mod json;
mod lines;
mod names;
mod reader;
mod reference;
pub(crate) mod text;
mod value;

pub use customer::Customer;
pub use error::OrderError;
pub use names::NAMES;
pub use reader::{OrderFormat, OrderLine, OrderReader};
pub use reference::{OrderRef, SerialSource};

use std::fmt;
use std::str::FromStr;

use keyward_core::{Day, End, Environment, Fingerprint, Kind, Quantity, Serial};

/// An order for one license key: its subject (an offer, an edition of a product, or a license on record) and the overrides.
/// An override of `None` leaves the value as the subject has it.
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
    /// The offer, edition or license on record that it begins with.
    pub subject: Subject,
    /// The serial of the new key.
    pub serial: Serial,
    /// Another edition, by its code.
    pub edition: Option<String>,
    /// Standard, trial or stopgap.
    pub kind: Option<Kind>,
    /// The first day. Without it, a new license begins today, and a renewal on the day after the paid term.
    pub from: Option<Day>,
    /// The end.
    pub end: Option<End>,
    /// The seats.
    pub seats: Option<Quantity>,
    /// Exactly these features, by their codes. An empty list grants none.
    pub features: Option<Vec<String>>,
    /// Limits by their codes. Each replaces the subject's limit, or drops it.
    pub limits: Vec<(String, LimitValue)>,
    /// The versions that are covered: released through a day, within a term, or all.
    pub updates: Option<End>,
    /// Days of grace instead of the catalogue's, 0 to 90.
    pub grace_days: Option<u32>,
    /// The environment. Without it, a new license is for production.
    pub environment: Option<Environment>,
    /// The machine to which the key is locked.
    pub lock: Option<MachineLock>,
    /// The activation limit. It is kept on record and not in the key.
    pub activations: Option<Quantity>,
    /// The licensee, whom the key names.
    pub licensee: Option<String>,
    /// The customer, as the vendor's books name them. Kept on record and not in the key.
    pub customer: Option<String>,
    /// The subscription that pays for it. Kept on record and not in the key.
    pub subscription: Option<Subscription>,
    /// The paid license that a stopgap bridges. Without it, the customer's license on record.
    pub bridges: Option<Serial>,
    /// The approval that some rules need.
    pub approval: Option<Approval>,
    /// The reason for issuing it. A reissue needs one.
    pub reason: Option<String>,
    /// The ticket or page with the request. A reissue needs one.
    pub ticket: Option<String>,
    /// The order's own id, where it has one. No order with an id is issued twice.
    pub reference: Option<OrderRef>,
}

impl Order {
    /// An offer of the catalogue.
    pub fn of_offer(offer: impl Into<String>, serial: Serial) -> Order {
        Order::of(Subject::Offer(offer.into()), serial)
    }

    /// An edition of a product.
    pub fn of_edition(product: impl Into<String>, edition: impl Into<String>, serial: Serial) -> Order {
        Order::of(Subject::Edition { product: product.into(), edition: edition.into() }, serial)
    }

    /// The license on record once more, with a new serial and the overrides.
    pub fn reissue_of(replaced: Serial, serial: Serial) -> Order {
        Order::of(Subject::Reissue(replaced), serial)
    }

    /// The term after that of the license on record.
    pub fn renewal_of(renewed: Serial, serial: Serial) -> Order {
        Order::of(Subject::Renewal(renewed), serial)
    }

    /// The licenses on record that it names: the one to reissue or renew, and the one to bridge.
    pub fn named_on_record(&self) -> impl Iterator<Item = Serial> {
        let before = match self.subject {
            Subject::Reissue(serial) | Subject::Renewal(serial) => Some(serial),
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
    /// An edition of a product, by their codes. The order has to give seats and an end.
    Edition {
        /// The product's code.
        product: String,
        /// The edition's code.
        edition: String,
    },
    /// The license on record with that serial, once more.
    Reissue(Serial),
    /// The term after that of the license on record with that serial, or of the one that it bridges.
    Renewal(Serial),
}

/// The value of a limit: `50`, or `none` for a key without it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LimitValue {
    /// This value.
    Of(u64),
    /// No such limit in the key, also where the subject has one.
    Dropped,
}

/// A text is no value of a limit.
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

/// The machine to which a key is locked. Written as the fingerprint, 32 hex digits, or `none`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MachineLock {
    /// It works on this machine alone.
    To(Fingerprint),
    /// It works on any machine, also where the subject is locked.
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

/// A text is no lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected a fingerprint, 32 hex digits, or none")]
pub struct MachineLockError;

/// A number in digits alone, without a sign.
fn whole_number<T: FromStr>(text: &str) -> Option<T> {
    text.parse().ok().filter(|_| text.bytes().all(|byte| byte.is_ascii_digit()))
}

/// An approval.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Approval {
    /// The person who approved.
    pub by: String,
    /// The reason.
    pub reason: String,
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
