//! The output of the program, as transcripts.

/// Without a folder of its own, a transcript runs in `tests`, where it writes nothing.
#[test]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
fn every_transcript_is_true() {
    std::env::set_current_dir(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests")).unwrap();
    let cases = trycmd::TestCases::new();
    cases.case("cmd/*.trycmd");
    // The audit log names the user, and help is as wide as the terminal: both are fixed here.
    cases.env("USER", "grace").env("NO_COLOR", "1").env("COLUMNS", "100").env("KEYWARD_DATABASE", "");
}
