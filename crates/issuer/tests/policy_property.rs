//! Every permitted license verifies with the claims of its order and catalogue: new licenses, reissues and renewals.
#![allow(clippy::unwrap_used, clippy::panic, clippy::arithmetic_side_effects, reason = "a test fails by panicking")]

mod common;

use std::cell::Cell;
use std::num::NonZeroU32;

use common::{Shop, dropped, issuer, limit, noon, quantity, released, serial};
use keyward_catalog::Catalog;
use keyward_grace::Term;
use keyward_issuer::order::{Approval, LimitValue, MachineLock, Order, Subject, Subscription};
use keyward_issuer::policy::Refusals;
use keyward_issuer::record::{Action, IssueRecord};
use keyward_issuer::{Claims, Day, End, Environment, Features, Fingerprint, Kind, Limits, Quantity, Serial};
use keyward_verifier::{Standing, Verifier};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use proptest::test_runner::TestRunner;

const TODAY: u32 = 2517; // 2026-11-22
const CASES: u32 = 4000;

fn code(codes: &'static [&'static str]) -> impl Strategy<Value = String> {
    select(codes).prop_map(str::to_owned)
}

fn day() -> impl Strategy<Value = Day> {
    // Around today, and sometimes at the end of the calendar.
    prop_oneof![20 => TODAY - 60..TODAY + 800, 1 => Day::LAST.number() - 400..=Day::LAST.number()]
        .prop_map(|number| Day::from_number(number).unwrap())
}

fn quantities() -> impl Strategy<Value = Quantity> {
    prop_oneof![
        Just(Quantity::Unlimited),
        (1..20_u32).prop_map(quantity),
        (490..10_010_u32).prop_map(quantity),
        (1..=u32::MAX).prop_map(quantity)
    ]
}

fn ends() -> impl Strategy<Value = End> {
    let term = select(&["1d", "3d", "14d", "15d", "30d", "31d", "45d", "1m", "12m", "1y", "3y"][..]);
    prop_oneof![
        1 => Just(End::Perpetual),
        2 => day().prop_map(End::Through),
        4 => term.prop_map(|term| End::After(term.parse::<Term>().unwrap())),
    ]
}

fn lock() -> impl Strategy<Value = MachineLock> {
    any::<[[u8; 3]; 5]>().prop_map(|digests| MachineLock::To(Fingerprint::from_digests(digests.map(Some))))
}

fn new_order() -> impl Strategy<Value = Order> {
    let serial = any::<[u8; 8]>().prop_map(Serial::from_bytes);
    let offers =
        code(&["home", "pro-annual", "pro-perpetual", "enterprise-annual", "pro-trial", "pro-stopgap", "pro-anual"]);
    let products = (code(&["studio", "server"]), code(&["home", "pro", "enterprise", "classic", "one"]));
    prop_oneof![
        (offers, serial.clone()).prop_map(|(offer, serial)| Order::of_offer(offer, serial)),
        (products, serial).prop_map(|((product, edition), serial)| Order::of_edition(product, edition, serial)),
    ]
}

