//! Nothing secret is in the log, however much is logged.

use std::fs;

use serde_json::{Value, json};

use crate::guide;
use crate::served::{Served, bearer};

/// A key without its hyphens: any part of it by which it could be told.
const PART: usize = 15;

/// Whether the log has a part of the key, in any spelling.
fn has_part_of(log: &str, key: &str) -> bool {
    let key: Vec<u8> = key.bytes().filter(|byte| *byte != b'-').collect();
    key.windows(PART).any(|part| log.contains(std::str::from_utf8(part).unwrap()))
}

/// Calls with a key, a token and an address of e-mail in wrong places.
fn misplaced(served: &Served, license: &Value) {
    let key = license["key"].as_str().unwrap();
    let token = served.token.as_str();
    let mail = "lost@mail.example";
    for text in [key, token, mail] {
        let in_path = [
            format!("/v1/licenses/{text}"),
            format!("/v1/{text}"),
            format!("/{text}/v1/licenses"),
            format!("/v1/licenses?customer={text}"),
            format!("/v1/licenses?after={text}&{text}=1"),
        ];
        for path in &in_path {
            for more in [vec![], vec!["-X", "PUT"], vec!["--http2-prior-knowledge"]] {
                let bearer = bearer(token);
                let with_token = [&more[..], &["-H", &bearer]].concat();
                assert!(served.call(path, &with_token, None).status >= 400, "{path}");
            }
        }
        for header in
            ["Authorization", "Idempotency-Key", "If-Match", "X-Request-Id", "X-Forwarded-For", "Cookie", text]
        {
            let header = format!("{header}: {text}");
            for http in ["--http1.1", "--http2-prior-knowledge"] {
                served.call(
                    "/v1/licenses",
                    &["-H", &header, "-H", &bearer(token), http],
                    Some(&json!({ "offer": text })),
                );
                served.call("/v1/me", &["-H", &header, http], None);
            }
        }
        let bodies = [
            json!(text),
            json!({ text: text }),
            json!({ "offer": text, "customer": { "email": text, "name": text, text: text } }),
            json!({ "offer": "pro-annual", "ticket": text, "licensee": text, "notes": text, "id": text, "metadata": { text: text } }),
            json!({ "key": text, "machine": text, "name": text, "product": text, "request": text, "activation": text }),
        ];
        for path in ["/v1/licenses", "/v1/customers", "/v1/validate", "/v1/activate", "/v1/activation-requests"] {
            for body in &bodies {
                served.call(path, &["-H", &bearer(token)], Some(body));
            }
            served.call(
                path,
                &["-H", &bearer(token), "-H", "Content-Type: application/json", "-d", &format!("{{\"{text}")],
                None,
            );
        }
    }
    let of_license = format!("/v1/licenses/{}", license["id"].as_str().unwrap());
    let words = json!({ "reason": "a reason-4711", "ticket": key });
    served.call(
        &format!("{of_license}/reissue"),
        &["-H", &bearer(token), "-H", &format!("Idempotency-Key: {key}")],
        Some(&words),
    );
}

#[test]
fn l142_no_key_token_address_or_metadata_is_in_the_log_at_any_level() {
    const TEST: &str = "l142_no_key_token_address_or_metadata_is_in_the_log_at_any_level";
    let Some(served) = Served::start(TEST, "trace") else { return };
    let guide = guide::text();
    guide::follow(&served, &guide);
    let license = served.sold("/v1", &served.token);
    misplaced(&served, &license);

    let read = |name: &str| fs::read_to_string(served.folder().join(name)).unwrap();
    let of_guide: Value = serde_json::from_str(&read("license.json")).unwrap();
    let tokens = [served.token.clone(), read("token").trim().rsplit(' ').next().unwrap().to_owned()];
    let keys = [&license, &of_guide].map(|license| license["key"].as_str().unwrap().to_owned());
    let log = served.end().join("\n");
    // The log does have what was done, and much more.
    assert!(log.contains("\"TRACE\"") && log.contains("sqlx::query") && log.matches("answered").count() > 200);
    assert!(log.contains(of_guide["serial"].as_str().unwrap()), "serials name keys");
    let without_hyphens = log.to_uppercase().replace('-', "");
    for key in &keys {
        assert!(!has_part_of(&without_hyphens, key), "a license key is in the log");
    }
    for token in &tokens {
        assert!(token.starts_with("kw_production_") && token.len() > 30);
        let secret = &token["kw_production_".len()..];
        assert!(!log.contains(&secret[..12]), "a token is in the log");
    }
    let personal =
        ["@acme.example", "@beta.example", "mail.example", "metadata-4711", "laptop of Grace", "Acme L", "reason-4711"];
    for text in personal.into_iter().chain(["posted on a forum", "PO-4711", "DESK-18", "laptop-1"]) {
        let line = log.lines().find(|line| line.contains(text));
        assert!(line.is_none(), "{text} is in the log: {}", line.unwrap_or_default());
    }
}
