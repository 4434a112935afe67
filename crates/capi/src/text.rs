use std::ffi::c_char;
use std::fmt::{Display, Write};

/// A text in an array of `N` bytes, ended by a zero byte, cut at a whole character where it is longer.
pub(crate) fn fixed<const N: usize>(text: impl Display) -> [c_char; N] {
    let mut bytes = [0; N];
    // It fails where the text is cut, and what fits is there.
    let _ = write!(Fixed { bytes: &mut bytes, len: 0 }, "{text}");
    bytes
}

/// Not generic over the size, so that there is one of it: 2 KB less in WebAssembly.
struct Fixed<'b> {
    bytes: &'b mut [c_char],
    len: usize,
}

impl Write for Fixed<'_> {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        let room = self.bytes.len().saturating_sub(self.len).saturating_sub(1);
        let cut = (0..=room.min(text.len())).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
        let places = self.bytes.get_mut(self.len..).unwrap_or_default();
        for (place, byte) in places.iter_mut().zip(text.as_bytes().get(..cut).unwrap_or_default()) {
            *place = c_char::from_ne_bytes([*byte]);
        }
        if cut < text.len() {
            // Nothing comes after what was cut.
            self.len = self.bytes.len();
            return Err(std::fmt::Error);
        }
        self.len = self.len.saturating_add(cut);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes<const N: usize>(text: &str) -> [u8; N] {
        fixed::<N>(text).map(|byte| byte.to_ne_bytes()[0])
    }

    #[test]
    fn a_text_is_cut_at_a_whole_character_and_always_ended() {
        assert_eq!(&bytes::<4>("abc"), b"abc\0");
        assert_eq!(&bytes::<4>("abcd"), b"abc\0");
        assert_eq!(&bytes::<4>("ab\u{fc}"), b"ab\0\0");
        assert_eq!(&bytes::<5>("ab\u{fc}"), "ab\u{fc}\0".as_bytes());
        assert_eq!(&bytes::<1>("a"), b"\0");
    }
}
