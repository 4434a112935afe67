//! The 60 characters of base64 that a public key has in PEM, as bytes (RFC 4648, section 4). The crates for base64 handle
//! secrets of any length, and take some 2 KB in WebAssembly.

/// The bytes of a public key in DER.
pub(crate) const BYTES: usize = 44;
pub(crate) const CHARACTERS: usize = BYTES.div_ceil(3) * 4;

/// `None` for another alphabet, other padding, or unused bits that are set.
pub(crate) fn decode(characters: &[u8; CHARACTERS]) -> Option<[u8; BYTES]> {
    let mut bytes = [0; BYTES];
    let mut places = bytes.iter_mut();
    let (mut bits, mut pending) = (0_u16, 0_u8);
    for character in characters.strip_suffix(b"=")? {
        bits = bits << 6 | u16::from(value(*character)?);
        pending = pending.saturating_add(6);
        if pending >= 8 {
            pending = pending.saturating_sub(8);
            *places.next()? = (bits >> pending & 0xFF) as u8;
            bits &= !(u16::MAX << pending);
        }
    }
    (bits == 0).then_some(bytes)
}

fn value(character: u8) -> Option<u8> {
    let (first, value_of_first) = match character {
        b'A'..=b'Z' => (b'A', 0),
        b'a'..=b'z' => (b'a', 26),
        b'0'..=b'9' => (b'0', 52),
        b'+' => (b'+', 62),
        b'/' => (b'/', 63),
        _ => return None,
    };
    character.checked_sub(first)?.checked_add(value_of_first)
}

#[cfg(test)]
#[allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use base64ct::{Base64, Encoding};

    use super::*;

    #[test]
    fn every_byte_is_read_in_every_place() {
        for first in 0..=u8::MAX {
            let mut bytes = [0; BYTES];
            for (byte, value) in bytes.iter_mut().zip((0..=u8::MAX).cycle().skip(usize::from(first))) {
                *byte = value;
            }
            let mut characters = [0; CHARACTERS];
            Base64::encode(&bytes, &mut characters).unwrap();
            assert_eq!(decode(&characters), Some(bytes));
        }
    }

    #[test]
    fn a_character_changed_to_any_other_is_read_as_base64ct_reads_it() {
        for place in [0, 29, CHARACTERS - 2, CHARACTERS - 1] {
            for character in 0..=u8::MAX {
                let mut characters = [b'A'; CHARACTERS];
                characters[CHARACTERS - 1] = b'=';
                characters[place] = character;
                let mut buffer = [0; BYTES + 1];
                let read = Base64::decode(characters, &mut buffer).ok().and_then(|bytes| bytes.try_into().ok());
                assert_eq!(decode(&characters), read, "{character} at {place}");
            }
        }
    }
}