/// Overrides with these probabilities, so that some orders break a rule and some break none.
fn differing(order: impl Strategy<Value = Order>, weight: f64) -> impl Strategy<Value = Order> {
    let features = subsequence(vec!["export", "teamwork", "plug-ins", "fax"], 0..=3);
    let features = features.prop_map(|codes| codes.into_iter().map(str::to_owned).collect::<Vec<_>>());
    let kind = select(vec![Kind::Standard, Kind::Trial, Kind::Stopgap]);
    let environment = select(vec![Environment::Production, Environment::Staging, Environment::Development]);
    let a_limit = prop_oneof![(0..1010_u64).prop_map(|value| limit("projects", value)), Just(dropped("projects"))];
    let limits = option::weighted(weight, a_limit).prop_map(|limit| limit.into_iter().collect::<Vec<_>>());
    let lock = prop_oneof![4 => lock(), 1 => Just(MachineLock::None)];
    let approval = Just(Approval { by: "Ada".to_owned(), reason: "a pilot".to_owned() });
    let subscription = Just(Subscription { id: "sub-1".to_owned(), name: None });
    let sold = (
        option::weighted(weight, quantities()),
        option::weighted(weight, features),
        limits,
        option::weighted(weight / 4.0, quantities()),
    );
    let time =
        (option::weighted(weight, day()), option::weighted(weight, ends()), option::weighted(weight / 3.0, day()));
    let whose = (option::weighted(weight, "[ A-Za-zäöü株]{0,20}"), option::weighted(weight, code(&["acme", "zenith"])));
    let rest = (
        option::weighted(weight / 2.0, kind),
        option::weighted(weight / 2.0, 0..100_u32),
        option::weighted(weight, environment),
        option::weighted(weight / 3.0, lock),
        option::weighted(weight / 2.0, approval),
        option::weighted(weight / 3.0, subscription),
    );
    (order, sold, time, whose, rest).prop_map(|(mut order, sold, time, whose, rest)| {
        (order.seats, order.features, order.limits, order.activations) = sold;
        let updates;
        (order.from, order.end, updates) = time;
        order.updates = updates.map(End::Through);
        (order.licensee, order.customer) = whose;
        (order.kind, order.grace_days, order.environment, order.lock, order.approval, order.subscription) = rest;
        order
    })
}

/// The license that a product verifies from the key of the record.
fn verified(record: &IssueRecord) -> (Claims, Standing) {
    let trusted = [issuer().verifying_key().clone()];
    let ordered = record.claims();
    let mut verifier = Verifier::new(&trusted, ordered.product()).environment(ordered.environment());
    if let Some(fingerprint) = ordered.fingerprint() {
        verifier = verifier.machine(*fingerprint);
    }
    let license = verifier.verify(&record.key().to_string()).unwrap();
    (license.claims().clone(), license.standing(noon()))
}

fn refusals_say_why(refusals: &Refusals) {
    assert!(!refusals.as_slice().is_empty(), "a refusal says why");
    assert!(refusals.as_slice().iter().all(|refusal| !refusal.to_string().is_empty()));
}

fn shop() -> Shop {
    Shop { today: Day::from_number(TODAY).unwrap(), ..Shop::on("2026-01-01") }
}

/// Runs the test, and checks that enough of its orders are permitted.
fn try_many<S: Strategy<Value: Clone>>(strategy: S, at_least: u32, test: impl Fn(S::Value) -> Result<(), Refusals>) {
    let permitted = Cell::new(0_u32);
    let mut runner = TestRunner::new(ProptestConfig::with_cases(CASES));
    let run = runner.run(&strategy, |value| {
        match test(value) {
            Ok(()) => permitted.set(permitted.get() + 1),
            Err(refusals) => refusals_say_why(&refusals),
        }
        Ok(())
    });
    run.unwrap_or_else(|failure| panic!("{failure}"));
    assert!(permitted.get() >= at_least, "only {} of {CASES} orders were permitted", permitted.get());
}

#[test]
fn a_permitted_order_verifies_with_the_ordered_claims() {
    try_many(differing(new_order(), 0.3), CASES / 20, |order| {
        let shop = shop();
        let record = released(shop.sign(shop.decide(&order)?));
        let (claims, standing) = verified(&record);
        assert_eq!(&claims, record.claims());
        is_as_ordered(&order, &claims, &shop.catalog);
        if let Some(days) = order.grace_days {
            assert_eq!(u32::from(standing.grace_days()), days);
        }
        assert_eq!(IssueRecord::from_line(&record.to_line()).unwrap(), record);
        Ok(())
    });
}

