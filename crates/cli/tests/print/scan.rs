//! The QR codes, read by independent programs.

use std::fs;
use std::process::Command;

use keyward_testing::skip::has_programs;
use tempfile::{TempDir, tempdir};

use super::page::Page;
use crate::common::{fixture, fixtures, run_with_input};
use crate::{KEYS, certificate, characters, longest, print, shop, sign};

/// Programs of the Debian packages librsvg2-bin and zbar-tools: one draws SVG, one reads codes.
struct Scanner {
    folder: TempDir,
}

impl Scanner {
    /// `None` if a program is missing: the test is skipped.
    fn new(test: &str) -> Option<Scanner> {
        has_programs(test, &["rsvg-convert", "zbarimg"]).then(|| Scanner { folder: tempdir().unwrap() })
    }

    /// Reads the code of a page at the resolution of an office printer and scanner: 200 dots per inch.
    fn page(&self, svg: &str) -> Option<String> {
        fs::write(self.folder.path().join("page.svg"), svg).unwrap();
        let arguments = ["--dpi-x", "200", "--dpi-y", "200", "-o", "page.png", "page.svg"];
        let drawn = Command::new("rsvg-convert").args(arguments).current_dir(&self.folder).status().unwrap();
        assert!(drawn.success());
        self.image("page.png")
    }

    /// Reads the code of a text as a terminal shows it. Only block characters are drawn.
    fn terminal(&self, text: &str) -> Option<String> {
        const PIXELS: usize = 4;
        let lines: Vec<Vec<char>> = text.lines().map(|line| line.chars().collect()).collect();
        let (width, height) = (lines.iter().map(Vec::len).max().unwrap() * PIXELS, lines.len() * 2 * PIXELS);
        let mut image = format!("P5 {width} {height} 255\n").into_bytes();
        for y in 0..height {
            let (line, upper) = (&lines[y / PIXELS / 2], y / PIXELS % 2 == 0);
            image.extend((0..width).map(|x| match line.get(x / PIXELS) {
                Some('█') => 0,
                Some('▀') if upper => 0,
                Some('▄') if !upper => 0,
                _ => 255,
            }));
        }
        fs::write(self.folder.path().join("terminal.pgm"), image).unwrap();
        self.image("terminal.pgm")
    }

    fn image(&self, name: &str) -> Option<String> {
        let output =
            Command::new("zbarimg").args(["--quiet", "--raw", name]).current_dir(&self.folder).output().unwrap();
        output.status.success().then(|| String::from_utf8(output.stdout).unwrap().trim_end().to_owned())
    }
}

/// The command under "To verify it", as a reader types it.
fn command_in(text: &str) -> Vec<String> {
    let (_, after) = text.split_once("To verify it\n\n  ").unwrap();
    let (command, _) = after.split_once("\n\n").unwrap();
    let mut words = command.replace("\\\n", " ").split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(words.remove(0), "keyward");
    words
}

#[test]
fn the_scanned_key_is_accepted_by_the_command_on_the_certificate() {
    let Some(scanner) = Scanner::new("what_is_scanned_is_the_key") else { return };
    for name in KEYS {
        let key = format!("keys/{name}.txt");
        let text = certificate("text", &key);
        let scanned = scanner.page(&certificate("svg", &key)).unwrap_or_else(|| panic!("{name}"));
        assert_eq!(scanned, characters(&fixture(&key)), "{name}");
        assert_eq!(scanner.terminal(&text), Some(scanned.clone()), "{name}");

        let mut command = command_in(&text);
        command.extend(["--at".to_owned(), "2026-12-01".to_owned()]);
        let command: Vec<&str> = command.iter().map(String::as_str).collect();
        let verified = run_with_input(&fixtures(), &command, scanned.as_bytes());
        assert_eq!((verified.code, verified.stderr.as_str()), (0, ""), "{name} {command:?} {verified:?}");
    }
}

#[test]
fn the_longest_license_fits_on_a_page_and_is_scanned() {
    let scanner = Scanner::new("the_longest_license_fits_on_a_page_and_is_scanned");
    let folder = shop();
    for licensee in ["W".repeat(64), "株".repeat(21) + "W", "Acme ".repeat(12) + "Corp"] {
        sign(folder.path(), &longest(&licensee));
        let key = fs::read_to_string(folder.path().join("license.txt")).unwrap();
        assert!(characters(&key).len() >= 109 * 5, "{key}");
        for format in ["svg", "text"] {
            let printed = print(folder.path(), &["--format", format, "license.txt"]);
            assert_eq!((printed.code, printed.stderr.as_str()), (0, ""), "{printed:?}");
            if format == "svg" {
                let page = Page::read(&printed.stdout);
                assert_eq!(page.groups(), characters(&key));
                assert_eq!(page.values(&["Licensee"]).replace(' ', ""), licensee.replace(' ', ""));
                page.assert_within_its_margins();
            } else {
                assert!(printed.stdout.lines().all(|line| line.chars().count() <= 80), "{}", printed.stdout);
            }
            if let Some(scanner) = &scanner {
                let scanned =
                    if format == "svg" { scanner.page(&printed.stdout) } else { scanner.terminal(&printed.stdout) };
                assert_eq!(scanned, Some(characters(&key)), "{format}");
            }
        }
    }
}

#[test]
fn a_stained_code_is_still_read() {
    let Some(scanner) = Scanner::new("a_stained_code_is_still_read") else { return };
    for name in ["typical", "everything"] {
        let key = format!("keys/{name}.txt");
        let page = certificate("svg", &key);
        let (x, y, side) = Page::read(&page).code();
        let stained = |diameter: f64| {
            let stain = format!(
                "<circle cx=\"{}\" cy=\"{}\" r=\"{}\" fill=\"#000\"/></svg>",
                x + side * 0.6,
                y + side * 0.6,
                side * diameter / 2.0
            );
            page.trim_end().strip_suffix("</svg>").unwrap().to_owned() + &stain
        };
        // Almost an eighth of the code's area is gone.
        assert_eq!(scanner.page(&stained(0.35)), Some(characters(&fixture(&key))), "{name}");
        assert_eq!(scanner.page(&stained(0.8)), None, "{name}: the stain is where the code is");
    }
}
