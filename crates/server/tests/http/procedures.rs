//! What the manual and the handbook say, by the numbers of their statements, where a call of the API answers to it.

use keyward_ledger::Scope;
use serde_json::{Value, json};

use crate::kit::{Kit, on_sqlite};

fn path(license: &Value) -> String {
    format!("/licenses/{}", license["id"].as_str().unwrap())
}

async fn validate(kit: &Kit, license: &Value, machine: &str) -> Value {
    kit.post("/validate", json!({ "key": license["key"], "machine": machine })).no_token().await.is(200)
}

async fn activate(kit: &Kit, license: &Value, machine: &str) -> crate::kit::Reply {
    kit.post("/activate", json!({ "key": license["key"], "machine": machine })).no_token().await
}

/// The pointers and codes of what is wrong.
fn errors(problem: &Value) -> Vec<(String, String)> {
    let text = |error: &Value, name: &str| error[name].as_str().unwrap_or_default().to_owned();
    let all = problem["errors"].as_array().cloned().unwrap_or_default();
    all.iter().map(|error| (text(error, "pointer"), text(error, "code"))).collect()
}

#[test]
fn h7_a_reissue_with_another_customer_is_refused() {
    on_sqlite(async |kit: Kit| {
        let license = kit.sold(json!({})).await;
        let body = json!({ "customer": { "email": "ada@other.example" }, "reason": "asked for", "ticket": "DESK-1" });
        kit.post(&format!("{}/reissue", path(&license)), body).await.fails(422, "customer-changes");
        assert_eq!(kit.get("/customers").await.is(200)["data"].as_array().unwrap().len(), 1);
        kit
    });
}

/// A wrong id is noticed where a key is signed for it.
#[test]
fn an_order_for_a_license_on_record_names_no_customer() {
    on_sqlite(async |kit: Kit| {
        let license = kit.sold(json!({ "term": "5d" })).await;
        let customers =
            [license["customer"]["id"].clone(), json!({ "email": "ada@other.example" }), json!("Acme"), json!(null)];
        for (action, order) in [
            ("reissue", json!({ "reason": "more", "ticket": "DESK-1" })),
            ("renew", json!({})),
            ("stopgap", json!({ "offer": "pro-stopgap", "term": "5d" })),
        ] {
            let mut order = order;
            for customer in &customers {
                order["customer"] = customer.clone();
                kit.post(&format!("{}/{action}", path(&license)), order.clone()).await.fails(422, "customer-changes");
                let preview = json!({ "action": action, "order": order });
                kit.post(&format!("{}/preview", path(&license)), preview).await.fails(422, "customer-changes");
            }
            order.as_object_mut().unwrap().remove("customer");
            kit.post(&format!("{}/preview", path(&license)), json!({ "action": action, "order": order })).await.is(200);
        }
        kit
    });
}

#[test]
fn h15_a_reissue_and_a_renewal_say_which_subscription_pays_from_now_on() {
    on_sqlite(async |kit: Kit| {
        let license =
            kit.sold(json!({ "term": "5d", "subscription": "sub-1", "subscription_name": "Acme yearly" })).await;
        let subscription = |id: &str, name: &str| json!({ "subscription": id, "subscription_name": name });
        let mut more = subscription("sub-2", "Acme monthly");
        (more["reason"], more["ticket"]) = (json!("another plan"), json!("DESK-1"));
        let expected = |id: &str, name: &str| json!({ "id": id, "name": name });
        for (action, order, shown) in [
            ("reissue", more, expected("sub-2", "Acme monthly")),
            ("reissue", json!({ "reason": "lost", "ticket": "DESK-2" }), expected("sub-2", "Acme monthly")),
            ("stopgap", json!({ "offer": "pro-stopgap", "term": "5d" }), expected("sub-2", "Acme monthly")),
            ("renew", subscription("sub-3", "Acme again"), expected("sub-3", "Acme again")),
        ] {
            assert_eq!(
                kit.post(&format!("{}/{action}", path(&license)), order).await.is(200)["subscription"],
                shown,
                "{action}"
            );
            assert_eq!(kit.get(&path(&license)).await.is(200)["subscription"], shown, "{action}");
        }
        kit
    });
}

