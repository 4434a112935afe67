//! `docs/server.md` shows real output: this test follows its commands in an empty folder, from the first to the last.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::Path;

#[test]
fn the_guide_to_the_server_can_be_followed_in_an_empty_folder() {
    let folder = tempfile::tempdir().unwrap();
    std::env::set_current_dir(folder.path()).unwrap();
    let cases = trycmd::TestCases::new();
    cases.case(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/server.md"));
    cases.env("USER", "grace").env("NO_COLOR", "1").env("KEYWARD_DATABASE", "");
    drop(cases);
    assert!(folder.path().join("data/production/audit.pub").exists());
}
