use std::fmt;
use std::str::FromStr;

use keyward_core::{Day, End, Environment, Fingerprint, Kind, Quantity, Serial};

/// What is to be issued, in the catalogue's words: an offer, a product with its edition, or a license on record; and
/// what differs from it. What is `None` is as there.
///
/// ```
/// use keyward_issuer::policy::Order;
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
    /// What it begins with.
    pub what: What,
    /// The serial of the new key.
    pub serial: Serial,
    /// Another edition, by its code.
    pub edition: Option<String>,
    /// Standard, trial or stopgap.
    pub kind: Option<Kind>,
    /// The first day. Of a new license it is today where nothing else is said, of a renewal the day after the paid term.
    pub from: Option<Day>,
    /// How long.
    pub ends: Option<End>,
    /// How many may use it.
    pub seats: Option<Quantity>,
    /// Exactly these features, by their codes; of an empty list, none.
    pub features: Option<Vec<String>>,
    /// Limits by their codes, each in place of the one that there was, or without it.
    pub limits: Vec<(String, LimitValue)>,
    /// The last day whose releases are covered.
    pub updates_through: Option<Day>,
    /// Days of grace instead of the catalogue's.
    pub grace_days: Option<u32>,
    /// Where it may be used; production unless said.
    pub environment: Option<Environment>,
    /// The machine it is locked to.
    pub fingerprint: Option<Fingerprint>,
    /// On how many machines it may be activated. Not in the key: whoever activates reads it from the record.
    pub activations: Option<Quantity>,
    /// Who the key says it was sold to.
    pub licensee: Option<String>,
    /// Who it is sold to, as the vendor's books name them. Not in the key.
    pub customer: Option<String>,
    /// The subscription that pays for it. Not in the key.
    pub subscription: Option<Subscription>,
    /// The paid license that a stopgap bridges. Where it is not said, the one on record for the same customer.
    pub bridges: Option<Serial>,
    /// Who approved what the rules allow only so.
    pub approval: Option<Approval>,
    /// Why it is issued; of a reissue, always said.
    pub reason: Option<String>,
    /// Where it was asked for; of a reissue, always said.
    pub ticket: Option<String>,
    /// Its own id, where orders have one: no order is issued twice.
    pub placed: Option<Placed>,
}

impl Order {
    /// An offer of the catalogue.
    pub fn of_offer(offer: impl Into<String>, serial: Serial) -> Order {
        Order::of(What::Offer(offer.into()), serial)
    }

    /// An edition of a product.
    pub fn of_edition(product: impl Into<String>, edition: impl Into<String>, serial: Serial) -> Order {
        Order::of(What::Edition { product: product.into(), edition: edition.into() }, serial)
    }

    /// The license on record once more, with a new serial and with what differs.
    pub fn reissue_of(replaced: Serial, serial: Serial) -> Order {
        Order::of(What::Reissue(replaced), serial)
    }

    /// The term after that of the license on record.
    pub fn renewal_of(renewed: Serial, serial: Serial) -> Order {
        Order::of(What::Renewal(renewed), serial)
    }

    /// The licenses on record that it names: the one to be issued once more or renewed, and the one that it bridges.
    pub fn named_on_record(&self) -> impl Iterator<Item = Serial> {
        let before = match self.what {
            What::Reissue(serial) | What::Renewal(serial) => Some(serial),
            What::Offer(_) | What::Edition { .. } => None,
        };
        before.into_iter().chain(self.bridges)
    }

    fn of(what: What, serial: Serial) -> Order {
        Order {
            what,
            serial,
            edition: None,
            kind: None,
            from: None,
            ends: None,
            seats: None,
            features: None,
            limits: Vec::new(),
            updates_through: None,
            grace_days: None,
            environment: None,
            fingerprint: None,
            activations: None,
            licensee: None,
            customer: None,
            subscription: None,
            bridges: None,
            approval: None,
            reason: None,
            ticket: None,
            placed: None,
        }
    }
}

/// What an order begins with.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum What {
    /// An offer, by its code.
    Offer(String),
    /// An edition of a product, by their codes. Seats and an end are still to be said.
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

/// What a limit is to be. Written `50`; `none` where there is to be no such limit in the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LimitValue {
    /// So much.
    Of(u64),
    /// Not there, whatever the offer or the license on record says.
    Dropped,
}

/// Not a number, nor `none`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected a whole number, or none")]
pub struct LimitValueError;

impl FromStr for LimitValue {
    type Err = LimitValueError;

    fn from_str(text: &str) -> Result<LimitValue, LimitValueError> {
        match text {
            "none" => Ok(LimitValue::Dropped),
            number => whole(number).map(LimitValue::Of).ok_or(LimitValueError),
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

/// A number in digits alone, without a sign.
pub(crate) fn whole<T: FromStr>(text: &str) -> Option<T> {
    text.parse().ok().filter(|_| text.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Who allowed what needs allowing, and why.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Approval {
    /// Who.
    pub by: String,
    /// Why.
    pub reason: String,
}

/// What pays for a license.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Subscription {
    /// Its id, where it is kept.
    pub id: String,
    /// What people call it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// An order that was placed somewhere, which knows it by an id.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Placed {
    /// The id.
    pub id: String,
    /// A digest of what is ordered: what says something else under the same id is another order.
    pub digest: String,
}
