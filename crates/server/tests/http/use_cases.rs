//! The use cases of the manual, each told by calls of the API alone.

use keyward_ledger::Scope;
use serde_json::{Value, json};

use crate::kit::{Kit, on_sqlite};

fn path(license: &Value) -> String {
    format!("/licenses/{}", license["id"].as_str().unwrap())
}

async fn activate(kit: &Kit, license: &Value, machine: &str) -> crate::kit::Reply {
    kit.post("/activate", json!({ "key": license["key"], "machine": machine })).no_token().await
}

/// A license of the pool, whose term begins when it is assigned.
async fn pooled(kit: &Kit) -> Value {
    let order = json!({ "name": "Pool", "order": { "offer": "pro-annual" }, "signing": "on-assignment" });
    let pool = kit.post("/generators", order).await.is(201);
    let run = format!("/generators/{}/run", pool["id"].as_str().unwrap());
    let made = kit.post(&run, json!({ "count": 1 })).await.is(201);
    kit.get(&format!("/licenses/{}", made["data"][0].as_str().unwrap())).await.is(200)
}

/// A license of one machine, which is taken. A second one was refused.
async fn full(kit: &Kit) -> Value {
    let license = kit.sold(json!({ "activation_limit": 1 })).await;
    activate(kit, &license, "old-laptop").await.is(201);
    activate(kit, &license, "new-laptop").await.fails(409, "activation-limit-reached");
    license
}

/// What support sees of the license whose key a customer has sent: its machines.
async fn diagnosed(kit: &Kit, license: &Value) -> Value {
    let found = kit.post("/licenses/search", json!({ "key": license["key"] })).await.is(200);
    let found = &found["data"][0];
    assert_eq!((&found["id"], &found["activation_limit"]), (&license["id"], &json!(1)));
    assert_eq!((&found["activations"], &found["customer"]["email"]), (&json!(1), &json!("it@acme.example")));
    let machines = kit.get(&format!("{}/activations", path(license))).await.is(200);
    assert_eq!(machines["data"].as_array().unwrap().len(), 1);
    machines["data"][0].clone()
}

#[test]
fn l7_l87_a_limit_is_reached_and_raised() {
    on_sqlite(async |kit: Kit| {
        let license = full(&kit).await;
        diagnosed(&kit, &license).await;
        kit.patch(&path(&license), json!({ "activation_limit": 2 })).with("if-match", "*").await.is(200);
        activate(&kit, &license, "new-laptop").await.is(201);
        kit
    });
}

#[test]
fn l7_l87_a_limit_is_reached_and_an_old_machine_is_released() {
    on_sqlite(async |kit: Kit| {
        let license = full(&kit).await;
        let old = diagnosed(&kit, &license).await;
        let release = format!("/activations/{}/release", old["id"].as_str().unwrap());
        kit.post(&release, json!({ "reason": "the laptop was sold" })).await.is(200);
        activate(&kit, &license, "new-laptop").await.is(201);
        activate(&kit, &license, "old-laptop").await.fails(409, "activation-limit-reached");
        kit
    });
}

#[test]
fn l7_l87_a_limit_is_reached_and_taken_away() {
    on_sqlite(async |kit: Kit| {
        let license = full(&kit).await;
        diagnosed(&kit, &license).await;
        let edited =
            kit.patch(&path(&license), json!({ "activation_limit": null })).with("if-match", "*").await.is(200);
        assert_eq!(edited["activation_limit"], Value::Null);
        activate(&kit, &license, "new-laptop").await.is(201);
        kit
    });
}

