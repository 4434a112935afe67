//! The health check.

use crate::common::program::Program;
use crate::common::{ended, server};

#[test]
fn health_is_asked_of_the_server_that_runs() {
    let folder = tempfile::tempdir().unwrap();
    let health = || ended(&mut server(folder.path(), &["health", "--data", "data"]));
    let none = health();
    assert_eq!((none.code, none.stderr.contains("no server answers")), (1, true), "{none:?}");
    let mut program = Program::start(server(folder.path(), &["serve", "--data", "data", "--listen", "127.0.0.1:0"]));
    // The socket is there before the first call is answered.
    assert_eq!(program.send("GET", "/readyz", "", "").status, 200);
    let healthy = health();
    assert_eq!((healthy.code, healthy.stdout.as_str()), (0, "ready\n"), "{healthy:?}");
    program.signal("TERM");
    program.wait_for("ended");
    assert_eq!(health().code, 1);
}
