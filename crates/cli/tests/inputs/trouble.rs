//! A state that can't be written, is in use by another process, or is a trap: the license is still verified, with a remark.
#![cfg(unix)]

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use keyward_testing::skip::{has_programs, skip};
use keyward_verifier::files::{OpenedState, StateFile};
use serde_json::json;

use super::made::AHEAD;
use crate::common::{Ended, ended, keyward, run};
use crate::{KEY, folder, verified, verify};

const STATE: [&str; 4] = ["--state", "state", "--clock", "2026-06-15"];

/// The command as a user without root's rights, since root ignores permissions.
fn unprivileged(folder: &Path, arguments: &[&str]) -> Ended {
    if fs::metadata(folder).unwrap().uid() != 0 {
        return run(folder, arguments);
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid", "65534", "--regid", "65534", "--clear-groups"]).arg(env!("CARGO_BIN_EXE_keyward"));
    command.args(arguments).current_dir(folder).stdin(Stdio::null());
    ended(&mut command)
}

fn permit(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn a_license_is_verified_though_the_state_can_not_be_written() {
    if !has_programs("a_license_is_verified_though_the_state_can_not_be_written", &["setpriv"]) {
        return;
    }
    let folder = folder();
    permit(folder.path(), 0o755);
    let list = ["--revocations", "list-3.json", "typical.txt"];
    assert_eq!(verify(folder.path(), &[&KEY, &STATE, &list]).code, 0);
    let state = folder.path().join("state");
    let before = fs::read(state.join("keyward.state")).unwrap();
    let readable = |folder_mode: u32, file_mode: u32| {
        for name in ["keyward.state", "keyward.lock"] {
            permit(&state.join(name), file_mode);
        }
        permit(&state, folder_mode);
    };
    let arguments = |more: &[&'static str]| [&["verify"][..], &KEY, &STATE, more].concat();

    readable(0o555, 0o444);
    let judged = unprivileged(folder.path(), &arguments(&list));
    assert_eq!(judged.code, 0, "{judged:?}");
    assert!(
        judged.stderr.contains("Remark: the state in state was read, and can't be written (Permission denied"),
        "{judged:?}"
    );
    let older = unprivileged(folder.path(), &arguments(&["--revocations", "list-1.json", "typical.txt"]));
    assert_eq!(older.code, 27, "it is read all the same: {older:?}");
    let strict =
        unprivileged(folder.path(), &arguments(&["--strict-clock", "--revocations", "list-3.json", "typical.txt"]));
    assert_eq!(strict.code, 0, "its evidence is used: {strict:?}");
    let json =
        unprivileged(folder.path(), &arguments(&["--json", "--revocations", "list-3.json", "typical.txt"])).json();
    assert_eq!((&json["state"]["found"], &json["state"]["saved"]), (&json!("kept"), &json!(false)));
    assert!(json["state"]["message"].as_str().unwrap().contains("Permission denied"), "{json}");
    let shown = unprivileged(folder.path(), &["state", "show", "--state", "state", "--json"]);
    assert_eq!((shown.code, &shown.json()["list"]), (0, &json!(3)), "{shown:?}");
    let explained =
        unprivileged(folder.path(), &["explain", "--trust", "vendor.pub", "--state", "state", "list-1.json"]);
    assert_eq!(explained.code, 27, "{explained:?}");
    let reset = unprivileged(folder.path(), &["state", "reset", "--force", "--state", "state"]);
    assert!(reset.code == 1 && reset.stderr.contains("the state in state can't be written"), "{reset:?}");

    // Files without read permission are not taken for a first run either.
    readable(0o555, 0o000);
    let unreadable = unprivileged(folder.path(), &arguments(&list));
    assert_eq!(unreadable.code, 0, "{unreadable:?}");
    assert!(unreadable.stderr.contains("Remark: the state in state is not used"), "{unreadable:?}");
    let strict = unprivileged(folder.path(), &arguments(&["--strict-clock", "typical.txt"]));
    assert_eq!(strict.code, 22, "{strict:?}");
    assert_eq!(unprivileged(folder.path(), &["state", "show", "--state", "state"]).code, 1);

    readable(0o755, 0o644);
    assert_eq!(fs::read(state.join("keyward.state")).unwrap(), before, "nothing was changed");
}

/// A missing folder, or a folder without a state, on a medium that can't be written.
#[test]
fn a_license_is_verified_though_no_state_can_be_begun() {
    if !has_programs("a_license_is_verified_though_no_state_can_be_begun", &["setpriv"]) {
        return;
    }
    let folder = folder();
    permit(folder.path(), 0o555);
    fs::create_dir(folder.path().join("empty")).unwrap();
    for state in ["nowhere", "empty"] {
        let arguments = ["verify", "--trust", "vendor.pub", "--state", state, "--clock", "2026-06-15", "typical.txt"];
        let judged = unprivileged(folder.path(), &arguments);
        assert_eq!(judged.code, 0, "{judged:?}");
        assert!(judged.stderr.contains(&format!("Remark: the state in {state} is not used")), "{judged:?}");
        let json = unprivileged(folder.path(), &[&arguments[..], &["--json"]].concat()).json();
        assert_eq!((&json["state"]["found"], &json["state"]["id"]), (&json!("unreadable"), &json!(null)));
    }
    permit(folder.path(), 0o755);
}

#[test]
fn a_license_is_verified_though_another_process_uses_the_state() {
    let folder = folder();
    let list = ["--revocations", "list-2.json", "typical.txt"];
    assert_eq!(verify(folder.path(), &[&KEY, &STATE, &list]).code, 24);
    let Ok(OpenedState::Stored(held)) = StateFile::open(&folder.path().join("state"), None, AHEAD) else {
        unreachable!("it was saved")
    };
    let begun = Instant::now();
    let judged = verify(folder.path(), &[&KEY, &STATE, &["typical.txt"]]);
    assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
    assert_eq!(judged.code, 24, "by what is remembered: {judged:?}");
    assert!(judged.stderr.contains("can't be written (another process has the state)"), "{judged:?}");
    for command in [
        &["state", "show", "--state", "state"][..],
        &["explain", "--trust", "vendor.pub", "--state", "state", "list-2.json"],
    ] {
        let begun = Instant::now();
        assert_eq!(run(folder.path(), command).code, 0);
        assert!(begun.elapsed() < Duration::from_secs(2), "it is only read: {:?}", begun.elapsed());
    }
    drop(held);
    assert_eq!(verified(folder.path(), &[&KEY, &STATE, &["typical.txt"]]).1["state"]["saved"], true);

    // A first start, while another process begins the state.
    let Ok(OpenedState::New(_begun)) = StateFile::open(&folder.path().join("new"), None, AHEAD) else {
        unreachable!("nothing was saved")
    };
    let new = verify(folder.path(), &[&KEY, &["--state", "new", "--clock", "2026-06-15", "typical.txt"]]);
    assert!(new.code == 0 && new.stderr.contains("another process has the state"), "{new:?}");
}

#[test]
fn a_link_in_the_folder_of_the_state_is_not_written_through() {
    type Link = fn(&Path, &Path) -> std::io::Result<()>;
    let links: [Link; 2] = [|victim, link| symlink(victim, link), |victim, link| fs::hard_link(victim, link)];
    for link in links {
        for name in ["keyward.lock", "keyward.state", "keyward.state.new"] {
            let folder = folder();
            let victim = folder.path().join("victim");
            fs::write(&victim, "of another account").unwrap();
            fs::create_dir(folder.path().join("state")).unwrap();
            link(&victim, &folder.path().join("state").join(name)).unwrap();
            let judged = verify(folder.path(), &[&KEY, &STATE, &["typical.txt"]]);
            assert_eq!(judged.code, 0, "{judged:?}");
            assert_eq!(judged.stderr.contains("remove it"), name != "keyward.state.new", "{judged:?}");
            let strict = verify(folder.path(), &[&KEY, &STATE, &["--strict-clock", "typical.txt"]]);
            assert_eq!(strict.code == 22, name != "keyward.state.new", "{strict:?}");
            let _ = keyward(folder.path(), &["state", "reset", "--force", "--state", "state"]).status();
            assert_eq!(fs::read(&victim).unwrap(), b"of another account", "{name}");
            assert_eq!(fs::metadata(&victim).unwrap().permissions().mode() & 0o777, 0o644);
        }
    }
}

#[test]
fn a_license_is_verified_though_the_state_is_on_a_read_only_file_system() {
    let test = "a_license_is_verified_though_the_state_is_on_a_read_only_file_system";
    if !has_programs(test, &["unshare"]) {
        return;
    }
    let folder = folder();
    assert_eq!(verify(folder.path(), &[&KEY, &STATE, &["typical.txt"]]).code, 0);
    let mounted = |arguments: &[&str]| {
        let script = "mount --bind state state && mount -o remount,bind,ro state || exit 77; exec \"$@\"";
        let mut command = Command::new("unshare");
        command.args(["--map-root-user", "--mount", "sh", "-c", script, "sh", env!("CARGO_BIN_EXE_keyward")]);
        ended(command.args(arguments).current_dir(folder.path()).stdin(Stdio::null()))
    };
    let shown = mounted(&["state", "show", "--state", "state", "--json"]);
    if shown.code == 77 || shown.stderr.starts_with("unshare:") {
        return skip(test, &format!("nothing can be mounted here: {}", shown.stderr));
    }
    assert_eq!((shown.code, &shown.json()["found"]), (0, &json!("kept")), "{shown:?}");
    let text = mounted(&["state", "show", "--state", "state"]);
    assert!(text.code == 0 && text.stdout.starts_with("The state in state: intact"), "{text:?}");
    for command in ["verify", "explain"] {
        let judged = mounted(&[&[command][..], &KEY, &STATE, &["typical.txt"]].concat());
        assert_eq!(judged.code, 0, "{judged:?}");
        let remark = "Remark: the state in state was read, and can't be written (Read-only file system";
        assert!(judged.stderr.contains(remark), "{judged:?}");
    }
    let reset = mounted(&["state", "reset", "--force", "--state", "state"]);
    assert!(reset.code == 1 && reset.stderr.contains("the state in state can't be written"), "{reset:?}");
}
