//! The number of writes of a state, in two slots of the lock file.

use alloc::vec::Vec;

use sha2::{Digest, Sha512};

use crate::digest::first_bytes;

const MAGIC: [u8; 8] = *b"KWlock\0\x01";
pub(super) const SLOT_BYTES: usize = 32;
pub(super) const BYTES: usize = 2 * SLOT_BYTES;

/// The number of writes according to a lock file.
///
/// The file is written in place, since a lock belongs to a file and not to its name. So the file has two slots for the
/// number, and the one with the older number is overwritten: an interrupted write leaves the other slot. A slot is
/// `KWlock`, a zero byte and the version 1 (8 bytes), the number (8, big-endian), and the first 16 bytes of SHA-512 over
/// these. Odd numbers are in the first slot and even ones in the second; before the first write, both have 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Writes {
    /// No state was ever written: the file is empty, or was begun.
    None,
    /// The state was written this number of times, or once more.
    Known(u64),
    /// One slot can't be read, and the other has this number: a crash occurred while the next number was written.
    Interrupted(u64),
    /// The file has changed since it was written. A readable slot has this number; 0 if there is none.
    Damaged(u64),
}

impl Writes {
    /// Reads the bytes of a lock file. The caller reads one byte more than a valid file has, so that a longer file is
    /// noticed.
    pub(super) fn of(bytes: &[u8]) -> Writes {
        if both_slots(0).starts_with(bytes) && bytes.len() < BYTES {
            return Writes::None;
        }
        let slots = bytes.split_first_chunk::<SLOT_BYTES>();
        let [odd, even] = [slots.and_then(|(odd, _)| number_in(odd)), slots.and_then(|(_, even)| number_in(even))];
        let least = odd.max(even).unwrap_or_default();
        match (odd, even) {
            _ if bytes.len() != BYTES => Writes::Damaged(least),
            (Some(0), Some(0)) => Writes::Known(0),
            (Some(odd), Some(even)) if is_odd(odd) && !is_odd(even) && odd.abs_diff(even) == 1 => Writes::Known(least),
            (Some(odd), None) if is_odd(odd) => Writes::Interrupted(odd),
            (None, Some(even)) if !is_odd(even) => Writes::Interrupted(even),
            _ => Writes::Damaged(least),
        }
    }

    /// The smallest possible number of writes; 0 if it is not known.
    pub(super) const fn least(self) -> u64 {
        match self {
            Writes::None => 0,
            Writes::Known(writes) | Writes::Damaged(writes) => writes,
            Writes::Interrupted(writes) => writes.saturating_add(1),
        }
    }
}

/// The position and the bytes of a slot with that number.
pub(super) fn slot(writes: u64) -> (u64, Vec<u8>) {
    (if is_odd(writes) { 0 } else { SLOT_BYTES as u64 }, slot_with(writes))
}

/// A complete file with that number as the newer one.
pub(super) fn both_slots(writes: u64) -> Vec<u8> {
    let before = writes.saturating_sub(1);
    let (odd, even) = if is_odd(writes) { (writes, before) } else { (before, writes) };
    [slot_with(odd), slot_with(even)].concat()
}

const fn is_odd(number: u64) -> bool {
    number % 2 == 1
}

fn slot_with(writes: u64) -> Vec<u8> {
    let mut slot = [MAGIC, writes.to_be_bytes()].concat();
    let checksum: [u8; 16] = first_bytes(Sha512::digest(&slot).into());
    slot.extend(checksum);
    slot
}

fn number_in(slot: &[u8]) -> Option<u64> {
    let number = slot.get(MAGIC.len()..)?.first_chunk()?;
    let writes = u64::from_be_bytes(*number);
    (slot == slot_with(writes)).then_some(writes)
}