#[test]
fn what_only_an_approval_gives_back_is_not_taken_without_the_right_to_manage() {
    on_sqlite(async |kit: Kit| {
        let clerk = kit.token(&[Scope::LicensesIssue]).await;
        let license = kit.sold(json!({ "offer": "pro-perpetual" })).await;
        let reissue = format!("{}/reissue", path(&license));
        let order = |more: Value| {
            let mut order = json!({ "reason": "asked for", "ticket": "DESK-1" });
            order.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            order
        };
        for taken in [
            json!({ "updates_through": "2026-12-31" }),
            json!({ "through": "2027-12-31" }),
            json!({ "from": "2026-12-24" }),
        ] {
            kit.post(&reissue, order(taken.clone())).token(&clerk).await.fails(403, "scope-missing");
        }
        // What the catalogue's ranges give back is taken, and given back.
        kit.post(&reissue, order(json!({ "limits": { "projects": 1 } }))).token(&clerk).await.is(200);
        let back = kit.post(&reissue, order(json!({ "limits": { "projects": "none" } }))).token(&clerk).await.is(200);
        assert_eq!(back["limits"], license["limits"]);
        kit.post(&reissue, order(json!({ "updates_through": "2026-12-31" }))).await.is(200);
        let refused = kit.post(&reissue, order(json!({ "updates_through": "all" }))).await.fails(422, "order-refused");
        assert_eq!(errors(&refused)[0].1, "updates-change");
        kit
    });
}

#[test]
fn h8_h9_a_reissue_without_reason_and_ticket_is_refused() {
    on_sqlite(async |kit: Kit| {
        let license = kit.sold(json!({})).await;
        let reissue = format!("{}/reissue", path(&license));
        let refused = kit.post(&reissue, json!({})).await.fails(422, "order-refused");
        let codes: Vec<_> = errors(&refused).into_iter().map(|(_, code)| code).collect();
        assert_eq!(codes, ["reason-missing", "ticket-missing"]);
        let done = kit.post(&reissue, json!({ "reason": "lost", "ticket": "DESK-1" })).await.is(200);
        assert_ne!(done["serial"], license["serial"]);
        kit
    });
}

#[test]
fn h30_a_trial_of_31_days_is_refused_and_one_of_30_is_not() {
    on_sqlite(async |kit: Kit| {
        let trial = |term: &str, email: &str| {
            let order = json!({ "offer": "pro-trial", "term": term, "customer": { "email": email } });
            kit.post("/licenses", order)
        };
        let refused = trial("31d", "ada@other.example").await.fails(422, "order-refused");
        assert_eq!(errors(&refused)[0].1, "trial-too-long");
        let made = trial("30d", "ada@other.example").await.is(201);
        assert_eq!((&made["kind"], &made["valid_through"]), (&json!("trial"), &json!("2026-12-27")));
        // Only people approve.
        let approved = json!({ "offer": "pro-trial", "term": "31d", "approved_by": "Ada" });
        kit.post("/licenses", approved).await.fails(422, "approval-by-token");
        kit
    });
}

#[test]
fn l66_key_product_and_environment_are_not_edited() {
    on_sqlite(async |kit: Kit| {
        let license = kit.sold(json!({})).await;
        for name in ["key", "serial", "product", "environment", "customer", "seats", "valid_through", "state"] {
            let edit = kit.patch(&path(&license), json!({ name: license[name] })).with("if-match", "*").await;
            let problem = edit.fails(422, "not-editable");
            assert_eq!(errors(&problem), [(format!("/{name}"), "not-editable".to_owned())]);
        }
        assert_eq!(kit.get(&path(&license)).await.is(200)["version"], 1);
        kit
    });
}

