//! The keys under which later decisions look up records.

use keyward_core::{Claims, Kind, Product, Serial};
use sha2::{Digest, Sha256};

use super::{Action, IssueDetails, IssueRecord};
use crate::order::Customer;
use crate::order::text::{self, Case};

/// A key under which records are looked up: the first 16 bytes of SHA-256 over its kind and its parts. The length of each (8
/// bytes, little-endian) precedes it, so that different keys never have the same bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RecordKey([u8; RecordKey::LEN]);

impl RecordKey {
    /// The length in bytes.
    pub const LEN: usize = 16;

    /// The key of the license key with this serial.
    pub fn serial(serial: Serial) -> RecordKey {
        RecordKey::of(b"serial", &[&serial.to_bytes()])
    }

    /// The key of the license that the order with this id made.
    /// Ids that [`OrderRef`](crate::order::OrderRef) compares as equal have one key.
    pub fn order(id: &str) -> RecordKey {
        RecordKey::of(b"order", &[text::compared(id, Case::Kept).as_bytes()])
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
    keys.extend(group_of(claims, details).into_iter().flat_map(|group| owner_keys(claims, details, group)));
    keys
}

/// The group in which a license is looked up by its owner.
pub(crate) fn group_of(claims: &Claims, details: &IssueDetails) -> Option<Group> {
    match (claims.kind(), details.bridges) {
        // It is found with its license, and is neither a sale nor a trial of its own.
        _ if details.action == Action::Locked => None,
        (Kind::Standard, _) if claims.valid_through().is_some() => Some(Group::Paid),
        (Kind::Trial, _) => Some(Group::Trials),
        (Kind::Stopgap, None) => Some(Group::Stopgaps),
        (Kind::Stopgap, Some(_)) => Some(Group::Bridges),
        _ => None,
    }
}

/// The keys under which the owner of a license finds it in that group.
pub(crate) fn owner_keys(claims: &Claims, details: &IssueDetails, group: Group) -> Vec<RecordKey> {
    let owner = Owner::of(claims, details.customer.as_deref());
    owner.names().map(|(kind, name)| key(kind, name, group, claims.product())).collect()
}

/// The licenses of one owner and product that a decision looks up.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Group {
    /// Paid licenses with an end.
    Paid,
    /// Trials, and their reissues, which may have another owner.
    Trials,
    /// Stopgaps for an unknown license.
    Stopgaps,
    /// Stopgaps for a license on record.
    Bridges,
}

impl Group {
    /// All keys for a time: trials and stopgaps.
    pub(crate) const TEMPORARY: [Group; 3] = [Group::Trials, Group::Stopgaps, Group::Bridges];
}

/// The owner of a license: a customer, a licensee, both, or none. Licensees are compared as customers are.
#[derive(Debug, Default)]
pub(crate) struct Owner {
    pub(crate) customer: Option<Customer>,
    pub(crate) licensee: Option<Customer>,
}

/// A name under which an owner's records are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum OwnerName {
    Customer,
    Licensee,
    /// A licensee without a customer.
    LicenseeAlone,
    Unnamed,
}

impl Owner {
    pub(crate) fn of_record(record: &IssueRecord) -> Owner {
        Owner::of(record.claims(), record.details.customer.as_deref())
    }

    pub(crate) fn of(claims: &Claims, customer: Option<&str>) -> Owner {
        let licensee = claims.licensee().map(|licensee| Customer::new(licensee.as_str()));
        Owner { customer: customer.map(Customer::new), licensee }
    }

    /// Whether it has neither a customer nor a licensee.
    pub(crate) const fn is_unnamed(&self) -> bool {
        self.customer.is_none() && self.licensee.is_none()
    }

    /// Whether both are one owner. If both have a customer, the customers are compared. Otherwise the licensees are; and the
    /// customer of one is the licensee of that name, since it may be written in either field. An unnamed owner is the same as no
    /// other.
    pub(crate) fn is_same(&self, other: &Owner) -> bool {
        let has = |owner: &Owner, name: &Option<Customer>| {
            name.is_some() && (*name == owner.customer || *name == owner.licensee)
        };
        match (&self.customer, &other.customer) {
            (Some(customer), Some(other)) => customer == other,
            (None, _) => has(other, &self.licensee),
            (_, None) => has(self, &other.licensee),
        }
    }

    /// The keys of this owner's licenses of a product: those that [`is_same`](Owner::is_same) compares as equal. Unnamed owners have
    /// one key.
    pub(crate) fn keys(&self, group: Group, product: Product) -> impl Iterator<Item = RecordKey> {
        let (customer, licensee) = (self.customer.as_ref(), self.licensee.as_ref());
        let names = match (customer, licensee) {
            (Some(_), Some(_)) => [
                Some((OwnerName::Customer, customer)),
                Some((OwnerName::LicenseeAlone, customer)),
                Some((OwnerName::LicenseeAlone, licensee)),
            ],
            (Some(_), None) => {
                [Some((OwnerName::Customer, customer)), Some((OwnerName::LicenseeAlone, customer)), None]
            }
            (None, Some(_)) => [Some((OwnerName::Customer, licensee)), Some((OwnerName::Licensee, licensee)), None],
            (None, None) => [Some((OwnerName::Unnamed, None)), None, None],
        };
        names.into_iter().flatten().map(move |(kind, name)| key(kind, name, group, product))
    }

    /// The names under which a record of this owner is found.
    fn names(&self) -> impl Iterator<Item = (OwnerName, Option<&Customer>)> {
        let (customer, licensee) = (self.customer.as_ref(), self.licensee.as_ref());
        let names: &[OwnerName] = match (customer, licensee) {
            (Some(_), Some(_)) => &[OwnerName::Customer, OwnerName::Licensee],
            (Some(_), None) => &[OwnerName::Customer],
            (None, Some(_)) => &[OwnerName::Licensee, OwnerName::LicenseeAlone],
            (None, None) => &[OwnerName::Unnamed],
        };
        names.iter().map(move |name| (*name, if *name == OwnerName::Customer { customer } else { licensee }))
    }
}

/// The key of an owner's licenses of a product under one name.
fn key(kind: OwnerName, name: Option<&Customer>, group: Group, product: Product) -> RecordKey {
    let group: &[u8] = match group {
        Group::Paid => b"paid",
        Group::Trials => b"trials",
        Group::Stopgaps => b"stopgaps",
        Group::Bridges => b"bridges",
    };
    let kind: &[u8] = match kind {
        OwnerName::Customer => b"customer",
        OwnerName::Licensee => b"licensee",
        OwnerName::LicenseeAlone => b"licensee alone",
        OwnerName::Unnamed => b"unnamed",
    };
    let name = name.map_or("", Customer::compared);
    RecordKey::of(group, &[kind, name.as_bytes(), &product.0.to_le_bytes()])
}
