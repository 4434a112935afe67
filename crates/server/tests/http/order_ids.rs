//! Orders with an id: one that is repeated has the same answer, and another one with the id is refused.

use keyward_ledger::Scope;
use serde_json::{Value, json};

use crate::kit::{Kit, on_both, whole_keys};

/// The body, with more fields.
fn with(mut body: Value, more: Value) -> Value {
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    body
}

/// The license with that order is refused as another order with a used id.
async fn differs(kit: &Kit, path: &str, body: Value) {
    let refused = kit.post(path, body.clone()).await.fails(422, "order-refused");
    assert_eq!(refused["errors"][0]["code"], "order-differs", "{body}: {refused}");
}

#[test]
fn the_id_of_an_order_gives_nobody_the_license_of_another_customer() {
    on_both("order_ids_customer", async |kit: Kit| {
        let order = json!({ "id": "1001", "offer": "pro-annual", "lease_days": 9, "notes": "by phone", "metadata": { "po": 7 } });
        let first = json!({ "customer": { "email": "first@acme.example" } });
        let sold = kit.post("/licenses", with(order.clone(), first.clone())).await.is(201);
        let again = kit.post("/licenses", with(order.clone(), first.clone())).await.is(200);
        assert_eq!((&again["id"], &again["key"]), (&sold["id"], &sold["key"]));
        // An id and an address of one customer are the same customer.
        let by_id = with(order.clone(), json!({ "customer": sold["customer"]["id"] }));
        assert_eq!(kit.post("/licenses", by_id).await.is(200)["key"], sold["key"]);

        let second = json!({ "customer": { "email": "second@acme.example" } });
        for other in [second, json!({}), json!({ "customer": null })] {
            differs(&kit, "/licenses", with(order.clone(), other)).await;
        }
        for more in [
            json!({ "notes": "by mail" }),
            json!({ "notes": null }),
            json!({ "metadata": { "po": 8 } }),
            json!({ "metadata": {} }),
            json!({ "lease_days": 8 }),
            json!({ "activation_limit": 3 }),
        ] {
            differs(&kit, "/licenses", with(with(order.clone(), first.clone()), more)).await;
        }
        kit
    });
}

#[test]
fn an_order_for_the_pool_is_another_one_than_that_of_a_customer() {
    on_both("order_ids_pool", async |kit: Kit| {
        let order = json!({ "id": "1002", "offer": "pro-annual" });
        let pooled = kit.post("/licenses", order.clone()).await.is(201);
        let customer = json!({ "email": "first@acme.example" });
        differs(&kit, "/licenses", with(order.clone(), json!({ "customer": customer }))).await;
        kit.post(&format!("/licenses/{}/assign", pooled["id"].as_str().unwrap()), json!({ "customer": customer }))
            .await
            .is(200);
        differs(&kit, "/licenses", with(order.clone(), json!({ "customer": customer }))).await;
        assert_eq!(kit.post("/licenses", order).await.is(200)["id"], pooled["id"]);
        kit
    });
}

/// A refusal would advise another id, and so a second license for one payment.
#[test]
fn an_order_has_the_same_answer_after_its_customer_was_merged() {
    on_both("order_ids_merge", async |kit: Kit| {
        let customer = |name: &str| json!({ "customer": { "email": format!("{name}@acme.example") } });
        let order = json!({ "id": "1004", "offer": "pro-annual", "seats": 5 });
        let sold = kit.post("/licenses", with(order.clone(), customer("first"))).await.is(201);
        let first = sold["customer"]["id"].clone();
        let mut from = first.clone();
        for name in ["second", "third"] {
            let into = kit.post("/customers", customer(name)["customer"].clone()).await.is(201)["id"].clone();
            kit.post(&format!("/customers/{}/merge", from.as_str().unwrap()), json!({ "into": into })).await.is(200);
            for customer in
                [customer("first"), customer(name), json!({ "customer": first }), json!({ "customer": into })]
            {
                let again = kit.post("/licenses", with(order.clone(), customer.clone())).await.is(200);
                assert_eq!((&again["id"], &again["key"]), (&sold["id"], &sold["key"]), "{customer}");
            }
            from = into;
        }
        let asks = json!({ "request_approval": { "reason": "they asked" } });
        let again = kit.post("/licenses", with(with(order.clone(), customer("first")), asks)).await.is(200);
        assert_eq!(again["id"], sold["id"]);
        // The list of any of them is that of the customer who is left.
        for id in [&first, &from] {
            let list = kit.get(&format!("/licenses?customer={}", id.as_str().unwrap())).await.is(200);
            assert_eq!(list["data"][0]["id"], sold["id"]);
        }
        // Another customer, or another order, is another one as before.
        differs(&kit, "/licenses", with(order.clone(), customer("fourth"))).await;
        differs(&kit, "/licenses", order.clone()).await;
        differs(&kit, "/licenses", with(with(order, customer("first")), json!({ "seats": 6 }))).await;
        kit
    });
}

