//! What the handbook, the page about stopgaps and the manual say of orders and terms, by the numbers of their statements.

use base64ct::{Base64, Encoding};
use serde_json::{Value, json};

use crate::kit::{Kit, Reply, on_sqlite, whole_keys};

fn path(license: &Value) -> String {
    format!("/licenses/{}", license["id"].as_str().unwrap())
}

fn codes(problem: &Value) -> Vec<&str> {
    problem["errors"].as_array().unwrap().iter().map(|error| error["code"].as_str().unwrap()).collect()
}

async fn validate(kit: &Kit, key: &Value, machine: &str) -> Value {
    kit.post("/validate", json!({ "key": key, "machine": machine })).no_token().await.is(200)
}

async fn activate(kit: &Kit, key: &Value, machine: &str) -> Reply {
    kit.post("/activate", json!({ "key": key, "machine": machine })).no_token().await
}

/// A license for the year that ends on 31 May 2027.
async fn paid(kit: &Kit) -> Value {
    kit.sold(json!({ "from": "2026-06-01", "seats": 7, "features": ["export", "teamwork"], "ticket": "DESK-1" })).await
}

#[test]
fn h4_l34_the_licenses_of_an_address_are_found() {
    on_sqlite(async |kit: Kit| {
        let first = kit.sold(json!({})).await;
        kit.set_clock("2026-11-28T12:00:01Z");
        let second = kit.sold(json!({})).await;
        kit.sold(json!({ "customer": { "email": "ada@other.example" } })).await;
        let search = |more: Value| {
            let mut body = json!({ "email": "it@acme.example" });
            body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            kit.post("/licenses/search", body)
        };
        let found = search(json!({})).await.is(200);
        let ids =
            |found: &Value| found["data"].as_array().unwrap().iter().map(|row| row["id"].clone()).collect::<Vec<_>>();
        assert_eq!((ids(&found), &found["next"]), (vec![second["id"].clone(), first["id"].clone()], &Value::Null));
        assert!(whole_keys(&found).is_empty());
        let page = search(json!({ "limit": 1 })).await.is(200);
        let rest = search(json!({ "limit": 1, "after": page["next"] })).await.is(200);
        assert_eq!((ids(&page), ids(&rest)), (vec![second["id"].clone()], vec![first["id"].clone()]));
        let nobody = kit.post("/licenses/search", json!({ "email": "nobody@acme.example" })).await.is(200);
        assert_eq!(nobody["data"], json!([]));
        for (wrong, code) in [
            (json!({}), "invalid-value"),
            (json!({ "email": "it@acme.example", "serial": first["serial"] }), "invalid-value"),
            (json!({ "email": "acme" }), "customer-details"),
        ] {
            kit.post("/licenses/search", wrong).await.fails(422, code);
        }
        let reader = kit.token(&[keyward_ledger::Scope::LicensesRead]).await;
        search(json!({})).token(reader).await.fails(403, "scope-missing");
        kit
    });
}

#[test]
fn l33_a_license_is_found_by_a_key_that_is_pasted_whole_damaged_or_old() {
    on_sqlite(async |kit: Kit| {
        let sold = kit.sold(json!({})).await;
        let key = sold["key"].as_str().unwrap().to_owned();
        let body = json!({ "seats": 9, "reason": "lost", "ticket": "DESK-1" });
        kit.post(&format!("{}/reissue", path(&sold)), body).await.is(200);
        let wrong = if key.as_bytes()[20] == b'7' { "8" } else { "7" };
        let damaged = format!("{}{wrong}{}", &key[..20], &key[21..]);
        for text in [key.clone(), format!("Your key: {key}\nThanks"), damaged.to_lowercase()] {
            let found = kit.post("/licenses/search", json!({ "key": text })).await.is(200);
            assert_eq!(found["data"][0]["id"], sold["id"]);
            assert!(whole_keys(&found).is_empty());
        }
        let found = kit.post("/licenses/search", json!({ "serial": sold["serial"] })).await.is(200);
        assert_eq!(found["data"][0]["id"], sold["id"]);
        let found = kit.post("/licenses/search", json!({ "serial": "0".repeat(16) })).await;
        assert!(found.status == 200 && found.body["data"] == json!([]) || found.status == 422, "{}", found.text);
        kit.post("/licenses/search", json!({ "key": "K7PM4" })).await.fails(422, "invalid-key");
        kit.post("/licenses/search", json!({ "key": "x".repeat(9 << 10) })).await.fails(422, "key-too-long");
        kit
    });
}

