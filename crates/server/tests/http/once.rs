//! Requests that are sent more than once, or all at once.

use std::time::Duration;

use chrono::TimeDelta;
use keyward_issuer::order::Order;
use keyward_issuer::random_serial;
use keyward_ledger::{By, Claimed, CustomerDetails, Issuing, NewLicense, RequestId, TokenText};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::kit::{Kit, on_both, on_sqlite};
use crate::story::races::{self, at_once, order};

#[test]
fn a_request_that_is_sent_100_times_at_once_makes_one_license() {
    on_both("once", async |kit: Kit| {
        races::a_request_makes_one_license(&kit).await;
        kit
    });
}

#[test]
fn activations_at_once_take_exactly_the_limit() {
    on_both("limit", async |kit: Kit| {
        races::activations_take_exactly_the_limit(&kit).await;
        kit
    });
}

#[test]
fn of_edits_with_one_etag_one_wins() {
    on_both("etag", async |kit: Kit| {
        races::of_edits_one_wins(&kit).await;
        kit
    });
}

/// Whoever gives up and orders again with another key would have two licenses.
#[test]
fn a_request_is_carried_out_also_if_its_caller_hangs_up() {
    on_both("hangs_up", async |kit: Kit| {
        let mut cut = 0;
        for (round, patience) in (0..20).map(|round| (round, Duration::from_micros(round * 400))) {
            let order = json!({ "offer": "pro-annual", "customer": { "email": format!("it@acme-{round}.example") } });
            let sell = || kit.post("/licenses", order.clone()).once(&format!("order {round}"));
            // The call is dropped in the middle, or before it began, or it has an answer.
            cut += i32::from(tokio::time::timeout(patience, sell().send()).await.is_err());
            let mut tries = 0;
            let sold = loop {
                let reply = sell().await;
                if reply.status != 409 {
                    break reply.is(201);
                }
                reply.fails(409, "in-progress");
                tries += 1;
                assert!(tries < 100, "nothing carries it out");
                tokio::time::sleep(Duration::from_millis(50)).await;
            };
            assert_eq!(sold["state"], "assigned");
        }
        assert_eq!(kit.count("/licenses").await, 20);
        assert!(cut > 0, "each had its answer");
        kit
    });
}

/// The request as the server tells it from others.
pub async fn request_id(kit: &Kit, path: &str, key: &str, body: &Value) -> RequestId {
    let token: TokenText = kit.manager.parse().unwrap();
    let token = kit.ledger().token(&token).await.unwrap().unwrap().id.to_string();
    let mut id = Sha256::new();
    for part in [token.as_str(), "POST", path, key] {
        id.update((part.len() as u64).to_le_bytes());
        id.update(part);
    }
    RequestId { id: id.finalize().into(), body: Sha256::digest(format!("\n{body}")).into() }
}

#[test]
fn a_server_that_ends_before_it_answers_has_made_the_license_once() {
    on_both("ended", async |kit: Kit| {
        let body = order();
        let sell = || kit.post("/licenses", body.clone()).once("order 4711");
        let id = request_id(&kit, "/licenses", "order 4711", &body).await;
        let Claimed::New(claim) = kit.ledger().claim(&id, &kit.by()).await.unwrap() else { panic!("it is new") };
        sell().await.fails(409, "in-progress");

        // The license is made, and nothing is answered.
        let (served, by) = (&kit.servers[0].environments()[0], kit.by());
        let catalog = served.catalog();
        let issuing = Issuing { catalog: &catalog, issuer: served.keys.licenses.as_ref().unwrap(), trusted: &[] };
        let details = CustomerDetails::of_email("it@acme.example".parse().unwrap());
        let customer = kit.ledger().find_or_create_customer(&details, &by).await.unwrap().into_customer().id;
        let new = NewLicense::new(Order::of_offer("pro-annual", random_serial().unwrap())).for_customer(customer);
        let made = kit.ledger().create(issuing, &new, &by.answering(&claim)).await.unwrap().into_license();
        sell().await.fails(409, "in-progress");

        kit.set_clock(&(by.at + TimeDelta::seconds(61)).to_rfc3339());
        let answer = sell().await;
        assert_eq!(answer.header("idempotency-replayed"), Some("true"));
        let answer = answer.is(201);
        assert_eq!(answer["id"], made.id.to_string());
        assert_eq!(crate::kit::whole_keys(&answer).len(), 1, "{answer}");
        assert_eq!(sell().await.is(201), answer);
        assert_eq!(kit.get("/licenses").await.is(200)["data"].as_array().unwrap().len(), 1);
        kit
    });
}

