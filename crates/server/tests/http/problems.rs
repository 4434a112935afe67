//! Errors: each is a problem, and repeats no value of what was sent.

use serde_json::{Map, Value, json};

use crate::kit::{Kit, Reply, on_both, on_sqlite};
use crate::scopes::{Route, call, routes};

/// The parts of a license key by which it could be read again.
fn secrets(license: &Value) -> [String; 3] {
    let key = license["key"].as_str().unwrap();
    [key.to_owned(), key.replace('-', ""), key[6..60].to_owned()]
}

fn repeats_nothing(reply: &Reply, license: &Value, context: &str) {
    let upper = reply.text.to_uppercase();
    for secret in secrets(license) {
        assert!(!upper.contains(&secret), "{context}: {}", reply.text);
    }
}

/// The bodies in which one value, or the name of one field, is that text; and those with one more field.
fn with_text(body: &Value, text: &str) -> Vec<Value> {
    let mut found = vec![json!(text), json!([text]), json!({ text: text })];
    if let Value::Object(fields) = body {
        for name in fields.keys().map(String::as_str).chain(keyward_issuer::order::FIELD_NAMES).chain(FIELDS) {
            let with = |value: Value| {
                let mut fields: Map<String, Value> = fields.clone();
                fields.insert(name.to_owned(), value);
                Value::Object(fields)
            };
            found.push(with(json!(text)));
            found.push(with(json!([text])));
            found.push(with(json!({ text: text })));
            found.push(with(json!({ "email": text, "name": text })));
        }
        let mut named = fields.clone();
        named.insert(text.to_owned(), json!(1));
        found.push(Value::Object(named));
    }
    found
}

/// Further fields of bodies.
const FIELDS: [&str; 24] = [
    "customer",
    "activation_limit",
    "lease_days",
    "metadata",
    "notes",
    "reason",
    "cause",
    "name",
    "company",
    "email",
    "domain",
    "contacts",
    "reseller",
    "into",
    "order",
    "signing",
    "count",
    "machine",
    "released",
    "activation",
    "key",
    "free_slot",
    "note",
    "product",
];

#[test]
fn l147_a_license_key_that_was_sent_in_the_wrong_place_is_in_no_error() {
    on_sqlite(async |kit: Kit| {
        kit.sign_lists().await;
        // A key of this server, of which nothing says who may see it.
        let license = kit.sold(json!({})).await;
        let key = license["key"].as_str().unwrap();
        let mut errors = 0;
        for route in routes() {
            let usual = call(&kit, &route).await;
            let body: Value = serde_json::from_slice(&usual.body).unwrap_or(Value::Null);
            if route.has_body {
                for body in with_text(&body, key) {
                    let mut call = usual.clone().json(&body);
                    // Nothing is changed by a right one.
                    call = call.with("if-match", "\"999\"");
                    let reply = call.await;
                    if reply.status.is_client_error() {
                        repeats_nothing(&reply, &license, &format!("{route:?} {body}"));
                        errors += 1;
                    }
                }
                let broken = format!("{{\"notes\": \"{key}\", {key}");
                let reply = usual.clone().raw("application/json", broken).await;
                repeats_nothing(&reply, &license, &format!("{route:?}"));
                reply.fails(400, "malformed-json");
            }
            let mut with_query = usual.clone();
            with_query.path = format!("{}?limit={key}&after={key}&{key}={key}&customer={key}", usual.path);
            let reply = with_query.await;
            if reply.status.is_client_error() {
                repeats_nothing(&reply, &license, &format!("{route:?} with a query"));
            }
            let mut in_path = usual.clone();
            in_path.path = match route.path.split_once("{id}") {
                Some((start, end)) => format!("/v1{start}{key}{end}"),
                None => format!("{}/{key}", usual.path),
            };
            let reply = in_path.await;
            assert!(reply.status.is_client_error(), "{route:?}: {}", reply.text);
            repeats_nothing(&reply, &license, &format!("{route:?} with a path"));
            for header in ["if-match", "idempotency-key", "authorization"] {
                let reply = usual.clone().with(header, key).await;
                if reply.status.is_client_error() {
                    repeats_nothing(&reply, &license, &format!("{route:?} {header}"));
                }
            }
        }
        assert!(errors > 1000, "{errors}");
        kit
    });
}

/// The routes that read a body.
fn with_body() -> impl Iterator<Item = Route> {
    routes().into_iter().filter(|route| route.has_body)
}

