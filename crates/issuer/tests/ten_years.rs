//! Ten years of a product that was shipped once and never updated, and of a thousand customers without a network: its
//! signing keys change every year, one is stolen, the roots are rotated, lists and bundles are carried when someone
//! thinks of it, and clocks are wrong.
//!
//! No honest customer is refused, and no forged license is accepted after the list or the bundle that names it arrived.
//! `cargo test -p keyward-issuer --test ten_years -- --nocapture` prints the figures.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    reason = "a test fails by panicking"
)]

use std::fmt;
use std::sync::OnceLock;

use chrono::{DateTime, TimeDelta, Utc};
use keyward_grace::{ClockEvidence, ReminderDays};
use keyward_issuer::files::SignableFile;
use keyward_issuer::{
    Claims, Day, Edition, Issuer, LicenseDigest, LicenseKey, Product, Serial, SigningKey, TrustedKey,
};
use keyward_verifier::files::{
    DelegatedKey, Delegation, FileError, KeptState, KeyState, Payload, Purpose, Reason, RevocationList, RootSet, Roots,
    StateId, Status, TimePurpose, TimeStatement, Trust, TrustBundle, Verified,
};
use keyward_verifier::{License, Verifier, held};

const PRODUCT: Product = Product(3);
const YEARS: u32 = 10;
const CUSTOMERS: u64 = 1_000;
const PIRATES: u64 = 60;
/// The key of this year is stolen in its spring, and the vendor learns of it in the summer.
const YEAR_OF_THE_THEFT: u32 = 4;
const STOLEN_ON: u32 = YEAR_OF_THE_THEFT * 365 + 100;
const DISCOVERED_ON: u32 = YEAR_OF_THE_THEFT * 365 + 190;
/// One of the roots is lost, and another takes its place.
const ROOTS_ROTATED_ON: u32 = 5 * 365 + 40;
/// Once a quarter.
const LIST_EVERY: u32 = 91;

/// Numbers that look like chance and are the same in every run (SplitMix64, by Steele, Lea and Flood, 2014).
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ mixed >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ mixed >> 31) % end
    }

    fn one_in(&mut self, many: u64) -> bool {
        self.below(many) == 0
    }

    fn day(&mut self, from: u32, to: u32) -> u32 {
        from + self.below(u64::from(to - from)) as u32
    }
}

/// Days since the product was shipped, at noon.
fn noon(day: u32) -> DateTime<Utc> {
    "2027-01-01T12:00:00Z".parse::<DateTime<Utc>>().unwrap() + TimeDelta::days(i64::from(day))
}

fn date(day: u32) -> Day {
    Day::from_date(noon(day).date_naive()).unwrap()
}

fn issuer(seed: u8) -> Issuer {
    Issuer::with_key(SigningKey::from_seed(&[seed; 32])).unwrap().prepared()
}

fn public(seed: u8) -> TrustedKey {
    TrustedKey::from_bytes(&SigningKey::from_seed(&[seed; 32]).verifying_key_bytes()).unwrap()
}

fn signed<T: Payload>(contents: &T, signers: &[u8]) -> Vec<u8> {
    let mut file = SignableFile::new(contents).unwrap();
    signers.iter().for_each(|seed| file.sign(&issuer(*seed)).unwrap());
    file.to_string().into_bytes()
}

/// What the vendor publishes.
struct Vendor {
    roots_1: Roots,
    roots_2: Vec<u8>,
    bundles: Vec<Published<TrustBundle>>,
    lists: Vec<Published<RevocationList>>,
    keys: Vec<Issuer>,
}

/// A file, the day on which it is to be had, and what opening it under each root set comes to: it is always the same, and
/// a hundred thousand starts would do nothing else.
struct Published<T> {
    day: u32,
    bytes: Vec<u8>,
    opened: [OnceLock<Result<Verified<T>, FileError>>; 2],
}

impl<T> Published<T> {
    fn new(day: u32, bytes: Vec<u8>) -> Published<T> {
        Published { day, bytes, opened: [OnceLock::new(), OnceLock::new()] }
    }

