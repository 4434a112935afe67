//! A license with several keys: which one leaves, and how a product is answered that has another.

use chrono::TimeDelta;
use keyward_issuer::order::Order;
use keyward_issuer::{Environment, random_serial};
use keyward_ledger::{Claimed, Expected, Issuing, LicenseId};
use keyward_verifier::ActivationRequest;
use serde_json::{Value, json};

use crate::kit::{Kit, on_both, on_sqlite, whole_keys};
use crate::once::request_id;
use crate::scopes::request;

fn path(license: &Value) -> String {
    format!("/licenses/{}", license["id"].as_str().unwrap())
}

async fn validate(kit: &Kit, key: &Value) -> Value {
    kit.post("/validate", json!({ "key": key, "machine": "laptop-1" })).no_token().await.is(200)
}

fn newer(answer: &Value) -> bool {
    answer["message"].as_str().unwrap().contains("a newer key of the license exists")
}

/// Orders for a license on record, as `keyward_issuer` reads them.
fn order(more: Value) -> Order {
    let mut order = json!({ "reissues": random_serial().unwrap().to_string(), "reason": "lost", "ticket": "DESK-1" });
    order.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    Order::from_json(&order.to_string()).unwrap()
}

#[test]
fn a_machine_with_one_component_is_neither_activated_nor_validated() {
    on_both("components", async |kit: Kit| {
        let sold = kit.sold(json!({ "activation_limit": 2 })).await;
        let ask =
            |path: &str, machine: &str| kit.post(path, json!({ "key": sold["key"], "machine": machine })).no_token();
        let one = "01111111000000000000000000000000";
        for path in ["/activate", "/validate"] {
            let reply = ask(path, one).await.fails(422, "too-few-components");
            assert_eq!(reply["errors"][0]["pointer"], "/machine", "{reply}");
            assert!(reply["detail"].as_str().unwrap().contains("least_components"), "{reply}");
        }
        assert_eq!(kit.get(&path(&sold)).await.is(200)["activations"], 0);
        ask("/activate", "01111111222222000000000000000000").await.is(201);
        ask("/activate", "laptop-1").await.is(201);
        for path in ["/activate", "/validate"] {
            ask(path, one).await.fails(422, "too-few-components");
        }
        kit
    });
}

#[test]
fn l67_a_superseded_key_is_answered_by_its_license() {
    on_both("superseded", async |kit: Kit| {
        let sold = kit.sold(json!({ "seats": 10 })).await;
        let first = sold["key"].clone();
        kit.post("/activate", json!({ "key": first, "machine": "laptop-1" })).no_token().await.is(201);
        assert!(!newer(&validate(&kit, &first).await));

        // An upgrade: the answer has what the license has now.
        let upgrade = json!({ "seats": 50, "reason": "the team grew", "ticket": "DESK-1" });
        let upgraded = kit.post(&format!("{}/reissue", path(&sold)), upgrade).await.is(200);
        let (old, new) = (validate(&kit, &first).await, validate(&kit, &upgraded["key"]).await);
        assert_eq!(
            (&old["usable"], &old["license"], newer(&old), newer(&new)),
            (&json!(true), &new["license"], true, false)
        );
        assert_eq!(old["license"]["seats"], 50);
        assert!(old["validation_file"].is_object());
        let again = kit.post("/activate", json!({ "key": first, "machine": "laptop-2" })).no_token().await.is(201);
        assert_eq!(again["license"]["seats"], 50);

        // A renewal: the dates of the key are past, and those of the license are not.
        let renewed = kit.post(&format!("{}/renew", path(&sold)), json!({ "ticket": "DESK-2" })).await.is(200);
        assert!(!newer(&validate(&kit, &upgraded["key"]).await), "the next term has not begun");
        assert_eq!(validate(&kit, &renewed["key"]).await["usable"], true, "the term before has not ended");
        kit.set_clock("2028-02-01T12:00:00Z");
        for key in [&first, &upgraded["key"]] {
            let answer = validate(&kit, key).await;
            assert_eq!((&answer["outcome"], newer(&answer)), (&json!("active"), true), "{answer}");
            assert_eq!(answer["license"]["valid_through"], "2028-11-27");
        }
        kit.post("/activate", json!({ "key": first, "machine": "laptop-3" })).no_token().await.is(201);

        // One that granted more is revoked, and opens nothing.
        let fewer = json!({ "seats": 5, "reason": "the team shrank", "ticket": "DESK-3" });
        let reduced = kit.post(&format!("{}/reissue", path(&sold)), fewer).await.is(200);
        assert_eq!(reduced["revoked_keys"], json!([renewed["serial"]]));
        let answer = validate(&kit, &renewed["key"]).await;
        assert_eq!((&answer["outcome"], &answer["usable"]), (&json!("revoked"), &json!(false)));
        // It tells nothing of the key that replaced it.
        assert_eq!(
            (&answer["license"]["serial"], &answer["license"]["seats"]),
            (&renewed["serial"], &json!(50)),
            "{answer}"
        );
        let activate = json!({ "key": renewed["key"], "machine": "laptop-4" });
        kit.post("/activate", activate).no_token().await.fails(409, "revoked");
        let asked = json!({ "key": renewed["key"], "request": request(&reduced) });
        kit.post("/activation-requests", asked).no_token().await.fails(409, "revoked");
        let asked = json!({ "key": reduced["key"], "request": request(&reduced) });
        kit.post("/activation-requests", asked).no_token().await.is(200);
        kit
    });
}

