//! Keys that are given in place of their names, such as `--key "$(cat vendor.key)"`: what may be one is never shown.

/// Whether the text is, or has in it, a key in PEM.
pub fn has_pem(text: &str) -> bool {
    text.contains("-----BEGIN") || text.contains("PRIVATE KEY-----")
}

/// Whether the text may be the bytes of a key, in hex or base64. So may be long names of files, without a dot.
pub fn may_be_key(text: &str) -> bool {
    /// 32 bytes in base64 without its fill. In hex they are longer.
    const LEAST_CHARACTERS: usize = 43;
    let text = text.trim_start_matches('\u{FEFF}').trim();
    let is_of_base64 = |byte: u8| byte.is_ascii_alphanumeric() || b"+/-_=".contains(&byte);
    text.len() >= LEAST_CHARACTERS && text.bytes().all(is_of_base64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_told_from_names() {
        for key in [
            "8a88e3dd7409f195fd52db2d3cba5d72ca6709bf1d94121bf3748801b40f6f5c",
            "MC4CAQAwBQYDK2VwBCIEIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f",
            "\u{FEFF}AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8 ",
        ] {
            assert!(may_be_key(key), "{key}");
        }
        for name in ["vendor.key", "SIGNING_KEY", "/home/someone/projects/keyward/secrets/vendor.key", ""] {
            assert!(!may_be_key(name) && !has_pem(name), "{name}");
        }
        assert!(has_pem("\n-----BEGIN PRIVATE KEY-----") && has_pem("KEY: MC4C -----END PRIVATE KEY-----"));
    }
}
