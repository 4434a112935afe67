use std::sync::LazyLock;

use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveTime, Utc};
use serde_json::{Map, Value, json};

/// The sold license, with the same claims for every peer.
#[derive(Clone, Copy)]
pub struct Order {
    pub product: Product,
    /// The first day and the last, both included.
    pub from: NaiveDate,
    pub through: NaiveDate,
    pub licensee: Option<&'static str>,
}

/// A product: its number in a vendor's catalogue, and its name for the formats that contain names.
#[derive(Clone, Copy)]
pub struct Product {
    pub number: u32,
    pub name: &'static str,
}

/// The product that verifies.
pub const PRODUCT: Product = Product { number: 3, name: "studio" };
/// Another product of the same vendor.
pub const OTHER_PRODUCT: Product = Product { number: 4, name: "viewer" };
pub const EDITION: &str = "professional";
pub const EDITION_NUMBER: u16 = 2;
pub const SEATS: u32 = 25;
/// The features' names; their numbers are 0, 1 and 2.
pub const FEATURES: [&str; 3] = ["export", "reports", "offline-sync"];
pub const SERIAL: [u8; 8] = [1, 2, 3, 4, 5, 6, 7, 8];
pub const SERIAL_HEX: &str = "0102030405060708";
pub const LICENSEE: &str = "Müller & Søn";

static TODAY: LazyLock<NaiveDate> = LazyLock::new(|| Utc::now().date_naive());

impl Order {
    /// A license for the calendar year of the run.
    pub fn typical() -> Order {
        let day = |month, day| NaiveDate::from_ymd_opt(TODAY.year(), month, day).expect("every year has it");
        Order { product: PRODUCT, from: day(1, 1), through: day(12, 31), licensee: None }
    }

    pub fn with_licensee(self) -> Order {
        Order { licensee: Some(LICENSEE), ..self }
    }

    pub fn of_another_product(self) -> Order {
        Order { product: OTHER_PRODUCT, ..self }
    }

    /// A license for a year that begins in forty days.
    pub fn not_begun(self) -> Order {
        let from = *TODAY + Days::new(40);
        Order { from, through: from + Days::new(364), ..self }
    }

    /// A license for a year that ended `days` days ago.
    pub fn ended(self, days: u64) -> Order {
        let through = *TODAY - Days::new(days);
        Order { from: through - Days::new(364), through, ..self }
    }

    pub fn opens(&self) -> DateTime<Utc> {
        self.from.and_time(NaiveTime::MIN).and_utc()
    }

    /// The end of the last day.
    pub fn closes(&self) -> DateTime<Utc> {
        (self.through + Days::new(1)).and_time(NaiveTime::MIN).and_utc()
    }

    /// The claims as JSON with names, for formats whose content is free.
    pub fn json(&self) -> String {
        let mut claims = self.words();
        claims.insert("product".into(), json!(self.product.name));
        claims.insert("valid_from".into(), json!(self.from));
        claims.insert("valid_through".into(), json!(self.through));
        claims.insert("serial".into(), json!(SERIAL_HEX));
        Value::Object(claims).to_string()
    }

    /// The same claims with names of one letter and the catalogue's numbers.
    pub fn short_json(&self) -> String {
        let mut claims = json!({
            "p": self.product.number, "e": EDITION_NUMBER, "n": SEATS, "x": 7, "s": SERIAL_HEX,
            "f": self.from.format("%Y%m%d").to_string(), "t": self.through.format("%Y%m%d").to_string(),
        });
        if let Some(licensee) = self.licensee {
            claims["l"] = json!(licensee);
        }
        claims.to_string()
    }

    /// The claims without a registered name in tokens: edition, seats, features, licensee.
    pub fn words(&self) -> Map<String, Value> {
        let mut words = Map::new();
        words.insert("edition".into(), json!(EDITION));
        words.insert("seats".into(), json!(SEATS));
        words.insert("features".into(), json!(FEATURES));
        if let Some(licensee) = self.licensee {
            words.insert("licensee".into(), json!(licensee));
        }
        words
    }
}
