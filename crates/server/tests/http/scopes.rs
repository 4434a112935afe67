//! Every route with every kind of caller: only the scope that its declaration names passes.

use axum::http::Method;
use chrono::TimeDelta;
use keyward_issuer::Environment;
use keyward_ledger::Scope;
use serde_json::{Value, json};

use crate::kit::{Call, Kit, on_sqlite, whole_keys};

/// A route, as it is declared.
#[derive(Debug, Clone)]
pub struct Route {
    pub method: String,
    pub path: String,
    /// What it needs: nothing, any token, or a token with a scope.
    pub needs: Needs,
    /// Whether it reads a body.
    pub has_body: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Needs {
    Nothing,
    AnyToken,
    Scope(String),
}

/// All routes, as the document of the API has them. Another test compares it with the table of routes.
pub fn routes() -> Vec<Route> {
    let document: Value = serde_json::from_str(include_str!("../../openapi.json")).unwrap();
    let mut found = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, declared) in methods.as_object().unwrap() {
            let security = declared["security"].as_array().unwrap();
            let needs = match security.iter().map(|needed| &needed["token"]).collect::<Vec<_>>().as_slice() {
                [Value::Array(scopes)] => match scopes.as_slice() {
                    [] => Needs::AnyToken,
                    [scope] => Needs::Scope(scope.as_str().unwrap().to_owned()),
                    more => panic!("{more:?}"),
                },
                // A license key, or a token in its place.
                [] | [Value::Null, Value::Array(_)] => Needs::Nothing,
                more => panic!("{more:?}"),
            };
            found.push(Route {
                method: method.clone(),
                path: path.clone(),
                needs,
                has_body: declared["requestBody"].is_object(),
            });
        }
    }
    found
}

/// A call of that route that is carried out if its caller may.
pub async fn call(kit: &Kit, route: &Route) -> Call {
    let method: Method = route.method.to_uppercase().parse().unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let mut path = route.path.clone();
    let mut body = Value::Null;
    match route.path.as_str() {
        "/products/{code}" => path = "/products/studio".to_owned(),
        "/offers/{code}" => path = "/offers/pro-annual".to_owned(),
        "/licenses/search" => body = json!({ "serial": kit.sold(json!({})).await["serial"] }),
        "/licenses/{id}/validation-file" => {
            let license = kit.sold(json!({})).await;
            let activate = json!({ "key": license["key"], "machine": "laptop-1" });
            let activated = kit.post("/activate", activate).no_token().await.is(201);
            path = path.replace("{id}", &text(&license["id"]));
            body = json!({ "activation": activated["activation"]["id"] });
        }
        "/licenses/{id}/assign" => {
            let license = kit.post("/licenses", json!({ "offer": "pro-annual" })).await.is(201);
            path = path.replace("{id}", &text(&license["id"]));
            body = json!({ "customer": { "email": "it@acme.example" } });
        }
        at if at.starts_with("/licenses/{id}") => {
            // Only a license that ends soon has a stopgap.
            let more = if at == "/licenses/{id}/stopgap" { json!({ "term": "14d" }) } else { json!({}) };
            let license = kit.sold(more).await;
            let id = text(&license["id"]);
            let before = match at {
                "/licenses/{id}/resume" => Some("suspend"),
                "/licenses/{id}/reactivate" => Some("inactivate"),
                _ => None,
            };
            if let Some(before) = before {
                kit.post(&format!("/licenses/{id}/{before}"), json!({})).await.is(200);
            }
            path = path.replace("{id}", &id);
            body = match at {
                "/licenses/{id}/revoke" => json!({ "reason": "refunded" }),
                "/licenses/{id}/reissue" | "/licenses/{id}/renew" => json!({ "reason": "lost", "ticket": "DESK-1" }),
                "/licenses/{id}/preview" => {
                    json!({ "action": "reissue", "order": { "reason": "lost", "ticket": "DESK-1" } })
                }
                "/licenses/{id}/stopgap" => json!({ "offer": "pro-stopgap", "term": "7d" }),
                "/licenses/{id}" => json!({ "notes": "called" }),
                _ => json!({}),
            };
        }
        "/activate" | "/validate" | "/deactivate" | "/activations/{id}" | "/activations/{id}/release" => {
            let license = kit.sold(json!({})).await;
            let activate = json!({ "key": license["key"], "machine": "laptop-1" });
            let activated = kit.post("/activate", activate.clone()).no_token().await.is(201);
            let activation = activated["activation"]["id"].clone();
            path = path.replace("{id}", &text(&activation));
            body = match route.path.as_str() {
                "/deactivate" => json!({ "key": license["key"], "activation": activation }),
                "/activations/{id}/release" => json!({}),
                _ => activate,
            };
        }
        "/activation-requests" => body = json!({ "request": request(&kit.sold(json!({})).await) }),
        "/customers" => body = json!({ "email": "new@acme.example" }),
        at if at.starts_with("/customers/{id}") => {
            static NUMBER: std::sync::atomic::AtomicUsize = std::sync::atomic::AtomicUsize::new(0);
            let email = || format!("c{}@acme.example", NUMBER.fetch_add(1, std::sync::atomic::Ordering::Relaxed));
            let customer = kit.post("/customers", json!({ "email": email() })).await.is(201);
            path = path.replace("{id}", &text(&customer["id"]));
            body = match at {
                "/customers/{id}/merge" => {
                    json!({ "into": kit.post("/customers", json!({ "email": email() })).await.is(201)["id"] })
                }
                "/customers/{id}" => json!({ "name": "Acme" }),
                _ => json!({}),
            };
        }
        at if at.starts_with("/approvals/{id}") => {
            let order = json!({ "offer": "pro-trial", "term": "33d", "customer": { "email": "it@acme.example" },
                                "request_approval": { "reason": "a holiday" } });
            let asked = kit.post("/licenses", order).await.is(202);
            path = path.replace("{id}", &text(&asked["id"]));
            body = json!({});
        }
        "/generators" => body = generator(),
        at if at.starts_with("/generators/{id}") => {
            let made = kit.post("/generators", generator()).await.is(201);
            path = path.replace("{id}", &text(&made["id"]));
            body = json!({ "count": 1 });
        }
        "/licenses" => {
            body = json!({ "offer": "pro-annual", "licensee": "Acme Ltd", "customer": { "email": "it@acme.example" } });
        }
        _ => {}
    }
    let call = kit.call(method.clone(), &path).with("if-match", "*");
    if method == Method::GET || method == Method::DELETE { call } else { call.json(&body) }
}

