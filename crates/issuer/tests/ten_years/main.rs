//! Ten years of a product that was shipped once and never updated, and of its customers without a network. Its signing
//! keys change every year, one is stolen, the roots are rotated, customers bring lists and bundles in irregularly, and
//! clocks are wrong. An ordinary run has 200 customers, one with `KEYWARD_LONG` set a thousand.
//!
//! No honest customer is refused, and no forged license is accepted after the list or the bundle that names it arrived.
//! `KEYWARD_LONG=1 cargo test -p keyward-issuer --test ten_years -- --nocapture` prints the figures.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    reason = "a test fails by panicking"
)]

mod chance;
mod figures;
mod site;
mod vendor;

use chrono::TimeDelta;
use keyward_grace::ClockEvidence;
use keyward_issuer::{Claims, Edition, LicenseDigest, LicenseKey, Serial};
use keyward_verifier::files::{Reason, StateError, Status, TimePurpose, TimeStatement, Trust};

use crate::chance::Chance;
use crate::figures::Figures;
use crate::site::{Site, Start};
use crate::vendor::{
    DISCOVERED_ON, LIST_EVERY, OFFICE, PRODUCT, Published, ROOTS_ROTATED_ON, STOLEN_ON, Vendor, YEAR_OF_THE_THEFT,
    YEARS, date, noon, signed,
};

const PIRATES: u64 = 60;

/// A customer's first day, and the events of its ten years.
struct Customer {
    number: u64,
    /// The day of the year on which its licenses begin.
    begins: u32,
    /// On hold from the first day until the second.
    hold: Option<(u32, u32)>,
}

#[test]
fn ten_years_without_a_network() {
    let number_of_customers: u64 = keyward_testing::extent(200, 1_000);
    let mut chance = Chance(2027);
    let mut figures = Figures::default();
    let mut vendor = Vendor::new();
    let customers: Vec<Customer> = (0..number_of_customers)
        .map(|number| {
            let hold = chance.one_in(20).then(|| chance.day(300, YEARS * 365 - 700)).map(|day| (day, day + 200));
            Customer { number, begins: chance.day(0, 300), hold }
        })
        .collect();

    // All licenses that are sold: each for a year, signed with the key of that year. The next begins on the day after.
    let sold: Vec<Vec<(u32, LicenseKey)>> = customers
        .iter()
        .map(|customer| {
            (0..YEARS)
                .map(|year| {
                    let from = year * 365 + customer.begins;
                    (from, vendor.license(year, customer.number << 8 | u64::from(year), from, 365))
                })
                .collect()
        })
        .collect();
    figures.licenses = number_of_customers * u64::from(YEARS);

    // The thief's licenses: for this year and the next, some with the serial of a license on the allow-list, some beyond
    // the limits.
    let forged: Vec<LicenseKey> = (0..PIRATES)
        .map(|number| {
            let serial = if number % 2 == 0 { number << 8 | u64::from(YEAR_OF_THE_THEFT) } else { 0xF0_0000 | number };
            vendor.license(YEAR_OF_THE_THEFT, serial, STOLEN_ON + number as u32, 366)
        })
        .collect();
    figures.forged = PIRATES;
    let genuine = |day: u32| -> Vec<LicenseDigest> {
        let of_the_stolen_key = |(index, (_, key)): (usize, &(u32, LicenseKey))| {
            (index as u32 == YEAR_OF_THE_THEFT).then(|| LicenseDigest::of(key))
        };
        assert!(day >= DISCOVERED_ON);
        sold.iter().flat_map(|licenses| licenses.iter().enumerate().filter_map(of_the_stolen_key)).collect()
    };

    for day in 0..YEARS * 365 {
        let year = day / 365;
        let allowed = (day >= DISCOVERED_ON).then(|| genuine(day));
        if day % 365 == 0 || day == DISCOVERED_ON || day == ROOTS_ROTATED_ON {
            vendor.publish_bundle(day, year, allowed.as_deref());
        }
        if day % LIST_EVERY == 7 || day == DISCOVERED_ON {
            let mut withdrawn = Vec::new();
            for (customer, licenses) in customers.iter().zip(&sold) {
                if customer.hold.is_some_and(|(from, to)| (from..to).contains(&day)) {
                    withdrawn.extend(licenses.iter().map(|(_, key)| (LicenseDigest::of(key), Status::OnHold)));
                }
            }
            if day >= DISCOVERED_ON {
                withdrawn.extend(forged.iter().map(|key| (LicenseDigest::of(key), Status::Revoked(Reason::Forged))));
            }
            vendor.publish_list(day, &withdrawn);
        }
    }

    for (customer, licenses) in customers.iter().zip(&sold) {
        honest(&vendor, customer, licenses, &mut chance, &mut figures);
    }
    for (number, key) in (0..).zip(&forged) {
        pirate(&vendor, number, key, &mut chance, &mut figures);
    }
    println!("{figures}");
    assert_eq!(figures.honest_refused, 0);
    assert_eq!(figures.forged_accepted_after, 0);
    // Every event of the simulation has happened.
    let happened = [
        figures.with_wrong_clocks,
        figures.dead_batteries,
        figures.recovered,
        figures.holds,
        figures.refused_on_hold,
        figures.forged_accepted_before,
        figures.forged_refused,
        figures.brought_back,
        figures.beyond_limits_refused,
    ];
    assert!(happened.iter().all(|count| *count > 0), "{happened:?}");
}

