//! The settings that each product and edition has, from itself or inherited.
#![allow(clippy::unwrap_used, clippy::panic, clippy::arithmetic_side_effects, reason = "a test fails by panicking")]

use std::num::NonZeroU16;

use keyward_catalog::{Activation, Catalog};
use keyward_core::{Claims, Feature, Features, Kind, Product};

const CATALOG: &str = r#"
grace_days = 10
reminder_days = [60, 30]
trials = { longest_days = 14 }

[products.studio]
number = 3
name = "Acme Studio"
activation = "required"
offline_for = "36h"
activation_lease = "14d"
releases_per_30d = 5
least_components = 1
locked_term = "90d"
grace_days = 14
seats = { least = 2, most = 9 }
stopgaps = { longest_days = 7, features = ["export"] }

[products.studio.editions]
pro = { number = 2, name = "Professional" }
enterprise = { number = 3, name = "Enterprise", grace_days = 30, seats = { least = 10 } }

[products.studio.features]
teamwork = { bit = 1, name = "Teamwork" }
export = { bit = 0, name = "Export" }

[products.viewer]
number = 1
name = "Acme Viewer"
reminder_days = []
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

fn catalog() -> Catalog {
    Catalog::parse(CATALOG, "catalog.toml").unwrap_or_else(|problems| panic!("{problems}"))
}

#[test]
fn a_product_inherits_the_settings_of_the_catalogue() {
    let catalog = catalog();
    let (studio, viewer) = (catalog.product("studio").unwrap(), catalog.product("viewer").unwrap());
    assert_eq!((studio.activation, viewer.activation), (Activation::Required, Activation::None));
    assert_eq!((studio.min_components, viewer.min_components), (1, 2));
    for least in ["0", "6", "true"] {
        let text = CATALOG.replace("least_components = 1", &format!("least_components = {least}"));
        let problem = Catalog::parse(&text, "catalog.toml").unwrap_err().to_string();
        assert!(problem.contains("expected a whole number from 1 to 5"), "{problem}");
    }
    assert_eq!((studio.offline_hours, viewer.offline_hours), (36, 24));
    assert_eq!((studio.lease_days, viewer.lease_days), (Some(14), None));
    assert_eq!((studio.locked_days, viewer.locked_days), (Some(90), None));
    for term in ["\"0d\"", "\"367d\"", "\"3m\"", "90"] {
        let text = CATALOG.replace("locked_term = \"90d\"", &format!("locked_term = {term}"));
        let problem = Catalog::parse(&text, "catalog.toml").unwrap_err().to_string();
        assert!(problem.contains("expected days, from \"1d\" to \"366d\""), "{problem}");
    }
    assert_eq!((studio.releases_per_30d, viewer.releases_per_30d), (NonZeroU16::new(5), None));
    for wrong in ["0", "1001", "-1", "\"5\"", "0.5"] {
        let text = CATALOG.replace("releases_per_30d = 5", &format!("releases_per_30d = {wrong}"));
        let problem = Catalog::parse(&text, "catalog.toml").unwrap_err().to_string();
        assert!(problem.contains("expected a whole number from 1 to 1000"), "{problem}");
    }
    let text = CATALOG.replace("name = \"Acme Viewer\"", "name = \"Acme Viewer\"\nreleases_per_30d = 5");
    let problem = Catalog::parse(&text, "catalog.toml").unwrap_err().to_string();
    assert!(problem.contains("works without activation, and has no `releases_per_30d`"), "{problem}");
    assert!(studio.reminder_days.iter().eq([60, 30]));
    assert_eq!(viewer.reminder_days.iter().count(), 0);
    assert_eq!((studio.trials.max_days, studio.stopgaps.max_days), (14, 7));
    assert_eq!((viewer.trials.max_days, viewer.stopgaps.max_days), (14, 30));
    assert_eq!(studio.trials.features, Features::from_bits(0b11));
    assert_eq!(studio.stopgaps.features, Features::NONE.with(Feature::new(0)));
    assert_eq!(studio.rules(Kind::Standard), None);
}

