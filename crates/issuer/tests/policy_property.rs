//! Whatever the policy lets through, signed, verifies under the same catalogue as what was ordered.
#![allow(clippy::unwrap_used, clippy::arithmetic_side_effects, reason = "a test fails by panicking")]

mod common;

use common::{catalog, issuer, limit, noon};
use keyward_catalog::Catalog;
use keyward_grace::Term;
use keyward_issuer::policy::{Approval, Ends, LimitValue, Order, Policy, Quantity, Subscription};
use keyward_issuer::record::{History, IssueRecord};
use keyward_issuer::{Claims, Day, Environment, Fingerprint, Kind, Serial};
use keyward_verifier::Verifier;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

const TODAY: u32 = 2517; // 2026-11-22

fn code(codes: &'static [&'static str]) -> impl Strategy<Value = String> {
    select(codes).prop_map(str::to_owned)
}

fn day() -> impl Strategy<Value = Day> {
    // Around today, and now and then at the end of the calendar.
    prop_oneof![20 => TODAY - 60..TODAY + 800, 1 => Day::LAST.number() - 400..=Day::LAST.number()]
        .prop_map(|number| Day::from_number(number).unwrap())
}

fn quantity() -> impl Strategy<Value = Quantity> {
    prop_oneof![
        Just(Quantity::Unlimited),
        (0..20_u32).prop_map(Quantity::Of),
        (490..10_010_u32).prop_map(Quantity::Of),
        any::<u32>().prop_map(Quantity::Of)
    ]
}

fn ends() -> impl Strategy<Value = Ends> {
    let term = select(&["1d", "3d", "14d", "15d", "30d", "31d", "45d", "1m", "12m", "1y", "3y"][..]);
    prop_oneof![
        1 => Just(Ends::Never),
        2 => day().prop_map(Ends::Through),
        4 => term.prop_map(|term| Ends::After(term.parse::<Term>().unwrap())),
    ]
}

fn what() -> impl Strategy<Value = Order> {
    let serial = any::<[u8; 8]>().prop_map(Serial::from_bytes);
    let offers =
        code(&["home", "pro-annual", "pro-perpetual", "enterprise-annual", "pro-trial", "pro-stopgap", "pro-anual"]);
    let products = (code(&["studio", "server"]), code(&["home", "pro", "enterprise", "classic", "one"]));
    prop_oneof![
        (offers, serial.clone()).prop_map(|(offer, serial)| Order::of_offer(offer, serial)),
        (products, serial).prop_map(|((product, edition), serial)| Order::of_edition(product, edition, serial)),
    ]
}

fn order() -> impl Strategy<Value = Order> {
    let features = subsequence(vec!["export", "teamwork", "plug-ins", "fax"], 0..=3);
    let features = features.prop_map(|codes| codes.into_iter().map(str::to_owned).collect::<Vec<_>>());
    let kind = select(vec![Kind::Standard, Kind::Trial, Kind::Stopgap]);
    let environment = select(vec![Environment::Production, Environment::Staging, Environment::Development]);
    let limits = prop::collection::vec((0..1010_u64).prop_map(|value| limit("projects", value)), 0..=1);
    let fingerprint = any::<[[u8; 3]; 5]>().prop_map(|digests| Fingerprint::from_digests(digests.map(Some)));
    let approval = Just(Approval { by: "Ada".to_owned(), reason: "a pilot".to_owned() });
    let subscription = Just(Subscription { id: "sub-1".to_owned(), name: None });
    let sold = (option::weighted(0.6, quantity()), option::of(features), limits, option::weighted(0.1, quantity()));
    let time = (option::of(day()), option::weighted(0.7, ends()), option::weighted(0.2, day()));
    let rest = (
        option::weighted(0.3, kind),
        option::weighted(0.3, 0..100_u32),
        option::of(environment),
        option::weighted(0.2, fingerprint),
        option::of("[ A-Za-zäöü株]{0,20}"),
        option::weighted(0.3, approval),
        option::weighted(0.2, subscription),
    );
    (what(), sold, time, rest).prop_map(|(mut order, sold, time, rest)| {
        (order.seats, order.features, order.limits, order.activations) = sold;
        (order.from, order.ends, order.updates_through) = time;
        let subscription;
        (
            order.kind,
            order.grace_days,
            order.environment,
            order.fingerprint,
            order.licensee,
            order.approval,
            subscription,
        ) = rest;
        order.subscription = subscription;
        order
    })
}