    /// The place of the newest on that day.
    fn newest(published: &[Published<T>], day: u32) -> Option<usize> {
        published.iter().rposition(|published| published.day <= day)
    }
}

/// The key of lists and statements of the time, which stays in a safe.
const OFFICE: u8 = 50;

impl Vendor {
    /// Of year `year` from 0.
    fn key_of(year: u32) -> u8 {
        1 + year as u8
    }

    fn new() -> Vendor {
        let roots = [101, 102, 103].map(public).to_vec();
        let first = RootSet::first(noon(0), 2.try_into().unwrap(), roots.clone());
        let next = first.next(noon(ROOTS_ROTATED_ON), 2.try_into().unwrap(), [102, 103, 104].map(public).to_vec());
        Vendor {
            roots_1: Roots::built_in(2.try_into().unwrap(), roots).unwrap(),
            roots_2: signed(&next, &[102, 103]),
            bundles: Vec::new(),
            lists: Vec::new(),
            keys: (0..YEARS).map(|year| issuer(Vendor::key_of(year))).collect(),
        }
    }

    /// Each year's key for licenses of that year and the next, those before it retired.
    fn publish_bundle(&mut self, day: u32, year: u32, allowed: Option<&[LicenseDigest]>) {
        let mut keys: Vec<DelegatedKey> = (0..=year)
            .map(|of| {
                let may_sign = Delegation {
                    products: Some(vec![PRODUCT]),
                    longest_term_days: 366.try_into().ok(),
                    most_seats: 100.try_into().ok(),
                    begins_from: Some(date(of * 365)),
                    ends_through: Some(date((of + 2) * 365 + 60)),
                    ..Delegation::unlimited([Purpose::Licenses])
                };
                let mut key =
                    DelegatedKey::active(public(Vendor::key_of(of)), format!("licenses, year {of}"), may_sign);
                key.state = match allowed {
                    Some(allowed) if of == YEAR_OF_THE_THEFT => KeyState::Compromised { allowed: allowed.to_vec() },
                    _ if of < year => KeyState::Retired,
                    _ => KeyState::Active,
                };
                key
            })
            .collect();
        let office = Delegation::unlimited([Purpose::Revocations, Purpose::Time]);
        keys.push(DelegatedKey::active(public(OFFICE), "office".to_owned(), office));
        let version = self.bundles.len() as u32 + 1;
        let bundle = TrustBundle::new(version, noon(day), keys).unwrap();
        let signers = if day < ROOTS_ROTATED_ON { [101, 102] } else { [103, 104] };
        self.bundles.push(Published::new(day, signed(&bundle, &signers)));
    }

    fn publish_list(&mut self, day: u32, withdrawn: &[(LicenseDigest, Status)]) {
        let sequence = self.lists.len() as u32 + 1;
        let mut list = RevocationList::new(sequence, noon(day), noon(day + LIST_EVERY));
        withdrawn.iter().for_each(|(license, status)| list.withdraw(*license, *status));
        self.lists.push(Published::new(day, signed(&list, &[OFFICE])));
    }

    fn license(&self, year: u32, serial: u64, from: u32, days: u32) -> LicenseKey {
        let claims = Claims::builder()
            .serial(Serial::from_bytes(serial.to_be_bytes()))
            .product(PRODUCT)
            .edition(Edition(2))
            .seats(25.try_into().unwrap())
            .valid_from(date(from))
            .term_days(days.try_into().unwrap());
        self.keys[year as usize].sign(&claims.build().unwrap()).unwrap()
    }

    fn bundle(&self, place: usize, roots: &Roots) -> Result<&Verified<TrustBundle>, &FileError> {
        let published = &self.bundles[place];
        let opened = &published.opened[roots.version() as usize - 1];
        opened.get_or_init(|| roots.trust_bundle(&published.bytes)).as_ref()
    }

    fn list(&self, place: usize, bundle: &Verified<TrustBundle>) -> Result<&Verified<RevocationList>, &FileError> {
        let published = &self.lists[place];
        published.opened[0].get_or_init(|| Trust::Bundle(bundle).revocation_list(&published.bytes)).as_ref()
    }
}

