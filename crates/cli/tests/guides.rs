//! What the guides in `docs` show is true: their commands are followed in an empty folder, in the order in which they stand.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[test]
fn the_guide_for_the_support_desk_can_be_followed_in_an_empty_folder() {
    let guide = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/support-desk.md");
    let folder = tempfile::tempdir().unwrap();
    std::env::set_current_dir(folder.path()).unwrap();
    // Where the last of these is, every command was followed.
    let cases = trycmd::TestCases::new();
    cases.case(guide).env("USER", "grace").env("NO_COLOR", "1");
    drop(cases);
    assert!(folder.path().join("zenith.txt").exists() && folder.path().join("acme-next.txt").exists());
}