fn generator() -> Value {
    json!({ "name": "Annual", "order": { "offer": "pro-annual" }, "signing": "at-once" })
}

/// The activation request of a machine for that license.
pub fn request(license: &Value) -> String {
    use keyward_verifier::{ActivationRequest, Fingerprint};
    let serial = license["serial"].as_str().unwrap().parse().unwrap();
    let fingerprint: Fingerprint = "01a1a1a1b1b1b1c1c1c1d1d1d1e1e1e1".parse().unwrap();
    ActivationRequest::new(serial, fingerprint).to_string()
}

#[test]
fn only_the_scope_that_a_route_declares_passes() {
    on_sqlite(async |kit: Kit| {
        let mut tokens = Vec::new();
        for scope in Scope::ALL {
            tokens.push((scope.name(), kit.token(&[scope]).await));
        }
        kit.sign_lists().await;
        for route in routes() {
            let declared = |scope: &str| match &route.needs {
                Needs::Nothing | Needs::AnyToken => true,
                Needs::Scope(needed) => needed == scope,
            };
            for (scope, token) in &tokens {
                let reply = call(&kit, &route).await.token(token).await;
                let context = format!("{route:?} with {scope}: {} {}", reply.status, reply.text);
                if !declared(scope) {
                    let problem = reply.fails(403, "scope-missing");
                    let Needs::Scope(needed) = &route.needs else { panic!("{context}") };
                    assert_eq!(&problem["scope"], needed, "{context}");
                    continue;
                }
                // A token with one scope has no license key, unless that scope is to issue them or to read them.
                let gives_keys = ["licenses:issue", "keys:read"].contains(scope);
                if route.path == "/activation-requests" {
                    // It stands in for the license key, which is the credential there.
                    let allowed = *scope == "licenses:activate";
                    assert_eq!(reply.status, if allowed { 200 } else { 403 }, "{context}");
                    assert_eq!(whole_keys(&reply.body).len(), usize::from(allowed), "{context}");
                    continue;
                }
                assert!(reply.status.is_success(), "{context}");
                // Products are answered by what their key is.
                let gives_keys = gives_keys || route.needs == Needs::Nothing;
                assert!(gives_keys || whole_keys(&reply.body).is_empty(), "{context}");
            }
        }
        kit
    });
}