fn is_as_ordered(order: &Order, claims: &Claims, catalog: &Catalog) {
    assert_eq!(claims.serial(), order.serial);
    let product = catalog.product_by_number(claims.product()).unwrap();
    let edition = product.edition_by_number(claims.edition()).unwrap();
    assert!(edition.seats.contains(claims.seats()) && !edition.deprecated);
    has_the_ordered_contents(order, claims, None, catalog);
    let today = Day::from_number(TODAY).unwrap();
    assert_eq!(claims.valid_from(), order.from.unwrap_or(today));
    if let Some(ends) = order.end {
        assert_eq!(claims.valid_through(), last_day(ends, claims.valid_from()));
    }
    assert!(claims.valid_through().is_none_or(|through| through >= claims.valid_from() && through >= today));
    assert_eq!(claims.kind(), order.kind.unwrap_or(claims.kind()));
    if let (Some(rules), Some(days)) = (product.rules(claims.kind()), claims.term_days()) {
        let approved = claims.kind() == Kind::Trial && order.approval.is_some();
        assert!(approved || days.get() <= rules.max_days.into());
        assert!(order.subscription.is_none() && order.grace_days.is_none());
    }
}

fn last_day(ends: End, from: Day) -> Option<Day> {
    match ends {
        End::Perpetual => None,
        End::Through(day) => Some(day),
        End::After(term) => Some(term.last_day(from).unwrap()),
    }
}

/// Checks seats, features, limits, environment, machine, licensee and updates: those of the order, or else of the earlier license.
/// Values from an offer are not checked here.
fn has_the_ordered_contents(order: &Order, claims: &Claims, before: Option<&Claims>, catalog: &Catalog) {
    let product = catalog.product_by_number(claims.product()).unwrap();
    if let Some(seats) = order.seats.or(before.map(|before| before.seats())) {
        assert_eq!(claims.seats(), seats);
    }
    let named = order.features.as_ref().map(|codes| codes.iter().map(|code| product.feature(code).unwrap().bit));
    if let Some(features) = named.map(Iterator::collect::<Features>).or(before.map(Claims::features)) {
        assert_eq!(claims.features(), features);
    }
    for (code, value) in &order.limits {
        let expected = match value {
            LimitValue::Of(value) => Some(*value),
            LimitValue::Dropped => None,
        };
        assert_eq!(claims.limits().value(product.limit(code).unwrap().id), expected);
    }
    if let (Some(before), []) = (before, order.limits.as_slice()) {
        assert_eq!(claims.limits(), before.limits());
    }
    let environment = order.environment.or(before.map(Claims::environment));
    assert_eq!(claims.environment(), environment.unwrap_or_default());
    let before_it = before.and_then(|before| before.fingerprint().copied());
    assert_eq!(claims.fingerprint().copied(), order.lock.map_or(before_it, MachineLock::fingerprint));
    let licensee = order.licensee.as_ref().map(|name| keyward_issuer::licensee(name).unwrap());
    assert_eq!(claims.licensee(), licensee.as_ref().or(before.and_then(Claims::licensee)));
    if let Some(End::Through(day)) = order.updates {
        assert_eq!(claims.updates_through(), Some(day));
    }
}

/// The order after a license: a reissue, or a renewal, perhaps by the serial of its stopgap.
#[derive(Debug, Clone, Copy)]
enum Next {
    Reissue,
    Renewal,
    RenewalByStopgap,
}

const FIRST: u8 = 1;
const BRIDGE: u8 = 2;
const SECOND: u8 = 3;

