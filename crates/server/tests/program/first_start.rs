//! A first start that is killed.

use std::path::Path;
use std::process::{Command, Stdio};

use keyward_server::EnvironmentKeys;
use keyward_testing::postgres::Schema;

use crate::common::program::Program;
use crate::common::server;

/// Starts the server in an empty folder, and kills it once that file is there. A file that is there for a short time may be missed:
/// then the server is killed at the end of its start.
fn kill_at(folder: &Path, file: &str) {
    let mut command = server(folder, &serve());
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    while ![file, "control.sock"].iter().any(|file| folder.join("data").join(file).exists()) {
        assert!(child.try_wait().unwrap().is_none(), "the server ended before {file}");
    }
    child.kill().unwrap();
    child.wait().unwrap();
}

fn serve() -> [&'static str; 5] {
    ["serve", "--data", "data", "--listen", "127.0.0.1:0"]
}

#[test]
fn a_first_start_that_was_killed_is_finished_by_the_next_one() {
    for file in [
        "server.toml",
        "production",
        "production/ledger.db",
        "production/ledger.db-wal",
        "production/catalog.toml",
        "production/keys.new",
        "production/keys.new/license.key",
        "production/keys.new/root.key",
        "production/keys.new/trust.json",
        "production/license.key",
        "production/trust.json",
        "production/audit.key",
        "production/audit.pub",
        "control.sock",
    ] {
        let folder = tempfile::tempdir().unwrap();
        kill_at(folder.path(), file);
        let mut program = Program::start(server(folder.path(), &serve()));
        assert_eq!(program.send("GET", "/readyz", "", "").status, 200, "{file}");
        // The keys belong together.
        let keys = EnvironmentKeys::read(&folder.path().join("data/production")).unwrap();
        assert_eq!(program.send("GET", "/v1/trust", "", "").body, keys.bundle_file, "{file}");
        assert!(!folder.path().join("data/production/keys.new").exists(), "{file}");
        program.signal("TERM");
        program.wait_for("ended");
        let verify = ["ledger", "verify", "--data", "data", "--environment", "production"];
        let verified: &mut Command = &mut server(folder.path(), &verify);
        assert!(verified.output().unwrap().status.success(), "{file}");
    }
}

/// A preset token would be known for every server.
#[test]
fn a_new_server_has_no_token() {
    let folder = tempfile::tempdir().unwrap();
    let mut program = Program::start(server(folder.path(), &serve()));
    program.signal("TERM");
    program.wait_for("ended");
    let list = ["admin", "list-tokens", "--data", "data", "--environment", "production", "--json"];
    let listed: &mut Command = &mut server(folder.path(), &list);
    assert_eq!(String::from_utf8(listed.output().unwrap().stdout).unwrap().trim(), "[]");
}

/// On SQLite, the lock of the ledger lets one of them through.
#[test]
fn two_first_starts_at_once_in_one_folder_make_one_root() {
    let name = "two_first_starts_at_once_in_one_folder_make_one_root";
    for _ in 0..5 {
        let Some(schema) = Schema::create(name) else { return };
        let folder = tempfile::tempdir().unwrap();
        let start = || {
            let mut command = server(folder.path(), &serve());
            command.env("KEYWARD_DATABASE", &schema.url);
            Program::start(command)
        };
        let programs =
            std::thread::scope(|scope| [scope.spawn(start), scope.spawn(start)].map(|start| start.join().unwrap()));
        let keys = EnvironmentKeys::read(&folder.path().join("data/production")).unwrap();
        for program in &programs {
            assert_eq!(program.send("GET", "/v1/trust", "", "").body, keys.bundle_file);
        }
    }
}