#[test]
fn l8_l88_l89_a_leaked_license_is_revoked_first_and_replaced_from_the_pool_later() {
    on_sqlite(async |kit: Kit| {
        let spare = pooled(&kit).await;
        let leaked = kit.sold(json!({})).await;
        activate(&kit, &leaked, "laptop-1").await.is(201);

        let found = kit.post("/licenses/search", json!({ "key": leaked["key"] })).await.is(200);
        let customer = found["data"][0]["customer"]["id"].clone();
        let revoked = kit.post(&format!("{}/revoke", path(&leaked)), json!({ "reason": "leaked" })).await.is(200);
        assert_eq!(revoked["state"], "revoked");
        // Nothing replaces it yet, and it is refused already.
        assert_eq!(
            kit.get(&format!("/licenses?customer={}", customer.as_str().unwrap())).await.is(200)["data"],
            json!([revoked])
        );
        let body = json!({ "key": leaked["key"], "machine": "laptop-1" });
        assert_eq!(kit.post("/validate", body).no_token().await.is(200)["outcome"], "revoked");

        let replaced = kit.post(&format!("{}/assign", path(&spare)), json!({ "customer": customer })).await.is(200);
        assert_eq!((&replaced["customer"]["id"], &replaced["state"]), (&customer, &json!("assigned")));
        let delivered = kit.post(&format!("{}/deliver", path(&spare)), json!({})).await.is(200);
        activate(&kit, &delivered, "laptop-1").await.is(201);
        kit
    });
}

#[test]
fn l91_a_trial_that_was_bought_is_revoked_and_a_paid_license_is_assigned() {
    on_sqlite(async |kit: Kit| {
        let customer = json!({ "email": "it@acme.example" });
        let trial = kit.post("/licenses", json!({ "offer": "pro-trial", "customer": customer })).await.is(201);
        let spare = pooled(&kit).await;
        kit.set_clock("2027-02-01T12:00:00Z");
        let ended = kit.get(&path(&trial)).await.is(200);
        assert_eq!((&ended["state"], &ended["kind"]), (&json!("expired"), &json!("trial")));
        kit.post(&format!("{}/revoke", path(&trial)), json!({ "reason": "unspecified" })).await.is(200);
        kit.post(&format!("{}/assign", path(&spare)), json!({ "customer": trial["customer"]["id"] })).await.is(200);
        let paid = kit.post(&format!("{}/deliver", path(&spare)), json!({})).await.is(200);
        assert_eq!((&paid["kind"], &paid["valid_from"]), (&json!("standard"), &json!("2027-02-01")));
        activate(&kit, &paid, "laptop-1").await.is(201);
        kit
    });
}

#[test]
fn l50_l51_one_license_is_made_that_is_unlike_all_others() {
    on_sqlite(async |kit: Kit| {
        let order = json!({
            "offer": "pro-annual", "seats": 7, "term": "45d", "activation_limit": 3, "licensee": "Acme Labs",
            "customer": { "email": "labs@acme.example" }, "metadata": { "partner": "fair" }, "notes": "for the fair",
        });
        let made = kit.post("/licenses", order).await.is(201);
        assert_eq!((&made["seats"], &made["activation_limit"]), (&json!(7), &json!(3)));
        assert_eq!((&made["valid_from"], &made["valid_through"]), (&json!("2026-11-28"), &json!("2027-01-11")));
        assert_eq!((&made["metadata"]["partner"], &made["notes"]), (&json!("fair"), &json!("for the fair")));
        assert_eq!(kit.count("/licenses").await, 1);
        kit
    });
}

#[test]
fn l52_an_order_without_an_offer_or_a_product_is_refused_at_its_field() {
    on_sqlite(async |kit: Kit| {
        let refused = kit.post("/licenses", json!({ "licensee": "Acme Ltd" })).await;
        assert_eq!(refused.status, 422, "{}", refused.text);
        assert!(refused.body["detail"].as_str().unwrap().contains("offer"), "{}", refused.text);
        assert_eq!(kit.count("/licenses").await, 0);
        kit
    });
}

