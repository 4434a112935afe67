//! The figures for Prometheus.

use serde_json::json;

use crate::common::program::{Program, send};
use crate::common::{ended, server};

/// The value of a line that begins so.
fn value(page: &str, name: &str) -> f64 {
    let line = page.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    line.unwrap_or_else(|| panic!("{name}: {page}")).parse().unwrap()
}

#[test]
fn figures_count_calls_and_changes_and_name_no_license() {
    let folder = tempfile::tempdir().unwrap();
    let settings = "listen = \"127.0.0.1:0\"\nenvironments = [\"production\"]\nmetrics = \"127.0.0.1:0\"\n\
                    [limits]\nper_address = 20\n";
    std::fs::write(folder.path().join("server.toml"), settings).unwrap();
    let mut program = Program::start(server(folder.path(), &["serve", "--data", "."]));
    let line = program.wait_for("/metrics");
    let metrics = line.split("http://").nth(1).unwrap().trim_end_matches("/metrics").to_owned();
    let role = ["--role", "license-manager", "--name", "ci"];
    let made = [&["admin", "create-token", "--data", ".", "--environment", "production"], &role[..]].concat();
    let token = ended(&mut server(folder.path(), &made)).stdout;

    let headers = format!("Authorization: Bearer {}\r\nContent-Type: application/json\r\n", token.trim());
    let order = json!({ "offer": "pro-annual", "customer": { "name": "Acme", "email": "it@acme.example" } });
    let sold = program.send("POST", "/v1/licenses", &headers, &order.to_string());
    let sold: serde_json::Value = serde_json::from_str(&sold.body).unwrap();
    let (key, id) = (sold["key"].as_str().unwrap(), sold["id"].as_str().unwrap());
    let body = json!({ "key": key, "machine": "laptop-1" }).to_string();
    assert_eq!(program.send("POST", "/v1/activate", &headers, &body).status, 201);
    assert_eq!(program.send("GET", &format!("/v1/licenses/{id}"), &headers, "").status, 200);
    assert_eq!(program.send("BREW", &format!("/{key}"), "", "").status, 404);
    let refused = (0..30).filter(|_| program.send("GET", "/v1/trust", "", "").status == 429).count();

    let page = send(&metrics, "GET", "/metrics", "", "");
    assert_eq!(page.status, 200);
    assert!(page.head.contains("application/openmetrics-text; version=1.0.0"), "{}", page.head);
    let page = page.body;
    let requests = |method: &str, route: &str, status: u16| {
        value(&page, &format!("keyward_requests_total{{method=\"{method}\",route=\"{route}\",status=\"{status}\"}}"))
    };
    assert_eq!(requests("POST", "/v1/licenses", 201), 1.0);
    assert_eq!(requests("GET", "/v1/licenses/{id}", 200), 1.0);
    assert_eq!(requests("other", "none", 404), 1.0);
    assert_eq!(value(&page, "keyward_request_seconds_count{route=\"/v1/activate\"}"), 1.0);
    assert_eq!(value(&page, "keyward_requests_running"), 0.0);
    assert_eq!(value(&page, "keyward_problems_total{code=\"too-many-requests\"}"), refused as f64);
    assert!(refused > 0);
    for (name, count) in [
        ("keyward_changes_total{action=\"license.created\"}", 1.0),
        ("keyward_changes_total{action=\"activation.created\"}", 1.0),
        ("keyward_signatures_total{kind=\"license\"}", 1.0),
        ("keyward_signatures_total{kind=\"validation-file\"}", 1.0),
        ("keyward_upkeep_failures_total", 0.0),
        (concat!("keyward_build_info{version=\"", env!("CARGO_PKG_VERSION"), "\"}"), 1.0),
    ] {
        assert_eq!(value(&page, name), count, "{name}");
    }
    assert!(value(&page, "keyward_database_connections{environment=\"production\"}") >= 1.0);
    if cfg!(target_os = "linux") {
        assert!(value(&page, "process_open_fds") > 3.0);
        assert!(value(&page, "process_resident_memory_bytes") > value(&page, "process_anonymous_memory_bytes"));
    }
    assert!(page.ends_with("# EOF\n"));
    let groups: Vec<_> = key.split('-').collect();
    for private in [id, sold["serial"].as_str().unwrap(), token.trim(), "acme", &groups[1..4].join("-")] {
        assert!(!page.to_lowercase().contains(&private.to_lowercase()), "{private}");
    }
    // They are nowhere else.
    assert_ne!(program.send("GET", "/metrics", "", "").status, 200);
}