#[test]
fn a_body_of_another_kind_or_size_is_refused_everywhere() {
    on_sqlite(async |kit: Kit| {
        for route in with_body() {
            let usual = call(&kit, &route).await;
            let body = String::from_utf8(usual.body.clone()).unwrap();
            for kind in
                ["text/plain", "application/x-www-form-urlencoded", "application/jsonp", "", "application/xml; json"]
            {
                usual.clone().raw(kind, body.clone()).await.fails(415, "not-json");
            }
            let mut without = usual.clone();
            without.headers.remove("content-type");
            without.await.fails(415, "not-json");
            for key in [None, Some("large")] {
                let mut large = usual.clone().raw("application/json", format!("{body}{}", " ".repeat(1 << 20)));
                if let Some(key) = key {
                    large = large.once(key);
                }
                large.await.fails(413, "body-too-large");
            }
            for deep in
                ["[".repeat(100_000), "{\"a\":".repeat(100_000), format!("{}1{}", "[".repeat(500), "]".repeat(500))]
            {
                usual.clone().raw("application/json", deep).await.fails(400, "malformed-json");
            }
            for broken in ["", "{", "{}{}", "{\"a\":1,}", "\u{feff}{}", "nul", "'a'", "{\"a\":NaN}", "{\"a\":1e999}"] {
                usual.clone().raw("application/json", broken).await.fails(400, "malformed-json");
            }
            usual
                .clone()
                .raw("application/json", b"{\"notes\":\"\xff\"}".as_slice())
                .await
                .fails(400, "malformed-json");
            usual
                .clone()
                .raw("application/json", b"{\"notes\":\"\\ud800\"}".as_slice())
                .await
                .fails(400, "malformed-json");
            for other in ["null", "1", "\"text\"", "[]", "true"] {
                let reply = usual.clone().raw("application/json", other).await;
                assert_eq!(reply.status, 422, "{route:?} {other}: {}", reply.text);
            }
            // With the usual one, it goes on.
            let reply = usual.raw("Application/JSON; charset=utf-8", body).await;
            assert!(reply.status.is_success(), "{route:?}: {}", reply.text);
        }
        kit
    });
}

#[test]
fn a_field_that_is_there_twice_is_refused_everywhere() {
    on_sqlite(async |kit: Kit| {
        for route in with_body() {
            let usual = call(&kit, &route).await;
            let body = String::from_utf8(usual.body.clone()).unwrap();
            for field in ["seats", "customer", "metadata", "anything", "offer", "email", "reason", "key", "name"] {
                let twice = format!("{{\"{field}\":null,\"{field}\":1,{}", &body[1..]);
                let twice = if body == "{}" { twice.replace(",}", "}") } else { twice };
                let problem = usual.clone().raw("application/json", twice).await.fails(422, "duplicate-field");
                assert_eq!(problem["detail"], format!("the field `{field}` is there twice: give it once"), "{route:?}");
            }
            let within = format!("{{\"metadata\":{{\"a\":[{{\"b\":1,\"b\":2}}]}},{}", &body[1..]).replace(",}", "}");
            let problem = usual.clone().raw("application/json", within).await.fails(422, "duplicate-field");
            assert_eq!(problem["errors"][0]["pointer"], "/metadata/a/0", "{route:?}");
        }
        kit
    });
}

#[test]
fn a_character_that_a_database_can_t_store_is_refused_on_each_engine() {
    on_both("nul", async |kit: Kit| {
        for route in with_body() {
            let usual = call(&kit, &route).await;
            let body: Value = serde_json::from_slice(&usual.body).unwrap();
            for text in ["a\0b", "\0"] {
                for body in with_text(&body, text).into_iter().step_by(9) {
                    let reply = usual.clone().json(&body).await;
                    reply.fails(422, "invalid-value");
                }
            }
        }
        for path in ["/licenses", "/customers", "/activations", "/generators", "/audit"] {
            for name in ["after", "limit", "customer", "subject", "action"] {
                let reply = kit.get(&format!("{path}?{name}=%00")).await;
                assert!(reply.status == 400 || reply.status == 200, "{path} {name}: {}", reply.text);
            }
            for id in ["%00", "%FF", "%E2%80%AE", "lic_%00", "..", "%2e%2e"] {
                let reply = kit.get(&format!("{path}/{id}")).await;
                assert!([400, 404].contains(&reply.status.as_u16()), "{path} {id}: {}", reply.text);
            }
        }
        kit
    });
}

#[test]
fn a_path_that_is_no_text_or_no_id_is_a_problem_everywhere() {
    on_sqlite(async |kit: Kit| {
        for route in routes().into_iter().filter(|route| route.path.contains('{')) {
            let usual = call(&kit, &route).await;
            let (start, rest) = route.path.split_once('{').unwrap();
            let (_, end) = rest.split_once('}').unwrap();
            // Bytes that are no UTF-8 (RFC 3629), an escape that is cut short, NUL, a slash within.
            for part in ["%ff", "a%ff", "%c0%80", "%ed%a0%80", "%", "%4", "%zz", "%00", "a%2fb", "%20"] {
                let mut call = usual.clone();
                call.path = format!("/v1{start}{part}{end}");
                // That an error is a problem, every call checks.
                let reply = call.await;
                assert!([400, 404].contains(&reply.status.as_u16()), "{route:?} {part}: {}", reply.text);
            }
        }
        kit
    });
}