#[test]
fn l67_l123_a_change_is_seen_by_the_next_validation() {
    on_sqlite(async |kit: Kit| {
        let license = kit.sold(json!({})).await;
        activate(&kit, &license, "laptop-1").await.is(201);
        for (action, outcome) in [("suspend", "suspended"), ("resume", "active"), ("inactivate", "inactive")] {
            kit.post(&format!("{}/{action}", path(&license)), json!({})).await.is(200);
            assert_eq!(validate(&kit, &license, "laptop-1").await["outcome"], outcome);
        }
        kit
    });
}

#[test]
fn l71_l74_a_paused_license_keeps_its_slots_and_comes_back_with_them() {
    on_sqlite(async |kit: Kit| {
        let license = kit.sold(json!({ "activation_limit": 1 })).await;
        activate(&kit, &license, "laptop-1").await.is(201);
        let paused = kit.post(&format!("{}/inactivate", path(&license)), json!({ "reason": "a pause" })).await.is(200);
        assert_eq!((&paused["state"], &paused["activations"]), (&json!("inactive"), &json!(1)));
        let refused = validate(&kit, &license, "laptop-1").await;
        assert_eq!((&refused["usable"], &refused["validation_file"]), (&json!(false), &Value::Null));
        kit.post(&format!("{}/reactivate", path(&license)), json!({})).await.is(200);
        assert_eq!(validate(&kit, &license, "laptop-1").await["usable"], true);
        activate(&kit, &license, "laptop-2").await.fails(409, "activation-limit-reached");
        kit
    });
}

#[test]
fn l77_a_license_is_revoked_by_no_get_and_not_without_a_reason() {
    on_sqlite(async |kit: Kit| {
        let license = kit.sold(json!({})).await;
        let revoke = format!("{}/revoke", path(&license));
        kit.get(&revoke).await.fails(405, "wrong-method");
        kit.post(&revoke, json!({})).await.fails(422, "missing-field");
        kit.post(&revoke, json!({ "reason": "because" })).await.fails(422, "invalid-value");
        assert_eq!(kit.get(&path(&license)).await.is(200)["state"], "assigned");
        kit
    });
}

#[test]
fn l78_a_revocation_ends_the_activations() {
    on_sqlite(async |kit: Kit| {
        let license = kit.sold(json!({})).await;
        let activated = activate(&kit, &license, "laptop-1").await.is(201);
        let revoked = kit.post(&format!("{}/revoke", path(&license)), json!({ "reason": "leaked" })).await.is(200);
        assert_eq!((&revoked["state"], &revoked["activations"]), (&json!("revoked"), &json!(0)));
        let activation = format!("/activations/{}", activated["activation"]["id"].as_str().unwrap());
        assert_ne!(kit.get(&activation).await.is(200)["released_at"], Value::Null);
        activate(&kit, &license, "laptop-1").await.fails(409, "revoked");
        kit
    });
}

#[test]
fn l82_l83_l85_a_deletion_needs_what_was_read_and_is_in_the_audit_log() {
    on_sqlite(async |kit: Kit| {
        let license = kit.sold(json!({})).await;
        kit.delete(&path(&license)).await.fails(428, "if-match-missing");
        kit.delete(&path(&license)).with("if-match", "\"7\"").await.fails(412, "changed-meanwhile");
        let deleted = kit.delete(&path(&license)).if_match(&license["version"]).await;
        assert_eq!((deleted.status.as_u16(), deleted.text.as_str()), (204, ""));
        kit.get(&path(&license)).await.fails(404, "no-license");
        kit.delete(&path(&license)).with("if-match", "*").await.fails(404, "no-license");
        let log = kit.get("/audit?action=license.deleted").await.is(200);
        assert_eq!(log["data"][0]["subject"], license["id"]);
        let used = kit.sold(json!({})).await;
        activate(&kit, &used, "laptop-1").await.is(201);
        let refused = kit.delete(&path(&used)).with("if-match", "*").await.fails(409, "not-allowed-in-state");
        assert!(refused["allowed"].as_array().unwrap().contains(&json!("revoke")));
        kit
    });
}