/// An order that is nearly always permitted.
fn first_order() -> impl Strategy<Value = Order> {
    let offers =
        code(&["pro-annual", "pro-annual", "pro-perpetual", "enterprise-annual", "pro-trial", "pro-stopgap", "home"]);
    let server = Just(common::edition("server", "one"));
    let order = prop_oneof![6 => offers.prop_map(|offer| Order::of_offer(offer, serial(FIRST))), 1 => server];
    let term = select(vec!["1m", "12m", "1y", "3y", "30d", "90d", "365d"]);
    let ends = prop_oneof![
        term.prop_map(|term| End::After(term.parse().unwrap())),
        (30..800_u32).prop_map(|days| End::Through(Day::from_number(TODAY + days).unwrap()))
    ];
    let from = (0..60_u32).prop_map(|days| Day::from_number(TODAY - 30 + days).unwrap());
    let updates = (60..400_u32).prop_map(|days| Day::from_number(TODAY + days).unwrap());
    let claims = (
        option::weighted(0.5, ends),
        option::weighted(0.8, from),
        option::weighted(0.3, lock()),
        option::weighted(0.3, updates),
    );
    let beside = (option::of("[A-Z][a-z]{1,9}"), option::of(Just("acme".to_owned())));
    let rest = (
        option::weighted(0.2, 0..=90_u32),
        option::weighted(0.3, Just(Environment::Staging)),
        option::weighted(0.2, Just(Subscription { id: "sub-0".to_owned(), name: None })),
        option::weighted(0.3, Just(vec!["export".to_owned()])),
    );
    (order, claims, beside, rest).prop_map(|(mut order, claims, beside, rest)| {
        let updates: Option<Day>;
        (order.end, order.from, order.lock, updates) = claims;
        order.updates = updates.map(End::Through);
        (order.licensee, order.customer) = beside;
        (order.grace_days, order.environment, order.subscription, order.features) = rest;
        order.features = order.features.filter(|_| matches!(order.subject, Subject::Offer(_)));
        order
    })
}

fn next_order() -> impl Strategy<Value = (Next, Order)> {
    let next = select(vec![Next::Reissue, Next::Renewal, Next::RenewalByStopgap]);
    let order = differing(Just(Order::reissue_of(serial(FIRST), serial(SECOND))), 0.12);
    let edition = option::weighted(0.1, code(&["home", "pro", "enterprise"]));
    (next, order, edition).prop_map(|(next, mut order, edition)| {
        order.edition = edition;
        match next {
            Next::Reissue => {
                order.reason = Some("more seats".to_owned());
                order.ticket = Some("https://desk.example/1".to_owned());
            }
            Next::Renewal => order.subject = Subject::Renewal(serial(FIRST)),
            Next::RenewalByStopgap => order.subject = Subject::Renewal(serial(BRIDGE)),
        }
        (next, order)
    })
}

#[test]
fn a_permitted_reissue_or_renewal_verifies_with_the_ordered_claims() {
    let later = 0..400_u32;
    try_many((first_order(), next_order(), later), CASES / 10, |(first, (next, order), later)| {
        let mut shop = shop();
        let first = released(shop.sign(shop.decide(&first)?));
        shop.history.push(first.clone());
        shop.today = Day::from_number(TODAY + later).unwrap();
        if let Next::RenewalByStopgap = next {
            let mut bridge = Order::of_offer("pro-stopgap", serial(BRIDGE));
            bridge.bridges = Some(serial(FIRST));
            bridge.environment = Some(first.claims().environment());
            bridge.licensee = first.claims().licensee().map(ToString::to_string);
            let bridge = released(shop.sign(shop.decide(&bridge)?));
            shop.history.push(bridge);
        }
        let record = released(shop.sign(shop.decide(&order)?));
        let (claims, standing) = verified(&record);
        assert_eq!(&claims, record.claims());
        follows(&order, &record, &first, &shop.catalog);
        match next {
            Next::Reissue => is_the_same_license(&order, &record, &first),
            Next::Renewal | Next::RenewalByStopgap => is_the_term_after(&order, &record, &first),
        }
        if let Some(days) = order.grace_days {
            assert_eq!(u32::from(standing.grace_days()), days);
        }
        // A license in grace is reissued with its days, also if the reissue has fewer days of grace.
        let grace_days = if let Next::Reissue = next { verified(&first).1.grace_days().into() } else { 0 };
        assert!(claims.valid_through().is_none_or(|last| last.number() + grace_days >= shop.today.number()));
        assert_eq!(IssueRecord::from_line(&record.to_line()).unwrap(), record);
        Ok(())
    });
}

