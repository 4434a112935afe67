//! A shop: a catalogue, a day, a signing key, and what it issued.
#![allow(dead_code, reason = "not every test needs all of it")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use chrono::{DateTime, Utc};
use keyward_catalog::Catalog;
use keyward_issuer::policy::{Ends, LimitValue, Order, Permitted, Policy, Refusal, Refusals};
use keyward_issuer::record::{History, IssueRecord};
use keyward_issuer::{Claims, Day, Issuer, Serial, SigningKey};

pub const ACTIVATED: &str = r#"
    [products.server]
    number = 8
    name = "Acme Server"
    activation = "required"
    editions = { one = { number = 1, name = "One" } }
"#;

pub fn catalog() -> Catalog {
    Catalog::parse(&Catalog::EXAMPLE.replace("[offers.home]", &format!("{ACTIVATED}\n[offers.home]")), "catalog.toml")
        .unwrap()
}

pub fn day(text: &str) -> Day {
    text.parse().unwrap()
}

pub fn after(term: &str) -> Option<Ends> {
    Some(Ends::After(term.parse().unwrap()))
}

pub fn through(text: &str) -> Option<Ends> {
    Some(Ends::Through(day(text)))
}

pub fn serial(number: u8) -> Serial {
    Serial::from_bytes([0, 0, 0, 0, 0, 0, 0, number])
}

pub fn offer(code: &str) -> Order {
    Order::of_offer(code, serial(1))
}

pub fn limit(code: &str, value: u64) -> (String, LimitValue) {
    (code.to_owned(), LimitValue::Of(value))
}

pub fn issuer() -> Issuer {
    Issuer::with_key(SigningKey::from_seed(&[7; 32])).unwrap()
}

pub fn noon() -> DateTime<Utc> {
    "2026-11-22T12:00:00Z".parse().unwrap()
}

/// What was issued, and the day on which it goes on.
pub struct Shop {
    pub catalog: Catalog,
    pub today: Day,
    pub history: History,
}

impl Shop {
    pub fn on(today: &str) -> Shop {
        Shop { catalog: catalog(), today: day(today), history: History::default() }
    }

    pub fn decide(&self, order: &Order) -> Result<Permitted, Refusals> {
        Policy::new(&self.catalog, self.today).decide(order, &self.history)
    }

    pub fn permits(&self, order: &Order) -> Claims {
        self.decide(order).unwrap().claims().clone()
    }

    /// The refusals, of which there is at least one.
    pub fn refuses(&self, order: &Order) -> Vec<Refusal> {
        self.decide(order).unwrap_err().as_slice().to_vec()
    }

    pub fn codes(&self, order: &Order) -> Vec<&'static str> {
        self.refuses(order).iter().map(Refusal::code).collect()
    }

    pub fn says(&self, order: &Order) -> String {
        self.decide(order).unwrap_err().to_string()
    }

    pub fn issue(&mut self, order: &Order) -> IssueRecord {
        let record = self.decide(order).unwrap().sign(&issuer(), noon(), "a test").unwrap().unrecorded();
        self.history.push(record.clone()).unwrap();
        record
    }
}
