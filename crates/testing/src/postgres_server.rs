//! A PostgreSQL of a test's own, which may be stopped at any moment.

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

use crate::skip::skip;

pub struct Server {
    pub url: String,
    port: u16,
    folder: TempDir,
    programs: PathBuf,
}

impl Server {
    /// A new server. Without the programs, the test is skipped.
    pub fn start(test: &str) -> Option<Server> {
        let Some(programs) = programs() else {
            skip(test, "there is no initdb");
            return None;
        };
        let folder = tempfile::tempdir().unwrap();
        if rustix::process::geteuid().is_root() {
            let owner = Command::new("chown").args(["postgres:"]).arg(folder.path()).status().unwrap();
            assert!(owner.success(), "Debian's package has made the user postgres");
        }
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let url = format!("postgres://keyward@127.0.0.1:{port}/postgres");
        let server = Server { url, port, folder, programs };
        server.run("initdb", &["-D", "data", "-U", "keyward", "--auth=trust", "--no-sync", "--encoding=UTF8"]);
        server.run_again();
        Some(server)
    }

    /// Starts it after a stop.
    pub fn run_again(&self) {
        self.run_with("");
    }

    /// Starts it again, with TLS alone, as `name`. Who asks has to show what `needs` says, such as `trust` or `cert`. The file with the
    /// authority that has signed its certificate, beside `client.crt` and `client.key`; `None` without openssl.
    pub fn run_with_tls(&self, name: &str, needs: &str) -> Option<PathBuf> {
        let folder = self.folder.path();
        let openssl = |arguments: &str| {
            let common = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2";
            let arguments = common.split(' ').chain(arguments.split(' '));
            Some(Command::new("openssl").args(arguments).current_dir(folder).output().ok()?.status.success())
        };
        assert!(openssl("-keyout ca.key -out ca.crt -subj /CN=authority")?);
        let signed = "-CA ca.crt -CAkey ca.key -keyout server.key -out server.crt -subj /CN=server";
        assert!(openssl(&format!("{signed} -addext basicConstraints=CA:FALSE -addext subjectAltName={name}"))?);
        if rustix::process::geteuid().is_root() {
            assert!(
                Command::new("chown").args(["postgres:", "server.key"]).current_dir(folder).status().unwrap().success()
            );
        }
        let client = "-CA ca.crt -CAkey ca.key -keyout client.key -out client.crt -subj /CN=keyward";
        assert!(openssl(&format!("{client} -addext basicConstraints=CA:FALSE"))?);
        fs::write(folder.join("data/pg_hba.conf"), format!("hostssl all all 127.0.0.1/32 {needs}\n")).unwrap();
        self.stop_at_once();
        let files = "-c ssl_cert_file=../server.crt -c ssl_key_file=../server.key -c ssl_ca_file=../ca.crt";
        self.run_with(&format!("-c ssl=on {files}"));
        Some(folder.join("ca.crt"))
    }

    fn run_with(&self, more: &str) {
        // What is committed survives the server, and need not survive a loss of power.
        let options = format!(
            "-p {} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off -c max_connections=60 {more}",
            self.port
        );
        self.run("pg_ctl", &["start", "-s", "-w", "-D", "data", "-l", "log", "-o", &options]);
    }

    /// Stops it as a crash would.
    pub fn stop_at_once(&self) {
        self.run("pg_ctl", &["stop", "-s", "-w", "-D", "data", "-m", "immediate"]);
    }

    fn run(&self, program: &str, arguments: &[&str]) {
        let status = self.command(program, arguments).status().unwrap();
        let log = || fs::read_to_string(self.folder.path().join("log")).unwrap_or_default();
        assert!(status.success(), "{program} {arguments:?}: {}", log());
    }

    fn command(&self, program: &str, arguments: &[&str]) -> Command {
        let program = self.programs.join(program);
        // PostgreSQL refuses to run as root.
        let mut command = if rustix::process::geteuid().is_root() {
            let mut command = Command::new("setpriv");
            command.args(["--reuid=postgres", "--regid=postgres", "--init-groups", "env"]);
            command.arg(format!("HOME={}", self.folder.path().display())).arg(program);
            command
        } else {
            Command::new(program)
        };
        command.args(arguments).current_dir(self.folder.path()).stdin(Stdio::null()).stdout(Stdio::null());
        command.stderr(Stdio::null());
        command
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.command("pg_ctl", &["stop", "-s", "-D", "data", "-m", "immediate"]).status();
    }
}

/// The folder with the programs of the newest version. Debian keeps them out of the PATH.
fn programs() -> Option<PathBuf> {
    let has = |folder: &PathBuf| folder.join("initdb").is_file();
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let version = |path: &Path| path.file_name()?.to_str()?.parse::<u32>().ok();
    let newest =
        versions.map(|version| version.path()).filter(|path| has(&path.join("bin"))).max_by_key(|path| version(path));
    let in_path = || std::env::split_paths(&std::env::var_os("PATH")?).find(has);
    newest.map(|version| version.join("bin")).or_else(in_path)
}