/// A product somewhere, with what it holds and what was carried to it.
struct Site<'v> {
    vendor: &'v Vendor,
    state: KeptState,
    roots: Roots,
    /// The places of the files among those published.
    bundle: usize,
    list: Option<usize>,
    /// The newest three.
    licenses: Vec<LicenseKey>,
    /// How far the clock is off, in seconds.
    drift: i64,
}

/// What a product says when it is started.
#[derive(Debug, PartialEq, Eq)]
enum Start {
    Usable,
    Refused { why: String, clock_is_suspect: bool },
}

impl<'v> Site<'v> {
    fn new(vendor: &'v Vendor, number: u64) -> Site<'v> {
        Site {
            vendor,
            state: KeptState::new(StateId::from_bytes(number.to_be_bytes()), None),
            roots: vendor.roots_1.clone(),
            bundle: 0,
            list: None,
            licenses: Vec::new(),
            drift: 0,
        }
    }

    /// Someone brings what is newest.
    fn carry(&mut self, day: u32) {
        if day >= ROOTS_ROTATED_ON && self.roots.version() == 1 {
            self.roots = self.roots.handed_over(&self.vendor.roots_2).unwrap();
            self.state.saw_roots(&self.roots).unwrap();
        }
        self.bundle = Published::newest(&self.vendor.bundles, day).unwrap();
        self.list = Published::newest(&self.vendor.lists, day);
    }

    fn enter(&mut self, key: &LicenseKey) {
        self.licenses.push(key.clone());
        if self.licenses.len() > 3 {
            self.licenses.remove(0);
        }
    }

    /// The product starts: reads what was carried, what is kept, and its clock, and verifies what it holds.
    fn start(&mut self, clock: DateTime<Utc>) -> Start {
        let kept = self.state.to_bytes();
        self.state = KeptState::from_bytes(&kept, None, self.state.writes()).unwrap().next_write();
        let refused = |why: String, clock_is_suspect| Start::Refused { why, clock_is_suspect };
        self.verify(clock).unwrap_or_else(|refusal| refused(refusal, false))
    }

    fn verify(&mut self, clock: DateTime<Utc>) -> Result<Start, String> {
        let bundle = self.vendor.bundle(self.bundle, &self.roots).map_err(FileError::to_string)?;
        self.state.saw_bundle(bundle).map_err(|error| error.to_string())?;
        let mut evidence = ClockEvidence::new(clock).built(noon(0)).issued(bundle.issued_at);
        let list = self.list.map(|place| self.vendor.list(place, bundle)).transpose().map_err(FileError::to_string)?;
        if let Some(list) = list {
            evidence = evidence.issued(list.issued_at);
            let held = self.licenses.iter().map(LicenseDigest::of);
            self.state.saw_list(list, held).map_err(|error| error.to_string())?;
        }
        let mut verifier = Verifier::with_bundle(bundle, PRODUCT).remembering(&self.state);
        if let Some(list) = list {
            verifier = verifier.revocations(list);
        }
        let mut refusal = None;
        let licenses: Vec<License> = self
            .licenses
            .iter()
            .filter_map(|key| verifier.verify_key(key.clone()).map_err(|error| refusal = Some(error.to_string())).ok())
            .collect();
        let reading = evidence.read(self.state.mark(), licenses.iter().map(License::claims));
        self.state.keep_mark(*reading.mark());
        let clock_is_suspect = reading.suspect().is_some();
        Ok(match held(&licenses, reading.now(), &ReminderDays::default()) {
            Some(holding) if holding.standing().is_usable() => Start::Usable,
            Some(holding) => Start::Refused { why: holding.standing().to_string(), clock_is_suspect },
            None => {
                let why = refusal.unwrap_or_else(|| "there is no license".to_owned());
                Start::Refused { why, clock_is_suspect }
            }
        })
    }
}

#[derive(Default)]
struct Figures {
    licenses: u64,
    starts: u64,
    carried: u64,
    with_wrong_clocks: u64,
    dead_batteries: u64,
    told_to_set_the_clock: u64,
    days_in_2099: u64,
    recovered: u64,
    holds: u64,
    refused_on_hold: u64,
    honest_refused: u64,
    forged: u64,
    forged_accepted_before: u64,
    forged_accepted_after: u64,
    forged_refused: u64,
    brought_back: u64,
    beyond_limits_refused: u64,
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (what, count) in [
            ("licenses issued", self.licenses),
            ("starts of the product", self.starts),
            ("  with a clock that was wrong by more than a day", self.with_wrong_clocks),
            ("  with a dead battery (1 January 2000)", self.dead_batteries),
            ("  that were told to set it, and usable once it was set", self.told_to_set_the_clock),
            ("  on a day that said 2099", self.days_in_2099),
            ("recoveries from such a day", self.recovered),
            ("times that files were carried", self.carried),
            ("licenses put on hold and lifted", self.holds),
            ("  starts refused meanwhile, as they should be", self.refused_on_hold),
            ("honest customers refused", self.honest_refused),
            ("licenses forged with the stolen key", self.forged),
            ("  beyond its limits, all refused", self.beyond_limits_refused),
            ("  starts accepted before the news arrived", self.forged_accepted_before),
            ("  starts accepted after it arrived", self.forged_accepted_after),
            ("  starts refused", self.forged_refused),
            ("  of these with old files brought back", self.brought_back),
        ] {
            writeln!(f, "{count:>9}  {what}")?;
        }
        Ok(())
    }
}

