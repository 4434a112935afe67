//! Keys that are given in place of their names, such as `--key "$(cat vendor.key)"`: what may be one is never shown.

/// Whether the text is, or has in it, a key in PEM.
pub fn has_pem(text: &str) -> bool {
    text.contains("-----BEGIN") || text.contains("PRIVATE KEY-----")
}

/// Whether the text is or has in it what may be a signing key, in hex or base64, or a license key. They are told however
/// they are broken into lines or groups. So may be long names of files, without a dot.
pub fn may_be_key(text: &str) -> bool {
    let text = text.trim_matches(|character: char| character.is_whitespace() || "\u{FEFF}.,;".contains(character));
    has_groups_of_a_license_key(text)
        || text.split_whitespace().any(is_of_base64)
        || joined_lines(text).is_some_and(|text| is_of_base64(&text))
        || is_of_hex(text)
        || text.split_once('.').is_some_and(|(before, _)| is_of_hex(before) || is_of_one_word(before))
}

/// 32 bytes in base64 without its fill. In hex they are longer.
const LEAST_CHARACTERS: usize = 43;

fn is_of_base64(text: &str) -> bool {
    text.len() >= LEAST_CHARACTERS && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+/-_=".contains(&byte))
}

/// Without what parts the words of a name.
fn is_of_one_word(text: &str) -> bool {
    is_of_base64(text) && !text.contains(['/', '-', '_'])
}

/// However its bytes are set apart.
fn is_of_hex(text: &str) -> bool {
    let is_between = |character: char| character.is_whitespace() || ":-,".contains(character);
    text.chars().all(|character| character.is_ascii_hexdigit() || is_between(character))
        && text.chars().filter(char::is_ascii_hexdigit).count() >= LEAST_CHARACTERS
}

/// The text in one line, where it is several of one word each.
fn joined_lines(text: &str) -> Option<String> {
    let mut lines = text.lines().map(str::trim);
    lines.all(|line| !line.contains(char::is_whitespace)).then(|| text.split_whitespace().collect())
}

/// A license key has thirty groups and more, which no sentence has. Some of them may be mistyped.
fn has_groups_of_a_license_key(text: &str) -> bool {
    /// Groups of five, one after the other.
    const TELLING: usize = 10;
    let mut in_a_row = 0_usize;
    text.split(|character: char| !character.is_alphanumeric()).filter(|group| !group.is_empty()).any(|group| {
        in_a_row = if group.chars().count() == 5 { in_a_row.saturating_add(1) } else { 0 };
        in_a_row >= TELLING
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEX: &str = "8a88e3dd7409f195fd52db2d3cba5d72ca6709bf1d94121bf3748801b40f6f5c";

    /// The hex digits in pairs.
    fn pairs(between: &str) -> String {
        let bytes = hex::decode(HEX).unwrap_or_default();
        bytes.iter().map(|byte| hex::encode([*byte])).collect::<Vec<_>>().join(between)
    }

    #[test]
    fn keys_are_told_from_names() {
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
    fn license_keys_are_told_however_they_are_written() {
        let key = include_str!("../../tests/fixtures/keys/typical.txt");
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
            assert!(may_be_key(&key), "{key}");
        }
    }
}
