//! Activations, as they are stored, and machines, as they are told.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, TimeDelta, Utc};
use keyward_catalog::{Catalog, ProductEntry};
use keyward_core::{Day, Fingerprint, Product, Serial, is_invisible};
use keyward_issuer::policy::has_enough_components;
use keyward_verifier::MachineComponents;

use crate::error::LedgerError;
use crate::id::{ActivationId, LicenseId};
use crate::license::License;
use crate::table::row;
use crate::value::stored_as;

/// A machine: a fingerprint of 32 hex digits, or a text of the vendor's own, of 1 to 128 bytes. Two ids that look alike would take two
/// slots, and nobody could tell which is which: so an id has no invisible character, no white space around it, and no letter of full
/// width. A placeholder, such as "Default string", is no such text: many machines have it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Machine {
    /// A fingerprint. Two are of one machine if a majority of the components of each is the same.
    Fingerprint(Fingerprint),
    /// The vendor's own id, which is compared byte by byte.
    Id(String),
}

impl Machine {
    /// The most bytes of the vendor's own id.
    pub const MAX_ID_LEN: usize = 128;

    /// The fingerprint to which signed files for this machine are bound. That of an id is its fifth component alone: enough to
    /// bind a file, and too little to tell ten thousand machines apart.
    pub fn fingerprint(&self, product: Product) -> Fingerprint {
        match self {
            Machine::Fingerprint(fingerprint) => *fingerprint,
            Machine::Id(id) => MachineComponents::of_id(id).fingerprint(product),
        }
    }

    /// Whether the machine is told well enough for a product: its fingerprint has the components that the catalogue asks for. The
    /// vendor's own id tells it alone.
    ///
    /// # Errors
    ///
    /// [`LedgerError::TooFewComponents`].
    pub fn is_enough_for(&self, product: Product, catalog: &Catalog) -> Result<(), LedgerError> {
        let Machine::Fingerprint(machine) = self else { return Ok(()) };
        let product = catalog.product_by_number(product);
        let min = product.map_or(ProductEntry::DEFAULT_MIN_COMPONENTS, |product| product.min_components);
        has_enough_components(machine, min).map_err(LedgerError::TooFewComponents)
    }

    /// Whether this machine is the one that was stored at an activation.
    pub(crate) fn is(&self, stored: &Machine) -> bool {
        match (self, stored) {
            (Machine::Fingerprint(machine), Machine::Fingerprint(stored)) => {
                machine == stored || stored.is_of_one_machine_with(machine)
            }
            (machine, stored) => machine == stored,
        }
    }
}

/// A text is not a machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "expected a machine: 32 hex digits of a fingerprint with a component, or an id of 1 to 128 bytes that is no placeholder, such as \
     `None` or `123456789`, without invisible characters, white space around it and letters of full width"
)]
pub struct MachineError;

impl FromStr for Machine {
    type Err = MachineError;

    fn from_str(text: &str) -> Result<Machine, MachineError> {
        let looks_like_another = |character| is_invisible(character) || matches!(character, '\u{FF01}'..='\u{FF5E}');
        match text.trim() == text && !text.chars().any(looks_like_another) {
            true => Machine::of_stored(text),
            false => Err(MachineError),
        }
    }
}

impl Machine {
    /// The machine that was stored: by this version, or by one that did not refuse look-alikes.
    fn of_stored(text: &str) -> Result<Machine, MachineError> {
        if let Ok(fingerprint) = text.parse::<Fingerprint>() {
            // A fingerprint without components would be every machine's.
            return (fingerprint.present() > 0).then_some(Machine::Fingerprint(fingerprint)).ok_or(MachineError);
        }
        let is_id = !text.is_empty() && text.len() <= Machine::MAX_ID_LEN && !text.chars().any(char::is_control);
        let machine = Machine::Id(text.to_owned());
        // Many machines have the same placeholder: they would share one slot.
        let is_placeholder = machine.fingerprint(Product(0)).present() == 0;
        (is_id && !is_placeholder).then_some(machine).ok_or(MachineError)
    }
}

impl fmt::Display for Machine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Machine::Fingerprint(fingerprint) => fingerprint.fmt(f),
            Machine::Id(id) => id.fmt(f),
        }
    }
}

stored_as! {
    Machine, String, Text, |machine| machine.to_string(), |stored| Ok(Machine::of_stored(&stored)?);
}