#[test]
fn a_file_with_windows_line_ends_reads_the_same() {
    let windows = format!("\u{FEFF}{}", CATALOG.replace('\n', "\r\n"));
    assert_eq!(Catalog::parse(&windows, "catalog.toml").unwrap().offers(), catalog().offers());

    let problems = Catalog::parse(&windows.replace("\"1m\"", "\"1w\""), "catalog.toml").unwrap_err();
    let problem = problems.as_slice().first().unwrap();
    let (line, text) = CATALOG.lines().enumerate().find(|(_, text)| text.contains("\"1m\"")).unwrap();
    assert_eq!((problem.position.line, problem.position.column), (line + 1, text.find("\"1m\"").unwrap() + 1));
}

#[test]
fn l109_grace_is_0_to_90_days_of_the_catalogue_and_never_of_a_trial_or_a_stopgap() {
    let with = |days: &str| Catalog::parse(&CATALOG.replace("grace_days = 14", &format!("grace_days = {days}")), "c");
    for days in [0, 7, 90] {
        let catalog = with(&days.to_string()).unwrap();
        assert_eq!(catalog.product("studio").unwrap().edition("pro").unwrap().grace_days, Some(days));
        assert_eq!(catalog.offer("trial").unwrap().grace_days, None, "{days}");
        assert_eq!(catalog.offer("stopgap").unwrap().grace_days, None, "{days}");
    }
    for days in ["91", "-1", "1.5", "\"14d\""] {
        let problem = with(days).unwrap_err().to_string();
        assert!(problem.contains("0 to 90"), "{problem}");
    }
}

#[test]
fn an_edition_inherits_grace_and_seats_from_its_product() {
    let catalog = catalog();
    let studio = catalog.product_by_number(Product(3)).unwrap();
    let (pro, enterprise) = (studio.edition("pro").unwrap(), studio.edition("enterprise").unwrap());
    assert_eq!((pro.grace_days, enterprise.grace_days), (Some(14), Some(30)));
    assert_eq!(
        (pro.seats.to_string(), enterprise.seats.to_string()),
        ("2 to 9".into(), "10 or more, or unlimited".into())
    );
    assert_eq!(catalog.product("viewer").unwrap().editions.first().unwrap().grace_days, Some(10));
}

#[test]
fn products_are_in_the_order_of_numbers_and_offers_in_the_order_of_the_file() {
    let catalog = catalog();
    assert!(catalog.products().iter().map(|product| product.number.0).eq([1, 3]));
    let studio = catalog.product("studio").unwrap();
    assert!(studio.features.iter().map(|feature| feature.code.as_str()).eq(["export", "teamwork"]));
    assert_eq!(catalog.offers().first().unwrap().code.as_str(), "pro-annual");
}

#[test]
fn an_unknown_number_is_its_own_name() {
    let claims: Claims = serde_json::from_str(
        r#"{"serial": "0102030405060708", "product": 3, "edition": 9, "seats": 2, "valid_from": "2026-01-01",
            "valid_through": null, "features": [1, 63], "limits": {"4": 5}}"#,
    )
    .unwrap();
    let names = catalog().describe(&claims);
    assert_eq!((names.product.as_str(), names.edition.as_str()), ("Acme Studio", "edition 9"));
    assert_eq!(names.features, ["Teamwork", "feature 63"]);
    assert_eq!(names.limits, [("limit 4".to_owned(), 5)]);

    let other = Catalog::parse(
        "products.a = { number = 1, name = \"A\", editions = { b = { number = 9, name = \"B\" } } }",
        "a.toml",
    );
    let names = other.unwrap().describe(&claims);
    assert_eq!((names.product.as_str(), names.edition.as_str()), ("product 3", "edition 9"));
}

#[test]
fn an_answer_is_good_for_at_most_the_lease() {
    for (offline_for, hours) in [("1h", 1), ("24h", 24), ("336h", 336), ("14d", 336)] {
        let text = CATALOG.replace("\"36h\"", &format!("{offline_for:?}"));
        let catalog = Catalog::parse(&text, "catalog.toml").unwrap();
        assert_eq!(catalog.product("studio").unwrap().offline_hours, hours);
    }
    let problem = Catalog::parse(&CATALOG.replace("\"36h\"", "\"337h\""), "catalog.toml").unwrap_err().to_string();
    assert!(problem.contains("`offline_for` is 337h, and `activation_lease` is 14d"), "{problem}");
}
