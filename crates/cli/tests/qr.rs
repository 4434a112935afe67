//! Keys as QR codes, read from the output by an independent reader.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test fails by panicking"
)]

mod common;

use std::fs;
use std::path::Path;

use common::{Ended, fixture, run, run_with_input};
use keyward_catalog::Catalog;
use tempfile::{TempDir, tempdir};

fn shop() -> TempDir {
    let folder = tempdir().unwrap();
    fs::write(folder.path().join("catalog.toml"), Catalog::EXAMPLE).unwrap();
    for file in ["vendor.key", "vendor.pub"] {
        fs::write(folder.path().join(file), fixture(file)).unwrap();
    }
    folder
}

const SERIAL: &str = "00000000000000aa";

fn desk(folder: &Path, command: &[&str], others: &[&str]) -> Ended {
    let desk = ["--catalog", "catalog.toml", "--key", "vendor.key", "--issued-by", "ci", "--record", "issued.jsonl"];
    run(folder, &[command, &desk, others].concat())
}

/// The contents of the code that the text draws in dark blocks on light.
fn scan(drawn: &str) -> String {
    const PIXELS: usize = 4;
    let lines: Vec<Vec<char>> = drawn.lines().map(|line| line.chars().collect()).collect();
    let width = lines.iter().map(Vec::len).max().unwrap();
    let is_dark = |x: usize, y: usize| {
        let drawn = lines[y / 2].get(x).copied().unwrap_or(' ');
        drawn == '█' || drawn == if y % 2 == 0 { '▀' } else { '▄' }
    };
    let mut image = rqrr::PreparedImage::prepare_from_greyscale(width * PIXELS, lines.len() * 2 * PIXELS, |x, y| {
        if is_dark(x / PIXELS, y / PIXELS) { 0 } else { 255 }
    });
    let codes = image.detect_grids();
    assert_eq!(codes.len(), 1, "{drawn}");
    codes[0].decode().unwrap().1
}

/// The lines of the key, and the lines of the code beneath it.
fn parts(text: &str) -> (&str, &str) {
    text.split_once("\n\n").unwrap()
}

#[test]
fn the_scanned_key_is_the_issued_one_and_verifies() {
    let folder = shop();
    let issue = ["issue", "--offer", "pro-annual", "--serial", SERIAL];
    let reissue = ["reissue", "--serial", SERIAL, "--new-serial", "00000000000000ab", "--reason", "r", "--ticket", "t"];
    let renew = ["renew", "--serial", "00000000000000ab"];
    // A renewal begins after the previous term.
    for (command, exit) in [(&issue[..], 0), (&reissue, 0), (&renew, 20)] {
        let said = desk(folder.path(), command, &["--qr"]);
        let told = if command == issue { "issued.jsonl: a new record\n" } else { "" };
        assert_eq!((said.code, said.stderr.as_str()), (0, told), "{said:?}");
        assert!(!said.stdout.contains('\u{1b}'), "colours are for terminals: {said:?}");
        let (key, code) = parts(&said.stdout);
        let scanned = scan(code);
        assert_eq!(scanned, key.replace(['-', '\n'], ""), "{command:?}");
        let verified = run_with_input(folder.path(), &["verify", "--trust", "vendor.pub", "-"], scanned.as_bytes());
        assert_eq!((verified.code, verified.stderr.as_str()), (exit, ""), "{command:?} {verified:?}");
    }
}

#[test]
fn the_longest_names_and_limits_can_be_scanned_too() {
    let folder = shop();
    let name = "A name of a licensee that is as long as the longest can be, 64 b";
    let order = ["issue", "--offer", "pro-annual", "--licensee", name, "--updates-through", "2031-06-30"];
    let said = desk(folder.path(), &order, &["--fingerprint", "01112233445566ffffffaabbccffffff", "--qr"]);
    assert_eq!(said.code, 0, "{said:?}");
    let (key, code) = parts(&said.stdout);
    assert!(key.lines().count() > 8, "{key}");
    assert_eq!(scan(code), key.replace(['-', '\n'], ""));
}

#[test]
fn a_code_written_to_a_file_verifies_and_is_nowhere_else() {
    let folder = shop();
    let said = desk(folder.path(), &["issue", "--offer", "pro-annual"], &["--qr", "-o", "key.txt"]);
    assert_eq!((said.code, said.stdout.as_str()), (0, ""), "{said:?}");
    let file = fs::read_to_string(folder.path().join("key.txt")).unwrap();
    let (key, code) = parts(&file);
    assert_eq!(scan(code), key.replace(['-', '\n'], ""));
    for part in key.split(['-', '\n']).chain(["█", "▀", "▄"]).filter(|part| !part.is_empty()) {
        assert!(!said.stderr.contains(part), "{part} in {said:?}");
    }
    // The code is not read as another key.
    let verified = run(folder.path(), &["verify", "--trust", "vendor.pub", "key.txt"]);
    assert_eq!((verified.code, verified.stderr.as_str()), (0, ""), "{verified:?}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(folder.path().join("key.txt")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}

#[test]
fn a_program_reads_the_key_and_not_its_picture() {
    let folder = shop();
    let refused = desk(folder.path(), &["issue", "--offer", "pro-annual"], &["--qr", "--json"]);
    assert_eq!((refused.code, refused.stdout.as_str()), (2, ""), "{refused:?}");
    assert!(!folder.path().join("issued.jsonl").exists());
}
