//! Recognises keys that are given in place of their names or of other text, such as `--key "$(cat vendor.key)"`, the id of an
//! order or a code of the catalogue, so that messages never show one, and no text that others read has one in it.

// Each module may use those to its left:
//
//     license_key
mod license_key;

use license_key::{has_groups_in_a_row, has_license_key};

/// Whether [`is_key`] takes milliseconds for this text, since it looks for a mistyped license key in it. Who checks many texts of
/// strangers bounds how many are such.
pub fn takes_long(text: &str) -> bool {
    license_key::takes_long(text)
}

/// Whether the text contains a key in PEM.
pub fn has_pem(text: &str) -> bool {
    text.contains("-----BEGIN") || text.contains("PRIVATE KEY-----")
}

/// Whether the text may contain a signing key in hex or base64, or a license key, in any lines and groups. A long file
/// name without a dot counts as well.
pub fn may_be_key(text: &str) -> bool {
    let text = text.trim_matches(|character: char| character.is_whitespace() || "\u{FEFF}.,;".contains(character));
    has_license_key(text)
        || text.split_whitespace().any(is_of_base64)
        || joined_lines(text).is_some_and(|text| is_of_base64(&text))
        || is_of_hex(text)
        || text.split_once('.').is_some_and(|(before, _)| is_of_hex(before) || is_one_word(before))
}

/// Whether the text has a license key or a signing key in it, in a form that is read or written, perhaps mistyped, and with
/// anything around it. In hex, any digest looks like a signing key, and customers have such ids.
pub fn is_key(text: &str) -> bool {
    has_pem(text) || has_license_key(text) || has_word_of_a_license_key(text) || has_pkcs8(text)
}

/// Whether a word has the characters of a license key without hyphens, which is longer than any digest in hex and shorter than what
/// other programs keep in one word.
fn has_word_of_a_license_key(text: &str) -> bool {
    let mut words = text.split(|character: char| character.is_whitespace() || character == '.');
    words.any(|word| is_of_base64(word) && (140..=1024).contains(&word.len()))
}

/// Whether a word is a signing key in base64.
fn has_pkcs8(text: &str) -> bool {
    /// PKCS #8 of an Ed25519 key without and with the public one, and encrypted (RFC 8410, section 7; RFC 5958).
    const BEGINNINGS: [&str; 4] = ["MC4CAQ", "MFECAQ", "MIG", "MIH"];
    let mut words = text.split(|character: char| !(character.is_ascii_alphanumeric() || "+/-_".contains(character)));
    words.any(|word| is_of_base64(word) && BEGINNINGS.iter().any(|begin| word.starts_with(begin)))
}

/// The length of 32 bytes in base64 without padding. Hex is longer.
const MIN_CHARACTERS: usize = 43;

fn is_of_base64(text: &str) -> bool {
    text.len() >= MIN_CHARACTERS && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+/-_=".contains(&byte))
}

/// Base64 without the characters that separate words in a name.
fn is_one_word(text: &str) -> bool {
    is_of_base64(text) && !text.contains(['/', '-', '_'])
}

/// Hex digits, with any separators between bytes.
fn is_of_hex(text: &str) -> bool {
    let is_between = |character: char| character.is_whitespace() || ":-,".contains(character);
    text.chars().all(|character| character.is_ascii_hexdigit() || is_between(character))
        && text.chars().filter(char::is_ascii_hexdigit).count() >= MIN_CHARACTERS
}

/// The lines joined, if each line is one word.
fn joined_lines(text: &str) -> Option<String> {
    let mut lines = text.lines().map(str::trim);
    lines.all(|line| !line.contains(char::is_whitespace)).then(|| text.split_whitespace().collect())
}

/// Whether the text has a row of a license key or more: five groups. A code or a name may have them too, so this is for texts of
/// which the beginning is enough.
pub(crate) fn may_be_part_of_a_license_key(text: &str) -> bool {
    has_groups_in_a_row(text, 5)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEX: &str = "8a88e3dd7409f195fd52db2d3cba5d72ca6709bf1d94121bf3748801b40f6f5c";

    /// The hex digits in pairs.
    fn pairs(between: &str) -> String {
        let digits: Vec<char> = HEX.chars().collect();
        digits.chunks(2).map(String::from_iter).collect::<Vec<_>>().join(between)
    }

    #[test]
    fn keys_are_distinguished_from_names() {
        for key in [
            HEX,
            "MC4CAQAwBQYDK2VwBCIEIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f",
            "\u{FEFF}AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8 ",
            "MC4CAQAwBQYDK2VwBCIEIAABAgME\r\nBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f\r\n",
            "support: MC4CAQAwBQYDK2VwBCIEIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f",
            "MC4CAQAwBQYDK2VwBCIEIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f.key",
            &pairs(" "),
            &pairs(":"),
            &pairs("\n"),
            &format!("{HEX}."),
            &format!("{HEX}.key"),
        ] {
            assert!(may_be_key(key), "{key}");
        }
        for name in [
            "vendor.key",
            "SIGNING_KEY",
            "/home/someone/projects/keyward/secrets/vendor.key",
            "the-licenses-of-acme-that-end-in-the-year-2026.txt",
            "",
            "We have bought five licenses from Acme and want to use them abroad",
            "01:11:22:33:44:55:66:77:88:99:aa:bb:cc:dd:ee:ff",
        ] {
            assert!(!may_be_key(name) && !has_pem(name), "{name}");
        }
        assert!(has_pem("\n-----BEGIN PRIVATE KEY-----") && has_pem("KEY: MC4C -----END PRIVATE KEY-----"));
    }

    #[test]
    fn ids_in_hex_are_no_keys() {
        for id in [
            HEX,
            &HEX.repeat(2),
            &HEX[..43],
            &HEX[..50],
            &pairs(":"),
            "the-customers-of-acme-that-end-in-the-year-2026",
        ] {
            assert!(!is_key(id), "{id}");
        }
        for key in [
            "MC4CAQAwBQYDK2VwBCIEIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f",
            "support: MC4CAQAwBQYDK2VwBCIEIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f",
            "MIGTME8GCSqGSIb3DQEFDTBCMCEGCSsGAQQB2kcECzAUBAgAAAAAAAAAAAIBEAIBAQIBATAdBglg",
            "-----BEGIN PRIVATE KEY-----",
        ] {
            assert!(is_key(key), "{key}");
        }
    }

    #[test]
    fn license_keys_are_recognised_in_every_form() {
        let key = include_str!("../../cli/tests/fixtures/keys/typical.txt");
        let in_one_line: String = key.split_whitespace().collect();
        for key in [
            key.to_owned(),
            in_one_line.replace('-', " "),
            in_one_line.replace('-', "\n"),
            in_one_line.replace('-', ""),
            in_one_line.to_lowercase(),
            format!("{in_one_line}.txt"),
            format!("{}.txt", in_one_line.replace('-', "")),
            format!("support: {key}"),
            // Mistyped in two places.
            in_one_line.replacen("-", "-X", 1).replace("-4PZG8-", "-4PZ-"),
        ] {
            assert!(may_be_key(&key) && is_key(&key), "{key}");
        }
    }
}
