//! Attempts to get a free license, or the license of another customer. Every test that `spec/ATTACKS.md` names exists.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use common::{Ended, fixture, fixtures, run, run_with_input};
use keyward_catalog::Catalog;
use tempfile::{TempDir, tempdir};

/// A time limit: enough for bounded work on a slow machine, and far too short for unbounded work.
const LONG: Duration = Duration::from_secs(60);

fn shop() -> TempDir {
    let folder = tempdir().unwrap();
    fs::write(folder.path().join("catalog.toml"), Catalog::EXAMPLE).unwrap();
    fs::write(folder.path().join("vendor.key"), fixture("vendor.key")).unwrap();
    folder
}

fn batch(folder: &Path, orders: &str, arguments: &[&str]) -> Ended {
    fs::write(folder.join("orders.jsonl"), orders).unwrap();
    let issue = ["issue", "--catalog", "catalog.toml", "--key", "vendor.key", "--issued-by", "ci"];
    run(folder, &[&issue[..], &["--record", "issued.jsonl", "--batch", "orders.jsonl"], arguments].concat())
}

fn read(folder: &Path, name: &str) -> String {
    fs::read_to_string(folder.join(name)).unwrap()
}

/// The number of tests that a page of the repository names, each of which exists: [`name`](../path).
fn named_tests(page: &str) -> usize {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(page);
    let (text, folder) = (fs::read_to_string(&page).unwrap(), page.parent().unwrap());
    let mut named = Vec::new();
    for line in text.lines().filter(|line| line.starts_with("| ")) {
        for link in line.split("[`").skip(1) {
            let (name, rest) = link.split_once("`](").unwrap();
            let (path, _) = rest.split_once(')').unwrap();
            let text = fs::read_to_string(folder.join(path)).unwrap_or_else(|error| unreachable!("{path}: {error}"));
            assert!(has_test(path, &text, name), "{path} has no test {name}");
            named.push(name);
        }
    }
    named.len()
}

#[test]
fn every_attack_names_a_test_that_exists() {
    let named = named_tests("spec/ATTACKS.md");
    assert!(named > 100, "{named}");
}

/// The requirements of levels 1 and 2 of OWASP ASVS 5.0.0 in the chapters of docs/asvs.md: section, and the last number in it.
const REQUIREMENTS: [(&str, u8); 48] = [
    ("1.1", 2),
    ("1.2", 9),
    ("1.3", 11),
    ("1.4", 3),
    ("1.5", 2),
    ("2.1", 3),
    ("2.2", 3),
    ("2.3", 4),
    ("2.4", 1),
    ("4.1", 3),
    ("4.2", 1),
    ("4.3", 2),
    ("4.4", 4),
    ("6.1", 3),
    ("6.2", 12),
    ("6.3", 4),
    ("6.4", 4),
    ("6.5", 5),
    ("6.6", 3),
    ("6.8", 4),
    ("8.1", 2),
    ("8.2", 3),
    ("8.3", 1),
    ("8.4", 1),
    ("11.1", 2),
    ("11.2", 3),
    ("11.3", 3),
    ("11.4", 4),
    ("11.5", 1),
    ("11.6", 1),
    ("12.1", 3),
    ("12.2", 2),
    ("12.3", 4),
    ("13.1", 1),
    ("13.2", 5),
    ("13.3", 2),
    ("13.4", 5),
    ("14.1", 2),
    ("14.2", 4),
    ("14.3", 3),
    ("15.1", 3),
    ("15.2", 3),
    ("15.3", 7),
    ("16.1", 1),
    ("16.2", 5),
    ("16.3", 4),
    ("16.4", 3),
    ("16.5", 3),
];

