use std::ffi::c_char;
use std::fmt::{Display, Write};

/// Writes a text into bytes that are zero. A zero byte follows it, and a longer text is cut at a whole character.
///
/// The function and the type are not generic, so that each is compiled once: 2 KB less in WebAssembly.
pub(crate) fn put(bytes: &mut [c_char], text: &dyn Display) {
    // It fails if the text is cut: the part that fits is written.
    let _ = write!(Fixed { bytes, len: 0 }, "{text}");
}

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
            // Nothing is written after the cut.
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
        let mut bytes = [0; N];
        put(&mut bytes, &text);
        bytes.map(|byte| byte.to_ne_bytes()[0])
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
