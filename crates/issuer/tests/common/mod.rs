//! A shop: a catalogue, a day, a signing key, and the issued licenses.
#![allow(dead_code, reason = "not every test needs all of it")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::num::NonZeroU32;

use chrono::{DateTime, Utc};
use keyward_catalog::Catalog;
use keyward_issuer::issuance::{Issuance, release};
use keyward_issuer::order::{Approval, LimitValue, Order};
use keyward_issuer::policy::{Decision, History, Permitted, Policy, Refusal, Refusals};
use keyward_issuer::record::{IssueRecord, Sealed};
use keyward_issuer::{Claims, Day, End, Issuer, LicenseDigest, Quantity, Serial, SigningKey};
use keyward_verifier::files::{RevocationList, Status};

/// Products beside those of the example: one with activation, one with more limits than a key carries, one that is not sold.
pub const MORE: &str = r#"
    [products.server]
    number = 8
    name = "Acme Server"
    activation = "required"
    editions = { one = { number = 1, name = "One" } }

    [products.depot]
    number = 9
    name = "Acme Depot"
    editions = { one = { number = 1, name = "One" } }

    [products.depot.limits]
    bays    = { id = 1, name = "Bays" }
    carts   = { id = 2, name = "Carts" }
    doors   = { id = 3, name = "Doors" }
    floors  = { id = 4, name = "Floors" }
    gates   = { id = 5, name = "Gates" }
    lifts   = { id = 6, name = "Lifts" }
    ramps   = { id = 7, name = "Ramps" }
    shelves = { id = 8, name = "Shelves" }
    trucks  = { id = 9, name = "Trucks" }
    faxes   = { id = 10, name = "Faxes", deprecated = true }

    [products.attic]
    number = 10
    name = "Acme Attic"
    deprecated = true
    editions = { one = { number = 1, name = "One" } }
"#;

pub fn catalog() -> Catalog {
    catalog_with(&[])
}

/// The catalogue with these replacements of its text.
pub fn catalog_with(replacements: &[(&str, &str)]) -> Catalog {
    Catalog::parse(&text_with(replacements), "catalog.toml").unwrap()
}

/// The same without offers, for entries that no offer may sell.
pub fn catalog_without_offers(replacements: &[(&str, &str)]) -> Catalog {
    Catalog::parse(text_with(replacements).split("# Offers").next().unwrap(), "catalog.toml").unwrap()
}

/// Tighter rules than those of the example: shorter stopgaps, trials without all features, and a product that is not activated.
const TIGHTER: [(&str, &str); 5] = [
    (
        "[stopgaps]                     # a stopgap bridges a late renewal\nlongest_days = 30",
        "[stopgaps]\nlongest_days = 14",
    ),
    ("activation = \"required\"        # or", "activation = \"none\"        # or"),
    ("# [products.studio.trials]\n# features", "[products.studio.trials]\nfeatures"),
    (
        "kind = \"trial\"\nterm = \"30d\"\nseats = 3\nfeatures = [\"export\", \"teamwork\", \"plug-ins\"]",
        "kind = \"trial\"\nterm = \"30d\"\nseats = 3\nfeatures = [\"export\", \"teamwork\"]",
    ),
    ("kind = \"stopgap\"\nterm = \"30d\"", "kind = \"stopgap\"\nterm = \"14d\""),
];

fn text_with(replacements: &[(&str, &str)]) -> String {
    let text = Catalog::EXAMPLE.replace("# Offers", &format!("{MORE}\n# Offers"));
    TIGHTER.iter().chain(replacements).fold(text, |text, (old, new)| {
        assert!(text.contains(old), "{old}");
        text.replace(old, new)
    })
}

pub fn day(text: &str) -> Day {
    text.parse().unwrap()
}

pub fn quantity(number: u32) -> Quantity {
    Quantity::Of(NonZeroU32::new(number).unwrap())
}

pub fn after(term: &str) -> Option<End> {
    Some(End::After(term.parse().unwrap()))
}

