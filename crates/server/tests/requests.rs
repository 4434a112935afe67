//! What the real program says of requests: their ids, their lines in the log, and the page of the API.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;

use common::program::{Answered, Program};
use serde_json::{Value, json};
use tempfile::TempDir;

/// A server on a port of its own.
struct Running {
    program: Program,
    token: String,
    _folder: TempDir,
}

impl Running {
    fn start(settings: &str) -> Running {
        let folder = tempfile::tempdir().unwrap();
        let run = |arguments: &[&str]| {
            let ended = common::ended(&mut common::server(folder.path(), arguments));
            assert_eq!(ended.code, 0, "{}", ended.stderr);
            ended.stdout
        };
        run(&["ledger", "init", "--data", ".", "--environment", "production"]);
        let role = ["--role", "license-manager", "--name", "ci"];
        let made = run(&[&["admin", "create-token", "--data", ".", "--environment", "production"], &role[..]].concat());
        let token = made.split_whitespace().find(|word| word.starts_with("kw_")).unwrap().to_owned();
        if !settings.is_empty() {
            let first = "listen = \"127.0.0.1:0\"\nenvironments = [\"production\"]\n";
            std::fs::write(folder.path().join("server.toml"), format!("{first}{settings}")).unwrap();
        }
        let command = common::server(folder.path(), &["serve", "--data", ".", "--listen", "127.0.0.1:0"]);
        Running { program: Program::start(command), token, _folder: folder }
    }

    fn send(&self, method: &str, path: &str, headers: &str, body: &str) -> Answered {
        self.program.send(method, path, headers, body)
    }

    fn headers(&self) -> String {
        format!("Authorization: Bearer {}\r\nContent-Type: application/json\r\nIf-Match: *\r\n", self.token)
    }

    /// Ends the server; its log.
    fn end(self) -> Vec<String> {
        self.program.killed()
    }
}

/// A license with its whole key.
fn sold(server: &Running) -> Value {
    let order = json!({ "offer": "pro-annual", "licensee": "Grace Hopper",
                        "customer": { "name": "Grace Hopper", "email": "grace@navy.example" } });
    let made = server.send("POST", "/v1/licenses", &server.headers(), &order.to_string());
    assert_eq!(made.status, 201, "{}", made.body);
    serde_json::from_str(&made.body).unwrap()
}

#[test]
fn each_request_has_an_id_and_one_line_without_keys_tokens_and_persons() {
    let server = Running::start("");
    let license = sold(&server);
    let (key, id) = (license["key"].as_str().unwrap(), license["id"].as_str().unwrap());
    let mut ids = std::collections::BTreeSet::new();
    let mut sent = 0;
    let document = keyward_server::document("/v1");
    for (path, methods) in document["paths"].as_object().unwrap() {
        for method in methods.as_object().unwrap().keys() {
            // Real ids, a key in the place of an id, and texts that belong nowhere.
            for place in [id, key, "grace@navy.example"] {
                let path = format!("/v1{}?q={key}&email=grace@navy.example", path.replace("{id}", place));
                let body = json!({ "key": key, "machine": key, "email": "grace@navy.example", "reason": key });
                for body in [body, json!({ "key": key })] {
                    let method = method.to_uppercase();
                    let answered = server.send(&method, &path, &server.headers(), &body.to_string());
                    let of_line = |line: &str| line.strip_prefix("x-request-id: ").map(str::to_owned);
                    let request_id = answered.head.lines().find_map(of_line).unwrap_or_else(|| panic!("{path}"));
                    assert_eq!((request_id.len(), request_id.as_bytes()[14]), (36, b'7'), "{request_id}");
                    assert!(ids.insert(request_id));
                    sent += 1;
                }
            }
        }
    }
    assert_eq!(server.send("GET", &format!("/{key}"), "", "").status, 404);
    let validated =
        server.send("POST", "/v1/validate", "Content-Type: application/json\r\n", &json!({ "key": key }).to_string());
    assert_eq!(validated.status, 200, "{}", validated.body);
    let (token, serial) = (server.token.clone(), license["serial"].as_str().unwrap().to_owned());
    let log = server.end();
    let lines: Vec<Value> = log.iter().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let answered: Vec<_> = lines.iter().filter(|line| line["fields"]["message"] == "answered").collect();
    assert_eq!(answered.len(), sent + 3, "one line a request");
    for line in &answered {
        let fields = &line["fields"];
        assert!(
            fields["status"].is_u64() && fields["milliseconds"].is_number() && fields["method"].is_string(),
            "{line}"
        );
        assert_eq!(line["span"]["id"].as_str().unwrap().len(), 36, "{line}");
        let route = fields["route"].as_str().unwrap();
        assert!(route == "none" || route.starts_with("/v1/"), "{route}");
    }
    assert!(answered.iter().any(|line| line["fields"]["token"].as_str().is_some_and(|id| id.starts_with("tok_"))));
    assert!(answered.iter().any(|line| line["fields"]["serial"] == json!(serial)));
    let groups: Vec<_> = key.split('-').collect();
    for line in &log {
        let line = line.to_uppercase();
        assert!(!groups.windows(3).any(|groups| line.contains(&groups.join("-"))), "{line}");
        for private in [&token, "grace@navy.example", "Grace Hopper"] {
            assert!(!line.contains(&private.to_uppercase()), "{line}");
        }
    }
}