#[test]
fn an_order_of_a_customer_without_an_address_has_the_same_answer_again() {
    on_both("order_ids_name", async |kit: Kit| {
        let order = json!({ "id": "1005", "offer": "pro-annual" });
        let named = |name: &str| json!({ "customer": { "name": name, "company": "Acme" } });
        let sold = kit.post("/licenses", with(order.clone(), named("Ada"))).await.is(201);
        for _ in 0..2 {
            let again = kit.post("/licenses", with(order.clone(), named("Ada"))).await.is(200);
            assert_eq!((&again["id"], &again["key"]), (&sold["id"], &sold["key"]));
        }
        assert_eq!(kit.count("/customers").await, 1);
        let into = kit.post("/customers", json!({ "email": "it@acme.example" })).await.is(201)["id"].clone();
        let merge = format!("/customers/{}/merge", sold["customer"]["id"].as_str().unwrap());
        kit.post(&merge, json!({ "into": into })).await.is(200);
        assert_eq!(kit.post("/licenses", with(order.clone(), named("Ada"))).await.is(200)["id"], sold["id"]);
        assert_eq!(kit.count("/customers").await, 1);
        differs(&kit, "/licenses", with(order.clone(), named("Grace"))).await;
        differs(&kit, "/licenses", with(with(order.clone(), named("Ada")), json!({ "seats": 6 }))).await;
        let with_address = json!({ "customer": { "name": "Ada", "company": "Acme", "email": "ada@acme.example" } });
        differs(&kit, "/licenses", with(order, with_address)).await;
        // One that waits for an approval waits once.
        let long = json!({ "id": "1006", "offer": "pro-trial", "term": "33d", "request_approval": { "reason": "they asked" } });
        let waits = kit.post("/licenses", with(long.clone(), named("Linus"))).await.is(202);
        assert_eq!(kit.post("/licenses", with(long, named("Linus"))).await.is(202)["id"], waits["id"]);
        assert_eq!((kit.count("/customers").await, kit.count("/approvals").await), (2, 1));
        // Without an id, nothing says that an order is a repetition.
        let other = with(json!({ "offer": "pro-annual" }), named("Ada"));
        assert_ne!(kit.post("/licenses", other).await.is(201)["customer"]["id"], sold["customer"]["id"]);
        assert_eq!(kit.count("/customers").await, 3);
        kit
    });
}

