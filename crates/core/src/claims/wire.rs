//! The fields of claims as bytes: integers wider than a byte are postcard's varints, and all other fields are their bytes.
//!
//! Fields are read one by one. Reading a derived type with serde would make a verifier 0.8 KB larger on a Cortex-M4.

#![expect(clippy::arithmetic_side_effects, reason = "lengths in a buffer of 265 bytes")]

/// The largest number of bytes of claims.
pub(crate) const MAX_CLAIMS_BYTES: usize = 265;

/// Claims as bytes, without fill.
pub(crate) struct EncodedClaims {
    bytes: [u8; MAX_CLAIMS_BYTES],
    len: usize,
}

impl EncodedClaims {
    pub(super) const fn new() -> EncodedClaims {
        EncodedClaims { bytes: [0; MAX_CLAIMS_BYTES], len: 0 }
    }

    pub(crate) fn as_slice(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }

    pub(super) fn put_byte(&mut self, byte: u8) {
        self.put_array(&[byte]);
    }

    pub(super) fn put_array(&mut self, bytes: &[u8]) {
        let place = self.room().get_mut(..bytes.len());
        // The buffer holds the largest claims, as a test shows.
        debug_assert!(place.is_some(), "claims of more than {MAX_CLAIMS_BYTES} bytes");
        if let Some(place) = place {
            place.copy_from_slice(bytes);
            self.len += bytes.len();
        }
    }

    /// Writes bytes after their length.
    pub(super) fn put_bytes(&mut self, bytes: &[u8]) {
        self.put_varint(bytes.len() as u64);
        self.put_array(bytes);
    }

    /// Writes an integer. Its varint does not depend on its type.
    pub(super) fn put_varint(&mut self, value: impl Into<u64>) {
        self.put_u64(value.into());
    }

    #[inline(never)]
    fn put_u64(&mut self, value: u64) {
        let written = postcard::to_slice(&value, self.room()).map(|written| written.len());
        debug_assert!(written.is_ok(), "claims of more than {MAX_CLAIMS_BYTES} bytes");
        self.len += written.unwrap_or(0);
    }

    fn room(&mut self) -> &mut [u8] {
        self.bytes.get_mut(self.len..).unwrap_or_default()
    }
}

/// The rest of the bytes, not decoded yet. A field that can't be read is `None`.
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

    /// Reads bytes after their length, which has 64 bits on every machine. postcard's own length type has the width of an
    /// address.
    pub(super) fn bytes(&mut self) -> Option<&'a [u8]> {
        let len = usize::try_from(self.u64()?).ok()?;
        let (bytes, rest) = self.0.split_at_checked(len)?;
        self.0 = rest;
        Some(bytes)
    }

    pub(super) fn u16(&mut self) -> Option<u16> {
        self.next(postcard::take_from_bytes(self.0))
    }

    #[inline(never)]
    pub(super) fn u32(&mut self) -> Option<u32> {
        self.next(postcard::take_from_bytes(self.0))
    }

    #[inline(never)]
    pub(super) fn u64(&mut self) -> Option<u64> {
        self.next(postcard::take_from_bytes(self.0))
    }

    /// Reads an integer. It may be padded with zeros, up to the length of the largest integer of its type: the caller
    /// checks that the bytes are canonical.
    fn next<T>(&mut self, read: postcard::Result<(T, &'a [u8])>) -> Option<T> {
        let (value, rest) = read.ok()?;
        self.0 = rest;
        Some(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
            let mut written = EncodedClaims::new();
            written.put_varint(value);
            assert_eq!(written.as_slice(), bytes, "{value}");
            assert_eq!(Rest(bytes).u64(), Some(value));
        }
    }

    #[test]
    fn an_integer_has_the_width_of_its_type() {
        assert_eq!(Rest(&[0xFF, 0xFF, 0x03]).u16(), Some(u16::MAX));
        assert_eq!(Rest(&[0xFF, 0xFF, 0x04]).u16(), None);
        assert_eq!(Rest(&[0x80, 0x80, 0x80, 0x00]).u16(), None, "padded beyond its width");
        assert_eq!(Rest(&[0x80, 0x80, 0x80, 0x00]).u32(), Some(0), "padded within its width");
        assert_eq!(Rest(&[0x80]).u64(), None, "cut short");
    }

    #[test]
    fn bytes_longer_than_what_is_left_are_not_read() {
        assert_eq!(Rest(&[2, 7, 8, 9]).bytes(), Some(&[7, 8][..]));
        assert_eq!(Rest(&[4, 7, 8, 9]).bytes(), None);
        assert_eq!(Rest(&[0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 1]).bytes(), None);
    }
}