#[test]
fn neither_a_trial_nor_an_order_is_had_again_by_a_deletion() {
    on_sqlite(async |kit: Kit| {
        let customer = json!({ "email": "it@acme.example" });
        let trial = json!({ "offer": "pro-trial", "customer": customer });
        let sale = json!({ "id": "DO-1", "offer": "pro-annual", "customer": customer });
        for (body, again) in [(trial, 422), (sale, 200)] {
            let sold = kit.post("/licenses", body.clone()).await.is(201);
            let refused = kit.delete(&path(&sold)).with("if-match", "*").await.fails(409, "key-has-left");
            assert!(refused["detail"].as_str().unwrap().contains("revoke the license instead"), "{refused}");
            assert_eq!(kit.post("/licenses", body).await.status.as_u16(), again);
        }
        kit
    });
}

#[test]
fn l96_a_license_lives_from_its_making_to_its_revocation() {
    on_sqlite(async |kit: Kit| {
        let made = kit.post("/licenses", json!({ "offer": "pro-annual" })).await.is(201);
        let at = path(&made);
        kit.post(&format!("{at}/assign"), json!({ "customer": { "email": "it@acme.example" } })).await.is(200);
        let license = kit.post(&format!("{at}/deliver"), json!({})).await.is(200);
        activate(&kit, &license, "laptop-1").await.is(201);
        for _ in 0..3 {
            assert_eq!(kit.post(&format!("{at}/suspend"), json!({})).await.is(200)["state"], "suspended");
            assert_eq!(kit.post(&format!("{at}/resume"), json!({})).await.is(200)["state"], "active");
        }
        kit.set_clock("2028-02-01T12:00:00Z");
        assert_eq!(kit.get(&at).await.is(200)["state"], "expired");
        assert_eq!(kit.post(&format!("{at}/revoke"), json!({ "reason": "unpaid" })).await.is(200)["state"], "revoked");
        kit
    });
}

#[test]
fn l97_l98_l145_a_license_is_valid_in_its_environment_alone() {
    on_sqlite(async |kit: Kit| {
        let license = kit.sold(json!({})).await;
        let body = json!({ "key": license["key"], "machine": "laptop-1" });
        let answer = kit.post("/staging/v1/validate", body.clone()).no_token().await.is(200);
        assert_eq!(
            (&answer["outcome"], &answer["usable"], &answer["license"]),
            (&json!("wrong-environment"), &json!(false), &Value::Null)
        );
        let message = answer["message"].as_str().unwrap();
        assert!(message.contains("production") && message.contains("staging"), "{message}");
        kit.post("/staging/v1/activate", body.clone()).no_token().await.fails(409, "wrong-environment");
        kit.post("/production/v1/activate", body).no_token().await.is(201);
        // No call moves it.
        let edit = json!({ "environment": "staging" });
        kit.patch(&path(&license), edit.clone()).with("if-match", "*").await.fails(422, "not-editable");
        let mut order = json!({ "offer": "pro-annual" });
        order["environment"] = json!("staging");
        kit.post("/licenses", order).await.fails(422, "wrong-environment");
        kit
    });
}

#[test]
fn l101_l102_l103_the_limit_counts_devices_and_is_freed_or_raised_at_once() {
    on_sqlite(async |kit: Kit| {
        for limit in [1, 5] {
            let license = kit.sold(json!({ "activation_limit": limit })).await;
            for number in 0..limit {
                activate(&kit, &license, &format!("device-{number}")).await.is(201);
            }
            let refused = activate(&kit, &license, "one-more").await.fails(409, "activation-limit-reached");
            assert_eq!((&refused["limit"], &refused["activations"]), (&json!(limit), &json!(limit)));
        }
        let unlimited = kit.sold(json!({ "activation_limit": null })).await;
        assert_eq!(unlimited["activation_limit"], Value::Null);
        for number in 0..8 {
            activate(&kit, &unlimited, &format!("device-{number}")).await.is(201);
        }
        let raise = kit.patch(&path(&unlimited), json!({ "activation_limit": -1 })).with("if-match", "*").await;
        assert_eq!(raise.status, 422, "{}", raise.text);

        let license = kit.sold(json!({ "activation_limit": 1 })).await;
        let first = activate(&kit, &license, "device-0").await.is(201);
        let free = json!({ "key": license["key"], "activation": first["activation"]["id"] });
        kit.post("/deactivate", free).no_token().await.is(200);
        activate(&kit, &license, "device-1").await.is(201);
        activate(&kit, &license, "device-2").await.fails(409, "activation-limit-reached");
        kit.patch(&path(&license), json!({ "activation_limit": 2 })).with("if-match", "*").await.is(200);
        activate(&kit, &license, "device-2").await.is(201);
        kit
    });
}