#[test]
fn a_server_that_ends_before_a_change_leaves_the_request_to_the_next() {
    on_both("before", async |kit: Kit| {
        let body = order();
        let id = request_id(&kit, "/licenses", "order 4712", &body).await;
        let by: By = kit.by();
        assert!(matches!(kit.ledger().claim(&id, &by).await.unwrap(), Claimed::New(_)));
        kit.set_clock(&(by.at + TimeDelta::seconds(61)).to_rfc3339());
        let replies = at_once((0..8).map(|_| kit.post("/licenses", body.clone()).once("order 4712")).collect()).await;
        assert!(replies.iter().any(|reply| reply.status == 201));
        assert_eq!(kit.get("/licenses").await.is(200)["data"].as_array().unwrap().len(), 1);
        kit
    });
}

#[test]
fn a_request_that_was_begun_when_the_clock_was_ahead_is_carried_out_when_it_is_set_right() {
    on_both("ahead", async |kit: Kit| {
        let body = order();
        let sell = || kit.post("/licenses", body.clone()).once("order 4713");
        let id = request_id(&kit, "/licenses", "order 4713", &body).await;
        let by = kit.by();
        assert!(matches!(kit.ledger().claim(&id, &by).await.unwrap(), Claimed::New(_)));
        // Two servers whose clocks differ a little.
        kit.set_clock(&(by.at - TimeDelta::seconds(59)).to_rfc3339());
        sell().await.fails(409, "in-progress");
        kit.set_clock(&(by.at - TimeDelta::days(1)).to_rfc3339());
        let sold = sell().await.is(201);
        assert_eq!(sell().await.is(201), sold);
        assert_eq!(kit.get("/licenses").await.is(200)["data"].as_array().unwrap().len(), 1);
        kit
    });
}

#[test]
fn a_call_that_changes_nothing_is_answered_anew_and_nothing_of_it_is_kept() {
    on_sqlite(async |kit: Kit| {
        let sold = kit.sold(json!({})).await;
        let id = sold["id"].as_str().unwrap();
        let preview = json!({ "action": "renew", "order": {} });
        for (at, body) in [
            ("/licenses/search".to_owned(), json!({ "serial": sold["serial"] })),
            (format!("/licenses/{id}/preview"), preview),
        ] {
            kit.post(&at, body.clone()).once("look 1").await.is(200);
            kit.post(&format!("/licenses/{id}/suspend"), json!({})).await.is(200);
            let again = kit.post(&at, body.clone()).once("look 1").await;
            assert_eq!(again.header("idempotency-replayed"), None);
            kit.post(&format!("/licenses/{id}/resume"), json!({})).await.is(200);
            let claimed = kit.ledger().claim(&request_id(&kit, &at, "look 1", &body).await, &kit.by()).await.unwrap();
            assert!(matches!(claimed, Claimed::New(_)), "{at}: {claimed:?}");
        }
        kit
    });
}

#[test]
fn another_condition_under_the_same_key_is_another_request() {
    on_sqlite(async |kit: Kit| {
        let sold = kit.sold(json!({})).await;
        let at = format!("/licenses/{}/reissue", sold["id"].as_str().unwrap());
        let body = json!({ "reason": "lost", "ticket": "DESK-1" });
        let call = || kit.post(&at, body.clone()).once("reissue 1");
        let done = call().if_match(&sold["version"]).await.is(200);
        assert_eq!(call().if_match(&sold["version"]).await.is(200), done);
        call().if_match(&json!(99)).await.fails(422, "idempotency-mismatch");
        call().await.fails(422, "idempotency-mismatch");
        kit
    });
}
