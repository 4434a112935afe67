//! Finds license keys in a text.

use keyward_verifier::{KeyTextError, LicenseKey};

/// The keys in a text. Lines that form an undamaged key are one key, even with blank lines between them, which mail
/// programs add. Undamaged keys, blank lines and QR codes separate the other lines. If no part has the size of a key,
/// the whole text is one key.
pub fn keys_in(text: &str) -> Vec<String> {
    if text.parse::<LicenseKey>().is_ok() {
        return vec![text.to_owned()];
    }
    let lines: Vec<&str> = text.lines().collect();
    let mut rest = lines.as_slice();
    let mut tries = Tries { lines: MAX_LINES_IN_VAIN };
    let mut keys = Vec::new();
    let mut other = String::new();
    while let [line, after @ ..] = rest {
        let is_blank = line.trim().is_empty() || is_part_of_a_qr_code(line);
        // Every key begins with K.
        let begins = line.chars().find(|c| c.is_alphanumeric()).is_some_and(|c| c.eq_ignore_ascii_case(&'K'));
        let key = if begins { tries.key_at_start(rest) } else { None };
        if (is_blank || key.is_some()) && !other.is_empty() {
            keys.push(std::mem::take(&mut other));
        }
        rest = match key {
            Some((key, after)) => {
                keys.push(key);
                after
            }
            None => {
                if !is_blank {
                    push_line(&mut other, line);
                }
                after
            }
        };
    }
    if !other.is_empty() {
        keys.push(other);
    }
    let has_size_of_a_key = |key: &String| !matches!(key.parse::<LicenseKey>(), Err(KeyTextError::Malformed(_)));
    if keys.iter().any(has_size_of_a_key) { keys } else { vec![text.to_owned()] }
}

/// The search for undamaged keys. Every line may begin one, and a text can be crafted so that each line is tried in
/// vain: the number of lines read in vain is limited.
struct Tries {
    lines: usize,
}

impl Tries {
    /// The undamaged key at the beginning of the lines, and the lines after it.
    fn key_at_start<'a, 'b>(&mut self, lines: &'a [&'b str]) -> Option<(String, &'a [&'b str])> {
        let before = self.lines;
        let mut key = String::new();
        let mut characters = 0_usize;
        let mut rest = lines;
        while let [line, after @ ..] = rest {
            rest = after;
            self.lines = self.lines.checked_sub(1)?;
            if line.trim().is_empty() {
                continue;
            }
            push_line(&mut key, line);
            characters =
                characters.saturating_add(line.chars().filter(|character| character.is_alphanumeric()).count());
            if characters > MAX_CHARACTERS {
                return None;
            }
            // Parse only texts that can be a whole key.
            if characters >= MIN_CHARACTERS && characters % 5 == 0 && key.parse::<LicenseKey>().is_ok() {
                self.lines = before;
                return Some((key, rest));
            }
        }
        None
    }
}

/// The largest number of lines read in vain: more than a megabyte of damaged keys needs. After that, only blank lines
/// separate keys.
const MAX_LINES_IN_VAIN: usize = 1 << 17;

/// A key has 30 to 110 groups of five characters.
const MIN_CHARACTERS: usize = 150;
const MAX_CHARACTERS: usize = 550;

fn push_line(lines: &mut String, line: &str) {
    lines.push_str(line);
    lines.push('\n');
}

