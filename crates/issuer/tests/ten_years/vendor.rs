use std::num::NonZeroU32;
use std::sync::OnceLock;

use chrono::{DateTime, TimeDelta, Utc};
use keyward_issuer::files::SignableFile;
use keyward_issuer::{
    Claims, Day, Edition, Issuer, LicenseDigest, LicenseKey, Product, Serial, SigningKey, TrustedKey,
};
use keyward_verifier::files::{
    DelegatedKey, Delegation, FileError, KeyState, Payload, Purpose, RevocationList, RootSet, Roots, Status, Trust,
    TrustBundle, Verified,
};

pub const PRODUCT: Product = Product(3);
pub const YEARS: u32 = 10;
/// The key of this year is stolen in its spring, and the vendor learns of it in the summer.
pub const YEAR_OF_THE_THEFT: u32 = 4;
pub const STOLEN_ON: u32 = YEAR_OF_THE_THEFT * 365 + 100;
pub const DISCOVERED_ON: u32 = YEAR_OF_THE_THEFT * 365 + 190;
/// One of the roots is lost, and another takes its place.
pub const ROOTS_ROTATED_ON: u32 = 5 * 365 + 40;
/// The days between two revocation lists: a quarter.
pub const LIST_EVERY: u32 = 91;

/// The files that the vendor publishes.
pub struct Vendor {
    pub roots_1: Roots,
    pub roots_2: Vec<u8>,
    pub bundles: Vec<Published<TrustBundle>>,
    pub lists: Vec<Published<RevocationList>>,
    pub keys: Vec<Issuer>,
}

/// A file, the day on which it is published, and the results of opening it under each root set. They are kept because a
/// hundred thousand starts would compute the same again.
pub struct Published<T> {
    pub day: u32,
    pub bytes: Vec<u8>,
    pub opened: [OnceLock<Result<Verified<T>, FileError>>; 2],
}

impl<T> Published<T> {
    pub fn new(day: u32, bytes: Vec<u8>) -> Published<T> {
        Published { day, bytes, opened: [OnceLock::new(), OnceLock::new()] }
    }

    /// The index of the newest file on that day.
    pub fn newest(published: &[Published<T>], day: u32) -> Option<usize> {
        published.iter().rposition(|published| published.day <= day)
    }
}

/// The key for lists and statements of the time, which stays in a safe.
pub const OFFICE: u8 = 50;

impl Vendor {
    /// The signing key of a year, counted from 0.
    pub fn key_of(year: u32) -> u8 {
        1 + year as u8
    }

    pub fn new() -> Vendor {
        let roots = [101, 102, 103].map(public).to_vec();
        let first = RootSet::first(noon(0), 2.try_into().unwrap(), roots.clone());
        let next =
            first.next(noon(ROOTS_ROTATED_ON), 2.try_into().unwrap(), [102, 103, 104].map(public).to_vec()).unwrap();
        Vendor {
            roots_1: Roots::built_in(2.try_into().unwrap(), roots).unwrap(),
            roots_2: signed(&next, &[102, 103]),
            bundles: Vec::new(),
            lists: Vec::new(),
            keys: (0..YEARS).map(|year| issuer(Vendor::key_of(year))).collect(),
        }
    }

    /// A bundle for each year: its key may sign licenses of that year and the next, and the earlier keys are retired.
    pub fn publish_bundle(&mut self, day: u32, year: u32, allowed: Option<&[LicenseDigest]>) {
        let mut keys: Vec<DelegatedKey> = (0..=year)
            .map(|of| {
                let may_sign = Delegation {
                    products: Some(vec![PRODUCT]),
                    max_term_days: 366.try_into().ok(),
                    max_seats: 100.try_into().ok(),
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

    pub fn publish_list(&mut self, day: u32, withdrawn: &[(LicenseDigest, Status)]) {
        let sequence = self.lists.len() as u32 + 1;
        let mut list = RevocationList::new(sequence, noon(day), noon(day + LIST_EVERY));
        withdrawn.iter().for_each(|(license, status)| list.set(*license, *status));
        self.lists.push(Published::new(day, signed(&list, &[OFFICE])));
    }

    pub fn license(&self, year: u32, serial: u64, from: u32, days: u32) -> LicenseKey {
        let claims = Claims::builder()
            .serial(Serial::from_bytes(serial.to_be_bytes()))
            .product(PRODUCT)
            .edition(Edition(2))
            .seats(NonZeroU32::new(25).unwrap())
            .valid_from(date(from))
            .term_days(days.try_into().unwrap());
        self.keys[year as usize].sign(&claims.build().unwrap()).unwrap()
    }

    pub fn bundle(&self, place: usize, roots: &Roots) -> Result<&Verified<TrustBundle>, &FileError> {
        let published = &self.bundles[place];
        let opened = &published.opened[roots.version() as usize - 1];
        opened.get_or_init(|| roots.trust_bundle(&published.bytes)).as_ref()
    }

    pub fn list(&self, place: usize, bundle: &Verified<TrustBundle>) -> Result<&Verified<RevocationList>, &FileError> {
        let published = &self.lists[place];
        published.opened[0].get_or_init(|| Trust::Bundle(bundle).revocation_list(&published.bytes)).as_ref()
    }
}

/// Days since the product was shipped, at noon.
pub fn noon(day: u32) -> DateTime<Utc> {
    "2027-01-01T12:00:00Z".parse::<DateTime<Utc>>().unwrap() + TimeDelta::days(i64::from(day))
}

pub fn date(day: u32) -> Day {
    Day::from_date(noon(day).date_naive()).unwrap()
}

pub fn issuer(seed: u8) -> Issuer {
    Issuer::with_key(SigningKey::from_seed(&[seed; 32])).prepared()
}

pub fn public(seed: u8) -> TrustedKey {
    SigningKey::from_seed(&[seed; 32]).verifying_key().clone()
}

pub fn signed<T: Payload>(contents: &T, signers: &[u8]) -> Vec<u8> {
    let mut file = SignableFile::new(contents).unwrap();
    signers.iter().for_each(|seed| file.sign(&issuer(*seed)).unwrap());
    file.to_string().into_bytes()
}
