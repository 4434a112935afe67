//! postcard's encoding, as far as claims need it: integers wider than a byte as varints (seven bits a byte, the lowest
//! first, the top bit set on all but the last), bytes as they are. Tests hold it beside the postcard crate, whose generic
//! code is several times as large.

use super::codec::MOST_CLAIMS_BYTES;

/// Claims as bytes, without fill.
pub(crate) struct EncodedClaims {
    bytes: [u8; MOST_CLAIMS_BYTES],
    len: usize,
}

impl EncodedClaims {
    pub(super) const fn new() -> EncodedClaims {
        EncodedClaims { bytes: [0; MOST_CLAIMS_BYTES], len: 0 }
    }

    pub(crate) fn as_slice(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }

    pub(super) fn put_byte(&mut self, byte: u8) {
        // Always there: the buffer holds the largest claims, as a test shows.
        if let Some(place) = self.bytes.get_mut(self.len) {
            *place = byte;
            self.len = self.len.saturating_add(1);
        }
    }

    pub(super) fn put_array(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.put_byte(*byte);
        }
    }

    /// Bytes after their length.
    pub(super) fn put_bytes(&mut self, bytes: &[u8]) {
        self.put_varint(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
        self.put_array(bytes);
    }

    pub(super) fn put_varint(&mut self, value: impl Into<u64>) {
        self.put_u64(value.into());
    }

    #[inline(never)]
    fn put_u64(&mut self, mut value: u64) {
        while value > LOW {
            self.put_byte((value & LOW) as u8 | CONTINUED);
            value >>= BITS;
        }
        self.put_byte((value & LOW) as u8);
    }
}

const BITS: u32 = 7;
const LOW: u64 = 0b111_1111;
const CONTINUED: u8 = 0b1000_0000;

/// The bytes not decoded yet. What can't be read is `None`.
pub(super) struct Rest<'a>(pub(super) &'a [u8]);

impl<'a> Rest<'a> {
    pub(super) fn byte(&mut self) -> Option<u8> {
        let (byte, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*byte)
    }

    pub(super) fn array<const LEN: usize>(&mut self) -> Option<[u8; LEN]> {
        let (array, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*array)
    }

    /// Bytes after their length: 64 bits on every machine, where postcard's own has as many as an address.
    pub(super) fn bytes(&mut self) -> Option<&'a [u8]> {
        let len = usize::try_from(self.varint::<u64>()?).ok()?;
        let (bytes, rest) = self.0.split_at_checked(len)?;
        self.0 = rest;
        Some(bytes)
    }

    /// An integer of that type's width, which may be padded with zeros up to the bytes that its largest value needs.
    pub(super) fn varint<T: TryFrom<u64>>(&mut self) -> Option<T> {
        let width = u32::try_from(size_of::<T>()).ok()?.checked_mul(u8::BITS)?;
        T::try_from(self.bits(width)?).ok()
    }

    #[inline(never)]
    fn bits(&mut self, width: u32) -> Option<u64> {
        let (mut value, mut shift) = (0, 0);
        loop {
            let byte = self.byte()?;
            let room = width.saturating_sub(shift);
            if room < BITS && byte >> room != 0 {
                return None;
            }
            value |= (u64::from(byte) & LOW) << shift;
            if byte & CONTINUED == 0 {
                return Some(value);
            }
            shift = shift.saturating_add(BITS);
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn written(write: impl Fn(&mut EncodedClaims)) -> EncodedClaims {
        let mut bytes = EncodedClaims::new();
        write(&mut bytes);
        bytes
    }

    /// What postcard reads, and how many bytes are left.
    fn read<'a, T: serde::Deserialize<'a>>(bytes: &'a [u8]) -> Option<(T, usize)> {
        postcard::take_from_bytes(bytes).ok().map(|(value, rest)| (value, rest.len()))
    }

    #[test]
    fn an_integer_takes_a_byte_more_only_where_seven_bits_are_not_enough() {
        for (value, bytes) in [
            (0, &[0][..]),
            (127, &[127]),
            (128, &[0x80, 1]),
            (16_383, &[0xFF, 0x7F]),
            (16_384, &[0x80, 0x80, 1]),
            (u64::MAX, &[0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 1]),
        ] {
            assert_eq!(written(|to| to.put_varint(value)).as_slice(), bytes, "{value}");
            assert_eq!(Rest(bytes).varint(), Some(value));
        }
    }

    proptest! {
        #[test]
        fn integers_are_written_as_postcard_writes_them(value: u64, shift in 0_u32..64, bytes: [u8; 32]) {
            let value = value >> shift;
            let mut buffer = [0; 64];
            let postcard = postcard::to_slice(&(value, bytes.as_slice()), &mut buffer).unwrap();
            let ours = written(|to| {
                to.put_varint(value);
                to.put_bytes(&bytes);
            });
            prop_assert_eq!(ours.as_slice(), postcard);
        }

        #[test]
        fn integers_are_read_as_postcard_reads_them(bytes in prop::collection::vec(prop_oneof![Just(0x80), any::<u8>()], 0..12)) {
            let ours = |value: Option<u64>, rest: Rest<'_>| value.map(|value| (value, rest.0.len()));
            let mut rest = Rest(&bytes);
            let value = rest.varint::<u16>().map(u64::from);
            prop_assert_eq!(ours(value, rest), read::<u16>(&bytes).map(|(value, left)| (u64::from(value), left)));
            let mut rest = Rest(&bytes);
            let value = rest.varint::<u32>().map(u64::from);
            prop_assert_eq!(ours(value, rest), read::<u32>(&bytes).map(|(value, left)| (u64::from(value), left)));
            let mut rest = Rest(&bytes);
            let value = rest.varint::<u64>();
            prop_assert_eq!(ours(value, rest), read::<u64>(&bytes));
        }
    }
}
