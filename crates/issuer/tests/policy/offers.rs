//! A license can be issued from every offer of a catalogue.

use keyward_catalog::Catalog;
use keyward_issuer::order::Order;
use keyward_issuer::policy::{History, Policy};
use keyward_issuer::{Claims, Day, Features, Kind, Quantity};
use proptest::prelude::*;

use crate::common::{approved, day, permitted, serial};

const CATALOG: &str = r#"
grace_days = 10
trials = { longest_days = 14 }

[products.studio]
number = 3
name = "Acme Studio"
grace_days = 14
stopgaps = { longest_days = 7, features = ["export"] }

[products.studio.editions]
pro = { number = 2, name = "Professional" }
enterprise = { number = 3, name = "Enterprise", grace_days = 30 }

[products.studio.features]
export = { bit = 0, name = "Export" }
teamwork = { bit = 1, name = "Teamwork" }

[products.viewer]
number = 1
name = "Acme Viewer"
editions = { only = { number = 0, name = "Viewer", free = true } }

[offers]
pro-annual = { product = "studio", edition = "pro", term = "1y", seats = 2 }
pro-monthly = { product = "studio", edition = "pro", term = "1m", seats = 2 }
pro-patient = { product = "studio", edition = "pro", term = "1y", seats = 2, grace_days = 0 }
enterprise = { product = "studio", edition = "enterprise", term = "1y", seats = "unlimited" }
viewer = { product = "viewer", edition = "only", term = "90d", seats = 1 }
for-ever = { product = "studio", edition = "pro", term = "perpetual", seats = 2, updates = "2y" }
trial = { product = "studio", edition = "pro", kind = "trial", term = "14d", seats = 2, features = ["teamwork", "export"] }
stopgap = { product = "studio", edition = "pro", kind = "stopgap", term = "7d", seats = 2, features = ["export"] }
"#;

fn claims(catalog: &Catalog, offer: &str) -> Claims {
    let order = approved(Order::of_offer(offer, serial(1)));
    let decision = Policy::new(catalog, day("2026-01-01")).decide(&order, &History::default());
    permitted(decision.unwrap_or_else(|refusals| unreachable!("{offer}: {refusals}"))).claims().clone()
}

#[test]
fn grace_is_in_the_key_only_if_a_verifier_assumes_another_number() {
    let catalog = Catalog::parse(CATALOG, "catalog.toml").unwrap();
    for (offer, grace_days) in [
        ("pro-annual", None),
        ("pro-monthly", Some(14)),
        ("pro-patient", Some(0)),
        ("enterprise", Some(30)),
        ("viewer", Some(10)),
        ("for-ever", None),
        ("trial", None),
    ] {
        assert_eq!(claims(&catalog, offer).grace_days(), grace_days, "{offer}");
    }
}

#[test]
fn an_offer_is_a_complete_order() {
    let catalog = Catalog::parse(CATALOG, "catalog.toml").unwrap();
    let trial = claims(&catalog, "trial");
    assert_eq!((trial.kind(), trial.features()), (Kind::Trial, Features::from_bits(0b11)));
    assert_eq!(trial.valid_through(), Some(day("2026-01-14")));
    assert_eq!(claims(&catalog, "stopgap").kind(), Kind::Stopgap);
    let perpetual = claims(&catalog, "for-ever");
    assert_eq!((perpetual.valid_through(), perpetual.updates_through()), (None, Some(day("2027-12-31"))));
    assert_eq!(claims(&catalog, "enterprise").seats(), Quantity::Unlimited);
    let late = Policy::new(&catalog, Day::LAST).decide(&Order::of_offer("pro-annual", serial(1)), &History::default());
    assert_eq!(late.unwrap_err().as_slice()[0].code(), "term");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn every_offer_of_a_valid_catalogue_makes_a_license(
        digits in prop::collection::vec((any::<prop::sample::Index>(), b'0'..=b'9'), 1..4),
    ) {
        let mut text = Catalog::EXAMPLE.as_bytes().to_vec();
        let offsets: Vec<usize> = (0..text.len()).filter(|offset| text[*offset].is_ascii_digit()).collect();
        for (index, digit) in digits {
            text[offsets[index.index(offsets.len())]] = digit;
        }
        if let Ok(catalog) = Catalog::parse(std::str::from_utf8(&text).unwrap(), "catalog.toml") {
            for offer in catalog.offers() {
                claims(&catalog, offer.code.as_str());
            }
        }
    }
}