/// Checks the common rules of reissues and renewals: values without an override stay.
fn follows(order: &Order, record: &IssueRecord, first: &IssueRecord, catalog: &Catalog) {
    let (claims, before) = (record.claims(), first.claims());
    let (details, details_before) = (record.details(), first.details());
    assert_eq!((claims.serial(), details.replaces), (order.serial, Some(first.serial())));
    assert_eq!((claims.product(), claims.kind()), (before.product(), before.kind()));
    let product = catalog.product_by_number(claims.product()).unwrap();
    let edition = order.edition.as_ref().map(|code| product.edition(code).unwrap().number);
    assert_eq!(claims.edition(), edition.unwrap_or(before.edition()));
    has_the_ordered_contents(order, claims, Some(before), catalog);
    assert_eq!(claims.extension(), before.extension());
    let limited = |limits: &Limits| limits.as_slice().len();
    assert!(limited(claims.limits()) <= limited(before.limits()) + order.limits.len());

    let customer = order.customer.as_deref();
    assert_eq!(details.customer.as_deref(), customer.or(details_before.customer.as_deref()));
    assert_eq!(details.subscription, order.subscription.clone().or(details_before.subscription.clone()));
    assert_eq!(details.activations, order.activations.or(details_before.activations));
    assert_eq!((&details.approval, &details.reason, &details.ticket), (&order.approval, &order.reason, &order.ticket));
    if order.approval.is_none() {
        let changes = |asked: Option<&str>, had: Option<&str>| had.is_some() && asked.is_some() && asked != had;
        assert!(!changes(customer, details_before.customer.as_deref()));
        assert!(before.licensee().is_none() || claims.licensee() == before.licensee());
    }
}

fn is_the_same_license(order: &Order, record: &IssueRecord, first: &IssueRecord) {
    let (claims, before) = (record.claims(), first.claims());
    assert_eq!((record.details().action, record.details().bridges), (Action::Reissue, first.details().bridges));
    assert_eq!(claims.valid_from(), order.from.unwrap_or(before.valid_from()));
    let through = order.end.map_or(before.valid_through(), |ends| last_day(ends, claims.valid_from()));
    assert_eq!(claims.valid_through(), through);
    let updates = order.updates.map_or(before.updates_through(), |updates| last_day(updates, claims.valid_from()));
    assert_eq!(claims.updates_through(), updates);
    if order.approval.is_none() {
        assert!(claims.valid_from() >= before.valid_from());
        let last = |claims: &Claims| claims.valid_through().unwrap_or(Day::LAST);
        assert!(last(claims) <= last(before), "no later than what was sold");
    }
    let days = |claims: &Claims| (claims.valid_from(), claims.valid_through());
    if order.edition.is_none() && order.grace_days.is_none() && days(claims) == days(before) {
        assert_eq!(claims.grace_days(), before.grace_days());
    }
}

fn is_the_term_after(order: &Order, record: &IssueRecord, first: &IssueRecord) {
    let (claims, before) = (record.claims(), first.claims());
    assert_eq!(record.details().action, Action::Renewal);
    assert_eq!((before.kind(), claims.kind()), (Kind::Standard, Kind::Standard));
    let last = before.valid_through().unwrap();
    assert_eq!(claims.valid_from().number(), last.number() + 1);
    match order.end {
        Some(ends) => assert_eq!(claims.valid_through(), last_day(ends, claims.valid_from())),
        None => lasts_as_long(claims, before, first.details().term),
    }
    if order.updates.is_none() {
        assert_eq!(claims.updates_through().is_some(), before.updates_through().is_some());
    }
}

/// Whether the term is the ordered one; or as many whole months, if the earlier term was in whole months; or as many days.
fn lasts_as_long(claims: &Claims, before: &Claims, ordered: Option<Term>) {
    let lasts = |claims: &Claims, term: Term| term.last_day(claims.valid_from()).ok() == claims.valid_through();
    let months = || (1..=1200).filter_map(NonZeroU32::new).map(Term::Months).find(|term| lasts(before, *term));
    match ordered.or_else(months) {
        Some(term) => assert!(lasts(claims, term), "{term}"),
        None => assert_eq!(claims.term_days(), before.term_days()),
    }
}
