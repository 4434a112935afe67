use std::fmt::Display;

use anyhow::Context;
use qrcodegen::{QrCode, QrCodeEcc};

/// The background of the code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ground {
    /// Paper, or a light screen: dark modules are drawn.
    Paper,
    /// A terminal, which may be dark: the colors are set to black on white. The streams drop colors where there is no
    /// terminal.
    Terminal,
}

/// Light modules around the code. Readers need them.
const QUIET_ZONE: i32 = 4;

/// Black on white, in colors that no terminal theme changes.
const BLACK_ON_WHITE: &str = "\u{1b}[38;5;16;48;5;231m";
const RESET: &str = "\u{1b}[0m";

/// The key, or the activation request, as a QR code, with two rows of modules in a line.
///
/// The code has the key without hyphens. So the longest key fits 80 columns, and a typical one 24 lines.
pub fn code(key: &dyn Display, ground: Ground) -> anyhow::Result<String> {
    draw(&characters(key), ground)
}

/// A QR code for paper: its dark modules as one SVG path, in units of a module.
#[derive(Debug)]
pub struct Printed {
    /// Modules on a side, without the light zone.
    pub modules: i32,
    pub path: String,
}

/// The key as a QR code for paper.
pub fn printed(key: &dyn Display) -> anyhow::Result<Printed> {
    outline(&characters(key))
}

fn outline(text: &str) -> anyhow::Result<Printed> {
    // Paper has room, and gets folds and stains: this correction level restores a code of which a quarter is lost. The
    // highest level restores 30 percent, but makes the modules up to a seventh smaller.
    let code = QrCode::encode_text(text, QrCodeEcc::Quartile).context("the key is too long for a QR code")?;
    let mut path = String::new();
    for y in 0..code.size() {
        let mut x = 0;
        while x < code.size() {
            let dark =
                (x..code.size()).take_while(|x| code.get_module(*x, y)).fold(0_i32, |run, _| run.saturating_add(1));
            if dark > 0 {
                path.push_str(&format!("M{x} {y}h{dark}v1h-{dark}z"));
            }
            x = x.saturating_add(dark).saturating_add(1);
        }
    }
    Ok(Printed { modules: code.size(), path })
}

/// The key without hyphens, which verifiers ignore. QR codes hold more letters and digits than other text.
fn characters(key: &dyn Display) -> String {
    key.to_string().replace('-', "")
}

fn draw(text: &str, ground: Ground) -> anyhow::Result<String> {
    // The lowest correction level, or a higher one in the same size: a screen has no stains, keys are repaired, and cheap
    // cameras need large modules.
    let code = QrCode::encode_text(text, QrCodeEcc::Low).context("the key is too long for a QR code")?;
    let (before, after) = match ground {
        Ground::Paper => ("", ""),
        Ground::Terminal => (BLACK_ON_WHITE, RESET),
    };
    let end = code.size().saturating_add(QUIET_ZONE);
    let mut lines = String::new();
    for y in (-QUIET_ZONE..end).step_by(2) {
        lines.push_str(before);
        // Modules outside the code are light.
        lines.extend(
            (-QUIET_ZONE..end).map(|x| half_blocks(code.get_module(x, y), code.get_module(x, y.saturating_add(1)))),
        );
        lines.push_str(after);
        lines.push('\n');
    }
    Ok(lines)
}

const fn half_blocks(upper_is_dark: bool, lower_is_dark: bool) -> char {
    match (upper_is_dark, lower_is_dark) {
        (true, true) => '█',
        (true, false) => '▀',
        (false, true) => '▄',
        (false, false) => ' ',
    }
}

#[cfg(test)]
#[allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::panic,
    reason = "a test fails by panicking"
)]
mod tests {
    use super::*;

    /// The characters of 30 groups, as in a typical key, and of 110, the maximum.
    const TYPICAL: usize = 150;
    const LONGEST: usize = 550;

    fn lines(characters: usize, ground: Ground) -> Vec<String> {
        draw(&"Z".repeat(characters), ground).unwrap().lines().map(str::to_owned).collect()
    }

    #[test]
    fn every_key_fits_80_columns_and_a_typical_one_24_lines() {
        let (typical, longest) = (lines(TYPICAL, Ground::Paper), lines(LONGEST, Ground::Paper));
        assert_eq!((typical.len(), typical.iter().map(|line| line.chars().count()).max()), (23, Some(45)));
        assert_eq!((longest.len(), longest.iter().map(|line| line.chars().count()).max()), (39, Some(77)));
    }

    #[test]
    fn a_code_has_a_quiet_zone_of_four_modules() {
        for characters in [TYPICAL, LONGEST] {
            let lines = lines(characters, Ground::Paper);
            let (zone, inside) = (|line: &String| line.trim().is_empty(), &lines[2..lines.len() - 2]);
            assert!(lines.iter().take(2).all(zone) && lines.iter().rev().take(2).all(zone));
            assert!(
                inside.iter().all(|line| line.starts_with("    ") && line.ends_with("    ") && !line.trim().is_empty())
            );
            assert!(
                inside.iter().any(|line| !line.starts_with("     "))
                    && inside.iter().any(|line| !line.ends_with("     "))
            );
        }
    }

    #[test]
    fn only_a_terminal_gets_the_colours_of_a_code() {
        let (terminal, paper) = (lines(TYPICAL, Ground::Terminal), lines(TYPICAL, Ground::Paper));
        for (on_terminal, on_paper) in terminal.iter().zip(&paper) {
            assert_eq!(*on_terminal, format!("{BLACK_ON_WHITE}{on_paper}{RESET}"));
            assert!(!on_paper.contains('\u{1b}'));
        }
        assert_eq!(terminal.len(), paper.len());
    }

    #[test]
    fn the_path_on_paper_has_every_dark_module_once() {
        for (characters, modules) in [(TYPICAL, 49), (LONGEST, 89)] {
            let text = "Z".repeat(characters);
            let printed = outline(&text).unwrap();
            assert_eq!(printed.modules, modules);
            let code = QrCode::encode_text(&text, QrCodeEcc::Quartile).unwrap();
            let mut dark: Vec<(i32, i32)> = Vec::new();
            for run in printed.path.split_terminator('z') {
                let numbers: Vec<i32> =
                    run.split(['M', ' ', 'h', 'v']).filter_map(|number| number.parse().ok()).collect();
                let [x, y, length, 1, back] = numbers[..] else { panic!("{run}") };
                assert_eq!(back, -length);
                dark.extend((x..x + length).map(|x| (y, x)));
            }
            let all = (0..modules).flat_map(|y| (0..modules).map(move |x| (y, x)));
            assert_eq!(dark, all.filter(|(y, x)| code.get_module(*x, *y)).collect::<Vec<_>>());
        }
    }
}
