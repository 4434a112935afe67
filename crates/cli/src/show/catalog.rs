//! A catalogue for people.

use std::io::{self, Write};
use std::num::NonZeroU32;

use keyward_catalog::{Activation, Catalog, EditionEntry, KindRules, LimitEntry, Offer, ProductEntry};
use keyward_core::{Features, Kind, Limits, Quantity};

use crate::words::counted;

/// The counts: "1 product, 4 editions, 4 features, 1 limit, 6 offers".
pub fn in_one_line(catalog: &Catalog) -> String {
    let products = catalog.products();
    let of_all = |count: fn(&ProductEntry) -> usize| products.iter().map(count).sum();
    let counts = [
        ("product", products.len()),
        ("edition", of_all(|product| product.editions.len())),
        ("feature", of_all(|product| product.features.len())),
        ("limit", of_all(|product| product.limits.len())),
        ("offer", catalog.offers().len()),
    ];
    counts.map(|(noun, count)| counted(count, noun)).join(", ")
}

/// The whole catalogue, line by line: the vendor, then the numbers in keys, codes and names.
pub fn report(catalog: &Catalog, to: &mut dyn Write) -> io::Result<()> {
    if let Some(vendor) = catalog.vendor() {
        writeln!(to, "{}\n", joined([vendor.name.clone(), vendor.support.clone().unwrap_or_default()]))?;
    }
    for (index, product) in catalog.products().iter().enumerate() {
        if index > 0 {
            writeln!(to)?;
        }
        report_product(product, to)?;
    }
    if !catalog.offers().is_empty() {
        writeln!(to, "\nOffers\n")?;
    }
    for offer in catalog.offers() {
        row(to, offer.code.as_str(), &offer_in_words(catalog, offer))?;
    }
    Ok(())
}

fn report_product(product: &ProductEntry, to: &mut dyn Write) -> io::Result<()> {
    writeln!(to, "{} ({})\n", product.name, product.code)?;
    let number = product.number.to_string();
    row(to, "product", &joined([number, deprecated(product.deprecated)]))?;
    for edition in &product.editions {
        row(to, &format!("edition {}", edition.number), &edition_in_words(edition))?;
    }
    for feature in &product.features {
        let words = [feature.code.to_string(), feature.name.clone(), deprecated(feature.deprecated)];
        row(to, &format!("feature {}", feature.bit.bit()), &joined(words))?;
    }
    for limit in &product.limits {
        row(to, &format!("limit {}", limit.id), &limit_in_words(limit))?;
    }
    row(
        to,
        "activation",
        match product.activation {
            Activation::None => "none",
            Activation::Required => "required",
        },
    )?;
    row(
        to,
        "requests",
        &match product.min_components {
            1 => "of machines with 1 component or more".to_owned(),
            min => format!("of machines with {min} components or more"),
        },
    )?;
    if let Some(days) = product.locked_days {
        row(to, "locked keys", &format!("of {days} days at most"))?;
    }
    let days: Vec<String> = product.reminder_days.iter().map(|days| days.to_string()).collect();
    row(
        to,
        "reminders",
        &if days.is_empty() { "none".to_owned() } else { format!("{} days before the end", days.join(", ")) },
    )?;
    row(to, "longest term", &product.max_term.to_string())?;
    row(to, "trials", &rules_in_words(product, &product.trials))?;
    row(to, "stopgaps", &rules_in_words(product, &product.stopgaps))
}

fn edition_in_words(edition: &EditionEntry) -> String {
    joined([
        edition.code.to_string(),
        edition.name.clone(),
        if edition.free { "free".to_owned() } else { String::new() },
        if edition.has_trial() || edition.free { String::new() } else { "no trials".to_owned() },
        deprecated(edition.deprecated),
        edition.replacement.as_ref().map_or_else(String::new, |code| format!("offer {code} instead")),
        format!("seats {}", edition.seats),
        edition.grace_days.map_or_else(String::new, |days| format!("{days} days of grace")),
    ])
}

fn limit_in_words(limit: &LimitEntry) -> String {
    let range = match (limit.min, limit.max) {
        (0, Limits::MAX_VALUE) => String::new(),
        (min, Limits::MAX_VALUE) => format!("{min} or more"),
        (min, max) => format!("{min} to {max}"),
    };
    joined([limit.code.to_string(), limit.name.clone(), range, deprecated(limit.deprecated)])
}

fn rules_in_words(product: &ProductEntry, rules: &KindRules) -> String {
    joined([format!("at most {} days", rules.max_days), features_in_words(product, rules.features)])
}

fn offer_in_words(catalog: &Catalog, offer: &Offer) -> String {
    // Neither is missing, since the catalogue was checked.
    let product = catalog.product_by_number(offer.product);
    let edition = product.and_then(|product| product.edition_by_number(offer.edition));
    let what = [product.map(|product| product.code.as_str()), edition.map(|edition| edition.code.as_str())];
    let kind = if offer.kind == Kind::Standard { String::new() } else { offer.kind.to_string() };
    let limits = offer.limits.as_slice().iter().map(|(id, value)| {
        let limit = product.and_then(|product| product.limit_by_id(*id));
        format!("{} {value}", limit.map_or("", |limit| limit.code.as_str()))
    });
    joined([
        what.into_iter().flatten().collect::<Vec<_>>().join(" "),
        kind,
        offer.term.map_or_else(|| "perpetual".to_owned(), |term| term.to_string()),
        match offer.seats {
            Quantity::Of(NonZeroU32::MIN) => "1 seat".to_owned(),
            seats => format!("{seats} seats"),
        },
        product.map_or_else(String::new, |product| features_in_words(product, offer.features)),
        limits.collect::<Vec<_>>().join(", "),
        offer.updates.map_or_else(String::new, |term| format!("updates for {term}")),
        offer.grace_days.map_or_else(String::new, |days| format!("{days} days of grace")),
    ])
}

fn features_in_words(product: &ProductEntry, features: Features) -> String {
    let codes = features.iter().filter_map(|bit| product.feature_by_bit(bit)).map(|feature| feature.code.as_str());
    codes.collect::<Vec<_>>().join(", ")
}

fn deprecated(is: bool) -> String {
    if is { "deprecated".to_owned() } else { String::new() }
}

/// The texts that are not empty, separated by semicolons.
fn joined<const N: usize>(words: [String; N]) -> String {
    words.into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>().join("; ")
}

fn row(to: &mut dyn Write, name: &str, value: &str) -> io::Result<()> {
    writeln!(to, "  {name:<18} {value}")
}