#[test]
fn each_refusal_is_in_the_log_with_its_code() {
    let server = Running::start("[limits]\nper_address = 6\nper_machine = 60\nper_license = 60\n");
    let unknown = format!("Authorization: Bearer kw_production_{}\r\n", "0".repeat(40));
    let json = "Content-Type: application/json\r\n";
    for (method, path, headers, body) in [
        ("GET", "/v1/licenses", "", ""),
        ("GET", "/v1/licenses", unknown.as_str(), ""),
        ("POST", "/v1/validate", json, "{"),
        ("DELETE", "/v1/validate", "", ""),
        ("GET", "/v1/users", "", ""),
        ("GET", "/v1/trust", "", ""),
        ("GET", "/v1/trust", "", ""),
    ] {
        server.send(method, path, headers, body);
    }
    let log = server.end();
    let lines = log.iter().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let answered = lines.map(|mut line| line["fields"].take()).filter(|fields| fields["message"] == "answered");
    let found: Vec<_> = answered.map(|fields| (fields["status"].as_u64().unwrap(), fields["code"].clone())).collect();
    let code = |status, code: &str| (status, json!(code));
    let refused = [
        code(401, "no-token"),
        code(401, "invalid-token"),
        code(400, "malformed-json"),
        code(405, "wrong-method"),
        code(404, "no-such-address"),
    ];
    assert_eq!(found[..5], refused);
    assert_eq!(found[5..], [(200, Value::Null), code(429, "too-many-requests")]);
}

#[test]
fn l146_a_caller_who_asks_too_often_is_told_when_to_ask_again() {
    let server =
        Running::start("proxies = [\"127.0.0.0/8\"]\n[limits]\nper_address = 30\nper_machine = 2\nper_license = 3\n");
    let license = sold(&server);
    let key = license["key"].as_str().unwrap();
    let validate = |from: &str, machine: &str| {
        let headers = format!("Content-Type: application/json\r\nX-Forwarded-For: {from}\r\n");
        server.send("POST", "/v1/validate", &headers, &json!({ "key": key, "machine": machine }).to_string())
    };
    let statuses = ["a", "a", "a", "b"].map(|machine| validate("192.0.2.1", machine).status);
    assert_eq!(statuses, [200, 200, 429, 429]);
    let refused = validate("192.0.2.2", "c");
    assert_eq!(refused.status, 429);
    assert!(refused.head.contains("ratelimit: \"license\";r=0;t="), "{}", refused.head);
    assert!(refused.head.contains("ratelimit-policy: \"license\";q=3;w=60"), "{}", refused.head);
    assert!(
        refused.head.contains("retry-after: ") && refused.head.contains("application/problem+json"),
        "{}",
        refused.head
    );
    // All calls of an address count, and another address is free.
    let refused =
        (0..40).filter(|_| server.send("GET", "/v1/trust", "X-Forwarded-For: 192.0.2.3\r\n", "").status == 429);
    assert!(refused.count() >= 5, "30 calls a minute");
    let spoofed = "X-Forwarded-For: 192.0.2.9, 192.0.2.3\r\n";
    assert_eq!(server.send("GET", "/v1/trust", spoofed, "").status, 429);
    assert_eq!(server.send("GET", "/v1/trust", "X-Forwarded-For: 192.0.2.4\r\n", "").status, 200);
}

#[test]
fn the_page_of_the_api_has_every_call_and_nothing_from_elsewhere() {
    let server = Running::start("");
    let page = server.send("GET", "/docs/api", "", "");
    assert_eq!(page.status, 200);
    assert!(page.head.contains("content-security-policy: default-src 'none'; style-src 'self'"), "{}", page.head);
    let document = keyward_server::document("/v1");
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, call) in methods.as_object().unwrap() {
            let id = call["operationId"].as_str().unwrap();
            assert_eq!(page.body.matches(&format!("<section id=\"{id}\">")).count(), 1, "{method} {path}");
            assert!(page.body.contains(&format!("href=\"#{id}\"")), "{method} {path}");
        }
    }
    for absent in ["<script", "style=", "http://", "https://", "src=", "@import"] {
        assert!(!page.body.contains(absent), "{absent}");
    }
    let styles = server.send("GET", "/docs/api.css", "", "");
    assert!(styles.status == 200 && styles.head.contains("text/css"), "{}", styles.head);
    let served: Value = serde_json::from_str(&server.send("GET", "/openapi.json", "", "").body).unwrap();
    assert!(served == document);
    for base in ["/v1", "/production/v1"] {
        let served = server.send("GET", &format!("{base}/openapi.json"), "", "").body;
        let served: Value = serde_json::from_str(&served).unwrap();
        assert_eq!((&served["servers"][0]["url"], &served["paths"]), (&json!(base), &document["paths"]));
    }
}