#[test]
fn l132_a_key_is_made_by_the_server() {
    on_sqlite(async |kit: Kit| {
        let license = kit.sold(json!({})).await;
        let other = kit.sold(json!({})).await;
        assert_ne!(license["serial"], other["serial"]);
        let order = json!({ "offer": "pro-annual", "key": license["key"] });
        kit.post("/licenses", order).await.fails(422, "order-invalid");
        let order = json!({ "offer": "pro-annual", "serial": license["serial"] });
        let reply = kit.post("/licenses", order).await;
        assert!([409, 422].contains(&reply.status.as_u16()), "{}", reply.text);
        kit
    });
}

#[test]
fn l133_the_product_exists_and_is_sold() {
    on_sqlite(async |kit: Kit| {
        let order = |product: &str, edition: &str| json!({ "product": product, "edition": edition, "term": "1y", "seats": 5, "limits": { "projects": 1000 } });
        let refused = kit.post("/licenses", order("stduio", "pro")).await.fails(422, "order-refused");
        assert_eq!(errors(&refused)[0].1, "unknown-product");
        let refused = kit.post("/licenses", order("studio", "classic")).await.fails(422, "order-refused");
        assert_eq!(errors(&refused)[0].1, "deprecated-edition");
        let missing = kit.post("/licenses", json!({ "seats": 5 })).await;
        assert_eq!(missing.status, 422, "{}", missing.text);
        kit
    });
}

#[test]
fn l53_l134_the_customer_is_nobody_or_one_who_exists() {
    on_sqlite(async |kit: Kit| {
        let sell = |customer: Value| kit.post("/licenses", json!({ "offer": "pro-annual", "customer": customer }));
        assert_eq!(sell(Value::Null).await.is(201)["state"], "available");
        let unknown = sell(json!("cus_01234567-89ab-7def-8123-456789abcdef")).await;
        assert_eq!(unknown.status, 422, "{}", unknown.text);
        assert_eq!(errors(&unknown.body)[0].0, "/customer");
        let sold = sell(json!({ "email": "it@acme.example" })).await.is(201);
        assert_eq!(sold["state"], "assigned");
        assert_eq!(sell(sold["customer"]["id"].clone()).await.is(201)["customer"]["id"], sold["customer"]["id"]);
        kit
    });
}

#[test]
fn l135_the_activation_limit_is_1_to_10000_or_unlimited() {
    on_sqlite(async |kit: Kit| {
        let license = kit.sold(json!({})).await;
        for limit in [json!(0), json!(10_001), json!(1.5), json!(-1), json!("two"), json!([2]), json!(u64::MAX)] {
            let made = kit.post("/licenses", json!({ "offer": "pro-annual", "activation_limit": limit })).await;
            assert_eq!(made.status, 422, "{limit}: {}", made.text);
            let edited = kit.patch(&path(&license), json!({ "activation_limit": limit })).with("if-match", "*").await;
            assert_eq!(edited.status, 422, "{limit}: {}", edited.text);
            assert_eq!(errors(&edited.body)[0].0, "/activation_limit", "{limit}: {}", edited.text);
        }
        for limit in [json!(1), json!(10_000), Value::Null] {
            let made = kit.post("/licenses", json!({ "offer": "pro-annual", "activation_limit": limit })).await.is(201);
            assert_eq!(made["activation_limit"], limit);
            let edited = kit.patch(&path(&license), json!({ "activation_limit": limit })).with("if-match", "*").await;
            assert_eq!(edited.is(200)["activation_limit"], limit);
        }
        kit
    });
}