pub fn through(text: &str) -> Option<End> {
    Some(End::Through(day(text)))
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

pub fn dropped(code: &str) -> (String, LimitValue) {
    (code.to_owned(), LimitValue::Dropped)
}

pub fn issuer() -> Issuer {
    Issuer::with_key(SigningKey::from_seed(&[7; 32]))
}

pub fn noon() -> DateTime<Utc> {
    "2026-11-22T12:00:00Z".parse().unwrap()
}

pub fn approval(reason: &str) -> Option<Approval> {
    Some(Approval { by: "Ada".to_owned(), reason: reason.to_owned() })
}

/// One seat of an edition, for a year, with the most of its limit.
pub fn edition(product: &str, edition: &str) -> Order {
    let mut order = Order::of_edition(product, edition, serial(1));
    if product == "studio" {
        order.limits = vec![limit("projects", 1000)];
    }
    (order.seats, order.end) = (Some(quantity(1)), after("1y"));
    order
}

/// The same order, with an approval.
pub fn approved(mut order: Order) -> Order {
    order.approval = approval("a favour");
    order
}

/// Acme's stopgap.
pub fn stopgap(number: u8) -> Order {
    let mut order = Order::of_offer("pro-stopgap", serial(number));
    order.customer = Some("acme".to_owned());
    order
}

pub fn renewal(of: u8, number: u8) -> Order {
    Order::renewal_of(serial(of), serial(number))
}

pub fn reissue(of: u8, number: u8) -> Order {
    let mut order = Order::reissue_of(serial(of), serial(number));
    order.reason = Some("more seats".to_owned());
    order.ticket = Some("https://desk.example/1".to_owned());
    order
}

/// Acme's license for the year 2026, number 1.
pub fn shop_with_a_paid_year() -> Shop {
    let mut shop = Shop::on("2026-01-01");
    let mut order = offer("pro-annual");
    order.customer = Some("acme".to_owned());
    order.licensee = Some("Acme Ltd".to_owned());
    shop.issue(&order);
    shop
}

/// The first and the last day.
pub fn days(shop: &Shop, order: &Order) -> (String, String) {
    let claims = shop.permits(order);
    (claims.valid_from().to_string(), claims.valid_through().unwrap().to_string())
}

/// The record with one more claim, signed again: no order can add the claim.
pub fn with_claim(record: &IssueRecord, name: &str, value: &str) -> IssueRecord {
    let mut line: serde_json::Value = serde_json::from_str(&record.to_line()).unwrap();
    line["claims"][name] = value.into();
    let claims: Claims = serde_json::from_value(line["claims"].clone()).unwrap();
    let key = issuer().sign(&claims).unwrap();
    line["digest"] = LicenseDigest::of(&key).to_string().into();
    line["key"] = key.to_string().into();
    IssueRecord::from_line(&line.to_string()).unwrap()
}

pub fn sign_as(policy: Policy<'_>, permitted: Permitted, issuer: &Issuer, issued_by: &str) -> Sealed {
    Issuance { policy, issuer, trusted: &[], issued_by }.sign(permitted, noon()).unwrap()
}

/// The permitted license of a decision on a new order.
pub fn permitted(decision: Decision) -> Permitted {
    match decision {
        Decision::Permitted(permitted) => *permitted,
        Decision::Repeated(issued) => unreachable!("issued before as {}", issued.serial()),
    }
}

/// The record of a license, without a store.
pub fn released(sealed: Sealed) -> IssueRecord {
    IssueRecord::clone(&release(sealed.into_stored()).record)
}

/// The issued licenses, and the day of the next order.
pub struct Shop {
    pub catalog: Catalog,
    pub today: Day,
    pub history: History,
    pub list: RevocationList,
}

impl Shop {
    pub fn on(today: &str) -> Shop {
        let list = RevocationList::new(1, noon(), noon());
        Shop { catalog: catalog(), today: day(today), history: History::default(), list }
    }

    pub fn policy(&self) -> Policy<'_> {
        Policy::new(&self.catalog, self.today).with_revocations(&self.list)
    }

    /// The permitted license of a new order.
    pub fn decide(&self, order: &Order) -> Result<Permitted, Refusals> {
        self.policy().decide(order, &self.history).map(permitted)
    }

    pub fn permits(&self, order: &Order) -> Claims {
        self.decide(order).unwrap().claims().clone()
    }

    /// The refusals, at least one.
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
        let record = released(self.sign(self.decide(order).unwrap()));
        self.history.push(record.clone());
        record
    }

    /// Names the license on the revocation list.
    pub fn set(&mut self, number: u8, status: Status) {
        self.list.set(self.history.find(serial(number)).unwrap().digest(), status);
    }

    pub fn sign(&self, permitted: Permitted) -> Sealed {
        let (policy, issuer) = (self.policy(), issuer());
        let noon = self.today.date().and_hms_opt(12, 0, 0).unwrap().and_utc();
        Issuance { policy, issuer: &issuer, trusted: &[], issued_by: "a test" }.sign(permitted, noon).unwrap()
    }
}
