//! `docs/server.md` shows real output: a test follows its commands in an empty folder, from the first to the last. The unit of
//! systemd is one that systemd reads.
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

#[test]
fn systemd_reads_the_unit() {
    let unit = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../packaging/keyward-server.service");
    let unit = std::fs::read_to_string(unit).unwrap();
    assert_eq!(unit.matches("/usr/local/bin/keyward-server").count(), 1);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keyward-server.service");
    let program = env!("CARGO_BIN_EXE_keyward-server");
    std::fs::write(&path, unit.replace("/usr/local/bin/keyward-server", program)).unwrap();
    let verified = match std::process::Command::new("systemd-analyze").arg("verify").arg(&path).output() {
        Ok(verified) => verified,
        Err(_) => return println!("SKIPPED: there is no systemd-analyze"),
    };
    let said = String::from_utf8_lossy(&verified.stderr);
    assert!(verified.status.success() && !said.contains("keyward-server.service"), "{said}");
}
