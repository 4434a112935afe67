//! No text makes the reader panic, and every valid catalogue is read.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test fails by panicking"
)]

use std::collections::BTreeSet;
use std::fmt::Write;

use keyward_catalog::{Catalog, Code, Language};
use keyward_core::is_invisible;
use proptest::collection::{btree_map, btree_set};
use proptest::prelude::*;

/// Reads the text, and calls every method of the catalogue or of its problems.
fn read(text: &str) {
    match Catalog::parse(text, "catalog.toml") {
        Ok(catalog) => {
            for language in [Language::Rust, Language::C, Language::Python, Language::JavaScript] {
                assert!(!catalog.constants(language).is_empty());
            }
            assert_eq!(catalog.changes_against(&catalog), Ok(()));
            for offer in catalog.offers() {
                let product = catalog.product_by_number(offer.product).unwrap();
                let edition = product.edition_by_number(offer.edition).unwrap();
                assert!(edition.seats.contains(offer.seats), "{offer:?}");
            }
        }
        Err(problems) => {
            let positions: Vec<_> = problems.as_slice().iter().map(|problem| problem.position).collect();
            assert!(!positions.is_empty() && positions.is_sorted(), "{problems}");
            assert!(positions.iter().all(|position| position.line <= text.split('\n').count()), "{problems}");
            let lines = problems.to_string();
            assert_eq!(lines.lines().count(), positions.len(), "each problem is a line: {lines:?}");
            assert!(!lines.chars().any(|character| character.is_control() && character != '\n'), "{lines:?}");
        }
    }
}

fn code() -> impl Strategy<Value = String> {
    "[a-z][a-z0-9]{0,6}(-[a-z0-9]{1,6}){0,2}"
}

fn name() -> impl Strategy<Value = String> {
    "[ -~äöü尺*/#\"'\\\\]{1,30}"
        .prop_filter("visible, without spaces around it", |name| !name.is_empty() && name.trim() == name)
}

/// Entries with a code, a number and a name. Numbers and codes are unique.
fn entries(max: u32, count: std::ops::Range<usize>) -> impl Strategy<Value = Vec<(String, u32, String)>> {
    (btree_map(code(), name(), count.clone()), btree_set(0..=max, 8)).prop_map(|(names, numbers)| {
        names.into_iter().zip(numbers).map(|((code, name), number)| (code, number, name)).collect()
    })
}

prop_compose! {
    fn catalog_text()(
        products in entries(u32::MAX, 1..4),
        editions in entries(u16::MAX.into(), 1..4),
        features in entries(63, 0..5),
        limits in entries(255, 0..4),
        terms in prop::collection::vec(prop::sample::select(vec!["1d", "30d", "1m", "1y", "perpetual"]), 0..4),
    ) -> String {
        let mut text = String::new();
        for (code, number, name) in &products {
            write!(text, "[products.{code}]\nnumber = {number}\nname = {}\n", toml_text(name)).unwrap();
            for (heading, key, entries) in [("editions", "number", &editions), ("features", "bit", &features), ("limits", "id", &limits)] {
                writeln!(text, "[products.{code}.{heading}]").unwrap();
                for (code, number, name) in entries {
                    writeln!(text, "{code} = {{ {key} = {number}, name = {} }}", toml_text(name)).unwrap();
                }
            }
        }
        for (number, term) in terms.iter().enumerate() {
            let features: Vec<_> = features.iter().map(|(code, ..)| format!("\"{code}\"")).collect();
            let (product, edition) = (&products[0].0, &editions[0].0);
            write!(text, "[offers.offer-{number}]\nproduct = \"{product}\"\nedition = \"{edition}\"\nterm = \"{term}\"\n").unwrap();
            write!(text, "seats = {}\nfeatures = [{}]\n", number + 1, features.join(", ")).unwrap();
        }
        text
    }
}

fn toml_text(name: &str) -> String {
    format!("\"{}\"", name.replace('\\', "\\\\").replace('"', "\\\""))
}

/// The macros of a C header.
fn macros(header: &str) -> Vec<&str> {
    header.lines().filter_map(|line| line.strip_prefix("#define ")?.split(' ').next()).collect()
}