/// A proxy on the way may have read the other one.
#[test]
fn a_header_that_is_there_twice_is_refused() {
    on_sqlite(async |kit: Kit| {
        for route in routes() {
            for (name, [first, second]) in [
                ("authorization", [format!("Bearer {}", kit.manager), format!("Bearer {}", kit.manager)]),
                ("idempotency-key", ["AA".to_owned(), "BB".to_owned()]),
                ("if-match", ["*".to_owned(), "\"1\"".to_owned()]),
                ("content-type", ["application/json".to_owned(), "text/plain".to_owned()]),
            ] {
                let mut call = call(&kit, &route).await.with(name, first);
                call.headers.append(name, second.parse().unwrap());
                call.await.fails(400, "repeated-header");
            }
        }
        kit
    });
}

#[test]
fn a_page_of_large_rows_is_shorter_than_it_was_asked_for() {
    on_both("large_rows", async |kit: Kit| {
        let mut ids = Vec::new();
        for number in 0..120 {
            // The largest metadata and notes.
            let value = "a metadata value. ".repeat(500);
            let order = json!({ "offer": "pro-annual", "metadata": { "text": value }, "notes": "a note. ".repeat(1_200),
                                "customer": { "email": format!("it@acme-{number}.example"), "notes": "of the customer. ".repeat(500) } });
            ids.push(kit.post("/licenses", order).await.is(201)["id"].clone());
        }
        // Of one moment, in no order but that of the ids.
        ids.sort_by_key(|id| std::cmp::Reverse(id.to_string()));
        for (path, rows) in [("/licenses", 120), ("/customers", 120), ("/audit", 360)] {
            let (mut found, mut pages, mut next) = (Vec::new(), 0, String::new());
            loop {
                let reply = kit.get(&format!("{path}?limit=1000{next}")).await;
                assert!(reply.text.len() < 4 << 20, "{path}: {}", reply.text.len());
                let page = reply.is(200);
                found.extend(page["data"].as_array().unwrap().iter().map(|row| row["id"].clone()));
                pages += 1;
                let Some(after) = page["next"].as_str() else { break };
                next = format!("&after={after}");
            }
            assert!(found.len() >= rows, "{path}: {}", found.len());
            if path == "/licenses" {
                assert!(found == ids && pages > 1, "{pages} pages, {} rows", found.len());
            }
        }
        kit
    });
}

#[test]
fn a_filter_that_is_there_twice_or_unknown_is_refused() {
    on_sqlite(async |kit: Kit| {
        for path in ["/licenses", "/customers", "/activations", "/generators", "/audit"] {
            kit.get(&format!("{path}?limit=1")).await.is(200);
            for query in
                ["limit=1&limit=1", "limit=1&limit=2", "limit=1&%6cimit=2", "colour=red", "limit[]=1", "LIMIT=1"]
            {
                kit.get(&format!("{path}?{query}")).await.fails(400, "invalid-query");
            }
        }
        kit
    });
}

#[test]
fn a_limit_under_both_its_names_is_refused_and_not_half_of_it_dropped() {
    on_sqlite(async |kit: Kit| {
        let sold = kit.sold(json!({})).await;
        let path = format!("/licenses/{}", sold["id"].as_str().unwrap());
        let both = json!({ "activation_limit": 2, "activations": 9, "reason": "more", "ticket": "DESK-1" });
        let mut new = both.clone();
        new["offer"] = json!("pro-annual");
        let mut calls = vec![("/licenses".to_owned(), new)];
        for action in ["reissue", "renew"] {
            calls.push((format!("{path}/{action}"), both.clone()));
            calls.push((format!("{path}/preview"), json!({ "action": action, "order": both })));
        }
        for (address, body) in calls {
            let refused = kit.post(&address, body).await.fails(422, "duplicate-field");
            let detail = refused["detail"].as_str().unwrap();
            assert!(detail.contains("activation_limit") && detail.contains("activations"), "{address}: {refused}");
        }
        assert_eq!(kit.count("/licenses").await, 1);
        assert_eq!(kit.get(&path).await.is(200)["activation_limit"], sold["activation_limit"]);
        kit
    });
}

