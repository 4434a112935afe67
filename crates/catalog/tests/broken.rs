//! Each catalogue in `tests/broken` has exactly the problems in the text beside it.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::fs;
use std::path::Path;

use keyward_catalog::Catalog;

/// `KEYWARD_EXPECTED=overwrite` writes the texts anew. Read the difference before you commit it.
#[test]
fn every_broken_catalogue_has_the_expected_problems() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/broken");
    let overwrite = std::env::var_os("KEYWARD_EXPECTED").is_some_and(|value| value == "overwrite");
    let mut catalogs = 0;
    for entry in fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "toml") {
            continue;
        }
        catalogs += 1;
        let file_name = path.file_name().unwrap().to_str().unwrap();
        let problems = Catalog::parse(&fs::read_to_string(&path).unwrap(), file_name).unwrap_err();
        let (found, beside) = (format!("{problems}\n"), path.with_extension("txt"));
        if overwrite {
            fs::write(&beside, &found).unwrap();
        }
        let expected = fs::read_to_string(&beside).unwrap_or_default();
        assert!(found == expected, "{file_name}\n-- expected:\n{expected}\n-- found:\n{found}");
    }
    assert_eq!(catalogs, 15, "catalogues in tests/broken");
}