#[test]
fn every_requirement_of_the_asvs_is_answered_once_and_names_tests_that_exist() {
    let named = named_tests("docs/asvs.md");
    assert!(named > 90, "{named}");
    let page = include_str!("../../../docs/asvs.md");
    let mut answered = Vec::new();
    for row in page.lines().filter(|line| line.starts_with("| ")) {
        let cells: Vec<&str> = row.split(" | ").collect();
        let numbers = cells[0].trim_start_matches("| ");
        if !numbers.starts_with(|first: char| first.is_ascii_digit()) {
            continue;
        }
        assert!(["holds", "**open**", "later", "none"].contains(&cells[2]), "{row}");
        for part in numbers.split(", ") {
            let (first, last) = part.split_once('\u{2013}').unwrap_or((part, part));
            let (section, first) = first.rsplit_once('.').unwrap();
            let last = last.rsplit('.').next().unwrap();
            let numbers = first.parse::<u8>().unwrap()..=last.parse().unwrap();
            answered.extend(numbers.map(|number| (section, number)));
        }
    }
    let asked: Vec<_> =
        REQUIREMENTS.iter().flat_map(|(section, last)| (1..=*last).map(|number| (*section, number))).collect();
    let missing: Vec<_> = asked.iter().filter(|requirement| !answered.contains(requirement)).collect();
    assert_eq!((missing, answered.len()), (Vec::new(), asked.len()));
}

/// Whether the source has a test of that name, in the syntax of its language.
fn has_test(path: &str, text: &str, name: &str) -> bool {
    let mut lines = text.lines().map(str::trim);
    if path.ends_with(".py") {
        return lines.any(|line| line.starts_with(&format!("def {name}(")));
    }
    if path.ends_with(".js") {
        return lines.any(|line| line.starts_with(&format!("test({name:?},")));
    }
    let is_it = |line: &str| {
        line.trim_start_matches("async ").strip_prefix("fn ").is_some_and(|line| line.starts_with(&format!("{name}(")))
    };
    let attributes: Vec<&str> = lines.by_ref().take_while(|line| !is_it(line)).collect();
    attributes
        .iter()
        .rev()
        .take_while(|line| line.starts_with("#["))
        .any(|line| ["#[test]", "#[tokio::test]"].contains(line))
}

#[test]
fn text_in_which_every_line_may_begin_a_key_is_answered_quickly() {
    let folder = tempdir().unwrap();
    fs::write(folder.path().join("vendor.pub"), fixture("vendor.pub")).unwrap();
    // Each group of this key is followed by other words. So it is found by its check groups alone, in every search that gets
    // to it.
    let spread = fixture("keys/typical.txt").replace(['-', '\n'], " in this ");
    fs::write(folder.path().join("key.txt"), &spread).unwrap();
    assert_eq!(run(folder.path(), &["verify", "--trust", "vendor.pub", "key.txt"]).code, 0);
    for text in [
        "K\n".repeat(500_000),
        "KKKKK\n".repeat(170_000),
        format!("K{}", "\n".repeat(1000)).repeat(1000),
        "K\n".repeat(100_000) + &spread,
        "KKKKK\n".repeat(100_000) + &spread,
    ] {
        fs::write(folder.path().join("key.txt"), text).unwrap();
        for arguments in [&["verify", "--trust", "vendor.pub", "key.txt"][..], &["inspect", "key.txt"]] {
            let started = Instant::now();
            let refused = run(folder.path(), arguments);
            assert_eq!(refused.code, 10, "{refused:?}");
            assert!(started.elapsed() < LONG, "{arguments:?} took {:?}", started.elapsed());
        }
    }
}

#[test]
fn a_genuine_key_is_found_after_lines_that_may_begin_one() {
    let text = format!("{}\n{}", "Kind regards\n".repeat(1000), fixture("keys/typical.txt"));
    let verified = run_with_input(&fixtures(), &["verify", "--trust", "vendor.pub", "-"], text.as_bytes());
    assert!(verified.stdout.contains("Genuine"), "{verified:?}");
}

