//! A license at each limit of a delegation, and one beyond it.

use std::num::NonZeroU32;

use keyward_issuer::{Claims, ClaimsBuilder, Environment, Product, Quantity};
use keyward_verifier::files::{Delegation, NotPermitted};
use keyward_verifier::{Kind, Verifier, VerifyError};

use crate::common::*;

/// Whether a product accepts the license from a key with these limits.
fn refusal(limits: &Delegation, claims: ClaimsBuilder) -> Option<NotPermitted> {
    let carried = signed(&bundle(1, vec![delegated(1, limits.clone())]), &[101, 102]);
    let bundle = roots().trust_bundle(&carried).unwrap();
    let claims: Claims = claims.build().unwrap();
    let verifier = Verifier::with_bundle(&bundle, claims.product()).environment(claims.environment());
    match verifier.verify_key(issuer(1).sign(&claims).unwrap()) {
        Ok(license) => {
            assert_eq!(*license.claims(), claims);
            None
        }
        Err(VerifyError::NotPermitted { key_id, why, .. }) => {
            assert_eq!(key_id, key(1).id());
            Some(why)
        }
        Err(other) => panic!("{other}"),
    }
}

#[test]
fn only_the_named_products_environments_and_kinds_pass() {
    let limits = Delegation {
        products: Some(vec![Product(3), Product(5)]),
        environments: Some(vec![Environment::Staging]),
        kinds: Some(vec![Kind::Trial, Kind::Stopgap]),
        ..Delegation::default()
    };
    let trial = || claims(1).trial().valid_through(day("2026-01-30")).environment(Environment::Staging);
    let stopgap = || claims(1).stopgap().valid_through(day("2026-01-30")).environment(Environment::Staging);
    assert_eq!(refusal(&limits, trial()), None);
    assert_eq!(refusal(&limits, stopgap().product(Product(5))), None);
    assert_eq!(refusal(&limits, trial().product(Product(4))), Some(NotPermitted::Product(Product(4))));
    assert_eq!(
        refusal(&limits, trial().environment(Environment::Production)),
        Some(NotPermitted::Environment(Environment::Production))
    );
    let standard = claims(1).environment(Environment::Staging);
    assert_eq!(refusal(&limits, standard), Some(NotPermitted::Kind(Kind::Standard)));
}

#[test]
fn the_longest_term_passes_and_perpetual_does_not() {
    let limits = Delegation { max_term_days: 30.try_into().ok(), ..Delegation::default() };
    let term = |days: u32| claims(1).term_days(days.try_into().unwrap());
    assert_eq!(refusal(&limits, term(30)), None);
    assert!(matches!(refusal(&limits, term(31)), Some(NotPermitted::Term { found: Some(_), .. })));
    assert!(matches!(refusal(&limits, claims(1).perpetual()), Some(NotPermitted::Term { found: None, .. })));
    // Grace of a quarter of the term is usual; more grace would be a way around the longest term.
    assert_eq!(refusal(&limits, term(30).grace_days(7)), None);
    assert_eq!(refusal(&limits, term(30).grace_days(8)), Some(NotPermitted::Grace { usual: 7, found: 8 }));
    assert_eq!(refusal(&Delegation::default(), term(30).grace_days(90)), None);
}

#[test]
fn the_largest_number_of_seats_passes_and_unlimited_does_not() {
    let limits = Delegation { max_seats: 25.try_into().ok(), ..Delegation::default() };
    assert_eq!(refusal(&limits, claims(1)), None);
    let more = claims(1).seats(NonZeroU32::new(26).unwrap());
    assert!(matches!(refusal(&limits, more), Some(NotPermitted::Seats { found: Quantity::Of(_), .. })));
    assert!(matches!(
        refusal(&limits, claims(1).unlimited_seats()),
        Some(NotPermitted::Seats { found: Quantity::Unlimited, .. })
    ));
}

#[test]
fn a_license_begins_and_ends_within_the_window() {
    let (from, through) = (day("2026-01-01"), day("2026-12-31"));
    let limits = Delegation { begins_from: Some(from), ends_through: Some(through), ..Delegation::default() };
    assert_eq!(refusal(&limits, claims(1)), None);
    let early = day("2025-12-31");
    assert_eq!(refusal(&limits, claims(1).valid_from(early)), Some(NotPermitted::Begins { from, found: early }));
    let late = day("2027-01-01");
    let found = Some(late);
    assert_eq!(refusal(&limits, claims(1).valid_through(late)), Some(NotPermitted::Ends { through, found }));
    let found = None;
    assert_eq!(refusal(&limits, claims(1).perpetual()), Some(NotPermitted::Ends { through, found }));
    // Ninety days of grace would extend the license by another quarter.
    assert_eq!(refusal(&limits, claims(1).grace_days(14)), None);
    assert_eq!(refusal(&limits, claims(1).grace_days(90)), Some(NotPermitted::Grace { usual: 14, found: 90 }));
}

/// All licenses of the thief end with the quarter, whatever the thief signs.
#[test]
fn a_stolen_pipeline_key_signs_only_trials_of_one_product_this_quarter() {
    let limits = Delegation {
        products: Some(vec![PRODUCT]),
        kinds: Some(vec![Kind::Trial]),
        max_term_days: 30.try_into().ok(),
        max_seats: 5.try_into().ok(),
        begins_from: Some(day("2026-10-01")),
        ends_through: Some(day("2026-12-31")),
        ..Delegation::default()
    };
    let trial = || {
        claims(1)
            .trial()
            .seats(NonZeroU32::new(5).unwrap())
            .valid_from(day("2026-12-02"))
            .valid_through(day("2026-12-31"))
    };
    assert_eq!(refusal(&limits, trial()), None);
    for beyond in [
        trial().valid_from(day("2026-12-03")).valid_through(day("2027-01-01")),
        trial().valid_from(day("2026-09-30")).valid_through(day("2026-10-29")),
        trial().seats(NonZeroU32::new(6).unwrap()),
        trial().product(Product(4)),
        claims(1).seats(NonZeroU32::new(5).unwrap()).valid_from(day("2026-12-02")),
    ] {
        assert!(refusal(&limits, beyond).is_some());
    }
}

#[test]
fn limits_that_allow_no_license_are_an_error() {
    use keyward_verifier::files::{Payload, TrustBundle};
    for limits in [
        Delegation { products: Some(Vec::new()), ..Delegation::default() },
        Delegation {
            begins_from: Some(day("2026-02-01")),
            ends_through: Some(day("2026-01-01")),
            ..Delegation::default()
        },
    ] {
        let made = TrustBundle::new(1, time("2026-01-01T00:00:00Z"), vec![delegated(1, limits)]);
        assert!(made.and_then(|bundle| bundle.to_bytes()).is_err());
    }
}