#[test]
fn l136_the_end_is_a_day_to_come() {
    on_sqlite(async |kit: Kit| {
        let order = |through: &str| {
            let order = json!({ "offer": "pro-annual", "from": "2026-11-01", "through": through });
            kit.post("/licenses", order)
        };
        let ended = order("2026-11-27").await.fails(422, "order-refused");
        assert!(errors(&ended).iter().any(|(_, code)| code == "has-ended"), "{ended}");
        let today = json!({ "offer": "pro-annual", "through": "2026-11-28" });
        assert_eq!(kit.post("/licenses", today).await.is(201)["valid_through"], "2026-11-28");
        let perpetual = kit.post("/licenses", json!({ "offer": "pro-perpetual" })).await.is(201);
        assert_eq!((&perpetual["valid_through"], &perpetual["lifetime"]), (&Value::Null, &json!(true)));
        kit
    });
}

#[test]
fn l56_l137_l138_features_limits_and_metadata_are_objects_within_their_bounds() {
    on_sqlite(async |kit: Kit| {
        let make = |name: &str, value: Value| kit.post("/licenses", json!({ "offer": "pro-annual", name: value }));
        for metadata in [json!([1]), json!(1), json!("{}"), json!(true)] {
            make("metadata", metadata.clone()).await.fails(422, "metadata");
        }
        // {"a":"…"} has 8 bytes beside the text.
        let of = |bytes: usize| json!({ "a": "x".repeat(bytes - 8) });
        assert_eq!(make("metadata", of(10_240)).await.is(201)["metadata"], of(10_240));
        make("metadata", of(10_241)).await.fails(422, "metadata");
        assert_eq!(make("limits", json!({ "projects": 20 })).await.is(201)["limits"], json!({ "projects": 20 }));
        for limits in [json!([1]), json!(1), json!({ "projects": "many" })] {
            let reply = make("limits", limits).await;
            assert_eq!(reply.status, 422, "{}", reply.text);
        }
        let reply = make("limits", json!({ "rooms": 20 })).await;
        assert_eq!(reply.status, 422, "{}", reply.text);
        kit
    });
}

#[test]
fn l141_each_change_of_state_is_in_the_audit_log_with_who_and_why() {
    on_sqlite(async |kit: Kit| {
        let license = kit.sold(json!({})).await;
        for action in ["suspend", "resume", "inactivate", "reactivate"] {
            kit.post(&format!("{}/{action}", path(&license)), json!({ "reason": "asked for" })).await.is(200);
        }
        let events = kit.get(&format!("{}/events", path(&license))).await.is(200);
        let events = events["data"].as_array().unwrap();
        let found: Vec<_> = events.iter().filter(|event| event["reason"] == "asked for").collect();
        assert_eq!(found.len(), 4, "{events:?}");
        assert!(found.iter().all(|event| event["actor"].as_str().unwrap().starts_with("ci (tok_")));
        kit
    });
}

#[test]
fn l26_l29_a_suspended_license_is_activated_by_nobody_and_says_its_cause() {
    on_sqlite(async |kit: Kit| {
        for (cause, shown) in [(Some("abuse"), "abuse"), (Some("payment"), "payment"), (None, "manual")] {
            let license = kit.sold(json!({})).await;
            activate(&kit, &license, "laptop-1").await.is(201);
            let body = cause.map_or_else(|| json!({}), |cause| json!({ "cause": cause }));
            let suspended = kit.post(&format!("{}/suspend", path(&license)), body).await.is(200);
            assert_eq!((&suspended["state"], &suspended["hold"]), (&json!("suspended"), &json!(shown)));
            for machine in ["laptop-1", "laptop-2"] {
                activate(&kit, &license, machine).await.fails(409, "suspended");
            }
            assert_eq!(validate(&kit, &license, "laptop-1").await["outcome"], "suspended");
            let resumed = kit.post(&format!("{}/resume", path(&license)), json!({})).await.is(200);
            assert_eq!((&resumed["state"], &resumed["hold"]), (&json!("active"), &Value::Null));
            activate(&kit, &license, "laptop-2").await.is(201);
        }
        kit
    });
}

