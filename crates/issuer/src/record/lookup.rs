use std::borrow::Cow;

use keyward_core::{Claims, Environment, Fingerprint, Kind, Licensee, Product, Serial};
use sha2::{Digest, Sha256};

use super::{Action, Details};
use crate::policy::comparable_customer;

const PAID: &[u8] = b"paid";
const STOPGAP: &[u8] = b"stopgap";

/// What a record is looked up by: the first 16 bytes of SHA-256 over what it is and its parts, so that no two are alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Lookup([u8; Lookup::LEN]);

impl Lookup {
    pub(super) const LEN: usize = 16;

    /// The license with that serial.
    pub(super) fn serial(serial: Serial) -> Lookup {
        Lookup::of(b"serial", &[&serial.to_bytes()])
    }

    /// The license that the order with that id made.
    pub(super) fn order(id: &str) -> Lookup {
        Lookup::of(b"order", &[id.as_bytes()])
    }

    /// The reissue that took the place of that license.
    pub(super) fn reissue_of(replaced: Serial) -> Lookup {
        Lookup::of(b"reissue", &[&replaced.to_bytes()])
    }

    /// The renewal of that license.
    pub(super) fn renewal_of(renewed: Serial) -> Lookup {
        Lookup::of(b"renewal", &[&renewed.to_bytes()])
    }

    /// The latest stopgap that bridges that license.
    pub(super) fn stopgap_of(bridged: Serial) -> Lookup {
        Lookup::of(b"bridge", &[&bridged.to_bytes()])
    }

    /// The latest paid licenses with an end that the same somebody has in that place.
    pub(super) fn paid(place: &Place<'_>) -> impl Iterator<Item = Lookup> {
        place.as_asked().iter().map(|whose| place.lookup(PAID, *whose))
    }

    /// The latest stopgaps of which it is not known what they bridge, that the same somebody has in that place.
    pub(super) fn stopgap(place: &Place<'_>) -> impl Iterator<Item = Lookup> {
        place.as_asked().iter().map(|whose| place.lookup(STOPGAP, *whose))
    }

    /// All by which a license is found.
    pub(crate) fn all_of(claims: &Claims, details: &Details) -> Vec<Lookup> {
        let mut lookups = vec![Lookup::serial(claims.serial())];
        lookups.extend(details.placed.as_ref().map(|placed| Lookup::order(&placed.id)));
        match (details.action, details.replaces) {
            (Action::Reissue, Some(replaced)) => lookups.push(Lookup::reissue_of(replaced)),
            (Action::Renewal, Some(renewed)) => lookups.push(Lookup::renewal_of(renewed)),
            _ => {}
        }
        let what = match (claims.kind(), details.bridges) {
            (Kind::Standard, _) if claims.valid_through().is_some() => PAID,
            (Kind::Stopgap, None) => STOPGAP,
            (Kind::Stopgap, Some(bridged)) => {
                lookups.push(Lookup::stopgap_of(bridged));
                return lookups;
            }
            _ => return lookups,
        };
        let place = Place::of(claims, details.customer.as_deref());
        lookups.extend(place.as_found().iter().map(|whose| place.lookup(what, *whose)));
        lookups
    }

    fn of(what: &[u8], parts: &[&[u8]]) -> Lookup {
        let mut hash = Sha256::new();
        for part in [what].iter().chain(parts) {
            // Its length first: parts that are cut elsewhere are other parts.
            hash.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_le_bytes());
            hash.update(part);
        }
        let mut bytes = [0; Lookup::LEN];
        bytes.iter_mut().zip(hash.finalize()).for_each(|(byte, hashed)| *byte = hashed);
        Lookup(bytes)
    }

    pub(super) const fn from_bytes(bytes: [u8; Lookup::LEN]) -> Lookup {
        Lookup(bytes)
    }

    pub(super) const fn to_bytes(self) -> [u8; Lookup::LEN] {
        self.0
    }
}

/// Where licenses follow each other: the same product, environment and machine, for the same somebody.
#[derive(Debug)]
pub(crate) struct Place<'a> {
    pub(crate) customer: Option<&'a str>,
    pub(crate) licensee: Option<Licensee>,
    pub(crate) product: Product,
    pub(crate) environment: Environment,
    pub(crate) fingerprint: Option<Fingerprint>,
}

/// Whose a license is.
#[derive(Debug, Clone, Copy)]
enum Whose {
    Customer,
    Licensee,
    /// A licensee, where no customer was named.
    LicenseeAlone,
    Nobody,
}

impl<'a> Place<'a> {
    fn of(claims: &Claims, customer: Option<&'a str>) -> Place<'a> {
        Place {
            customer,
            licensee: claims.licensee().copied(),
            product: claims.product(),
            environment: claims.environment(),
            fingerprint: claims.fingerprint().copied(),
        }
    }

    /// Under what a license in this place is found.
    fn as_found(&self) -> &'static [Whose] {
        match (self.customer, self.licensee) {
            (Some(_), Some(_)) => &[Whose::Customer, Whose::Licensee],
            (Some(_), None) => &[Whose::Customer],
            (None, Some(_)) => &[Whose::Licensee, Whose::LicenseeAlone],
            (None, None) => &[Whose::Nobody],
        }
    }

    /// Under what the licenses of the same somebody are: the customer tells where both name one, or else the licensee.
    fn as_asked(&self) -> &'static [Whose] {
        match (self.customer, self.licensee) {
            (Some(_), Some(_)) => &[Whose::Customer, Whose::LicenseeAlone],
            (Some(_), None) => &[Whose::Customer],
            (None, Some(_)) => &[Whose::Licensee],
            (None, None) => &[Whose::Nobody],
        }
    }

    fn lookup(&self, what: &[u8], whose: Whose) -> Lookup {
        let (tag, name): (&[u8], Cow<'_, str>) = match whose {
            Whose::Customer => (b"customer", comparable_customer(self.customer.unwrap_or_default()).into()),
            Whose::Licensee => (b"licensee", self.licensee_name().into()),
            Whose::LicenseeAlone => (b"licensee alone", self.licensee_name().into()),
            Whose::Nobody => (b"nobody", "".into()),
        };
        let environment = self.environment.to_string();
        let fingerprint = self.fingerprint.as_ref().map(|fingerprint| fingerprint.to_bytes());
        let fingerprint = fingerprint.as_ref().map_or(&[][..], |bytes| bytes);
        Lookup::of(what, &[tag, name.as_bytes(), &self.product.0.to_le_bytes(), environment.as_bytes(), fingerprint])
    }

    fn licensee_name(&self) -> &str {
        self.licensee.as_ref().map_or("", Licensee::as_str)
    }
}