/// Whether a line belongs to a QR code drawn in half blocks.
fn is_part_of_a_qr_code(line: &str) -> bool {
    line.contains(['█', '▀', '▄']) && line.chars().all(|c| c.is_whitespace() || "█▀▄".contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "\
        K7PM4-00108-1G818-60W40-60GSJ-08YT0-\n\
        G7V4F-FYP6K-KG98Y-Z9E8E-G0HT7-BS0HQ-\n\
        VDC80-VHRAB-CED8J-M9TJZ-A9AHX-JPA40-\n\
        2K3CY-F52Z2-ZY7GB-8Y7M3-SRBW8-VE3BH-\n\
        4SMAG-4PZG8-D7E18-M1PYP-Z2M87-49VV3\n";

    const LONG_KEY: &str = "\
        K7PM5-Y0704-10610-50R3G-HZZZZ-ZZGZZ-\n\
        ZZ0FZ-ZZZZZ-1Y813-V82G6-08104-0G208-\n\
        1001B-81G00-81G00-G5040-04842-RVDCM-\n\
        G46VV-JE1QQ-4RBMD-5QPXZ-RW07Q-DVK5V-\n\
        NACRG-XV6AN-2368G-HZX00-00000-00000-\n\
        00000-00000-00000-00000-00000-00000-\n\
        00000-00000-00000-00000-00000-00000-\n\
        00000-00000-00000-00000-00000-00000-\n\
        01SVH-82H1J-3BWKD-35D7J-0YT7R-0J4ND-\n\
        5E3S0-26VNB-Q64M4-FZXE9-AQKWN-VGH04-\n\
        3XAXW-28HVQ-9BQFE-GH5D4-P6JDS-C855P-\n\
        2S3Z3-EQYBT-E1G80-P5ZZJ-NGQ3M-WGMZ5\n";

    #[test]
    fn keys_are_separated_by_blank_lines() {
        assert_eq!(keys_in(&format!("\n\n{KEY}\n \t\n\n{KEY}\n\n")), [KEY, KEY]);
        assert_eq!(keys_in(&format!("Your license:\r\n\r\n{KEY}")), ["Your license:\n", KEY]);
    }

    #[test]
    fn consecutive_keys_are_separated_even_beside_a_damaged_one() {
        assert_eq!(keys_in(&KEY.repeat(3)), [KEY; 3]);
        let damaged = KEY.replace("60GSJ", "606SJ");
        assert_eq!(keys_in(&format!("{KEY}{damaged}")), [KEY, &damaged]);
        assert_eq!(keys_in(&format!("{damaged}{KEY}{damaged}")), [&damaged, KEY, &damaged]);
        // The text does not show where the first key ends.
        assert_eq!(keys_in(&damaged.repeat(2)), [damaged.repeat(2)]);
    }

    #[test]
    fn a_long_key_with_a_blank_line_in_it_is_one() {
        for size in [1, 5, 6, 7] {
            let lines: Vec<&str> = LONG_KEY.split_inclusive('\n').collect();
            let (start, end) = lines.split_at(size);
            let broken = format!("{}\n{}", start.concat(), end.concat());
            assert_eq!(keys_in(&broken), [broken.as_str()]);
            assert_eq!(keys_in(&format!("Your license\n\n{broken}{KEY}")), ["Your license\n", LONG_KEY, KEY]);
        }
    }

    #[test]
    fn a_key_spread_over_blank_lines_is_one() {
        let spread = KEY.replace('\n', "\n\n");
        assert_eq!(keys_in(&spread), [spread.as_str()]);
        assert_eq!(keys_in(&spread.repeat(2)), [KEY; 2]);
        assert_eq!(keys_in(&format!("\u{FEFF}{}", spread.repeat(2))), [&format!("\u{FEFF}{KEY}"), KEY]);
        let long = LONG_KEY.replace('\n', "\n\n");
        assert_eq!(keys_in(&format!("{spread}\n{long}")), [KEY, LONG_KEY]);
        // A damaged key with blank lines in it is only refused.
        let damaged = spread.replace("60GSJ", "606SJ");
        assert_eq!(keys_in(&damaged), [damaged]);
    }

    #[test]
    fn a_qr_code_beneath_a_key_is_not_read_as_another_key() {
        let code = "     ▀▄█ ▀\n     █▀▄ ▄\n";
        assert_eq!(keys_in(&format!("{KEY}\n{code}")), [KEY]);
        assert_eq!(keys_in(&format!("{KEY}{code}{KEY}{code}")), [KEY, KEY]);
        let damaged = KEY.replace("60GSJ", "606SJ");
        assert_eq!(keys_in(&format!("{damaged}{code}\n{KEY}")), [damaged.as_str(), KEY]);
    }

    #[test]
    fn an_empty_text_is_one_key_that_is_malformed() {
        assert_eq!(keys_in(""), [""]);
        assert_eq!(keys_in(" \n\n"), [" \n\n"]);
    }

    #[test]
    fn lines_of_a_qr_code_are_not_read_as_keys() {
        assert!(is_part_of_a_qr_code("    ▀▄█ "));
        for other in ["", "    ", "K7PM4-00108", "K7PM4 ▀▄█"] {
            assert!(!is_part_of_a_qr_code(other), "{other}");
        }
    }
}