#[test]
fn a_version_is_covered_by_the_license_and_not_by_one_of_its_keys() {
    on_sqlite(async |kit: Kit| {
        let sold = kit.sold(json!({ "updates_through": "2027-01-31" })).await;
        let released =
            |day: &str, key: &Value| kit.post("/validate", json!({ "key": key, "released": day })).no_token();
        let refused = released("2027-02-01", &sold["key"]).await.is(200);
        assert_eq!((&refused["outcome"], &refused["usable"]), (&json!("version-not-covered"), &json!(false)));
        assert_eq!(released("2027-01-31", &sold["key"]).await.is(200)["outcome"], "active");
        let (catalog, by) = (kit.served(Environment::Production).catalog(), kit.by());
        let id: LicenseId = sold["id"].as_str().unwrap().parse().unwrap();
        let more = order(json!({ "updates_through": "2027-06-30", "approved_by": "Grace" }));
        kit.ledger().reissue(kit.issuing(&catalog), id, &more, Expected::Any, &by).await.unwrap();
        assert_eq!(released("2027-02-01", &sold["key"]).await.is(200)["outcome"], "active");
        kit
    });
}

#[test]
fn a_delivery_gives_one_key_and_marks_no_other() {
    on_sqlite(async |kit: Kit| {
        let sold = kit.sold(json!({})).await;
        let (catalog, by) = (kit.served(Environment::Production).catalog(), kit.by());
        let id: LicenseId = sold["id"].as_str().unwrap().parse().unwrap();
        // Another server ended before it gave the new key.
        let renewed =
            kit.ledger().renew(kit.issuing(&catalog), id, &order(json!({})), Expected::Any, &by).await.unwrap();
        let delivered = async || {
            let keys = kit.get(&format!("{}/keys", path(&sold))).await.is(200);
            let delivered = keys["data"].as_array().unwrap().iter().filter(|key| !key["delivered_at"].is_null());
            delivered.map(|key| key["serial"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        let deliver = || kit.call(axum::http::Method::POST, &format!("{}/deliver", path(&sold)));
        for reply in [deliver().await, deliver().json(&json!({})).await] {
            assert_eq!(reply.is(200)["serial"], sold["serial"]);
        }
        assert_eq!(delivered().await, [sold["serial"].as_str().unwrap()]);
        // The term of the new one has begun: it is the one to give.
        kit.set_clock("2027-12-01T12:00:00Z");
        let next = deliver().await.is(200);
        assert_eq!((&next["serial"], whole_keys(&next).len()), (&json!(renewed.serial.to_string()), 1));
        assert_eq!(delivered().await.len(), 2);

        let problem = deliver().json(&json!({ "serial": sold["serial"] })).await.fails(422, "unknown-field");
        assert_eq!(problem["errors"][0]["pointer"], "/serial");
        deliver().json(&json!([])).await.fails(422, "invalid-value");
        deliver().raw("application/json", "{").await.fails(400, "malformed-json");
        kit
    });
}

#[test]
fn typing_mistakes_in_an_activation_request_are_repaired() {
    on_sqlite(async |kit: Kit| {
        let sold = kit.sold(json!({})).await;
        let exact = request(&sold);
        let ask =
            |text: &str| kit.post("/activation-requests", json!({ "key": sold["key"], "request": text })).no_token();
        let made = ask(&exact).await.is(200);
        assert_eq!(made["repairs"], json!([]));
        let wrong = if exact.as_bytes()[12] == b'7' { "8" } else { "7" };
        let typed = format!("{}{wrong}{}", &exact[..12], &exact[13..]).to_lowercase().replace('-', " ");
        let repaired = ask(&typed).await.is(200);
        assert_eq!((&repaired["key"], &repaired["activation"]["id"]), (&made["key"], &made["activation"]["id"]));
        assert!(repaired["repairs"][0].as_str().unwrap().starts_with("group 3 is "), "{repaired}");
        let broken = exact.replace(&exact[6..30], "00000-00000-00000-00000");
        ask(&broken).await.fails(422, "invalid-request");
        kit
    });
}

#[test]
fn a_locked_key_speaks_for_its_machine_and_for_no_other() {
    on_both("locked speaks", async |kit: Kit| {
        let [own, other] = ["01a1a1a1b1b1b1c1c1c1d1d1d1e1e1e1", "01f2a3b4000000d5e6f7081a2b000000"];
        let sold = kit.sold(json!({ "activation_limit": 5 })).await;
        let request = |key: &Value, machine: &str| {
            let serial = key["serial"].as_str().unwrap().parse().unwrap();
            ActivationRequest::new(serial, machine.parse().unwrap()).to_string()
        };
        let asks = async |key: &Value, request: String| {
            kit.post("/activation-requests", json!({ "key": key["key"], "request": request })).no_token().await
        };
        let locked = asks(&sold, request(&sold, own)).await.is(200);
        let laptop = json!({ "key": sold["key"], "machine": "laptop-1" });
        let laptop = kit.post("/activate", laptop).no_token().await.is(201)["activation"]["id"].clone();
        let count = async || kit.get(&path(&sold)).await.is(200)["activations"].clone();
        assert_eq!(count().await, 2);

        let with = |more: Value| {
            let mut body = json!({ "key": locked["key"] });
            body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            body
        };
        for machine in [other, "laptop-1"] {
            kit.post("/activate", with(json!({ "machine": machine }))).no_token().await.fails(409, "wrong-machine");
            let answer = kit.post("/validate", with(json!({ "machine": machine }))).no_token().await.is(200);
            assert_eq!((&answer["outcome"], &answer["usable"]), (&json!("wrong-machine"), &json!(false)));
        }
        // Whichever key of the license the request names.
        for named in [&sold, &locked] {
            asks(&locked, request(named, other)).await.fails(409, "wrong-machine");
        }
        kit.post("/deactivate", with(json!({ "activation": laptop }))).no_token().await.fails(409, "wrong-machine");
        assert_eq!(count().await, 2);

        // On its own machine it does what it did.
        assert_eq!(asks(&locked, request(&sold, own)).await.is(200)["serial"], locked["serial"]);
        kit.post("/activate", with(json!({ "machine": own }))).no_token().await.is(200);
        assert_eq!(asks(&sold, request(&sold, other)).await.is(200)["activation"]["machine"], other);
        kit.post("/deactivate", json!({ "key": sold["key"], "activation": laptop })).no_token().await.is(200);
        kit
    });
}

#[test]
fn a_reissue_that_is_repeated_after_a_crash_says_what_became_of_the_keys_before() {
    on_both("crashed", async |kit: Kit| {
        let sold = kit.sold(json!({ "seats": 10 })).await;
        let asked = json!({ "key": sold["key"], "request": request(&sold) });
        let locked = kit.post("/activation-requests", asked).no_token().await.is(200);
        let body = json!({ "seats": 5, "reason": "the team shrank", "ticket": "DESK-3" });
        let at = format!("{}/reissue", path(&sold));
        let call = || kit.post(&at, body.clone()).once("reissue 1");

        let claimed = kit.ledger().claim(&request_id(&kit, &at, "reissue 1", &body).await, &kit.by()).await.unwrap();
        let Claimed::New(claim) = claimed else { panic!("{claimed:?}") };
        let (catalog, by) = (kit.served(Environment::Production).catalog(), kit.by());
        let id: LicenseId = sold["id"].as_str().unwrap().parse().unwrap();
        let issuing: Issuing<'_, _> = kit.issuing(&catalog);
        let fewer = order(json!({ "seats": 5, "reason": "the team shrank", "ticket": "DESK-3" }));
        let made = kit.ledger().reissue(issuing, id, &fewer, Expected::Any, &by.answering(&claim)).await.unwrap();
        kit.set_clock(&(by.at + TimeDelta::seconds(61)).to_rfc3339());
        for _ in 0..2 {
            let answer = call().await;
            assert_eq!(answer.header("idempotency-replayed"), Some("true"));
            let answer = answer.is(200);
            assert_eq!(answer["serial"], made.serial.to_string());
            assert_eq!(answer["revoked_keys"], json!([sold["serial"]]));
            assert_eq!(answer["locked_keys"], json!([locked["serial"]]));
            assert_eq!(whole_keys(&answer).len(), 1);
        }
        kit
    });
}
