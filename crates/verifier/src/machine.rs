use core::fmt;

use keyward_core::{ComponentDigest, Fingerprint, Product};
use sha2::{Digest, Sha512};

use crate::placeholder::is_placeholder;

/// Hashed before every component, so that a digest for another purpose is not part of a fingerprint.
const LABEL: &[u8] = b"keyward/v1/fingerprint\0";

/// The parts that identify a machine, as the application reads them from the operating system. A part that the machine does
/// not have is `None` or empty.
///
/// Placeholders for an id count as absent: "To Be Filled By O.E.M.", "Default string", "None", all zeros or Fs,
/// `123456789`, `03000200-0400-0500-0006-000700080009`, the addresses of well-known virtual network cards, and the others
/// in `spec/FORMAT.md`, section 4.1. Give ids as text, in the form in which the operating system shows them: in bytes, only
/// zeros and Fs are recognised.
///
/// ```
/// use keyward_verifier::{MachineComponents, Product};
///
/// let components = MachineComponents {
///     machine_id: Some(b"b08dfa6083e7567a1921a715000001fb"),
///     board_id: Some(b"Default string"),
///     network_card: Some(b"3c:7c:3f:1e:5a:90"),
///     ..MachineComponents::default()
/// };
/// let fingerprint = components.fingerprint(Product(3));
/// assert_eq!(fingerprint.present(), 2);
/// ```
#[derive(Clone, Copy, Default)]
pub struct MachineComponents<'v> {
    /// The operating system's id of the installation.
    pub machine_id: Option<&'v [u8]>,
    /// The main board's id.
    pub board_id: Option<&'v [u8]>,
    /// The serial number of the disk that the system is on.
    pub system_disk: Option<&'v [u8]>,
    /// The address of the primary network card.
    pub network_card: Option<&'v [u8]>,
    /// Another part, of the vendor's choice.
    pub vendors_own: Option<&'v [u8]>,
}

impl<'v> MachineComponents<'v> {
    /// A machine that the vendor knows by an id of its own, such as the name under which it was activated: the fifth component,
    /// and no other.
    ///
    /// ```
    /// use keyward_verifier::{MachineComponents, Product};
    ///
    /// let fingerprint = MachineComponents::of_id("laptop-1").fingerprint(Product(3));
    /// assert_eq!(fingerprint.to_string(), "01000000000000000000000000ca720a");
    /// ```
    pub fn of_id(id: &'v str) -> MachineComponents<'v> {
        MachineComponents { vendors_own: Some(id.as_bytes()), ..MachineComponents::default() }
    }

    /// The fingerprint that a license for this product can be locked to: of each component, the first 3 bytes of SHA-512
    /// over a label, the product, the component's slot (0 to 4) and its value. Different products see different digests,
    /// so that they can't be compared. On a machine of which every part is absent or a placeholder, no component is present:
    /// no license can be locked to it.
    pub fn fingerprint(&self, product: Product) -> Fingerprint {
        let mut slot = 0_u8;
        let components =
            [self.machine_id, self.board_id, self.system_disk, self.network_card, self.vendors_own].map(|value| {
                let digest = value.filter(|value| !is_placeholder(value)).map(|value| digest(product, slot, value));
                slot = slot.saturating_add(1);
                digest
            });
        Fingerprint::from_digests(components)
    }
}

/// The presence of each component, and not its value, which would identify the machine in a log.
impl fmt::Debug for MachineComponents<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MachineComponents")
            .field("machine_id", &self.machine_id.is_some())
            .field("board_id", &self.board_id.is_some())
            .field("system_disk", &self.system_disk.is_some())
            .field("network_card", &self.network_card.is_some())
            .field("vendors_own", &self.vendors_own.is_some())
            .finish()
    }
}

fn digest(product: Product, slot: u8, value: &[u8]) -> ComponentDigest {
    let mut hash = Sha512::new();
    hash.update(LABEL);
    hash.update(product.0.to_be_bytes());
    hash.update([slot]);
    hash.update(value);
    let [first, second, third, ..]: [u8; 64] = hash.finalize().into();
    [first, second, third]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slot_and_product_and_value_all_count() {
        let id = |value: &[u8], product: u32| {
            MachineComponents { machine_id: Some(value), ..Default::default() }.fingerprint(Product(product)).to_bytes()
        };
        let board = MachineComponents { board_id: Some(b"a"), ..Default::default() }.fingerprint(Product(3)).to_bytes();
        assert_ne!(id(b"a", 3), id(b"b", 3));
        assert_ne!(id(b"a", 3), id(b"a", 4));
        assert_ne!(id(b"a", 3)[1..4], board[4..7]);
        for absent in [&b""[..], b"none", b"00:00:00:00:00:00", &[0; 6], &[0xFF; 6]] {
            assert_eq!(id(absent, 3), Fingerprint::from_digests([None; 5]).to_bytes(), "{absent:?}");
        }
    }

    /// Computed with Python: `hashlib.sha512(b"keyward/v1/fingerprint\0\0\0\0\3\1" + b"board").digest()[:3]`.
    #[test]
    fn a_digest_is_that_of_the_format() {
        assert_eq!(digest(Product(3), 1, b"board"), [0xBE, 0x12, 0x32]);
    }
}
