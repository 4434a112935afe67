//! Activation requests: a machine without a network asks for a license key that is locked to it.

// Each module may use those to its left:
//
//     error ← repair
mod error;
mod repair;

use core::fmt;
use core::str::FromStr;

use crate::check::{CHECK_GROUPS, check_groups};
use crate::group::Group;
use crate::reading::{MAX_TEXT_BYTES, MAX_TYPED_GROUPS, Reading};
use crate::symbol::{K, R};
use crate::{Fingerprint, Repairs, Serial, characters};

pub use error::{ActivationRequestError, RequestDamage};

/// Five bits of which the first character is R, then the version in three bits.
const MAGIC: u8 = 0b1100_0001;
const VERSION: u8 = 1;

const SERIAL_BYTES: usize = 8;
const FINGERPRINT_BYTES: usize = 16;
const BYTES: usize = 1 + SERIAL_BYTES + FINGERPRINT_BYTES;
/// The bytes are whole groups: there are no unused bits.
const DATA_GROUPS: usize = BYTES * 8 / Group::BITS;
const GROUPS: usize = DATA_GROUPS + CHECK_GROUPS;

/// A request for a license key that is locked to one machine: the serial of a license key, and the machine's fingerprint.
///
/// A product on a machine without a network shows it. The customer types or scans it at the vendor, or reads it to the
/// vendor's support, and gets the license key. Nothing signs a request: anybody can make one, so the vendor decides by the
/// license on record.
///
/// `Display` writes the canonical text: 11 groups joined by `-`. The alternate form `{:#}` puts six groups in a line, as in a
/// license key. [`FromStr`] reads a text without mistakes, [`from_typed`](ActivationRequest::from_typed) repairs some.
///
/// ```
/// use keyward_core::{ActivationRequest, Fingerprint, Serial};
///
/// let serial: Serial = "0102030405060708".parse()?;
/// let machine: Fingerprint = "01b2c3d4000000e5f607a8b9ca000000".parse()?;
/// let request = ActivationRequest::new(serial, machine);
/// assert_eq!(request.to_string(), "R40G4-0R40M-30E20-1PB1X-80000-3JZC1-X8Q75-00000-GSNFT-VJCD8-7VGTG");
///
/// // Read over the telephone, with one group that was misheard.
/// let typed = ActivationRequest::from_typed("r4og4 or4om 3oe2o ipbix 80000 3jzc1 x8q7s 00000 gsnft vjcd8 7vgtg")?;
/// assert_eq!(typed.request, request);
/// assert_eq!(typed.repairs[0].to_string(), "group 7 is X8Q75, not X8Q7S");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ActivationRequest {
    serial: Serial,
    fingerprint: Fingerprint,
}

/// A request as it was typed, and the repairs that it needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct TypedRequest {
    /// The request.
    pub request: ActivationRequest,
    /// The groups that were repaired; empty if the text has no mistake.
    pub repairs: Repairs,
}

impl ActivationRequest {
    /// A request for a key of the license with that serial, locked to that machine.
    pub const fn new(serial: Serial, fingerprint: Fingerprint) -> ActivationRequest {
        ActivationRequest { serial, fingerprint }
    }

    /// The serial of the license key for which the product asks.
    pub const fn serial(&self) -> Serial {
        self.serial
    }

    /// The fingerprint of the machine.
    pub const fn fingerprint(&self) -> Fingerprint {
        self.fingerprint
    }

    /// Reads a request that a person typed, and repairs mistakes in it.
    ///
    /// No signature confirms a repair, so one of the three check equations has to. These mistakes are repaired: one group
    /// that is wrong, missing, or typed twice; a character that is missing or doubled; two groups that can't be read. One or
    /// two wrong groups never give another request, nor do two that can't be read and a wrong one. Any other damage does so
    /// once in 2^25 cases at most: `spec/FORMAT.md`, section 14.4, derives it.
    ///
    /// # Errors
    ///
    /// The errors of [`FromStr`]; `damaged` if there are more mistakes, or several requests are possible.
    pub fn from_typed(text: &str) -> Result<TypedRequest, ActivationRequestError> {
        let read = text.parse();
        // The beginning of a license key may be a request with a wrong first group.
        if let Err(ActivationRequestError::Damaged(_) | ActivationRequestError::LicenseKey) = read {
            if let Some(repaired) = Some(text).filter(|text| text.len() <= MAX_TEXT_BYTES).and_then(repair::repair) {
                return Ok(repaired);
            }
        }
        read.map(|request| TypedRequest { request, repairs: Repairs::default() })
    }