/// The license that a customer gets who types the record's key.
fn verified(record: &IssueRecord) -> (Claims, keyward_verifier::Standing) {
    let trusted = [issuer().verifying_key().clone()];
    let ordered = record.claims();
    let mut verifier = Verifier::new(&trusted, ordered.product()).environment(ordered.environment());
    if let Some(fingerprint) = ordered.fingerprint() {
        verifier = verifier.machine(*fingerprint);
    }
    let license = verifier.verify(&record.key().to_string()).unwrap();
    (license.claims().clone(), license.standing(noon()))
}

fn is_as_ordered(order: &Order, claims: &Claims, catalog: &Catalog) {
    assert_eq!(claims.serial(), order.serial);
    let product = catalog.product_numbered(claims.product()).unwrap();
    let edition = product.edition_numbered(claims.edition()).unwrap();
    assert!(edition.seats.allows(claims.seats()) && !edition.deprecated);
    if let Some(seats) = order.seats {
        assert_eq!(Quantity::from(claims.seats()), seats);
    }
    if let Some(codes) = &order.features {
        let bits = codes.iter().map(|code| product.feature(code).unwrap().bit);
        assert_eq!(claims.features(), bits.collect());
    }
    for (code, value) in &order.limits {
        let expected = match value {
            LimitValue::Of(value) => Some(*value),
            LimitValue::Dropped => None,
        };
        assert_eq!(claims.limits().value(product.limit(code).unwrap().id), expected);
    }
    let today = Day::from_number(TODAY).unwrap();
    assert_eq!(claims.valid_from(), order.from.unwrap_or(today));
    match order.ends {
        Some(Ends::Never) => assert_eq!(claims.valid_through(), None),
        Some(Ends::Through(day)) => assert_eq!(claims.valid_through(), Some(day)),
        Some(Ends::After(term)) => assert_eq!(claims.valid_through(), term.last_day(claims.valid_from()).ok()),
        None => {}
    }
    assert!(claims.valid_through().is_none_or(|through| through >= claims.valid_from() && through >= today));
    assert_eq!(claims.environment(), order.environment.unwrap_or_default());
    assert_eq!(claims.fingerprint(), order.fingerprint.as_ref());
    assert_eq!(claims.kind(), order.kind.unwrap_or(claims.kind()));
    if let (Some(rules), Some(days)) = (product.rules(claims.kind()), claims.term_days()) {
        let approved = claims.kind() == Kind::Trial && order.approval.is_some();
        assert!(approved || days.get() <= rules.longest_days.into());
        assert!(order.subscription.is_none() && order.grace_days.is_none());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    #[test]
    fn what_the_policy_lets_through_verifies_as_what_was_ordered(order in order()) {
        let catalog = catalog();
        let policy = Policy::new(&catalog, Day::from_number(TODAY).unwrap());
        match policy.decide(&order, &History::default()) {
            Ok(permitted) => {
                let record = permitted.sign(&issuer(), noon(), "a test").unwrap().unrecorded();
                let (claims, standing) = verified(&record);
                prop_assert_eq!(&claims, record.claims());
                is_as_ordered(&order, &claims, &catalog);
                if let Some(days) = order.grace_days {
                    prop_assert_eq!(u32::from(standing.grace_days()), days);
                }
                prop_assert_eq!(&IssueRecord::from_line(&record.to_line().unwrap()).unwrap(), &record);
            }
            Err(refusals) => {
                prop_assert!(!refusals.as_slice().is_empty(), "a refusal says why");
                prop_assert!(refusals.as_slice().iter().all(|refusal| !refusal.code().is_empty()));
            }
        }
    }
}