#[test]
fn l27_an_expired_license_is_activated_by_nobody_and_can_be_renewed_or_revoked() {
    on_sqlite(async |kit: Kit| {
        let (renewed, revoked) = (kit.sold(json!({})).await, kit.sold(json!({})).await);
        kit.set_clock("2028-02-01T12:00:00Z");
        for license in [&renewed, &revoked] {
            assert_eq!(kit.get(&path(license)).await.is(200)["state"], "expired");
            activate(&kit, license, "laptop-1").await.fails(409, "expired");
        }
        let renew = kit.post(&format!("{}/renew", path(&renewed)), json!({ "ticket": "DESK-1" })).await.is(200);
        assert_eq!(renew["state"], "assigned");
        let revoke = kit.post(&format!("{}/revoke", path(&revoked)), json!({ "reason": "unpaid" })).await.is(200);
        assert_eq!(revoke["state"], "revoked");
        kit
    });
}

#[test]
fn l28_l79_l80_a_revoked_license_says_why_and_nothing_brings_it_back() {
    on_sqlite(async |kit: Kit| {
        for reason in ["leaked", "refunded", "unpaid", "terms-broken", "unspecified"] {
            let license = kit.sold(json!({})).await;
            let revoke = json!({ "reason": reason });
            let revoked = kit.post(&format!("{}/revoke", path(&license)), revoke.clone()).await.is(200);
            assert_eq!((&revoked["state"], &revoked["revoked_for"]), (&json!("revoked"), &json!(reason)));
            let because = json!({ "reason": "asked for", "ticket": "DESK-1" });
            for (action, body) in [
                ("resume", json!({})),
                ("reactivate", json!({})),
                ("suspend", json!({})),
                ("inactivate", json!({})),
                ("reissue", because.clone()),
                ("renew", because.clone()),
                ("deliver", json!({})),
                ("revoke", revoke),
            ] {
                let refused = kit.post(&format!("{}/{action}", path(&license)), body).await;
                assert_eq!(refused.fails(409, "not-allowed-in-state")["allowed"], json!([]), "{action}");
            }
            assert_eq!(validate(&kit, &license, "laptop-1").await["outcome"], "revoked");
        }
        kit
    });
}

#[test]
fn l70_an_inactive_license_is_activated_by_nobody_also_from_assigned() {
    on_sqlite(async |kit: Kit| {
        for was_activated in [false, true] {
            let license = kit.sold(json!({})).await;
            if was_activated {
                activate(&kit, &license, "laptop-1").await.is(201);
            }
            let paused = kit.post(&format!("{}/inactivate", path(&license)), json!({})).await.is(200);
            assert_eq!(paused["state"], "inactive");
            for machine in ["laptop-1", "laptop-2"] {
                activate(&kit, &license, machine).await.fails(409, "inactive");
            }
            assert_eq!(validate(&kit, &license, "laptop-1").await["outcome"], "inactive");
        }
        kit
    });
}

#[test]
fn l73_a_pause_is_neither_a_suspension_nor_final() {
    on_sqlite(async |kit: Kit| {
        let license = kit.sold(json!({})).await;
        kit.post(&format!("{}/inactivate", path(&license)), json!({})).await.is(200);
        kit.post(&format!("{}/resume", path(&license)), json!({})).await.fails(409, "not-allowed-in-state");
        let back = kit.post(&format!("{}/reactivate", path(&license)), json!({})).await.is(200);
        assert_eq!(back["state"], "assigned");
        kit.post(&format!("{}/suspend", path(&license)), json!({})).await.is(200);
        kit.post(&format!("{}/reactivate", path(&license)), json!({})).await.fails(409, "not-allowed-in-state");
        kit
    });
}