#[test]
fn a_scope_is_checked_before_anything_of_the_request_is_read() {
    on_sqlite(async |kit: Kit| {
        let nothing = kit.token(&[Scope::SubscriptionsWrite]).await;
        for route in routes() {
            let Needs::Scope(_) = route.needs else { continue };
            let usual = call(&kit, &route).await.token(&nothing);
            let mut broken = vec![usual.clone(), usual.clone().raw("application/json", "{").once("k")];
            broken.push(usual.clone().raw("text/plain", vec![b'x'; 1 << 19]).once("k"));
            broken.push(usual.clone().with("if-match", "no etag").raw("application/json", "[]"));
            for mut call in broken {
                call.path = call.path.replace("_0", "_x") + "?unknown=1";
                call.await.fails(403, "scope-missing");
            }
            if route.has_body {
                // Its length alone is known before its token.
                let long = usual.clone().raw("application/json", vec![b' '; (1 << 20) + 1]);
                long.once("k").await.fails(413, "body-too-large");
            }
            if route.method == "get" {
                // The method is answered by the same code.
                let mut head = usual;
                head.method = Method::HEAD;
                assert_eq!(head.clone().send_without_check().await, 403, "{route:?}");
                assert_eq!(head.no_token().send_without_check().await, 401, "{route:?}");
            }
        }
        kit
    });
}

#[test]
fn who_is_not_known_is_refused_everywhere() {
    on_sqlite(async |kit: Kit| {
        let now = kit.by().at;
        let ends = kit.token_of(Environment::Production, &Scope::ALL, Some(now + TimeDelta::hours(1))).await;
        let ended = kit.token_of(Environment::Production, &Scope::ALL, None).await;
        let id = kit.ledger().token(&ended).await.unwrap().unwrap().id;
        kit.ledger().end_token(id, &kit.by()).await.unwrap();
        let staging = kit.token_of(Environment::Staging, &Scope::ALL, None).await;
        let license = kit.sold(json!({})).await;
        let unknown = format!("kw_production_{}", "0".repeat(40));
        let elsewhere = format!("kw_development_{}", "0".repeat(40));
        let longer = format!("{}0", kit.manager);
        let upper = kit.manager.to_uppercase();
        let wrong = [
            ("Bearer ", "invalid-token"),
            (&format!("Bearer {unknown}"), "invalid-token"),
            (&format!("Bearer {elsewhere}"), "invalid-token"),
            (&format!("Bearer {longer}"), "invalid-token"),
            (&format!("Bearer {upper}"), "invalid-token"),
            (&format!("Bearer {}", ended.reveal()), "invalid-token"),
            (&format!("Bearer {}", license["key"].as_str().unwrap()), "invalid-token"),
            (&format!("Bearer {} {}", kit.manager, kit.manager), "invalid-token"),
            ("Bearer", "no-token"),
            (&format!("Basic {}", kit.manager), "no-token"),
            (&kit.manager.clone(), "no-token"),
        ];
        for route in routes().iter().filter(|route| route.needs != Needs::Nothing) {
            for (header, code) in wrong {
                let reply = call(&kit, route).await.with("authorization", header).once("k").await;
                assert_eq!(reply.header("www-authenticate"), Some("Bearer"));
                reply.fails(401, code);
            }
            call(&kit, route).await.no_token().await.fails(401, "no-token");
            // A token is for its environment alone.
            let mut there = call(&kit, route).await;
            there.path = there.path.replacen("/v1", "/staging/v1", 1);
            there.await.fails(403, "wrong-environment");
            let mut here = call(&kit, route).await;
            here.path = here.path.replacen("/v1", "/production/v1", 1);
            here.token(staging.reveal()).await.fails(403, "wrong-environment");
        }
        // It is good up to its end.
        kit.get("/me").token(ends.reveal()).await.is(200);
        kit.set_clock("2026-11-28T13:00:00Z");
        for route in routes().iter().filter(|route| route.needs != Needs::Nothing) {
            call(&kit, route).await.token(ends.reveal()).await.fails(401, "invalid-token");
        }
        kit
    });
}

#[test]
fn an_address_without_a_name_serves_each_token_its_own_environment() {
    on_sqlite(async |kit: Kit| {
        let staging = kit.token_of(Environment::Staging, &Scope::ALL, None).await;
        let license = kit.sold(json!({})).await;
        let path = format!("/licenses/{}", license["id"].as_str().unwrap());
        assert_eq!(kit.get("/me").token(staging.reveal()).await.is(200)["environment"], "staging");
        kit.get(&path).token(staging.reveal()).await.fails(404, "no-license");
        let order = json!({ "offer": "pro-annual", "customer": { "email": "it@acme.example" } });
        let tried = kit.post("/licenses", order).token(staging.reveal()).await.is(201);
        assert_eq!(tried["environment"], "staging");
        // Products are told by their address.
        let validate = |key: &Value| json!({ "key": key });
        let answer = kit.post("/validate", validate(&tried["key"])).no_token().await.is(200);
        assert_eq!((&answer["outcome"], &answer["usable"]), (&json!("wrong-environment"), &json!(false)));
        let answer = kit.post("/staging/v1/validate", validate(&tried["key"])).no_token().await.is(200);
        assert_eq!(answer["usable"], true);
        kit
    });
}