#[test]
fn claims_show_no_control_characters() {
    let claims = r#"{"product": 3, "edition": 2, "seats": 1, "valid_from": "2026-01-01", "valid_through": null,
        "extension": "1b5b324a9be280ae0a"}"#;
    let signed = run_with_input(&fixtures(), &["sign", "--key", "vendor.key", "-"], claims.as_bytes());
    let line_break = fixture("keys/line-break.txt");
    for key in [signed.stdout.as_str(), line_break.as_str()] {
        for arguments in [&["inspect", "-"][..], &["verify", "--trust", "vendor.pub", "-"]] {
            for form in [&[][..], &["--json"]] {
                let shown = run_with_input(&fixtures(), &[arguments, form].concat(), key.as_bytes());
                let text = format!("{}{}", shown.stdout, shown.stderr);
                assert!(!text.contains(['\u{1b}', '\u{9b}', '\u{202e}']), "{shown:?}");
                assert!(!text.contains("Acme\nLtd"), "{shown:?}");
            }
        }
    }
}

#[test]
fn nesting_without_end_is_refused() {
    let folder = shop();
    let claims = [r#"{"limits":"#.repeat(100_000), format!(r#"{{"features":{}"#, "[".repeat(100_000))];
    for text in claims {
        let refused = run_with_input(folder.path(), &["sign", "--key", "vendor.key", "-"], text.as_bytes());
        assert_eq!((refused.code, refused.stdout.as_str()), (1, ""), "{:.200}", refused.stderr);
    }
    // A longer catalogue is refused for its length, and not read.
    let deep = [
        format!("a = {}", "[".repeat(250_000)),
        format!("a{} = 1", ".a".repeat(125_000)),
        format!("[{}a]", "a.".repeat(125_000)),
        format!("a = {}", "{a=".repeat(80_000)),
    ];
    for text in deep {
        fs::write(folder.path().join("deep.toml"), text).unwrap();
        let refused = run(folder.path(), &["catalog", "check", "deep.toml"]);
        assert_eq!((refused.code, refused.stdout.as_str()), (1, ""), "{:.200}", refused.stderr);
        assert!(!refused.stderr.contains("bytes"), "{:.200}", refused.stderr);
    }
    let orders = format!("{}\n{}\n", "[".repeat(60_000), r#"{"id":"#.repeat(10_000));
    let refused = batch(folder.path(), &orders, &[]);
    assert_eq!((refused.code, refused.stdout.as_str()), (3, ""), "{:.200}", refused.stderr);
}

#[test]
fn a_claim_given_twice_is_refused() {
    let claims =
        r#"{"product": 3, "edition": 2, "seats": 5, "seats": null, "valid_from": "2026-01-01", "valid_through": null}"#;
    let refused = run_with_input(&fixtures(), &["sign", "--key", "vendor.key", "-"], claims.as_bytes());
    assert_eq!((refused.code, refused.stdout.as_str()), (1, ""), "{refused:?}");
    assert!(refused.stderr.contains("duplicate field `seats`"), "{refused:?}");
}

#[test]
fn a_batch_that_is_run_twice_issues_each_order_once() {
    let folder = shop();
    let orders = "{\"id\":\"PO-1\",\"offer\":\"pro-annual\"}\n{\"id\":\"PO-2\",\"offer\":\"pro-annual\",\"seats\":7}\n";
    let first = batch(folder.path(), &orders.repeat(2), &["-o", "first.jsonl"]);
    assert_eq!(first.code, 0, "{first:?}");
    assert!(first.stderr.contains("2 issued, 2 on record before, 0 refused"), "{first:?}");
    let again = batch(folder.path(), &orders.repeat(2), &["-o", "again.jsonl"]);
    assert!(again.stderr.contains("0 issued, 4 on record before, 0 refused"), "{again:?}");
    assert_eq!(read(folder.path(), "first.jsonl"), read(folder.path(), "again.jsonl"));
    assert_eq!(read(folder.path(), "issued.jsonl").lines().count(), 2);
}

#[test]
fn an_order_id_identifies_one_order() {
    let folder = shop();
    let order = "{\"id\":\"PO-1\",\"offer\":\"pro-annual\",\"seats\":5}\n";
    assert_eq!(batch(folder.path(), order, &["-o", "one.jsonl"]).code, 0);
    for other in [order.replace("5", "500"), order.replace("\"seats\":5", "\"customer\":\"zenith\"")] {
        let refused = batch(folder.path(), &other, &[]);
        assert_eq!((refused.code, refused.stdout.as_str()), (3, ""), "{refused:?}");
        assert_eq!(read(folder.path(), "issued.jsonl").lines().count(), 1, "{other}");
    }
    // Another spelling of the id is the same order, and gets the same license.
    for same in ["PO-1 ", "\\u200bPO-1", "PO\\u2060-1"] {
        let repeated = batch(folder.path(), &order.replace("PO-1", same), &[]);
        assert_eq!((repeated.code, repeated.stdout), (0, read(folder.path(), "one.jsonl")), "{same}");
        assert_eq!(read(folder.path(), "issued.jsonl").lines().count(), 1, "{same}");
    }
}

#[test]
fn hostile_orders_stop_no_other_order_and_show_no_control_characters() {
    let folder = shop();
    let orders = [
        "{\"id\":\"A\",\"offer\":\"x\\u001b[2J\\u202e\"}",
        "{\"id\":\"B\\u001b[2J\\nerror: all is well\",\"offer\":\"none\"}",
        "{\"id\":\"C\",\"id\":\"D\",\"offer\":\"pro-annual\"}",
        "{\"id\":\"E\",\"offer\":\"pro-annual\",\"\\u001b[2J\":1}",
        "{\"id\":\"F\",\"offer\":\"pro-annual\",\"licensee\":\"A\\u0000\"}",
        "\u{0}\u{1b}[2J\u{202e}",
        &format!("{{\"id\":\"{}\",\"offer\":\"pro-annual\"}}", "x".repeat(1 << 20)),
        "{\"id\":\"LAST\",\"offer\":\"pro-annual\"}",
    ];
    let ended = batch(folder.path(), &orders.join("\n"), &["-o", "keys.jsonl"]);
    assert_eq!(ended.code, 3, "{ended:?}");
    assert!(ended.stderr.contains("1 issued, 0 on record before, 7 refused"), "{ended:?}");
    assert!(!ended.stderr.contains(['\u{0}', '\u{1b}', '\u{202e}']), "{ended:?}");
    assert_eq!(ended.stderr.lines().count(), 9, "the new record, and a line each: {ended:?}");
    assert!(read(folder.path(), "keys.jsonl").contains("\"LAST\""));
}

#[test]
#[cfg(unix)]
fn a_link_in_place_of_an_output_of_a_batch_is_not_followed() {
    let folder = shop();
    fs::write(folder.path().join("precious"), "precious").unwrap();
    let link = |name: &str| std::os::unix::fs::symlink("precious", folder.path().join(name)).unwrap();
    let order = "{\"id\":\"PO-1\",\"offer\":\"pro-annual\"}\n";
    link("keys.jsonl.part");
    assert_eq!(batch(folder.path(), order, &["-o", "keys.jsonl"]).code, 0);
    link("more.jsonl");
    assert_eq!(batch(folder.path(), order, &["-o", "more.jsonl"]).code, 1, "it is there");
    assert_eq!(batch(folder.path(), order, &["-o", "more.jsonl", "--force"]).code, 0);
    assert_eq!(read(folder.path(), "precious"), "precious");
    for name in ["keys.jsonl", "more.jsonl"] {
        use std::os::unix::fs::PermissionsExt;
        let written = fs::symlink_metadata(folder.path().join(name)).unwrap();
        assert!(written.is_file() && written.permissions().mode() & 0o777 == 0o600, "{name}");
    }
}