#[test]
fn h15_a_new_license_has_the_id_and_the_name_of_its_subscription() {
    on_sqlite(async |kit: Kit| {
        let more = json!({ "subscription": "sub-4711", "subscription_name": "Acme yearly", "reason": "ordered", "ticket": "DESK-1" });
        let sold = kit.sold(more).await;
        let expected = json!({ "id": "sub-4711", "name": "Acme yearly" });
        assert_eq!((&sold["subscription"], &sold["ticket"]), (&expected, &json!("DESK-1")));
        assert_eq!(kit.get(&path(&sold)).await.is(200)["subscription"], expected);
        kit
    });
}

#[test]
fn h28_h38_a_trial_belongs_to_no_subscription() {
    on_sqlite(async |kit: Kit| {
        let trial =
            json!({ "offer": "pro-trial", "subscription": "sub-4711", "customer": { "email": "ada@other.example" } });
        let refused = kit.post("/licenses", trial).await.fails(422, "order-refused");
        assert_eq!(codes(&refused), ["subscription-on"]);
        kit
    });
}

#[test]
fn h34_h35_a_trial_has_any_seats_and_starts_today_unless_it_names_a_day() {
    on_sqlite(async |kit: Kit| {
        for (number, seats) in [1, 77, 500].into_iter().enumerate() {
            let order = json!({ "offer": "pro-trial", "seats": seats, "customer": { "email": format!("c{number}@other.example") } });
            let trial = kit.post("/licenses", order).await.is(201);
            assert_eq!((&trial["seats"], &trial["valid_from"]), (&json!(seats), &json!("2026-11-28")));
        }
        let order = json!({ "offer": "pro-trial", "from": "2026-12-01", "customer": { "email": "ada@other.example" } });
        assert_eq!(kit.post("/licenses", order).await.is(201)["valid_from"], "2026-12-01");
        kit
    });
}

#[test]
fn h26_l106_a_trial_ends_on_its_last_day() {
    on_sqlite(async |kit: Kit| {
        let order = json!({ "offer": "pro-trial", "customer": { "email": "ada@other.example" } });
        let trial = kit.post("/licenses", order).await.is(201);
        activate(&kit, &trial["key"], "laptop-1").await.is(201);
        assert_eq!(trial["standing"]["grace_through"], Value::Null);
        kit.set_clock("2026-12-27T23:00:00Z");
        assert_eq!(validate(&kit, &trial["key"], "laptop-1").await["usable"], true);
        // The day ends last at UTC−12.
        kit.set_clock("2026-12-28T12:00:00Z");
        assert_eq!(validate(&kit, &trial["key"], "laptop-1").await["outcome"], "expired");
        activate(&kit, &trial["key"], "laptop-2").await.fails(409, "expired");
        assert_eq!(kit.get(&path(&trial)).await.is(200)["state"], "expired");
        kit
    });
}

#[test]
fn h39_h40_an_edition_without_trials_is_refused_and_the_others_are_named() {
    on_sqlite(async |kit: Kit| {
        kit.change_catalog("name = \"Enterprise\",", "name = \"Enterprise\", trial = false,").await;
        let order = |edition: &str| {
            json!({ "product": "studio", "edition": edition, "kind": "trial", "term": "30d", "seats": 10,
                    "limits": { "projects": 1000 }, "customer": { "email": "ada@other.example" } })
        };
        let refused = kit.post("/licenses", order("enterprise")).await.fails(422, "order-refused");
        assert_eq!(codes(&refused), ["no-trial"]);
        assert!(refused["errors"][0]["detail"].as_str().unwrap().contains("pro"), "{refused}");
        kit.post("/licenses", order("pro")).await.is(201);
        kit
    });
}

#[test]
fn s5_s7_s8_a_stopgap_takes_nothing_from_the_renewal_and_adds_nothing() {
    on_sqlite(async |kit: Kit| {
        let sold = paid(&kit).await;
        assert_eq!(sold["valid_through"], "2027-05-31");
        kit.set_clock("2027-06-16T12:00:00Z");
        let bridged = kit.post(&format!("{}/stopgap", path(&sold)), json!({ "offer": "pro-stopgap" })).await.is(200);
        assert_eq!((&bridged["valid_through"], &bridged["state"]), (&json!("2027-05-31"), &json!("assigned")));
        kit.set_clock("2027-07-01T12:00:00Z");
        let renewed = kit.post(&format!("{}/renew", path(&sold)), json!({ "ticket": "DESK-2" })).await.is(200);
        assert_eq!((&renewed["valid_from"], &renewed["valid_through"]), (&json!("2027-06-01"), &json!("2028-05-31")));
        kit
    });
}

