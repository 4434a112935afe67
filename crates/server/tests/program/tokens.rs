//! Tokens are made, listed and ended on the machine of the server, also while it runs.

use std::path::Path;

use crate::common::program::Program;
use crate::common::{Ended, ended, server};

fn admin(data: &Path, command: &str, more: &[&str]) -> Ended {
    let place = ["admin", command, "--data", ".", "--environment", "production"];
    ended(&mut server(data, &[&place[..], more].concat()))
}

#[test]
fn a_token_that_was_ended_is_refused_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let serve = || Program::start(server(folder.path(), &["serve", "--data", ".", "--listen", "127.0.0.1:0"]));
    let mut program = serve();
    let make = |name: &str| admin(folder.path(), "create-token", &["--role", "license-manager", "--name", name]).stdout;
    let (shop, ci) = (make("shop"), make("ci"));
    let ids = || {
        let listed = admin(folder.path(), "list-tokens", &["--json"]).stdout;
        let tokens: Vec<serde_json::Value> = serde_json::from_str(&listed).unwrap();
        tokens.into_iter().map(|token| (token["name"].as_str().unwrap().to_owned(), token)).collect::<Vec<_>>()
    };
    let id = |name: &str| {
        let found = ids().into_iter().find(|(of, _)| of == name);
        found.unwrap().1["id"].as_str().unwrap().to_owned()
    };
    let me = |program: &Program, token: &str| {
        program.send("GET", "/v1/me", &format!("Authorization: Bearer {}\r\n", token.trim()), "")
    };
    assert_eq!((me(&program, &shop).status, me(&program, &ci).status), (200, 200));

    let said = admin(folder.path(), "end-token", &[&id("shop")]);
    assert!(said.code == 0 && said.stderr.contains("the token shop for production ended at"), "{said:?}");
    let refused = me(&program, &shop);
    assert!(refused.status == 401 && refused.body.contains("\"invalid-token\""), "{}", refused.body);
    assert_eq!(me(&program, &ci).status, 200, "the other one goes on");

    // Again, it stays as it is.
    let ended_at = || ids().into_iter().find(|(name, _)| name == "shop").unwrap().1["ended_at"].clone();
    let first = ended_at();
    assert!(first.is_string(), "{first}");
    assert_eq!(admin(folder.path(), "end-token", &[&id("shop")]).code, 0);
    assert_eq!(ended_at(), first);

    // Without a server, it is the same.
    program.signal("TERM");
    program.wait_for("ended");
    assert_eq!(admin(folder.path(), "end-token", &[&id("ci")]).code, 0);
    let program = serve();
    assert_eq!((me(&program, &shop).status, me(&program, &ci).status), (401, 401));

    let unknown = admin(folder.path(), "end-token", &["tok_01a22c2ae8a774c4a1290b414e7c7d84"]);
    assert!(
        unknown.code == 1 && unknown.stderr.contains("there is no token tok_01a22c2ae8a774c4a1290b414e7c7d84"),
        "{unknown:?}"
    );
    let wrong = admin(folder.path(), "end-token", &["lic_01a22c2ae8a774c4a1290b414e7c7d84"]);
    assert_eq!(wrong.code, 2, "{wrong:?}");
}
