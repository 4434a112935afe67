//! Runs tests once more under a later clock, to show that guides and examples do not depend on the year.

use std::process::{Command, Output};

use crate::skip::has_programs;

/// A day after all dates in the guides.
const LATER: &str = "2031-06-15 12:00:00";

/// A command under the later clock, with all processes that it starts. `None` without `faketime`: the test is skipped.
pub fn later(test: &str, program: impl AsRef<std::ffi::OsStr>) -> Option<Command> {
    has_programs(test, &["faketime"]).then(|| {
        let mut command = Command::new("faketime");
        command.arg(LATER).arg(program);
        command
    })
}

/// Runs these tests of the same program once more, under the later clock.
///
/// # Panics
///
/// If one of them fails, or there is none of that name.
pub fn again_later(test: &str, tests: &[&str]) {
    let Some(mut command) = later(test, std::env::current_exe().unwrap()) else { return };
    let ended: Output = command.arg("--exact").args(tests).env_remove("TRYCMD").output().unwrap();
    let said = String::from_utf8_lossy(&ended.stdout);
    let stderr = String::from_utf8_lossy(&ended.stderr);
    assert!(ended.status.success(), "in 2031: {said}{stderr}");
    assert!(said.contains(&format!("{} passed", tests.len())), "in 2031: {said}");
}
