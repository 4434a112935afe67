use base64ct::{Base64, Encoding};
use zeroize::Zeroizing;

use super::KeyFileError;

/// The label and the bytes of the only block in the text (RFC 7468). Line breaks are ignored: the text may come from a mail, a
/// YAML file or a Windows editor.
pub(super) fn decode(text: &str) -> Result<(&str, Zeroizing<Vec<u8>>), KeyFileError> {
    let (label, rest) = text
        .split_once("-----BEGIN ")
        .and_then(|(_, rest)| rest.split_once("-----"))
        .filter(|(label, _)| is_label(label))
        .ok_or(KeyFileError::NoBlock)?;
    let (body, rest) = rest.split_once("-----END ").ok_or(KeyFileError::Unfinished)?;
    let after = rest.strip_prefix(label).and_then(|rest| rest.strip_prefix("-----")).ok_or(KeyFileError::Unfinished)?;
    if body.contains("-----BEGIN ") || after.contains("-----BEGIN ") {
        return Err(KeyFileError::SeveralBlocks);
    }
    // With its full capacity: a string that grows leaves copies that are not wiped.
    let mut base64 = Zeroizing::new(String::with_capacity(body.len()));
    base64.extend(body.split_ascii_whitespace());
    let bytes = Base64::decode_vec(&base64).map_err(|_| KeyFileError::Malformed)?;
    Ok((label, Zeroizing::new(bytes)))
}

/// Errors show the label, so it is short and has no control characters.
fn is_label(label: &str) -> bool {
    label.len() <= 40 && label.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b' ')
}

/// A block with lines of 64 characters that end with a line feed.
pub(super) fn encode(label: &str, bytes: &[u8]) -> Zeroizing<String> {
    let lines = || bytes.chunks(48).map(|line| Zeroizing::new(Base64::encode_string(line)));
    let (first, last) = (format!("-----BEGIN {label}-----\n"), format!("-----END {label}-----\n"));
    let length = lines().map(|line| line.len().saturating_add(1)).sum::<usize>();
    let mut text = Zeroizing::new(String::with_capacity(first.len().saturating_add(length).saturating_add(last.len())));
    text.push_str(&first);
    for line in lines() {
        text.push_str(&line);
        text.push('\n');
    }
    text.push_str(&last);
    text
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn a_label_with_control_characters_or_of_excessive_length_is_refused() {
        for label in ["\u{1b}[2J", "PRIVATE\nKEY", "private key", &"A".repeat(41)] {
            let text = format!("-----BEGIN {label}-----\n-----END {label}-----\n");
            assert_eq!(decode(&text), Err(KeyFileError::NoBlock), "{label:?}");
        }
    }

    #[test]
    fn an_encoded_block_is_decoded_and_has_lines_of_at_most_64_characters() {
        for length in 0..200 {
            let bytes = vec![0xA7; length];
            let text = encode("SOMETHING", &bytes);
            assert_eq!(text.capacity(), text.len());
            assert!(text.lines().all(|line| line.len() <= 64 && !line.is_empty()), "{}", *text);
            assert_eq!(decode(&text).unwrap(), ("SOMETHING", Zeroizing::new(bytes)));
        }
    }
}