#[test]
fn l80_a_revocation_has_one_of_the_reasons_that_lists_know() {
    on_sqlite(async |kit: Kit| {
        for reason in ["leaked", "refunded", "unpaid", "terms-broken", "unspecified"] {
            let license = kit.sold(json!({})).await;
            let revoked = kit.post(&format!("{}/revoke", path(&license)), json!({ "reason": reason })).await.is(200);
            assert_eq!(revoked["state"], "revoked");
            let events = kit.get(&format!("{}/events", path(&license))).await.is(200);
            let event = events["data"].as_array().unwrap().iter().find(|event| event["action"] == "license.revoked");
            assert!(event.unwrap().to_string().contains(reason), "{events}");
        }
        kit
    });
}

#[test]
fn l17_l18_l19_l20_a_row_says_whose_it_is_how_many_machines_it_has_when_it_ends_and_when_it_was_made() {
    on_sqlite(async |kit: Kit| {
        let sold = kit.sold(json!({ "activation_limit": 5 })).await;
        activate(&kit, &sold, "laptop-1").await.is(201);
        kit.set_clock("2026-11-28T12:01:00Z");
        kit.post("/licenses", json!({ "offer": "pro-perpetual", "activation_limit": null })).await.is(201);
        let rows = kit.get("/licenses").await.is(200);
        let [lifetime, annual] = rows["data"].as_array().unwrap().as_slice() else { panic!("{rows}") };
        assert_eq!(
            (&annual["customer"]["name"], &annual["customer"]["email"]),
            (&json!("Acme Ltd"), &json!("it@acme.example"))
        );
        assert_eq!((&annual["activations"], &annual["activation_limit"]), (&json!(1), &json!(5)));
        assert_eq!((&annual["lifetime"], &annual["valid_through"]), (&json!(false), &json!("2027-11-27")));
        assert!(annual["created_at"].as_str().unwrap().starts_with("2026-11-28T12:00:0"), "{annual}");
        assert_eq!((&lifetime["customer"], &lifetime["activation_limit"]), (&Value::Null, &Value::Null));
        assert_eq!((&lifetime["lifetime"], &lifetime["valid_through"]), (&json!(true), &Value::Null));
        kit
    });
}

#[test]
fn l22_l99_what_is_done_in_staging_is_not_seen_in_production() {
    on_sqlite(async |kit: Kit| {
        let staging = kit.token_of(keyward_issuer::Environment::Staging, &Scope::ALL, None).await;
        let order = json!({ "offer": "pro-annual", "customer": { "email": "it@acme.example" } });
        kit.post("/staging/v1/licenses", order.clone()).token(staging.reveal()).await.is(201);
        for list in ["/licenses", "/customers"] {
            assert_eq!(kit.count(list).await, 0, "{list}");
            let there = kit.get(&format!("/staging/v1{list}")).token(staging.reveal()).await.is(200);
            assert_eq!(there["data"].as_array().unwrap().len(), 1, "{list}");
        }
        // The first trial of a customer is the first in each.
        for (at, token) in [("/staging/v1/licenses", staging.reveal()), ("/licenses", kit.manager.as_str())] {
            let trial = json!({ "offer": "pro-trial", "customer": { "email": "it@acme.example" } });
            kit.post(at, trial).token(token).await.is(201);
        }
        kit
    });
}

#[test]
fn l139_who_only_issues_changes_deletes_and_revokes_nothing() {
    on_sqlite(async |kit: Kit| {
        let support =
            [Scope::LicensesIssue, Scope::LicensesActivate, Scope::KeysRead, Scope::LicensesRead, Scope::CustomersRead];
        let support = kit.token(&support).await;
        let viewer = kit.token(&[Scope::LicensesRead, Scope::CustomersRead]).await;
        let license = kit.sold(json!({})).await;
        let at = path(&license);
        let trial = json!({ "offer": "pro-trial", "customer": license["customer"]["id"] });
        for token in [&viewer, &support] {
            kit.patch(&at, json!({ "notes": "mine" }))
                .with("if-match", "*")
                .token(token)
                .await
                .fails(403, "scope-missing");
            kit.delete(&at).with("if-match", "*").token(token).await.fails(403, "scope-missing");
            kit.post(&format!("{at}/revoke"), json!({ "reason": "leaked" }))
                .token(token)
                .await
                .fails(403, "scope-missing");
        }
        kit.post("/licenses", trial.clone()).token(&viewer).await.fails(403, "scope-missing");
        kit.post("/licenses", trial).token(&support).await.is(201);
        let again = json!({ "reason": "lost", "ticket": "DESK-1" });
        kit.post(&format!("{at}/reissue"), again).token(&support).await.is(200);
        kit
    });
}

