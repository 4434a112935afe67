//! A day at a vendor, and what follows from it in two years, as one story.

use base64ct::{Base64, Encoding};
use serde_json::{Value, json};

use super::Vendor;
use super::call::Reply;
use super::client::Client;

/// What a product is answered that validates its key.
async fn outcome(client: &Client, key: &Value, machine: &str) -> (String, bool) {
    let answer = client.post("/validate", json!({ "key": key, "machine": machine })).no_token().await.is(200);
    (answer["outcome"].as_str().unwrap().to_owned(), answer["usable"].as_bool().unwrap())
}

async fn activate(client: &Client, key: &Value, machine: &str) -> Reply {
    client.post("/activate", json!({ "key": key, "machine": machine, "name": "Grace's laptop" })).no_token().await
}

fn usable() -> (String, bool) {
    ("active".to_owned(), true)
}

/// Tells the story. The clock shows [`TODAY`](super::TODAY) when it begins.
pub async fn day(kit: &impl Vendor) {
    // Sell one at once.
    let sold = kit.sold(json!({ "activation_limit": 2, "ticket": "DESK-17", "metadata": { "po": "4711" } })).await;
    assert_eq!(
        (&sold["state"], &sold["version"], &sold["valid_through"]),
        (&json!("assigned"), &json!(1), &json!("2027-11-27"))
    );
    let customer = sold["customer"]["id"].as_str().unwrap().to_owned();

    // Fill a pool, and assign from it.
    let order = json!({ "offer": "pro-annual", "activations": 2 });
    let body = json!({ "name": "Annual", "order": order, "signing": "on-assignment" });
    let generator = kit.post("/generators", body).await.is(201);
    let run = format!("/generators/{}/run", generator["id"].as_str().unwrap());
    let pool = kit.post(&run, json!({ "count": 3 })).once("pool").await.is(201)["data"].clone();
    assert_eq!(kit.post(&run, json!({ "count": 3 })).once("pool").await.is(201)["data"], pool);
    let path = |id: &Value| format!("/licenses/{}", id.as_str().unwrap());
    let (first, spare) = (path(&pool[0]), path(&pool[1]));
    assert_eq!(kit.get(&first).await.is(200)["state"], "available");
    kit.post(&format!("{first}/deliver"), json!({})).await.fails(409, "not-allowed-in-state");
    let to = json!({ "customer": { "email": "ada@other.example", "name": "Ada" } });
    let assigned = kit.post(&format!("{first}/assign"), to).await.is(200);
    assert_eq!((&assigned["state"], &assigned["customer"]["email"]), (&json!("assigned"), &json!("ada@other.example")));

    // Deliver.
    let delivered = kit.post(&format!("{first}/deliver"), json!({})).await.is(200);
    let key = delivered["key"].clone();
    let events = kit.get(&format!("{first}/events")).await.is(200);
    let deliveries = events["data"].as_array().unwrap().iter().filter(|event| event["action"] == "license.delivered");
    assert_eq!(deliveries.count(), 1, "a delivery is one entry: {events}");
    assert_eq!(outcome(kit, &key, "laptop-1").await, ("not-activated".to_owned(), false));

    // Activate to the limit, and no more.
    let laptop = activate(kit, &key, "laptop-1").await.is(201);
    assert!(laptop["validation_file"].is_object());
    assert_eq!(activate(kit, &key, "laptop-1").await.is(200)["activation"]["id"], laptop["activation"]["id"]);
    let desk = activate(kit, &key, "desk-2").await.is(201);
    let refused = activate(kit, &key, "tablet-3").await.fails(409, "activation-limit-reached");
    assert_eq!((&refused["limit"], &refused["activations"]), (&json!(2), &json!(2)));

    // Raise the limit.
    let read = kit.get(&first).await;
    let (etag, before) = (read.header("etag").unwrap().to_owned(), read.is(200));
    assert_eq!((&before["state"], &before["activations"]), (&json!("active"), &json!(2)));
    let raise = json!({ "activation_limit": 3, "reason": "asked by Ada" });
    kit.patch(&first, raise.clone()).await.fails(428, "if-match-missing");
    let raised = kit.patch(&first, raise.clone()).with("if-match", &etag).await.is(200);
    assert_eq!(raised["activation_limit"], 3);
    let stale = kit.patch(&first, raise).with("if-match", &etag).await.fails(412, "changed-meanwhile");
    assert_eq!(stale["version"], raised["version"]);
    activate(kit, &key, "tablet-3").await.is(201);

    // Release: by the product, twice with one answer, and by staff.
    let give_back = json!({ "key": key, "activation": laptop["activation"]["id"] });
    let released = kit.post("/deactivate", give_back.clone()).no_token().await.is(200);
    assert_eq!(kit.post("/deactivate", give_back).no_token().await.is(200), released);
    let by_staff = format!("/activations/{}/release", desk["activation"]["id"].as_str().unwrap());
    let released = kit.post(&by_staff, json!({ "reason": "sold" })).await.is(200);
    assert_eq!((&released["release_reason"], &released["counted"]), (&json!("sold"), &json!(false)));
    assert_eq!(kit.get(&first).await.is(200)["activations"], 1);
    assert_eq!(outcome(kit, &key, "desk-2").await, ("not-activated".to_owned(), false));
    activate(kit, &key, "desk-2").await.is(201);

    // Suspend and resume, pause and reactivate.
    for (stop, start, state) in [("suspend", "resume", "suspended"), ("inactivate", "reactivate", "inactive")] {
        let stopped = kit.post(&format!("{first}/{stop}"), json!({ "reason": "unpaid" })).await.is(200);
        assert_eq!(stopped["state"], state);
        assert_eq!(outcome(kit, &key, "desk-2").await, (state.to_owned(), false));
        activate(kit, &key, "phone-4").await.fails(409, state);
        kit.post(&format!("{first}/deliver"), json!({})).await.fails(409, "not-allowed-in-state");
        let started = kit.post(&format!("{first}/{start}"), json!({ "reason": "paid" })).await.is(200);
        assert_eq!((&started["state"], &started["hold"]), (&json!("active"), &Value::Null));
        assert_eq!(outcome(kit, &key, "desk-2").await, usable());
    }

    // A year later: the renewal is late, and a stopgap bridges the gap.
    kit.set_clock("2027-12-20T12:00:00Z");
    assert_eq!(kit.get(&first).await.is(200)["state"], "expired");
    assert_eq!(outcome(kit, &key, "desk-2").await, ("expired".to_owned(), false));
    activate(kit, &key, "phone-4").await.fails(409, "expired");
    let bridged = kit.post(&format!("{first}/stopgap"), json!({ "offer": "pro-stopgap" })).await.is(200);
    assert_eq!((&bridged["state"], &bridged["valid_through"]), (&json!("active"), &json!("2027-11-27")));
    assert_ne!(bridged["key"], key);
    assert_eq!(outcome(kit, &bridged["key"], "desk-2").await, usable());
    let again = kit.post(&format!("{first}/stopgap"), json!({ "offer": "pro-stopgap" })).await;
    again.fails(422, "order-refused");

    // The renewal begins where the paid term ended.
    let renewed = kit.post(&format!("{first}/renew"), json!({ "ticket": "DESK-18" })).await.is(200);
    assert_eq!((&renewed["valid_from"], &renewed["valid_through"]), (&json!("2027-11-28"), &json!("2028-11-27")));
    assert_eq!(outcome(kit, &renewed["key"], "desk-2").await, usable());

    // An upgrade: the key before is superseded, and its answer says so.
    let upgrade = json!({ "seats": 50, "reason": "the team grew", "ticket": "DESK-19" });
    let upgraded = kit.post(&format!("{first}/reissue"), upgrade).await.is(200);
    assert_eq!((&upgraded["seats"], &upgraded["revoked_keys"]), (&json!(50), &json!([])));
    assert_eq!(outcome(kit, &upgraded["key"], "desk-2").await, usable());
    let old = kit.post("/validate", json!({ "key": renewed["key"] })).no_token().await.is(200);
    assert!(old["message"].as_str().unwrap().contains("a newer key"), "{old}");

    // A leak: revoke first, then replace from the pool, at once.
    let leaked =
        kit.post(&format!("{first}/revoke"), json!({ "reason": "leaked", "notes": "in a forum" })).await.is(200);
    assert_eq!(
        (&leaked["state"], &leaked["revoked_for"], &leaked["activations"]),
        (&json!("revoked"), &json!("leaked"), &json!(0))
    );
    for key in [&key, &bridged["key"], &renewed["key"], &upgraded["key"]] {
        assert_eq!(outcome(kit, key, "desk-2").await, ("revoked".to_owned(), false));
    }
    activate(kit, &upgraded["key"], "desk-2").await.fails(409, "revoked");
    kit.sign_lists().await;
    let list = kit.get("/revocations").no_token().await.is(200);
    let list = Base64::decode_vec(list["payload"].as_str().unwrap()).unwrap();
    let lists = |digest: &[u8]| list.windows(digest.len()).any(|part| part == digest);
    let keys = kit.get(&format!("{first}/keys")).await.is(200);
    let keys = keys["data"].as_array().unwrap();
    assert_eq!(keys.len(), 4);
    for key in keys {
        assert!(lists(&hex::decode(key["digest"].as_str().unwrap()).unwrap()), "{key}");
    }
    let to = json!({ "customer": leaked["customer"]["id"], "reason": "replaces the leaked one" });
    let replaced = kit.post(&format!("{spare}/assign"), to).await.is(200);
    assert_eq!((&replaced["customer"], &replaced["valid_from"]), (&leaked["customer"], &json!("2027-12-20")));
    let replaced = kit.post(&format!("{spare}/deliver"), json!({})).await.is(200);
    activate(kit, &replaced["key"], "desk-2").await.is(201);

    // A refund.
    let refunded = path(&sold["id"]);
    kit.post(&format!("{refunded}/revoke"), json!({ "reason": "refunded" })).await.is(200);
    assert_eq!(outcome(kit, &sold["key"], "laptop-1").await.0, "revoked");
    let undone = kit.post(&format!("{refunded}/reactivate"), json!({})).await.fails(409, "not-allowed-in-state");
    assert_eq!((&undone["state"], &undone["allowed"]), (&json!("revoked"), &json!([])));

    // Erase the customer.
    let erased = kit.post(&format!("/customers/{customer}/erase"), json!({ "reason": "asked for" })).await.is(200);
    assert_eq!((&erased["customers"], &erased["licenses"]), (&json!([customer]), &json!([sold["id"]])));
    let shown = kit.get(&format!("/customers/{customer}")).await;
    assert!(!shown.text.to_lowercase().contains("acme ltd") && !shown.text.contains("acme.example"), "{}", shown.text);
    assert_eq!(kit.get(&refunded).await.is(200)["state"], "revoked");
}