/// When a customer buys, and what befalls it.
struct Customer {
    number: u64,
    /// The day of the year on which its licenses begin.
    begins: u32,
    /// On hold from this day, until the one after.
    hold: Option<(u32, u32)>,
}

#[test]
fn ten_years_without_a_network() {
    let mut chance = Chance(2027);
    let mut figures = Figures::default();
    let mut vendor = Vendor::new();
    let customers: Vec<Customer> = (0..CUSTOMERS)
        .map(|number| {
            let hold = chance.one_in(20).then(|| chance.day(300, YEARS * 365 - 700)).map(|day| (day, day + 200));
            Customer { number, begins: chance.day(0, 300), hold }
        })
        .collect();

    // All that is ever sold: a year each, in the year's key; the next begins the day after.
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
    figures.licenses = CUSTOMERS * u64::from(YEARS);

    // The thief's: this year's and the next's, some with the serial of a license that is allowed, some beyond the limits.
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
    // What the story is about did happen.
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

/// Each license comes with the newest files; between, they are carried when someone thinks of it.
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
        // A license is entered up to five weeks before it begins, as soon as someone starts the product.
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
                site.drift = 0; // someone sets it
                (noon(day), false)
            }
            6..=9 => (noon(day) - TimeDelta::days(chance.below(300) as i64), false),
            _ => (noon(day) + TimeDelta::seconds(site.drift), false),
        };
        figures.starts += 1;
        figures.with_wrong_clocks += u64::from((clock - noon(day)).num_days() != 0);
        let mut started = site.start(clock);
        // Before anything was known of the time, a license may seem to begin later: what is said is that the clock is behind,
        // and it is set.
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

/// The support desk signs a statement for this site alone, which is carried to it.
fn recover(site: &mut Site<'_>, day: u32) {
    let recovery = TimePurpose::Recovery { state: site.state.id() };
    let statement = signed(&TimeStatement::new(noon(day), recovery), &[OFFICE]);
    let bundle = site.vendor.bundle(site.bundle, &site.roots).unwrap();
    let statement = Trust::Bundle(bundle).time_statement(&statement).unwrap();
    site.state.recover(&statement).unwrap();
}

/// Uses a forged license, and carries files as others do, until they say what it is; then brings back the old ones.
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
        // The clock is set back to when it was good.
        let clock = if chance.one_in(2) { noon(day) } else { noon(STOLEN_ON + number as u32 + 1) };
        match (site.start(clock), news_arrived) {
            (Start::Usable, false) => figures.forged_accepted_before += 1,
            (Start::Usable, true) => figures.forged_accepted_after += 1,
            (Start::Refused { .. }, _) => figures.forged_refused += 1,
        }
        day += chance.day(5, 45);
    }
}