/// The newest files arrive with each license, and at irregular times between.
fn honest(
    vendor: &Vendor,
    customer: &Customer,
    licenses: &[(u32, LicenseKey)],
    chance: &mut Chance,
    figures: &mut Figures,
) {
    let mut site = Site::new(vendor, customer.number);
    figures.holds += u64::from(customer.hold.is_some());
    let drifts_daily = chance.below(40) as i64 - 20; // seconds
    let seldom = 1 + chance.below(12); // months
    let mut day = customer.begins;
    let mut list_says_hold = false;
    let mut entered = 0;
    while day < YEARS * 365 {
        // A license is entered at the first start of the product within five weeks before it begins.
        let mut carries = chance.one_in(seldom);
        for (from, key) in licenses.iter().filter(|(from, _)| *from <= day + 35) {
            let was_issued = from.saturating_sub(35) <= day && from / 365 <= day / 365;
            if was_issued && entered < *from + 1 {
                entered = *from + 1;
                site.enter(key);
                carries = true;
            }
        }
        if carries {
            site.carry(day);
            figures.carried += 1;
            let list_of = site.list.map(|place| vendor.lists[place].day);
            list_says_hold =
                list_of.zip(customer.hold).is_some_and(|(listed, (from, to))| (from..to).contains(&listed));
        }
        site.drift += drifts_daily * 30;
        let (clock, is_2099) = match chance.below(400) {
            0 => {
                figures.dead_batteries += 1;
                ("2000-01-01T00:10:00Z".parse().unwrap(), false)
            }
            1 if chance.one_in(4) => {
                figures.days_in_2099 += 1;
                ("2099-06-01T00:00:00Z".parse().unwrap(), true)
            }
            2..=5 => {
                site.drift = 0; // the customer sets the clock
                (noon(day), false)
            }
            6..=9 => (noon(day) - TimeDelta::days(chance.below(300) as i64), false),
            _ => (noon(day) + TimeDelta::seconds(site.drift), false),
        };
        figures.starts += 1;
        figures.with_wrong_clocks += u64::from((clock - noon(day)).num_days() != 0);
        let mut started = site.start(clock);
        // Before the state has a time, a license may seem not to have begun. The product reports that the clock is behind,
        // and the customer sets it.
        if matches!(started, Start::Refused { clock_is_suspect: true, .. }) && !list_says_hold {
            figures.told_to_set_the_clock += 1;
            started = site.start(noon(day));
        }
        if list_says_hold {
            assert!(matches!(started, Start::Refused { .. }), "on hold, and {started:?}");
            figures.refused_on_hold += 1;
        } else if !is_2099 && started != Start::Usable {
            figures.honest_refused += 1;
            println!("customer {} on day {day} with the clock at {clock}: {started:?}", customer.number);
        }
        if is_2099 {
            recover(&mut site, day);
            figures.recovered += 1;
        }
        day += chance.day(5, 45);
    }
}

/// The support desk signs a recovery for this site alone, and it is carried in.
fn recover(site: &mut Site<'_>, day: u32) {
    let recovery = TimePurpose::Recovery { state: site.state.id() };
    let statement = signed(&TimeStatement::new(noon(day), recovery), &[OFFICE]);
    let bundle = site.vendor.bundle(site.bundle, &site.roots).unwrap();
    let statement = Trust::Bundle(bundle).time_statement(&statement).unwrap();
    site.state.recover(&statement, &ClockEvidence::new(noon(day)), |_| Ok::<(), StateError>(())).unwrap();
}

/// A dishonest site: uses a forged license, and carries in files like others until they refuse it; then puts back the old
/// files.
fn pirate(vendor: &Vendor, number: u64, forged: &LicenseKey, chance: &mut Chance, figures: &mut Figures) {
    let mut site = Site::new(vendor, 1 << 40 | number);
    site.carry(STOLEN_ON);
    let beyond = Claims::builder()
        .serial(Serial::from_bytes(number.to_be_bytes()))
        .product(PRODUCT)
        .edition(Edition(2))
        .unlimited_seats()
        .valid_from(date(STOLEN_ON))
        .perpetual();
    let beyond = vendor.keys[YEAR_OF_THE_THEFT as usize].sign(&beyond.build().unwrap()).unwrap();
    site.licenses = vec![beyond];
    assert!(matches!(site.start(noon(STOLEN_ON)), Start::Refused { .. }));
    figures.beyond_limits_refused += 1;

    site.licenses = vec![forged.clone()];
    let mut day = STOLEN_ON + number as u32;
    let mut news_arrived = false;
    while day < YEARS * 365 {
        if chance.one_in(4) {
            site.carry(day);
            news_arrived |= day >= DISCOVERED_ON;
        } else if news_arrived && chance.one_in(2) {
            site.bundle = Published::newest(&vendor.bundles, STOLEN_ON).unwrap();
            site.list = if chance.one_in(2) { None } else { Published::newest(&vendor.lists, STOLEN_ON) };
            figures.brought_back += 1;
        }
        figures.starts += 1;
        // The clock is set back to a time at which the license was accepted.
        let clock = if chance.one_in(2) { noon(day) } else { noon(STOLEN_ON + number as u32 + 1) };
        match (site.start(clock), news_arrived) {
            (Start::Usable, false) => figures.forged_accepted_before += 1,
            (Start::Usable, true) => figures.forged_accepted_after += 1,
            (Start::Refused { .. }, _) => figures.forged_refused += 1,
        }
        day += chance.day(5, 45);
    }
}