#[test]
fn s2_s16_s17_s18_a_stopgap_restores_what_was_paid_for_and_says_what_it_is() {
    on_sqlite(async |kit: Kit| {
        let sold = paid(&kit).await;
        activate(&kit, &sold["key"], "laptop-1").await.is(201);
        kit.set_clock("2027-06-20T12:00:00Z");
        activate(&kit, &sold["key"], "laptop-2").await.fails(409, "expired");
        let bridged = kit.post(&format!("{}/stopgap", path(&sold)), json!({ "offer": "pro-stopgap" })).await.is(200);
        let answer = activate(&kit, &bridged["key"], "laptop-2").await.is(201);
        assert_eq!((&answer["outcome"], &answer["license"]["kind"]), (&json!("active"), &json!("stopgap")));
        for name in ["features", "limits", "seats", "edition"] {
            assert_eq!(answer["license"][name], sold[name], "{name}");
        }
        assert!(answer["standing"]["notice"].is_string() && sold["standing"]["notice"].is_null(), "{answer}");
        // The key before it is answered by the license, which works on.
        assert_eq!(validate(&kit, &sold["key"], "laptop-1").await["usable"], true);
        kit
    });
}

#[test]
fn l24_l25_a_license_becomes_active_with_its_first_machine_and_stays_active_after_the_last() {
    on_sqlite(async |kit: Kit| {
        let sold = kit.sold(json!({})).await;
        assert_eq!(sold["state"], "assigned");
        let activated = activate(&kit, &sold["key"], "laptop-1").await.is(201);
        assert_eq!(kit.get(&path(&sold)).await.is(200)["state"], "active");
        let back = json!({ "key": sold["key"], "activation": activated["activation"]["id"] });
        kit.post("/deactivate", back).no_token().await.is(200);
        let left = kit.get(&path(&sold)).await.is(200);
        assert_eq!((&left["state"], &left["activations"]), (&json!("active"), &json!(0)));
        kit
    });
}

#[test]
fn l54_l55_l57_an_order_has_its_own_limit_end_and_metadata() {
    on_sqlite(async |kit: Kit| {
        let more = json!({ "activation_limit": 3, "through": "2027-03-31", "metadata": { "po": "4711" } });
        let sold = kit.sold(more).await;
        assert_eq!((&sold["activation_limit"], &sold["valid_through"]), (&json!(3), &json!("2027-03-31")));
        assert_eq!(sold["metadata"], json!({ "po": "4711" }));
        let long = json!({ "offer": "pro-annual", "term": "9y" });
        kit.post("/licenses", long).await.fails(422, "order-refused");
        kit
    });
}

#[test]
fn l105_a_term_has_days_months_or_years_or_no_end() {
    on_sqlite(async |kit: Kit| {
        for (term, through) in [("30d", "2026-12-27"), ("2m", "2027-01-27"), ("1y", "2027-11-27")] {
            let sold = kit.sold(json!({ "term": term })).await;
            assert_eq!((&sold["valid_through"], &sold["lifetime"]), (&json!(through), &json!(false)), "{term}");
        }
        let perpetual = kit.sold(json!({ "offer": "pro-perpetual" })).await;
        assert_eq!((&perpetual["valid_through"], &perpetual["lifetime"]), (&Value::Null, &json!(true)));
        kit
    });
}

#[test]
fn l107_l108_l109_a_license_is_in_grace_then_expired_and_a_renewal_restores_it() {
    on_sqlite(async |kit: Kit| {
        let sold = kit.sold(json!({})).await;
        activate(&kit, &sold["key"], "laptop-1").await.is(201);
        kit.set_clock("2027-11-30T12:00:00Z");
        let grace = validate(&kit, &sold["key"], "laptop-1").await;
        assert_eq!((&grace["outcome"], &grace["usable"]), (&json!("in-grace"), &json!(true)));
        assert_eq!(grace["standing"]["grace_through"], "2027-12-11", "14 days");
        assert_eq!(kit.get(&path(&sold)).await.is(200)["state"], "active");
        kit.set_clock("2027-12-12T13:00:00Z");
        let ended = validate(&kit, &sold["key"], "laptop-1").await;
        assert_eq!((&ended["outcome"], &ended["validation_file"]), (&json!("expired"), &Value::Null));
        let renewed = kit.post(&format!("{}/renew", path(&sold)), json!({ "ticket": "DESK-2" })).await.is(200);
        assert_eq!(validate(&kit, &renewed["key"], "laptop-1").await["usable"], true);
        kit
    });
}

