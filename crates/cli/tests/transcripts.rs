//! What the command says, as transcripts. They run in `tests/fixtures`, or in the folder named after the transcript.

#[test]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
fn every_transcript_is_true() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    std::env::set_current_dir(folder.join("fixtures")).unwrap();
    trycmd::TestCases::new().case(folder.join("cmd/*.trycmd")).env("NO_COLOR", "1").env("LANG", "C");
}
