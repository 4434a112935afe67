//! How often customers give slots back.

use serde_json::{Value, json};

use crate::kit::{Call, Kit, on_both};

#[test]
fn customers_release_as_many_machines_in_30_days_as_the_catalogue_says() {
    on_both("releases", async |kit: Kit| {
        kit.change_catalog("activation = \"required\"", "activation = \"required\"\nreleases_per_30d = 2").await;
        assert_eq!(kit.get("/products/studio").await.is(200)["releases_per_30d"], 2);
        let sold = kit.sold(json!({ "activation_limit": 3 })).await;
        let activate = async |machine: &str| {
            let body = json!({ "key": sold["key"], "machine": machine });
            kit.post("/activate", body).no_token().await.body["activation"]["id"].clone()
        };
        let give_back = |activation: &Value| -> Call {
            kit.post("/deactivate", json!({ "key": sold["key"], "activation": activation })).no_token()
        };
        let (a, b, c) = (activate("a").await, activate("b").await, activate("c").await);
        give_back(&a).await.is(200);
        kit.set_clock("2026-12-08T12:00:00Z");
        give_back(&b).await.is(200);
        // A call that is repeated counts once, and is answered as before.
        for _ in 0..3 {
            give_back(&a).await.is(200);
        }
        let refused = give_back(&c).await.fails(409, "releases-used-up");
        assert_eq!((&refused["limit"], &refused["next_at"]), (&json!(2), &json!("2026-12-28T12:00:00Z")));
        let path = format!("/licenses/{}", sold["id"].as_str().unwrap());
        assert_eq!(kit.get(&path).await.is(200)["activations"], 1);
        // Another license has its own, and the vendor's staff has no bound.
        let other = kit.sold(json!({})).await;
        let body = json!({ "key": other["key"], "machine": "a" });
        let theirs = kit.post("/activate", body).no_token().await.is(201)["activation"]["id"].clone();
        let body = json!({ "key": other["key"], "activation": theirs });
        kit.post("/deactivate", body).no_token().await.is(200);
        let d = activate("d").await;
        let by_staff = format!("/activations/{}/release", d.as_str().unwrap());
        kit.post(&by_staff, json!({ "reason": "sold" })).await.is(200);

        kit.set_clock("2026-12-28T11:59:59Z");
        give_back(&c).await.fails(409, "releases-used-up");
        kit.set_clock("2026-12-28T12:00:00Z");
        give_back(&c).await.is(200);
        kit
    });
}

#[test]
fn of_releases_at_once_no_more_are_carried_out() {
    on_both("returned", async |kit: Kit| {
        kit.change_catalog("activation = \"required\"", "activation = \"required\"\nreleases_per_30d = 3").await;
        let sold = kit.sold(json!({ "activation_limit": 10 })).await;
        let mut calls = Vec::new();
        for number in 0..10 {
            let body = json!({ "key": sold["key"], "machine": format!("machine-{number}") });
            let made = kit.post("/activate", body).no_token().await.is(201);
            let body = json!({ "key": sold["key"], "activation": made["activation"]["id"] });
            calls.extend([kit.post("/deactivate", body.clone()).no_token(), kit.post("/deactivate", body).no_token()]);
        }
        let replies = calls.into_iter().map(Call::send).collect::<tokio::task::JoinSet<_>>().join_all().await;
        let refused = replies.iter().filter(|reply| reply.status == 409).count();
        assert_eq!((replies.len() - refused, refused), (6, 14));
        let path = format!("/licenses/{}", sold["id"].as_str().unwrap());
        assert_eq!(kit.get(&path).await.is(200)["activations"], 7);
        kit
    });
}

#[test]
fn a_revoked_key_releases_no_machine_renews_no_lease_and_sees_no_activation() {
    on_both("revoked_key_releases", async |kit: Kit| {
        let sold = kit.sold(json!({ "seats": 10, "lease_days": 10 })).await;
        let path = format!("/licenses/{}", sold["id"].as_str().unwrap());
        let validate = async |key: &Value| -> Value {
            kit.post("/validate", json!({ "key": key, "machine": "a" })).no_token().await.is(200)
        };
        let activate = json!({ "key": sold["key"], "machine": "a" });
        let activation = kit.post("/activate", activate).no_token().await.is(201)["activation"].clone();
        let fewer = json!({ "seats": 5, "reason": "the team shrank", "ticket": "DESK-1" });
        let new = kit.post(&format!("{path}/reissue"), fewer).await.is(200);
        let back = |key: &Value| -> Call {
            kit.post("/deactivate", json!({ "key": key, "activation": activation["id"] })).no_token()
        };

        kit.set_clock("2026-12-07T12:00:00Z");
        let refused = back(&sold["key"]).await.fails(409, "revoked");
        assert!(!refused.to_string().contains(new["serial"].as_str().unwrap()), "{refused}");
        let seen = validate(&sold["key"]).await;
        assert_eq!((&seen["outcome"], &seen["activation"]), (&json!("revoked"), &Value::Null));
        let rows = kit.get(&format!("{path}/activations")).await.is(200);
        assert_eq!(rows["data"][0]["lease_ends_at"], activation["lease_ends_at"], "{rows}");
        // Nor while the license is held.
        kit.post(&format!("{path}/suspend"), json!({})).await.is(200);
        back(&sold["key"]).await.fails(409, "revoked");
        assert_eq!(validate(&sold["key"]).await["activation"], Value::Null);
        kit.post(&format!("{path}/resume"), json!({})).await.is(200);

        let renewed = validate(&new["key"]).await;
        assert_ne!(renewed["activation"]["lease_ends_at"], activation["lease_ends_at"]);
        back(&new["key"]).await.is(200);
        assert_eq!(kit.get(&path).await.is(200)["activations"], 0);
        kit
    });
}
