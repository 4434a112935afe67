//! The files in `tests/constants` have the constants of their catalogues.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::fs;
use std::path::Path;

use keyward_catalog::{Catalog, Language};

/// `KEYWARD_EXPECTED=overwrite` writes the files anew. Read the difference before you commit it.
#[test]
fn every_language_has_the_expected_file() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/constants");
    let overwrite = std::env::var_os("KEYWARD_EXPECTED").is_some_and(|value| value == "overwrite");
    let awkward = fs::read_to_string(folder.join("awkward.toml")).unwrap();
    for (name, text) in [("example", Catalog::EXAMPLE), ("awkward", &awkward)] {
        let catalog = Catalog::parse(text, name).unwrap_or_else(|problems| panic!("{problems}"));
        for (language, ending) in
            [(Language::Rust, "rs"), (Language::C, "h"), (Language::Python, "py"), (Language::JavaScript, "mjs")]
        {
            let (path, found) = (folder.join(name).with_extension(ending), catalog.constants(language));
            if overwrite {
                fs::write(&path, &found).unwrap();
            }
            assert!(fs::read_to_string(&path).unwrap() == found, "{} differs:\n{found}", path.display());
        }
    }
}