#[test]
fn a_reissue_a_renewal_and_a_stopgap_with_an_id_have_the_same_answer_again() {
    on_both("order_ids_following", async |kit: Kit| {
        let sold = kit.sold(json!({ "from": "2026-06-01" })).await;
        let call = |action: &str| format!("/licenses/{}/{action}", sold["id"].as_str().unwrap());
        let reissue = json!({ "id": "RI-1", "seats": 9, "reason": "more", "ticket": "DESK-1" });
        let stopgap = json!({ "id": "SG-1", "offer": "pro-stopgap" });
        let renewal = json!({ "id": "RE-1", "ticket": "DESK-1" });
        let keys = format!("/licenses/{}/keys", sold["id"].as_str().unwrap());
        for (time, action, body, count) in [
            ("2026-11-28T12:00:00Z", "reissue", &reissue, 2),
            ("2027-06-10T12:00:00Z", "stopgap", &stopgap, 3),
            ("2027-06-11T12:00:00Z", "renew", &renewal, 4),
        ] {
            kit.set_clock(time);
            let made = kit.post(&call(action), body.clone()).await.is(200);
            assert_eq!(whole_keys(&made).len(), 1, "{made}");
            assert_eq!(kit.post(&call(action), body.clone()).await.is(200), made, "{action}");
            assert_eq!(kit.get(&keys).await.is(200)["data"].as_array().unwrap().len(), count, "{action}");
        }
        for (action, body) in [
            ("reissue", with(reissue.clone(), json!({ "seats": 10 }))),
            ("renew", with(renewal.clone(), json!({ "seats": 10 }))),
            ("stopgap", with(stopgap.clone(), json!({ "ticket": "DESK-2" }))),
            // The id of one action does not answer another one.
            ("renew", reissue.clone()),
            ("reissue", with(renewal.clone(), json!({ "reason": "more" }))),
        ] {
            differs(&kit, &call(action), body).await;
        }
        let other = json!({ "customer": { "email": "second@acme.example" } });
        differs(&kit, "/licenses", with(stopgap.clone(), other)).await;
        differs(&kit, "/licenses", stopgap).await;
        // A held license gives no key.
        kit.post(&call("suspend"), json!({})).await.is(200);
        let again = kit.post(&call("renew"), renewal).await.is(200);
        assert_eq!((&again["id"], &again["state"]), (&sold["id"], &json!("suspended")));
        assert_eq!(whole_keys(&again), [""; 0]);
        kit
    });
}

#[test]
fn an_order_that_is_refused_makes_no_customer() {
    on_both("order_ids_no_customer", async |kit: Kit| {
        let new = json!({ "customer": { "email": "second@acme.example" } });
        let sold = kit.sold(json!({ "id": "1003" })).await;
        for (more, status) in [
            (json!({ "id": "1003", "licensee": "Acme Ltd" }), 422),
            (json!({ "term": "9y" }), 422),
            (json!({ "term": "never" }), 422),
            (json!({ "lease_days": 0 }), 422),
            (json!({ "notes": 1 }), 422),
            (json!({ "offer": "pro-trial", "subscription": "sub-1" }), 422),
            (json!({ "environment": "staging" }), 422),
        ] {
            let order = with(with(json!({ "offer": "pro-annual" }), new.clone()), more);
            assert_eq!(kit.post("/licenses", order.clone()).await.status, status, "{order}");
            let asked = with(order, json!({ "request_approval": { "reason": "they asked" } }));
            if kit.post("/licenses", asked.clone()).await.status == 202 {
                panic!("{asked} waits");
            }
        }
        assert_eq!(kit.count("/customers").await, 1);
        // One that waits for an approval is for a customer.
        let long = json!({ "offer": "pro-trial", "term": "33d", "request_approval": { "reason": "they asked" } });
        let waits = kit.post("/licenses", with(long, new.clone())).await.is(202);
        assert_eq!(kit.count("/customers").await, 2, "{waits}");
        let third = with(json!({ "offer": "pro-annual" }), json!({ "customer": { "email": "third@acme.example" } }));
        let made = kit.post("/licenses", third).await.is(201);
        assert_eq!((kit.count("/customers").await, made["key"] != sold["key"]), (3, true));
        kit
    });
}

#[test]
fn an_order_that_is_repeated_opens_no_key_that_was_signed_after_it() {
    on_both("later key", async |kit: Kit| {
        let order =
            json!({ "id": "PO-9", "offer": "pro-annual", "seats": 5, "customer": { "email": "it@acme.example" } });
        let clerk = kit.token(&[Scope::LicensesIssue]).await;
        let sold = kit.post("/licenses", order.clone()).token(&clerk).await.is(201);
        assert_eq!(kit.post("/licenses", order.clone()).token(&clerk).await.is(200)["key"], sold["key"]);
        let more = json!({ "seats": 100, "reason": "more people", "ticket": "DESK-1" });
        let at = format!("/licenses/{}", sold["id"].as_str().unwrap());
        let larger = kit.post(&format!("{at}/reissue"), more).await.is(200);
        let again = kit.post("/licenses", order).token(&clerk).await.is(200);
        assert_eq!((&again["id"], whole_keys(&again)), (&sold["id"], Vec::<String>::new()));
        kit.post(&format!("{at}/deliver"), json!({})).token(&clerk).await.fails(403, "scope-missing");
        assert_eq!(kit.post(&format!("{at}/deliver"), json!({})).await.is(200)["key"], larger["key"]);
        kit
    });
}
