//! The output of the command, as transcripts. They run in `tests/fixtures`, or in the folder named after the
//! transcript.

#[test]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
fn every_transcript_is_true() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    std::env::set_current_dir(folder.join("fixtures")).unwrap();
    let cases = trycmd::TestCases::new();
    cases.case(folder.join("cmd/*.trycmd"));
    // The record names the user, and help is as wide as the terminal: both are fixed here.
    cases.env("USER", "grace").env("NO_COLOR", "1").env("COLUMNS", "100");
}