#[test]
fn l139_who_only_issues_ends_no_license_by_a_reissue() {
    on_sqlite(async |kit: Kit| {
        let clerk = kit.token(&[Scope::LicensesIssue]).await;
        let lasting =
            kit.post("/licenses", json!({ "offer": "pro-perpetual", "customer": { "email": "it@acme.example" } }));
        for license in [kit.sold(json!({ "seats": 10 })).await, lasting.await.is(201)] {
            let reissue = format!("{}/reissue", path(&license));
            let order = |more: Value| {
                let mut order = json!({ "reason": "asked for", "ticket": "DESK-1" });
                order.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
                order
            };
            for ends in [
                json!({ "through": "2026-11-30" }),
                json!({ "term": "3d" }),
                json!({ "through": "2027-11-26", "seats": 12 }),
                json!({ "from": "2026-11-30" }),
                json!({ "grace_days": 0 }),
            ] {
                // A license without end has no grace to lose.
                if ends["grace_days"] == 0 && license["lifetime"] == true {
                    continue;
                }
                kit.post(&reissue, order(ends)).token(&clerk).await.fails(403, "scope-missing");
            }
            assert_eq!(kit.get(&path(&license)).await.is(200)["valid_through"], license["valid_through"]);
            let fewer = kit.post(&reissue, order(json!({ "seats": 2 }))).token(&clerk).await.is(200);
            assert_eq!(fewer["valid_through"], license["valid_through"]);
            let ended = kit.post(&reissue, order(json!({ "through": "2026-11-30" }))).await.is(200);
            assert_eq!(ended["valid_through"], "2026-11-30");
        }
        // The next term is no part of the key that is replaced.
        let renewed = kit.sold(json!({})).await;
        kit.post(&format!("{}/renew", path(&renewed)), json!({ "ticket": "DESK-2" })).await.is(200);
        let again = json!({ "seats": 20, "reason": "more people", "ticket": "DESK-3" });
        kit.post(&format!("{}/reissue", path(&renewed)), again).token(&clerk).await.is(200);
        kit
    });
}

#[test]
fn l140_no_edit_revokes_or_deletes() {
    on_sqlite(async |kit: Kit| {
        let license = kit.sold(json!({})).await;
        for body in [json!({ "state": "revoked" }), json!({ "revoked": true }), json!({ "deleted": true })] {
            let edit = kit.patch(&path(&license), body).with("if-match", "*").await;
            assert_eq!(edit.status, 422, "{}", edit.text);
        }
        assert_eq!(kit.get(&path(&license)).await.is(200)["state"], "assigned");
        kit
    });
}

#[test]
fn a_generator_takes_nothing_that_belongs_to_one_license() {
    on_sqlite(async |kit: Kit| {
        for more in [
            json!({ "serial": "00000000000000ab" }),
            json!({ "fingerprint": "01a1a1a1b1b1b1c1c1c1d1d1d1e1e1e1" }),
            json!({ "subscription": "sub-1" }),
            json!({ "licensee": "Acme Ltd" }),
            json!({ "id": "PO-1" }),
        ] {
            for signing in ["at-once", "on-assignment"] {
                let mut order = json!({ "offer": "pro-annual" });
                order.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
                let body = json!({ "name": "Pool", "order": order, "signing": signing });
                let reply = kit.post("/generators", body).await;
                assert_eq!((reply.status.as_u16(), &reply.body["code"]), (422, &json!("not-for-generator")), "{more}");
            }
        }
        assert_eq!(kit.count("/generators").await, 0);
        kit
    });
}