row! {
    /// A machine that uses a license, or used it.
    pub Activation in "activations" {
        /// The id.
        pub id: ActivationId, Plain;
        /// The license.
        pub license: LicenseId, Plain;
        /// The machine, as it was activated. Later requests do not change it.
        pub machine: Machine, Plain;
        /// A name for people.
        pub name: Option<String>, Personal;
        /// The time of activation, in milliseconds since 1970.
        pub activated_at: i64, Plain;
        /// The time at which it was last seen, in milliseconds since 1970.
        pub last_seen_at: i64, No;
        /// The end of its lease, in milliseconds since 1970; none has no end.
        pub lease_ends_at: Option<i64>, No;
        /// The license key that is locked to it.
        pub locked_key: Option<Serial>, Plain;
        /// The time of its release, in milliseconds since 1970.
        pub released_at: Option<i64>, Plain;
        /// Who released it.
        pub released_by: Option<String>, Plain;
        /// Why it was released.
        pub release_reason: Option<String>, Personal;
        /// For a released machine whose locked key works on: the last day on which its slot counts.
        pub counted_through: Option<Day>, Plain;
    }
}

row! {
    /// A machine that its customer released, which counts for 30 days.
    pub(crate) CustomerRelease in "customer_releases" {
        pub activation: ActivationId, Plain;
        pub license: LicenseId, Plain;
        pub at: i64, Plain;
    }
}

impl CustomerRelease {
    /// How long it counts.
    pub(crate) const COUNTED: TimeDelta = TimeDelta::days(30);
}

impl Activation {
    /// Whether it takes a slot of the license.
    pub const fn is_counted(&self) -> bool {
        self.released_at.is_none() || self.counted_through.is_some()
    }

    /// The end of a lease that begins now.
    pub(crate) fn lease_end(license: &License, now: DateTime<Utc>) -> Option<i64> {
        let days = TimeDelta::days(license.lease_days?.into());
        now.checked_add_signed(days).map(|end| end.timestamp_millis())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn a_machine_is_a_fingerprint_or_an_id() {
        let fingerprint = "01a1b2c3d4e5f60718293a4b5c6d7e8f";
        assert!(matches!(fingerprint.parse(), Ok(Machine::Fingerprint(_))), "{:?}", fingerprint.parse::<Machine>());
        assert_eq!("laptop-1".parse(), Ok(Machine::Id("laptop-1".to_owned())));
        let longest = "x-1".repeat(42) + "-y";
        assert_eq!(longest.parse(), Ok(Machine::Id(longest)));
        let look_alikes =
            [" m1", "m1 ", "m1\u{a0}", "\u{3000}m1", "m\u{200b}1", "\u{202e}1m", "\u{e0041}m1", "ｍ1", "   "];
        for other in look_alikes {
            assert_eq!(other.parse::<Machine>(), Err(MachineError), "{other:?}");
        }
        for other in ["", "a\nb", "\u{7f}", &"x-1".repeat(43), "01000000000000000000000000000000", "None", "0000"] {
            assert_eq!(other.parse::<Machine>(), Err(MachineError), "{other:?}");
        }
    }

    #[test]
    fn machines_of_different_kinds_are_different() {
        let ids: [Machine; 2] = ["laptop-1".parse().unwrap(), "Laptop-1".parse().unwrap()];
        assert!(ids[0].is(&ids[0].clone()) && !ids[0].is(&ids[1]));
        let machine: Machine = "01a1b2c3d4e5f60718293a4b5c6d7e8f".parse().unwrap();
        assert!(machine.is(&machine.clone()) && !machine.is(&ids[0]) && !ids[0].is(&machine));
    }

    /// Computed with Python: `hashlib.sha512(b"keyward/v1/fingerprint\0\0\0\0\3\4" + b"laptop-1").digest()[:3]`.
    #[test]
    fn files_for_a_machine_with_an_id_are_bound_to_its_fifth_component() {
        let machine: Machine = "laptop-1".parse().unwrap();
        let fingerprint = machine.fingerprint(Product(3));
        assert_eq!(fingerprint.to_string(), "01000000000000000000000000ca720a");
        let fingerprint: Machine = "01a1b2c3d4e5f60718293a4b5c6d7e8f".parse().unwrap();
        assert_eq!(fingerprint.fingerprint(Product(3)).to_string(), "01a1b2c3d4e5f60718293a4b5c6d7e8f");
    }
}