#[test]
fn l60_l144_a_validation_file_is_good_for_24_hours() {
    on_sqlite(async |kit: Kit| {
        let sold = kit.sold(json!({})).await;
        let activated = activate(&kit, &sold["key"], "laptop-1").await.is(201);
        let at = format!("{}/validation-file", path(&sold));
        let body = json!({ "activation": activated["activation"]["id"] });
        let file = kit.post(&at, body.clone()).await.is(200);
        for file in [&file, &activated["validation_file"]] {
            let payload = Base64::decode_vec(file["payload"].as_str().unwrap()).unwrap();
            let payload: Value = serde_json::from_slice(&payload).unwrap();
            assert_eq!(payload["expires_at"], "2026-11-29T12:00:00Z");
            assert_eq!(whole_keys(file), [sold["key"].as_str().unwrap()]);
        }
        // The machine of another license has none here.
        let other = kit.sold(json!({})).await;
        kit.post(&format!("{}/validation-file", path(&other)), body.clone()).await.fails(422, "no-activation");
        let back = json!({ "key": sold["key"], "activation": activated["activation"]["id"] });
        kit.post("/deactivate", back).no_token().await.is(200);
        kit.post(&at, body).await.fails(409, "activation-ended");
        kit
    });
}

#[test]
fn l59_l65_a_preview_says_what_a_reissue_would_do_and_does_nothing() {
    on_sqlite(async |kit: Kit| {
        let sold = kit.sold(json!({ "seats": 10 })).await;
        let preview = |action: &str, order: Value| {
            kit.post(&format!("{}/preview", path(&sold)), json!({ "action": action, "order": order }))
        };
        let fewer = preview("reissue", json!({ "seats": 5, "reason": "fewer", "ticket": "DESK-1" })).await.is(200);
        assert_eq!((&fewer["claims"]["seats"], &fewer["revoked_keys"]), (&json!(5), &json!([sold["serial"]])));
        let more = preview("reissue", json!({ "seats": 50, "reason": "more", "ticket": "DESK-1" })).await.is(200);
        assert_eq!((&more["revoked_keys"], &more["superseded_keys"]), (&json!([]), &json!([sold["serial"]])));
        let next = preview("renew", json!({ "ticket": "DESK-2" })).await.is(200);
        assert_eq!((&next["role"], &next["claims"]["valid_from"]), (&json!("next"), &json!("2027-11-28")));
        preview("reissue", json!({})).await.fails(422, "order-refused");
        preview("revoke", json!({})).await.fails(422, "invalid-value");
        assert_eq!(kit.get(&path(&sold)).await.is(200)["version"], 1);
        assert_eq!(kit.get(&format!("{}/keys", path(&sold))).await.is(200)["data"].as_array().unwrap().len(), 1);
        kit
    });
}

#[test]
fn an_offer_and_a_product_are_read_by_their_codes() {
    on_sqlite(async |kit: Kit| {
        for (list, one) in [("/offers", "pro-annual"), ("/products", "studio")] {
            let all = kit.get(list).await.is(200);
            let row = all["data"].as_array().unwrap().iter().find(|row| row["code"] == one).unwrap().clone();
            assert_eq!(kit.get(&format!("{list}/{one}")).await.is(200), row);
            assert_eq!(row["features"].as_array().map(Vec::is_empty), Some(false), "{row}");
        }
        kit.get("/offers/nothing").await.fails(404, "no-offer");
        kit.get("/products/nothing").await.fails(404, "no-product");
        kit
    });
}

#[test]
fn no_token_reaches_users_tokens_or_settings() {
    on_sqlite(async |kit: Kit| {
        for path in ["/users", "/tokens", "/tokens/tok_01", "/settings"] {
            kit.get(path).await.fails(404, "no-such-address");
            kit.post(path, json!({})).await.fails(404, "no-such-address");
        }
        // The catalogue is read alone.
        kit.put("/catalog", json!({ "text": "" })).await.fails(405, "wrong-method");
        kit
    });
}
