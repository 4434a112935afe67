//! Calls that are sent all at once.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::Vendor;
use super::call::{Call, Reply};

/// The answers to calls that are sent at once.
pub async fn at_once(calls: Vec<Call>) -> Vec<Reply> {
    calls.into_iter().map(Call::send).collect::<JoinSet<_>>().join_all().await
}

/// The number of answers with each status and code.
fn counts(replies: &[Reply]) -> BTreeMap<(u16, String), usize> {
    replies.iter().fold(BTreeMap::new(), |mut counts, reply| {
        let code = if reply.status.is_success() { "" } else { reply.body["code"].as_str().unwrap() };
        *counts.entry((reply.status.as_u16(), code.to_owned())).or_default() += 1;
        counts
    })
}

pub fn order() -> Value {
    json!({ "offer": "pro-annual", "licensee": "Acme Ltd", "customer": { "email": "it@acme.example" } })
}

pub async fn a_request_makes_one_license(vendor: &impl Vendor) {
    let sell = || vendor.post("/licenses", order()).once("order 4711");
    let replies = at_once((0..100).map(|_| sell()).collect()).await;
    let (made, others): (Vec<_>, Vec<_>) = replies.iter().partition(|reply| reply.status.is_success());
    assert!(!made.is_empty());
    for reply in others {
        assert_eq!(reply.header("retry-after"), Some("1"));
        reply.clone().fails(409, "in-progress");
    }
    for reply in &made {
        assert_eq!((reply.status.as_u16(), &reply.body), (201, &made[0].body));
    }
    let originals = made.iter().filter(|reply| reply.header("idempotency-replayed").is_none());
    assert_eq!(originals.count(), 1);
    for reply in at_once((0..10).map(|_| sell()).collect()).await {
        assert_eq!((reply.header("idempotency-replayed"), reply.header("etag")), (Some("true"), Some("\"1\"")));
        assert_eq!(reply.is(201), made[0].body);
    }
    assert_eq!(vendor.get("/licenses").await.is(200)["data"].as_array().unwrap().len(), 1);
    assert_eq!(vendor.get("/customers").await.is(200)["data"].as_array().unwrap().len(), 1);
    // Another body, another caller, another address.
    let mut other = order();
    other["seats"] = json!(7);
    vendor.post("/licenses", other.clone()).once("order 4711").await.fails(422, "idempotency-mismatch");
    let another = vendor.another_token().await;
    let second = vendor.post("/licenses", other).once("order 4711").token(another).await.is(201);
    assert_eq!(second["seats"], 7);
    vendor.post("/customers", json!({ "email": "it@acme.example" })).once("order 4711").await.is(200);
}

pub async fn activations_take_exactly_the_limit(vendor: &impl Vendor) {
    let license = vendor.sold(json!({ "activation_limit": 5 })).await;
    let activate = |machine: usize| {
        let body = json!({ "key": license["key"], "machine": format!("machine-{machine}") });
        vendor.post("/activate", body).no_token()
    };
    // 16 machines, each four times.
    let replies = at_once((0..64).map(|number| activate(number % 16)).collect()).await;
    let machines = |status: u16| {
        let mut ids: Vec<_> = replies.iter().filter(|reply| reply.status == status).collect();
        ids.sort_by_key(|reply| reply.body["activation"]["id"].as_str().unwrap().to_owned());
        ids.dedup_by_key(|reply| reply.body["activation"]["id"].as_str().unwrap().to_owned());
        ids.len()
    };
    let counts = counts(&replies);
    assert_eq!(counts.get(&(201, String::new())), Some(&5), "{counts:?}");
    assert_eq!((machines(201), machines(200)), (5, 5), "{counts:?}");
    assert_eq!(counts.get(&(409, "activation-limit-reached".to_owned())), Some(&44), "{counts:?}");
    let path = format!("/licenses/{}", license["id"].as_str().unwrap());
    assert_eq!(vendor.get(&path).await.is(200)["activations"], 5);
}

pub async fn of_edits_one_wins(vendor: &impl Vendor) {
    let license = vendor.sold(json!({})).await;
    let path = format!("/licenses/{}", license["id"].as_str().unwrap());
    let edit =
        |number: usize| vendor.patch(&path, json!({ "notes": format!("edit {number}") })).if_match(&license["version"]);
    let replies = at_once((0..64).map(edit).collect()).await;
    let expected = [((200, String::new()), 1), ((412, "changed-meanwhile".to_owned()), 63)];
    assert_eq!(counts(&replies), expected.into_iter().collect());
    let won = replies.iter().find(|reply| reply.status == 200).unwrap();
    let shown = vendor.get(&path).await.is(200);
    assert_eq!((&shown["notes"], &shown["version"]), (&won.body["notes"], &json!(2)));

    // The same for a customer.
    let path = format!("/customers/{}", license["customer"]["id"].as_str().unwrap());
    let edit = |number: usize| vendor.put(&path, json!({ "name": format!("Acme {number}") })).with("if-match", "\"1\"");
    let replies = at_once((0..64).map(edit).collect()).await;
    let expected = [((200, String::new()), 1), ((412, "changed-meanwhile".to_owned()), 63)];
    assert_eq!(counts(&replies), expected.into_iter().collect());
}
