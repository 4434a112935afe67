use anyhow::{Context, Result, bail};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};

pub fn base64url(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

pub fn from_base64url(text: &str) -> Result<Vec<u8>> {
    Ok(URL_SAFE_NO_PAD.decode(text.trim_end_matches('='))?)
}

pub fn from_base64(text: &str) -> Result<Vec<u8>> {
    Ok(STANDARD_NO_PAD.decode(text.trim_end_matches('='))?)
}

pub fn signature(bytes: &[u8]) -> Result<[u8; 64]> {
    bytes.try_into().context("a signature has 64 bytes")
}

/// Replaces a signature that has a base64 string of its own.
pub fn replace_signature(text: &str, old: &[u8; 64], new: &[u8; 64]) -> Result<String> {
    for engine in [&STANDARD, &URL_SAFE, &STANDARD_NO_PAD, &URL_SAFE_NO_PAD] {
        let encoded = engine.encode(old);
        if let Some(at) = text.rfind(&encoded) {
            return Ok(format!("{}{}{}", &text[..at], engine.encode(new), &text[at + encoded.len()..]));
        }
    }
    bail!("the signature has no base64 string of its own")
}

/// Replaces bytes within bytes, once.
pub fn replace_bytes(bytes: &[u8], old: &[u8], new: &[u8]) -> Result<Vec<u8>> {
    let at = bytes.windows(old.len()).position(|window| window == old).context("not found")?;
    Ok([&bytes[..at], new, &bytes[at + old.len()..]].concat())
}

/// Other texts with the same content, each with the name of the change.
pub fn other_spellings(text: &str) -> Vec<(&'static str, String)> {
    let mut others = Vec::new();
    let middle = (text.len() / 2..text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    others.push(("spaces around", format!("  {text}\n")));
    others.push(("a line broken", format!("{}\n{}", &text[..middle], &text[middle..])));
    if keyward(text) {
        others.push(("lower case", text.to_lowercase()));
        others.push(("no hyphens", text.replace('-', "")));
    }
    if let Some(run) = last_run(text) {
        let (before, rest) = text.split_at(run.start);
        let (run, after) = rest.split_at(run.len());
        let padding: String = after.chars().take_while(|c| *c == '=').collect();
        let after = &after[padding.len()..];
        if padding.is_empty() {
            let padding = "=".repeat((4 - run.len() % 4) % 4);
            if !padding.is_empty() {
                others.push(("padding added", format!("{before}{run}{padding}{after}")));
            }
        } else {
            others.push(("padding removed", format!("{before}{run}{after}")));
        }
        if let Some(run) = unused_bit_set(run) {
            others.push(("unused bits set", format!("{before}{run}{padding}{after}")));
        }
    }
    if let Ok(serde_json::Value::Object(mut members)) = serde_json::from_str(text) {
        let reordered = members.iter().rev().map(|(name, value)| format!("{}: {value}", serde_json::json!(name)));
        others.push(("JSON reordered", format!("{{ {} }}", reordered.collect::<Vec<_>>().join(" , "))));
        members.insert("note".into(), "unsigned".into());
        others.push(("an unsigned member added", serde_json::Value::Object(members).to_string()));
    }
    others
}

/// The last run of base64 that is long enough for a signature.
fn last_run(text: &str) -> Option<std::ops::Range<usize>> {
    let base64 = |byte: u8| byte.is_ascii_alphanumeric() || b"+/-_".contains(&byte);
    let bytes = text.as_bytes();
    let mut end = bytes.len();
    while end > 0 {
        if !base64(bytes[end - 1]) {
            end -= 1;
            continue;
        }
        let start = (0..end).rev().find(|at| !base64(bytes[*at])).map_or(0, |at| at + 1);
        if end - start >= 86 && !keyward(text) {
            return Some(start..end);
        }
        end = start;
    }
    None
}

/// Whether the text is a Keyward key: groups of five characters, not base64.
fn keyward(text: &str) -> bool {
    text.split('-').all(|group| group.len() == 5)
}

/// Base64 that a lenient decoder reads as the same bytes: one of the unused bits in the last character is set.
fn unused_bit_set(run: &str) -> Option<String> {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    if !matches!(run.len() % 4, 2 | 3) {
        return None;
    }
    let (rest, last) = run.split_at(run.len() - 1);
    let value = ALPHABET.iter().position(|known| *known == last.as_bytes()[0])?;
    Some(format!("{rest}{}", char::from(ALPHABET[value | 1])))
}
