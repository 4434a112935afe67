//! Runs tests once more under a later clock, to show that guides and examples do not depend on the year; and a clock of programs
//! that a test sets while they run.

use std::fs;
use std::path::{Path, PathBuf};
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

/// A clock that programs see, and that a test sets while they run.
#[derive(Debug)]
pub struct Watch {
    file: PathBuf,
    library: String,
}

impl Watch {
    /// A clock whose time is in a file of that folder. `None` without `faketime`: the test is skipped.
    pub fn new(test: &str, folder: &Path) -> Option<Watch> {
        if !has_programs(test, &["faketime"]) {
            return None;
        }
        // The program that starts others would be the one that is killed in place of them: its library alone is used.
        let printed = Command::new("faketime").args(["-m", "-f", "+0", "printenv", "LD_PRELOAD"]).output().unwrap();
        let library = String::from_utf8(printed.stdout).unwrap().trim_end().to_owned();
        let watch = Watch { file: folder.join("clock"), library };
        watch.show("+0");
        Some(watch)
    }

    /// Shows this time, such as `2031-06-15 12:00:00` in UTC, where it stands still; or an offset from the machine's clock, such as
    /// `+3600` or `-3600`.
    pub fn show(&self, time: &str) {
        // Programs read the file whenever they want to know the time: it is always whole.
        let next = self.file.with_extension("next");
        fs::write(&next, format!("{time}\n")).unwrap();
        fs::rename(&next, &self.file).unwrap();
    }

    /// The program sees this clock. Durations are those of the machine.
    pub fn on<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        let file = [("LD_PRELOAD", self.library.as_ref()), ("FAKETIME_TIMESTAMP_FILE", self.file.as_os_str())];
        let settings = [("TZ", "UTC"), ("FAKETIME_NO_CACHE", "1"), ("FAKETIME_DONT_FAKE_MONOTONIC", "1")];
        command.envs(file).envs(settings).env("NO_FAKE_STAT", "1")
    }
}
