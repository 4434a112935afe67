//! The changes that a new version of a catalogue may make.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use keyward_catalog::Catalog;

const OLD: &str = r#"
[products.studio]
number = 3
name = "Acme Studio"

[products.studio.editions]
home = { number = 1, name = "Home" }
pro = { number = 2, name = "Professional" }

[products.studio.features]
export = { bit = 0, name = "Export" }
fax = { bit = 1, name = "Fax" }

[products.studio.limits]
projects = { id = 1, name = "Projects", most = 100 }

[products.viewer]
number = 4
name = "Acme Viewer"

[products.viewer.editions]
only = { number = 1, name = "Viewer" }

[offers.pro-annual]
product = "studio"
edition = "pro"
term = "1y"
seats = 5
"#;

/// The refused changes of the old catalogue with these replacements; empty if all are allowed.
fn changes(replacements: &[(&str, &str)]) -> String {
    let mut new = OLD.to_owned();
    for (old, replacement) in replacements {
        assert!(new.contains(old), "{old}");
        new = new.replace(old, replacement);
    }
    let old = Catalog::parse(OLD, "old.toml").unwrap_or_else(|problems| panic!("{problems}"));
    let new = Catalog::parse(&new, "new.toml").unwrap_or_else(|problems| panic!("{problems}"));
    new.changes_against(&old).map_or_else(|changes| changes.to_string(), |()| String::new())
}

#[test]
fn names_settings_and_offers_may_change_and_entries_may_be_added_and_deprecated() {
    for replacements in [
        &[("\"Professional\"", "\"Studio Pro\"")][..],
        &[("most = 100", "most = 5")],
        &[("term = \"1y\"", "term = \"30d\""), ("offers.pro-annual", "offers.pro-monthly")],
        &[("name = \"Home\"", "name = \"Home\", deprecated = true, instead = \"pro\"")],
        &[("fax = {", "scan = { bit = 2, name = \"Scan\" }\nfax = {")],
        &[(
            "[products.viewer]",
            "[products.reader]\nnumber = 5\nname = \"R\"\neditions = { a = { number = 1, name = \"A\" } }\n[products.viewer]",
        )],
    ] {
        assert_eq!(changes(replacements), "", "{replacements:?}");
    }
}

#[test]
fn a_number_that_another_code_takes_is_refused() {
    assert_eq!(
        changes(&[("fax = { bit = 1", "scan = { bit = 1")]),
        "new.toml, line 12, column 1: feature `scan` of product `studio` has number 1, the number of `fax` (old.toml, \
         line 12): issued keys with 1 would change their meaning; give `scan` a number that was never used, and keep `fax`"
    );
    assert_eq!(
        changes(&[("products.viewer", "products.reader")]),
        "new.toml, line 17, column 11: product `reader` has number 4, the number of `viewer` (old.toml, line 17): \
         issued keys with 4 would change their meaning; give `reader` a number that was never used, and keep `viewer`"
    );
}

#[test]
fn two_codes_with_exchanged_numbers_are_both_refused() {
    let swapped = changes(&[
        ("home = { number = 1", "home = { number = 9"),
        ("pro = { number = 2", "pro = { number = 1"),
        ("number = 9", "number = 2"),
    ]);
    assert_eq!(
        swapped,
        "new.toml, line 7, column 1: edition `home` of product `studio` has number 2, the number of `pro` (old.toml, \
         line 8): issued keys with 2 would change their meaning; give `home` a number that was never used, and keep `pro`\n\
         new.toml, line 8, column 1: edition `pro` of product `studio` has number 1, the number of `home` (old.toml, \
         line 7): issued keys with 1 would change their meaning; give `pro` a number that was never used, and keep `home`"
    );
}

#[test]
fn a_code_with_another_number_is_refused() {
    assert_eq!(
        changes(&[("projects = { id = 1", "projects = { id = 2")]),
        "new.toml, line 15, column 1: limit `projects` of product `studio` has number 2 instead of 1 (old.toml, line 15): \
         issued keys with 1 would lose their meaning; give it number 1 again"
    );
}

#[test]
fn a_removed_entry_is_refused_at_its_heading() {
    assert_eq!(
        changes(&[("fax = { bit = 1, name = \"Fax\" }\n", "")]),
        "new.toml, line 2, column 11: feature `fax` of product `studio`, number 1, is missing (old.toml, line 12): issued \
         keys with 1 would lose their meaning; keep it with `deprecated = true`"
    );
    let (before, after) = OLD.split_once("[products.viewer]").unwrap();
    let viewer = after.split_once("[offers").unwrap().0;
    assert!(before.contains("studio"));
    assert_eq!(
        changes(&[("[products.viewer]", ""), (viewer, "\n")]),
        "new.toml, line 1, column 1: product `viewer`, number 4, is missing (old.toml, line 17): issued keys with 4 would \
         lose their meaning; keep it with `deprecated = true`"
    );
}