proptest! {
    #[test]
    fn a_valid_catalogue_is_read(text in catalog_text()) {
        if let Err(problems) = Catalog::parse(&text, "catalog.toml") {
            prop_assert!(false, "{problems}\n{text}");
        }
        read(&text);
    }

    #[test]
    fn every_identifier_is_unique(text in catalog_text()) {
        let header = Catalog::parse(&text, "catalog.toml").unwrap().constants(Language::C);
        let unique: BTreeSet<_> = macros(&header).into_iter().collect();
        prop_assert_eq!(unique.len(), macros(&header).len());
    }

    #[test]
    fn bytes_changed_at_random_are_read_without_panic(
        changes in prop::collection::vec((0..Catalog::EXAMPLE.len(), any::<u8>()), 1..8)
    ) {
        let mut bytes = Catalog::EXAMPLE.as_bytes().to_vec();
        for (offset, byte) in changes {
            bytes[offset] = byte;
        }
        read(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn lines_moved_at_random_are_read_without_panic(
        moves in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), 0..3), 1..8)
    ) {
        let mut lines: Vec<&str> = Catalog::EXAMPLE.lines().collect();
        for (from, to, change) in moves {
            let (from, to) = (from.index(lines.len()), to.index(lines.len()));
            match change {
                0 => lines.swap(from, to),
                1 => lines.insert(to, lines[from]),
                _ => lines[to] = "",
            }
        }
        read(&lines.join("\n"));
    }

    #[test]
    fn values_changed_at_random_are_read_without_panic(
        line in any::<prop::sample::Index>(),
        value in prop::sample::select(vec![
            "0", "-1", "1e9", "nan", "99999999999999999999999999", "0xFF", "\"\"", "\"pro\"", "\"\\u0000\"", "true", "[]",
            "[[], {}]", "{}", "{ a = 1 }", "1979-05-27", "[1, \"export\"]", "\"perpetual\"", "\"999999999y\"",
        ])
    ) {
        let lines: Vec<&str> = Catalog::EXAMPLE.lines().collect();
        let settings: Vec<usize> = (0..lines.len()).filter(|line| lines[*line].contains(" = ")).collect();
        let line = settings[line.index(settings.len())];
        let setting = lines[line].split(" = ").next().unwrap();
        let changed = format!("{setting} = {value}");
        read(&lines.iter().enumerate().map(|(number, text)| if number == line { &changed } else { *text }).collect::<Vec<_>>().join("\n"));
    }

    #[test]
    fn any_text_is_read_without_panic(text in "(?s).{0,200}") {
        read(&text);
        let _ = text.parse::<Code>().map_err(|error| error.to_string());
    }

    #[test]
    fn a_suggested_code_is_a_code(text in "(?s).{0,40}") {
        if let Some(suggestion) = text.parse::<Code>().err().and_then(|error| error.suggestion) {
            prop_assert!(suggestion.parse::<Code>().is_ok());
        }
    }
}

#[test]
fn no_code_and_no_name_has_a_character_of_the_table() {
    let catalog = |text: [&str; 5]| {
        let [vendor, support, code, product, edition] = text;
        let text = format!(
            "vendor = {{ name = \"{vendor}\", support = \"{support}\" }}\n[products.\"{code}\"]\nnumber = 3\nname = \
             \"{product}\"\neditions = {{ pro = {{ number = 1, name = \"{edition}\" }} }}\n"
        );
        Catalog::parse(&text, "catalog.toml")
    };
    let usual = ["Acme", "help@acme.example", "studio", "Studio", "Pro"];
    catalog(usual).unwrap();
    for character in ('\0'..=char::MAX).filter(|character| is_invisible(*character)) {
        let escaped = format!("\\U{:08X}", u32::from(character));
        for (field, text) in usual.iter().enumerate() {
            for text in [format!("{text}{escaped}"), format!("A{character}B"), escaped.clone()] {
                let mut changed = usual;
                changed[field] = &text;
                assert!(catalog(changed).is_err(), "{field} {text:?}");
            }
        }
    }
}

#[test]
fn a_text_that_is_longer_than_a_catalogue_is_refused_unread() {
    let comment = |bytes: usize| format!("{}#{}", Catalog::EXAMPLE, "x".repeat(bytes - Catalog::EXAMPLE.len() - 1));
    assert!(Catalog::parse(&comment(256 << 10), "catalog.toml").is_ok());
    for text in [comment((256 << 10) + 1), "a\n".repeat(1 << 20)] {
        let problems = Catalog::parse(&text, "catalog.toml").unwrap_err().to_string();
        let expected =
            format!("the text has {} bytes, and a catalogue has 262144 at most: is this the right file?", text.len());
        assert_eq!(problems, format!("catalog.toml, line 1, column 1: {expected}"));
    }
}
