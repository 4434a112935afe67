//! This program, run again as another process: one that may be killed, mount a disk that nobody else sees, or have less rights than
//! root. Its task is in an environment variable.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::skip::skip;

/// The environment variable.
const VARIABLE: &str = "KEYWARD_TEST_TASK";

/// The task of this process, if another one has started it.
pub fn task() -> Option<String> {
    std::env::var(VARIABLE).ok()
}

/// A process that runs that test alone, with this task. What is put in front of it may begin with another program.
pub fn command(before: &[&str], test: &str, task: impl AsRef<OsStr>) -> Command {
    let this = std::env::current_exe().unwrap();
    let mut words = before.iter().map(OsStr::new).chain([this.as_os_str()]);
    let mut command = Command::new(words.next().unwrap());
    command.args(words).args([test, "--exact", "--nocapture"]).env(VARIABLE, task).stdin(Stdio::null());
    command
}

/// Has the story of that test told on a disk of that size, if this machine allows such.
pub fn on_disk(test: &str, size: &str) {
    let folder = tempfile::tempdir().unwrap();
    let mount = format!("mount -t tmpfs -o size={size} tmpfs {} && exec \"$@\"", folder.path().display());
    let is_root = rustix::process::geteuid().is_root();
    let before = ["unshare", if is_root { "-m" } else { "-rm" }, "sh", "-c", &mount, "sh"];
    in_folder(test, &before, folder.path());
}

/// Has the story of that test told in that folder. If the programs before it fail, the test is skipped.
pub fn in_folder(test: &str, before: &[&str], folder: &Path) {
    let tries = Command::new(before[0]).args(&before[1..]).arg("true").output();
    if !tries.as_ref().is_ok_and(|tries| tries.status.success()) {
        return skip(test, &format!("{} is not allowed here, or missing: {tries:?}", before[0]));
    }
    let output = command(before, test, folder).output().unwrap();
    let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{text}");
    println!("{text}");
}

/// Tells the story in the folder that is the task of this process, if it has one.
pub fn tell(story: impl AsyncFnOnce(PathBuf)) -> bool {
    let Some(folder) = task() else { return false };
    tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap().block_on(story(folder.into()));
    true
}
