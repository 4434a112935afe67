//! `include/keyward.h` is generated from the code. `KEYWARD_EXPECTED=overwrite` writes it.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::Path;

#[test]
fn the_header_is_up_to_date() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let config = cbindgen::Config::from_file(folder.join("cbindgen.toml")).unwrap();
    let mut header = Vec::new();
    cbindgen::generate_with_config(folder, config).unwrap().write(&mut header);
    let header = String::from_utf8(header).unwrap();
    let path = folder.join("include/keyward.h");
    if std::env::var_os("KEYWARD_EXPECTED").is_some_and(|expected| expected == "overwrite") {
        std::fs::write(&path, &header).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap();
    assert!(committed == header, "include/keyward.h is out of date: KEYWARD_EXPECTED=overwrite writes it");
}
