//! The keys under which later decisions look records up.

use std::borrow::Cow;

use keyward_core::{Claims, Environment, Fingerprint, Kind, Licensee, Product, Serial};
use sha2::{Digest, Sha256};

use super::{IssueDetails, IssueRecord};
use crate::order::Customer;

/// A key under which records are looked up: the first 16 bytes of SHA-256 over its kind and its parts, each after its
/// length (8 bytes, little-endian), so that no two keys are built from the same bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RecordKey([u8; RecordKey::LEN]);

impl RecordKey {
    /// The length in bytes.
    pub const LEN: usize = 16;

    /// The license key with this serial.
    pub fn serial(serial: Serial) -> RecordKey {
        RecordKey::of(b"serial", &[&serial.to_bytes()])
    }

    /// The license that the order with this id made.
    pub fn order(id: &str) -> RecordKey {
        RecordKey::of(b"order", &[id.as_bytes()])
    }

    /// The bytes, as a store keeps them.
    pub const fn to_bytes(self) -> [u8; RecordKey::LEN] {
        self.0
    }

    fn of(kind: &[u8], parts: &[&[u8]]) -> RecordKey {
        let mut hash = Sha256::new();
        for part in [kind].iter().chain(parts) {
            hash.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_le_bytes());
            hash.update(part);
        }
        let mut bytes = [0; RecordKey::LEN];
        bytes.iter_mut().zip(hash.finalize()).for_each(|(byte, hashed)| *byte = hashed);
        RecordKey(bytes)
    }
}

/// All keys under which a record is found.
pub(crate) fn record_keys(claims: &Claims, details: &IssueDetails) -> Vec<RecordKey> {
    let mut keys = vec![RecordKey::serial(claims.serial())];
    keys.extend(details.order.as_ref().map(|order| RecordKey::order(&order.id)));
    let group = match (claims.kind(), details.bridges) {
        (Kind::Standard, _) if claims.valid_through().is_some() => Group::Paid,
        (Kind::Stopgap, None) => Group::Stopgaps,
        _ => return keys,
    };
    let scope = Scope::of(claims, details.customer.as_deref());
    keys.extend(scope.owners().iter().map(|owner| scope.key(group, *owner)));
    keys
}

/// Licenses that follow each other: of one owner, for one product, environment and machine.
#[derive(Debug)]
pub(crate) struct Scope {
    pub(crate) customer: Option<Customer>,
    pub(crate) licensee: Option<Licensee>,
    pub(crate) product: Product,
    pub(crate) environment: Environment,
    pub(crate) fingerprint: Option<Fingerprint>,
}

/// The licenses of a scope that a decision asks for.
#[derive(Debug, Clone, Copy)]
enum Group {
    /// Paid licenses with an end.
    Paid,
    /// Stopgaps whose bridged license is unknown.
    Stopgaps,
}

/// How a record names its owner.
#[derive(Debug, Clone, Copy)]
enum Owner {
    Customer,
    Licensee,
    /// A licensee, and no customer.
    LicenseeAlone,
    Unnamed,
}

impl Scope {
    pub(crate) fn of_record(record: &IssueRecord) -> Scope {
        Scope::of(record.claims(), record.details.customer.as_deref())
    }

    pub(crate) fn of(claims: &Claims, customer: Option<&str>) -> Scope {
        Scope {
            customer: customer.map(Customer::new),
            licensee: claims.licensee().copied(),
            product: claims.product(),
            environment: claims.environment(),
            fingerprint: claims.fingerprint().copied(),
        }
    }

    /// The keys of the paid licenses with an end that one owner has in this scope.
    pub(crate) fn paid_keys(&self) -> impl Iterator<Item = RecordKey> {
        self.same_owners().iter().map(|owner| self.key(Group::Paid, *owner))
    }

    /// The keys of the stopgaps whose bridged license is unknown, and that one owner has in this scope.
    pub(crate) fn stopgap_keys(&self) -> impl Iterator<Item = RecordKey> {
        self.same_owners().iter().map(|owner| self.key(Group::Stopgaps, *owner))
    }

    /// The owners under which a record in this scope is found.
    fn owners(&self) -> &'static [Owner] {
        match (&self.customer, &self.licensee) {
            (Some(_), Some(_)) => &[Owner::Customer, Owner::Licensee],
            (Some(_), None) => &[Owner::Customer],
            (None, Some(_)) => &[Owner::Licensee, Owner::LicenseeAlone],
            (None, None) => &[Owner::Unnamed],
        }
    }

    /// The owners under which records of the same owner are found. Where both records name a customer, the customers are
    /// compared, else the licensees.
    fn same_owners(&self) -> &'static [Owner] {
        match (&self.customer, &self.licensee) {
            (Some(_), Some(_)) => &[Owner::Customer, Owner::LicenseeAlone],
            (Some(_), None) => &[Owner::Customer],
            (None, Some(_)) => &[Owner::Licensee],
            (None, None) => &[Owner::Unnamed],
        }
    }

    fn key(&self, group: Group, owner: Owner) -> RecordKey {
        let group: &[u8] = match group {
            Group::Paid => b"paid",
            Group::Stopgaps => b"stopgap",
        };
        let licensee = || self.licensee.as_ref().map_or("", Licensee::as_str).into();
        let (kind, name): (&[u8], Cow<'_, str>) = match owner {
            Owner::Customer => (b"customer", self.customer.as_ref().map_or("", Customer::compared).into()),
            Owner::Licensee => (b"licensee", licensee()),
            Owner::LicenseeAlone => (b"licensee alone", licensee()),
            Owner::Unnamed => (b"unnamed", "".into()),
        };
        let environment = self.environment.to_string();
        let fingerprint = self.fingerprint.as_ref().map(|fingerprint| fingerprint.to_bytes());
        let fingerprint = fingerprint.as_ref().map_or(&[][..], |bytes| bytes);
        RecordKey::of(
            group,
            &[kind, name.as_bytes(), &self.product.0.to_le_bytes(), environment.as_bytes(), fingerprint],
        )
    }
}