#[test]
fn a_key_in_notes_or_metadata_is_refused_and_not_stored() {
    on_sqlite(async |kit: Kit| {
        let sold = kit.sold(json!({})).await;
        let (path, key) = (format!("/licenses/{}", sold["id"].as_str().unwrap()), sold["key"].as_str().unwrap());
        let text = format!("Their key is {key}, they said");
        let deep = json!({ "desk": [{ "said": text }] });
        for (field, value) in [("notes", json!(text)), ("metadata", deep.clone()), ("metadata", json!({ key: 1 }))] {
            let mut order = json!({ "offer": "pro-annual" });
            order[field] = value.clone();
            for reply in [
                kit.post("/licenses", order).await,
                kit.patch(&path, json!({ field: value })).with("if-match", "*").await,
            ] {
                repeats_nothing(&reply, &sold, field);
                assert_eq!(reply.fails(422, "key-in-text")["errors"][0]["pointer"], format!("/{field}"));
            }
        }
        let reply = kit.patch(&path, json!({ "ticket": text })).with("if-match", "*").await;
        assert_eq!(reply.fails(422, "key-in-text")["errors"][0]["pointer"], "/ticket");
        let customer = json!({ "email": "second@acme.example", "notes": text });
        let reply = kit.post("/customers", customer.clone()).await;
        assert_eq!(reply.fails(422, "key-in-text")["errors"][0]["pointer"], "/notes");
        let order = json!({ "offer": "pro-annual", "customer": customer });
        let reply = kit.post("/licenses", order).await;
        assert_eq!(reply.fails(422, "key-in-text")["errors"][0]["pointer"], "/customer/notes");
        assert_eq!((kit.count("/licenses").await, kit.count("/customers").await), (1, 1));
        kit
    });
}

#[test]
fn an_id_in_a_body_that_is_of_nothing_is_an_error_of_the_body_and_not_of_the_address() {
    on_sqlite(async |kit: Kit| {
        let mut named = 0;
        for route in with_body().filter(|route| route.path.contains("{id}")) {
            let usual = call(&kit, &route).await;
            let body: Value = serde_json::from_slice(&usual.body).unwrap();
            for (field, value) in body.as_object().unwrap() {
                let Some((kind, _)) =
                    value.as_str().and_then(|text| text.split_once('_')).filter(|(kind, _)| kind.len() == 3)
                else {
                    continue;
                };
                let mut body = body.clone();
                body[field] = json!(format!("{kind}_0123456789abcdef0123456789abcdef"));
                let reply = usual.clone().json(&body).await;
                let problem = reply.is(422);
                assert_eq!(problem["errors"][0]["pointer"], format!("/{field}"), "{route:?}");
                named += 1;
            }
        }
        assert_eq!(named, 2, "merge, and the file of an activation");
        kit
    });
}

#[test]
fn a_key_in_a_reason_is_refused_and_nothing_is_done() {
    on_sqlite(async |kit: Kit| {
        let sold = kit.sold(json!({})).await;
        let (path, key) = (format!("/licenses/{}", sold["id"].as_str().unwrap()), sold["key"].as_str().unwrap());
        let activate = json!({ "key": key, "machine": "laptop-1" });
        let activated = kit.post("/activate", activate).no_token().await.is(201);
        let other = kit.post("/customers", json!({ "email": "other@acme.example" })).await.is(201);
        let pool = kit.post("/licenses", json!({ "offer": "pro-annual" })).await.is(201);
        let customer = format!("/customers/{}", sold["customer"]["id"].as_str().unwrap());
        let release = format!("/activations/{}/release", activated["activation"]["id"].as_str().unwrap());
        let assign = format!("/licenses/{}/assign", pool["id"].as_str().unwrap());
        let text = format!("Their key is {key}, they said");
        let because = json!({ "reason": text });
        let calls = [
            (format!("{path}/suspend"), because.clone(), "/reason"),
            (format!("{path}/resume"), because.clone(), "/reason"),
            (format!("{path}/inactivate"), because.clone(), "/reason"),
            (format!("{path}/reactivate"), because.clone(), "/reason"),
            (format!("{path}/revoke"), json!({ "reason": "leaked", "notes": text }), "/notes"),
            (assign, json!({ "customer": other["id"], "reason": text }), "/reason"),
            (release, because.clone(), "/reason"),
            (format!("{customer}/merge"), json!({ "into": other["id"], "reason": text }), "/reason"),
            (format!("{customer}/erase"), because.clone(), "/reason"),
        ];
        let before = kit.get("/audit?limit=1").await.is(200);
        for (address, body, pointer) in calls {
            let reply = kit.post(&address, body).await;
            repeats_nothing(&reply, &sold, &address);
            assert_eq!(reply.fails(422, "key-in-text")["errors"][0]["pointer"], pointer, "{address}");
        }
        let edit = kit.patch(&path, json!({ "activation_limit": 9, "reason": text })).with("if-match", "*").await;
        assert_eq!(edit.fails(422, "key-in-text")["errors"][0]["pointer"], "/reason");
        assert_eq!(kit.get("/audit?limit=1").await.is(200)["data"], before["data"]);
        kit
    });
}