#[test]
fn l84_the_serial_of_a_deleted_license_is_never_used_again() {
    on_sqlite(async |kit: Kit| {
        let license = kit.sold(json!({})).await;
        kit.delete(&path(&license)).with("if-match", "*").await;
        kit.get(&path(&license)).await.fails(404, "no-license");
        let again = json!({ "offer": "pro-annual", "serial": license["serial"] });
        kit.post("/licenses", again).await.fails(409, "serial-used");
        assert_eq!(validate(&kit, &license, "laptop-1").await["usable"], false);
        kit
    });
}

#[test]
fn l6_l86_a_license_of_the_pool_is_sold_and_its_key_delivered() {
    on_sqlite(async |kit: Kit| {
        let pool = kit.post("/licenses", json!({ "offer": "pro-annual" })).await.is(201);
        let body = json!({ "customer": { "email": "it@acme.example", "name": "Acme Ltd" } });
        let assigned = kit.post(&format!("{}/assign", path(&pool)), body).await.is(200);
        assert_eq!(
            (&assigned["state"], &assigned["customer"]["email"]),
            (&json!("assigned"), &json!("it@acme.example"))
        );
        let delivered = kit.post(&format!("{}/deliver", path(&pool)), json!({})).await.is(200);
        assert_eq!(delivered["serial"], pool["serial"]);
        activate(&kit, &delivered, "laptop-1").await.is(201);
        kit
    });
}

#[test]
fn an_assignment_that_is_refused_makes_no_customer() {
    on_sqlite(async |kit: Kit| {
        let to = |email: &str| json!({ "customer": { "email": email } });
        let sold = kit.sold(json!({})).await;
        let assign = |license: &Value| format!("{}/assign", path(license));
        kit.post(&assign(&sold), to("new@other.example")).await.fails(409, "not-allowed-in-state");
        let pool = kit.post("/licenses", json!({ "offer": "pro-annual" })).await.is(201);
        kit.post(&assign(&pool), to("new@other.example")).if_match(&json!(7)).await.fails(412, "changed-meanwhile");
        // Its key is signed on assignment: its offer was taken out of use since.
        let made = json!({ "name": "Trials", "order": { "offer": "pro-trial" }, "signing": "on-assignment" });
        let generator = kit.post("/generators", made).await.is(201);
        let run = format!("/generators/{}/run", generator["id"].as_str().unwrap());
        let reserved = kit.post(&run, json!({ "count": 1 })).await.is(201)["data"][0].clone();
        kit.change_catalog("[offers.pro-trial]", "[offers.studio-trial]").await;
        let reserved = format!("/licenses/{}/assign", reserved.as_str().unwrap());
        let refused = kit.post(&reserved, to("new@other.example")).await;
        assert!(refused.status.is_client_error(), "{}", refused.text);
        assert_eq!(kit.count("/customers").await, 1);
        let done = kit.post(&assign(&pool), to("new@other.example")).await.is(200);
        assert_eq!(done["customer"]["email"], "new@other.example");
        assert_eq!(kit.count("/customers").await, 2);
        kit
    });
}

#[test]
fn l88_l89_a_leaked_license_is_revoked_first_and_replaced_from_the_pool() {
    on_sqlite(async |kit: Kit| {
        let leaked = kit.sold(json!({})).await;
        let pool = kit.post("/licenses", json!({ "offer": "pro-annual" })).await.is(201);
        activate(&kit, &leaked, "laptop-1").await.is(201);
        // Without a replacement, and at once.
        kit.post(&format!("{}/revoke", path(&leaked)), json!({ "reason": "leaked" })).await.is(200);
        assert_eq!(validate(&kit, &leaked, "laptop-1").await["outcome"], "revoked");
        let body = json!({ "customer": leaked["customer"]["id"], "reason": "the key before was published" });
        kit.post(&format!("{}/assign", path(&pool)), body).await.is(200);
        let replacement = kit.post(&format!("{}/deliver", path(&pool)), json!({})).await.is(200);
        assert_eq!(replacement["customer"]["id"], leaked["customer"]["id"]);
        activate(&kit, &replacement, "laptop-1").await.is(201);
        kit
    });
}