    /// The groups of the text, check groups included.
    fn groups(&self) -> [Group; GROUPS] {
        let parts = [MAGIC].into_iter().chain(self.serial.to_bytes()).chain(self.fingerprint.to_bytes());
        let mut bytes = [0; BYTES];
        bytes.iter_mut().zip(parts).for_each(|(byte, part)| *byte = part);
        let mut groups = [Group::default(); GROUPS];
        let (data, checks) = groups.split_at_mut(DATA_GROUPS);
        Group::unpack(&bytes, data);
        checks.copy_from_slice(&check_groups(data));
        groups
    }

    /// The request of these groups, check groups included.
    fn from_groups(groups: &[Group]) -> Result<ActivationRequest, ActivationRequestError> {
        // The groups alone do not show which of them is wrong.
        let damaged = Err(ActivationRequestError::Damaged(RequestDamage::default()));
        let Some((data, checks)) = groups.split_last_chunk::<CHECK_GROUPS>() else { return damaged };
        if data.is_empty() || check_groups(data) != *checks {
            return damaged;
        }
        let first = data.first().map_or(0, |group| group.bits());
        let (first_symbol, version) = ((first >> 20 & 0b11111) as u8, (first >> 17 & 0b111) as u8);
        match first_symbol {
            R => {}
            K => return Err(ActivationRequestError::LicenseKey),
            _ => return Err(ActivationRequestError::NotARequest),
        }
        if version != VERSION {
            return Err(ActivationRequestError::NeedsNewer { version });
        }
        if data.len() != DATA_GROUPS {
            return Err(ActivationRequestError::Groups { found: groups.len() });
        }
        let mut bytes = [0; BYTES];
        Group::pack(data, &mut bytes);
        let (mut serial, mut fingerprint) = ([0; SERIAL_BYTES], [0; FINGERPRINT_BYTES]);
        let places = serial.iter_mut().chain(&mut fingerprint);
        places.zip(bytes.into_iter().skip(1)).for_each(|(place, byte)| *place = byte);
        Ok(ActivationRequest::new(Serial::from_bytes(serial), Fingerprint::from_bytes(fingerprint)?))
    }
}

/// Reads a request that was typed, pasted or scanned, by the rules of license keys: case, look-alikes and separators don't
/// matter, every other difference does. Mistakes are not repaired here, and the text must not contain other words.
impl FromStr for ActivationRequest {
    type Err = ActivationRequestError;

    fn from_str(text: &str) -> Result<ActivationRequest, ActivationRequestError> {
        if text.len() > MAX_TEXT_BYTES {
            return Err(error::of_no_request(text, ActivationRequestError::TooLong { bytes: text.len() }));
        }
        let mut groups = [Group::default(); MAX_TYPED_GROUPS];
        if let Some(count) = characters::read(text, &mut groups) {
            match ActivationRequest::from_groups(groups.get(..count).unwrap_or_default()) {
                Err(ActivationRequestError::Damaged(_)) => {}
                request_or_error => return request_or_error,
            }
        }
        read_again(text)
    }
}

/// Reads a text a second time, as a copied or damaged text.
#[cold]
#[inline(never)]
fn read_again(text: &str) -> Result<ActivationRequest, ActivationRequestError> {
    let reading = Reading::of(text);
    let mut groups = [Group::default(); MAX_TYPED_GROUPS];
    if let Some(groups) = reading.groups(&mut groups) {
        match ActivationRequest::from_groups(groups) {
            Err(ActivationRequestError::Damaged(_)) => {}
            request_or_error => return request_or_error,
        }
    }
    Err(error::of_no_request(text, error::of_reading(&reading)))
}

/// The canonical text.
impl fmt::Display for ActivationRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        characters::write_rows(f, &self.groups())
    }
}
