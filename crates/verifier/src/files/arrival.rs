use alloc::borrow::Cow;
use alloc::string::String;
use core::fmt;

/// The text of a file as received: UTF-8, with or without a byte order mark, or UTF-16, which PowerShell's `>` writes. The
/// payload, which is signed, is the same in all of these.
pub(super) fn text_of(bytes: &[u8]) -> Result<Cow<'_, str>, NoText> {
    let (bytes, order) = match bytes {
        [0xEF, 0xBB, 0xBF, rest @ ..] => (rest, None),
        [0xFF, 0xFE, rest @ ..] => (rest, Some(ByteOrder::Little)),
        [0xFE, 0xFF, rest @ ..] => (rest, Some(ByteOrder::Big)),
        // Some programs write UTF-16 without a mark. It is recognised because a file begins with ASCII.
        [1..=0x7F, 0, ..] => (bytes, Some(ByteOrder::Little)),
        [0, 1..=0x7F, ..] => (bytes, Some(ByteOrder::Big)),
        _ => (bytes, None),
    };
    match order {
        None => core::str::from_utf8(bytes).map(Cow::Borrowed).map_err(|_| NoText::NotUtf8),
        Some(order) => utf16(bytes, order).map(Cow::Owned).ok_or(NoText::DamagedUtf16),
    }
}

#[derive(Clone, Copy)]
enum ByteOrder {
    Little,
    Big,
}

fn utf16(bytes: &[u8], order: ByteOrder) -> Option<String> {
    let pairs = bytes.chunks_exact(2);
    if !pairs.remainder().is_empty() {
        return None;
    }
    let units = pairs.filter_map(|pair| <[u8; 2]>::try_from(pair).ok()).map(|pair| match order {
        ByteOrder::Little => u16::from_le_bytes(pair),
        ByteOrder::Big => u16::from_be_bytes(pair),
    });
    char::decode_utf16(units).collect::<Result<String, _>>().ok()
}

/// The text without line breaks, which a mail program may have inserted; `None` if it has none. The strings of an envelope
/// have no line breaks, and between them line breaks have no meaning.
pub(super) fn without_line_breaks(text: &str) -> Option<String> {
    let is_line_break = ['\n', '\r'];
    text.trim_matches(is_line_break).contains(is_line_break).then(|| text.split(is_line_break).collect())
}

/// The bytes are not text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NoText {
    NotUtf8,
    DamagedUtf16,
}

impl fmt::Display for NoText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            NoText::NotUtf8 => "it is not text in UTF-8; save it as UTF-8",
            NoText::DamagedUtf16 => "it is UTF-16, and a part of a character is missing; save it as UTF-8",
        })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use alloc::vec::Vec;

    use super::*;

    #[test]
    fn utf_8_and_utf_16_are_text_with_or_without_a_mark() {
        let little: Vec<u8> = "{é}".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = "{é}".encode_utf16().flat_map(u16::to_be_bytes).collect();
        for bytes in [
            "{é}".as_bytes(),
            "\u{FEFF}{é}".as_bytes(),
            &little,
            &big,
            &[&[0xFF, 0xFE], &*little].concat(),
            &[&[0xFE, 0xFF], &*big].concat(),
        ] {
            assert_eq!(text_of(bytes).unwrap(), "{é}", "{bytes:x?}");
        }
        assert_eq!(text_of(b""), Ok(Cow::Borrowed("")));
    }

    #[test]
    fn other_bytes_are_not_text() {
        assert_eq!(text_of(b"{\xe9}"), Err(NoText::NotUtf8));
        assert_eq!(text_of(b"\xff\xfe{\0}"), Err(NoText::DamagedUtf16));
        assert_eq!(text_of(b"\xff\xfe\0\xd8"), Err(NoText::DamagedUtf16));
    }

    #[test]
    fn line_breaks_are_removed() {
        assert_eq!(without_line_breaks("{}\r\n"), None);
        assert_eq!(without_line_breaks("{\"a\r\nb\n\": 1}\n").unwrap(), "{\"ab\": 1}");
    }
}
