//! Orders that break rules which a person may lift: they wait for an approval.

use axum::http::Method;
use chrono::TimeDelta;
use keyward_issuer::order::{Approval, Order};
use keyward_issuer::{Environment, random_serial};
use keyward_ledger::{Ask, Claimed, CustomerDetails, CustomerId, NewLicense, Ordered, Scope};
use serde_json::{Value, json};

use crate::kit::{Call, Kit, on_both, on_sqlite};
use crate::once::request_id;
use crate::story::races::at_once;

/// An order for a trial of 33 days, which asks for an approval.
fn long_trial(email: &str) -> Value {
    json!({ "offer": "pro-trial", "term": "33d", "customer": { "email": email }, "request_approval": { "reason": "a holiday" } })
}

/// The same order, with other fields.
fn with(mut order: Value, more: Value) -> Value {
    order.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    order
}

fn codes(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|rule| rule["code"].as_str().unwrap()).collect()
}

fn path(shape: &Value) -> String {
    let id = shape["id"].as_str().unwrap();
    format!("/{}/{id}", if id.starts_with("apr_") { "approvals" } else { "licenses" })
}

async fn waiting(kit: &Kit) -> usize {
    kit.get("/approvals?state=waiting").await.is(200)["data"].as_array().unwrap().len()
}

#[test]
fn h32_a_trial_that_is_too_long_waits_for_an_approval() {
    on_both("h32", async |kit: Kit| {
        let reply = kit.post("/licenses", long_trial("ada@other.example")).await;
        let place = reply.header("location").unwrap().to_owned();
        let asked = reply.is(202);
        assert_eq!(place, format!("/v1{}", path(&asked)));
        assert_eq!(
            (&asked["state"], &asked["action"], &asked["license"]),
            (&json!("waiting"), &json!("create"), &Value::Null)
        );
        assert_eq!((&asked["product"]["code"], &asked["edition"]["code"]), (&json!("studio"), &json!("pro")));
        // The days of what would be issued today.
        assert_eq!((&asked["kind"], &asked["valid_from"]), (&json!("trial"), &json!("2026-11-28")));
        assert_eq!(asked["valid_through"], "2026-12-30");
        assert_eq!(codes(&asked["refusals"]), ["trial-too-long"]);
        let detail = asked["refusals"][0]["detail"].as_str().unwrap();
        assert!(detail.contains("end it on 2026-12-27"), "the nearest permitted value: {detail}");
        assert_eq!((&asked["order"]["offer"], &asked["order"]["term"]), (&json!("pro-trial"), &json!("33d")));
        assert_eq!((&asked["reason"], &asked["maker"]), (&json!("a holiday"), &json!("Grace")));
        assert!(asked["asked_by"].as_str().unwrap().starts_with("ci (tok_"), "{asked}");
        assert_eq!(asked["customer"]["email"], "ada@other.example");
        assert_eq!(asked["order_digest"].as_str().unwrap().len(), 64);

        // It is read where the answer says, and listed; nothing is issued.
        assert_eq!(kit.get(&place).await.is(200), asked);
        assert_eq!(kit.get("/approvals?state=waiting").await.is(200)["data"], json!([asked]));
        assert_eq!(kit.get("/approvals").await.is(200)["data"], json!([asked]));
        assert_eq!(kit.get("/approvals?state=withdrawn").await.is(200)["data"], json!([]));
        assert_eq!(kit.get("/licenses").await.is(200)["data"], json!([]));
        let log = kit.get(&format!("/audit?subject={}", asked["id"].as_str().unwrap())).await.is(200);
        let entry = &log["data"][0];
        assert_eq!((&entry["action"], &entry["reason"]), (&json!("approval.requested"), &json!("a holiday")));
        assert_eq!(entry["entry"]["detail"], "trial-too-long");
        assert_eq!(entry["entry"]["rows"][0]["row"]["state"], "waiting", "{entry}");
        kit
    });
}

#[test]
fn h30_an_order_that_breaks_no_rule_is_carried_out_and_nothing_is_asked() {
    on_sqlite(async |kit: Kit| {
        let short = with(long_trial("ada@other.example"), json!({ "term": "30d" }));
        let made = kit.post("/licenses", short).await.is(201);
        assert_eq!((&made["kind"], &made["valid_through"]), (&json!("trial"), &json!("2026-12-27")));
        let more = json!({ "seats": 30, "reason": "grown", "ticket": "DESK-1", "request_approval": { "reason": "if needed" } });
        let sold = kit.sold(json!({})).await;
        assert_eq!(kit.post(&format!("{}/reissue", path(&sold)), more).await.is(200)["seats"], 30);
        let renew = json!({ "ticket": "DESK-2", "request_approval": { "reason": "if needed" } });
        kit.post(&format!("{}/renew", path(&sold)), renew).await.is(200);
        // None is as if it were not there.
        let none = json!({ "offer": "pro-annual", "request_approval": null });
        kit.post("/licenses", none).await.is(201);
        assert_eq!(waiting(&kit).await, 0);
        kit
    });
}

#[test]
fn h30_an_order_that_no_approval_lifts_is_refused_with_all_rules() {
    on_sqlite(async |kit: Kit| {
        let refused = async |more: Value, expected: &[&str]| {
            let problem =
                kit.post("/licenses", with(long_trial("ada@other.example"), more)).await.fails(422, "order-refused");
            assert_eq!(codes(&problem["errors"]), expected, "{problem}");
        };
        refused(json!({ "subscription": "sub-1" }), &["trial-too-long", "subscription-on"]).await;
        refused(json!({ "offer": "pro-annual", "seats": 100_000 }), &["seats-out-of-range"]).await;
        // What only an approved order breaks is said too.
        refused(json!({ "term": "80y" }), &["term-too-long", "trial-too-long"]).await;
        let nobody = json!({ "offer": "pro-trial", "term": "33d", "request_approval": { "reason": "a holiday" } });
        kit.post("/licenses", nobody).await.fails(422, "customer-missing");
        assert_eq!(waiting(&kit).await, 0);
        assert_eq!(kit.get("/audit?action=order.refused").await.is(200)["data"].as_array().unwrap().len(), 3);
        kit
    });
}

#[test]
fn h31_from_the_day_after_the_last_useful_day_a_trial_needs_no_approval() {
    on_sqlite(async |kit: Kit| {
        let mut ends = with(long_trial("ada@other.example"), json!({ "through": "2026-12-31" }));
        ends.as_object_mut().unwrap().remove("term");
        let asked = kit.post("/licenses", ends.clone()).await.is(202);
        assert_eq!((&asked["last_useful_day"], &asked["valid_through"]), (&json!("2026-12-01"), &json!("2026-12-31")));

        // On that day 31 days are left, and on the next 30.
        let mut plain = ends.clone();
        plain.as_object_mut().unwrap().remove("request_approval");
        kit.set_clock("2026-12-01T12:00:00Z");
        let refused = kit.post("/licenses", plain.clone()).await.fails(422, "order-refused");
        assert_eq!(codes(&refused["errors"]), ["trial-too-long"]);
        kit.set_clock("2026-12-02T12:00:00Z");
        let made = kit.post("/licenses", plain).await.is(201);
        assert_eq!((&made["valid_from"], &made["valid_through"]), (&json!("2026-12-02"), &json!("2026-12-31")));

        // Waiting changes nothing for a term, for a first day that is fixed, and for another rule.
        let asked = kit.post("/licenses", long_trial("b@other.example")).await.is(202);
        assert_eq!(asked["last_useful_day"], Value::Null);
        let fixed = with(ends.clone(), json!({ "from": "2026-11-28", "customer": { "email": "c@other.example" } }));
        assert_eq!(kit.post("/licenses", fixed).await.is(202)["last_useful_day"], Value::Null);
        let second = with(ends, json!({ "through": "2027-01-31" }));
        let asked = kit.post("/licenses", second).await.is(202);
        assert_eq!(
            (codes(&asked["refusals"]), &asked["last_useful_day"]),
            (vec!["trial-too-long", "second-trial"], &Value::Null)
        );
        kit
    });
}

/// A customer with two temporary keys, and their serials.
async fn with_two_temporary_keys(kit: &Kit, email: &str) -> (CustomerId, Vec<String>) {
    let (catalog, by) = (kit.served(Environment::Production).catalog(), kit.by());
    let details = CustomerDetails::of_email(email.parse().unwrap());
    let customer = kit.ledger().find_or_create_customer(&details, &by).await.unwrap().into_customer().id;
    let mut serials = Vec::new();
    for _ in 0..2 {
        let mut order = Order::of_offer("pro-trial", random_serial().unwrap());
        order.approval = Some(Approval { by: "Ada".to_owned(), reason: "a pilot".to_owned() });
        serials.push(order.serial.to_string());
        let new = NewLicense::new(order).for_customer(customer);
        kit.ledger().create(kit.issuing(&catalog), &new, &by).await.unwrap();
    }
    (customer, serials)
}

#[test]
fn h33_a_third_temporary_key_waits_and_names_the_others() {
    on_both("h33", async |kit: Kit| {
        let (customer, serials) = with_two_temporary_keys(&kit, "ada@other.example").await;
        let order = json!({ "offer": "pro-trial", "customer": customer.to_string(), "request_approval": { "reason": "a pilot" } });
        let asked = kit.post("/licenses", order).await.is(202);
        assert_eq!(codes(&asked["refusals"]), ["second-trial", "third-temporary-key"]);
        let detail = asked["refusals"][1]["detail"].as_str().unwrap();
        assert!(serials.iter().all(|serial| detail.contains(serial.as_str())), "{detail}: {serials:?}");
        kit
    });
}

#[test]
fn h32_a_reissue_a_renewal_and_an_assignment_wait_too() {
    on_both("h32 others", async |kit: Kit| {
        let sold = kit.sold(json!({})).await;
        let later = json!({ "through": "2028-06-30", "reason": "promised", "ticket": "DESK-1", "request_approval": { "reason": "promised" } });
        let reissue = format!("{}/reissue", path(&sold));
        kit.post(&reissue, later.clone()).if_match(&json!(7)).await.fails(412, "changed-meanwhile");
        let asked = kit.post(&reissue, later.clone()).if_match(&sold["version"]).await.is(202);
        assert_eq!((&asked["action"], &asked["license"]), (&json!("reissue"), &sold["id"]));
        assert_eq!((codes(&asked["refusals"]), &asked["order"]["reissues"]), (vec!["days-change"], &sold["serial"]));
        assert_eq!(asked["customer"]["id"], sold["customer"]["id"]);
        // The license stays as it is, and what every reissue needs is needed still.
        assert_eq!(kit.get(&path(&sold)).await.is(200)["version"], sold["version"]);
        let incomplete =
            kit.post(&reissue, json!({ "through": "2028-06-30", "request_approval": { "reason": "x" } })).await;
        let problem = incomplete.fails(422, "order-refused");
        assert_eq!(codes(&problem["errors"]), ["days-change", "reason-missing", "ticket-missing"]);

        let renamed =
            json!({ "licensee": "Acme Holding", "ticket": "DESK-2", "request_approval": { "reason": "renamed" } });
        let asked = kit.post(&format!("{}/renew", path(&sold)), renamed).await.is(202);
        assert_eq!((&asked["action"], codes(&asked["refusals"])), (&json!("renew"), vec!["licensee-changes"]));
        assert_eq!((&asked["valid_from"], &asked["valid_through"]), (&json!("2027-11-28"), &json!("2028-11-27")));

        let order = json!({ "name": "Trials", "order": { "offer": "pro-trial" }, "signing": "on-assignment" });
        let generator = kit.post("/generators", order).await.is(201);
        let run = format!("/generators/{}/run", generator["id"].as_str().unwrap());
        let pool = kit.post(&run, json!({ "count": 1 })).await.is(201)["data"][0].clone();
        let (customer, _) = with_two_temporary_keys(&kit, "ada@other.example").await;
        let assign = format!("/licenses/{}/assign", pool.as_str().unwrap());
        let body = json!({ "customer": customer.to_string(), "request_approval": { "reason": "a pilot" } });
        let manage = kit.token(&[Scope::LicensesManage]).await;
        let asked = kit.post(&assign, body).token(&manage).await.is(202);
        assert_eq!((&asked["action"], &asked["license"]), (&json!("assign"), &pool));
        assert_eq!(codes(&asked["refusals"]), ["second-trial", "third-temporary-key"]);
        assert_eq!(kit.get(&format!("/licenses/{}", pool.as_str().unwrap())).await.is(200)["state"], "available");

        // No approval lifts a rule about the stopgap of a license.
        let stopgap = json!({ "offer": "pro-stopgap", "request_approval": { "reason": "late" } });
        let problem = kit.post(&format!("{}/stopgap", path(&sold)), stopgap).await.fails(422, "order-invalid");
        assert_eq!(problem["errors"][0]["pointer"], "/request_approval");
        // A preview asks for nothing.
        let order = json!({ "through": "2028-06-30", "request_approval": { "reason": "promised" } });
        let preview = json!({ "action": "reissue", "order": order });
        kit.post(&format!("{}/preview", path(&sold)), preview).await.fails(422, "order-invalid");
        assert_eq!(waiting(&kit).await, 3);
        kit
    });
}

#[test]
fn names_in_an_approval_are_shown_to_who_asked_and_to_who_may_read_customers() {
    on_sqlite(async |kit: Kit| {
        let issuer = kit.token(&[Scope::LicensesIssue, Scope::LicensesRead]).await;
        let order = with(long_trial("ada@other.example"), json!({ "licensee": "Ada Byron" }));
        let asked = kit.post("/licenses", order).token(&issuer).await.is(202);
        assert_eq!((&asked["order"]["licensee"], &asked["reason"]), (&json!("Ada Byron"), &json!("a holiday")));
        let reader = kit.token(&[Scope::LicensesRead]).await;
        let both = kit.token(&[Scope::LicensesRead, Scope::CustomersRead]).await;
        for place in [path(&asked), "/approvals".to_owned()] {
            let of = |answer: Value| if answer["data"].is_array() { answer["data"][0].clone() } else { answer };
            let shown = kit.get(&place).token(&reader).await.is(200);
            assert!(!shown.to_string().contains("Ada") && !shown.to_string().contains("ada@"), "{shown}");
            let shown = of(shown);
            assert_eq!((&shown["order"], &shown["reason"]), (&Value::Null, &Value::Null));
            assert_eq!(shown["refusals"], json!([{ "code": "trial-too-long", "detail": null }]));
            assert_eq!((&shown["id"], &shown["order_digest"]), (&asked["id"], &asked["order_digest"]));
            assert_eq!(of(kit.get(&place).token(&issuer).await.is(200)), asked);
            let shown = of(kit.get(&place).token(&both).await.is(200));
            assert_eq!((&shown["order"], &shown["refusals"]), (&asked["order"], &asked["refusals"]));
        }
        kit
    });
}

#[test]
fn the_same_order_waits_once_however_it_is_written() {
    on_both("once waiting", async |kit: Kit| {
        let order = |more: Value| with(long_trial("ada@other.example"), more);
        let ask = async |more: Value| kit.post("/licenses", order(more)).await.is(202);
        let first = ask(json!({ "seats": 3, "notes": "a large one" })).await;
        let same =
            ask(json!({ "notes": "a large one", "seats": "3", "request_approval": { "reason": "once more" } })).await;
        assert_eq!(same, first, "the first reason stays");
        let limits = ask(json!({ "limits": { "projects": 30 }, "features": ["teamwork", "export"] })).await;
        let again = ask(json!({ "limits": "projects=30", "features": "export teamwork" })).await;
        assert_eq!(again["id"], limits["id"]);
        let mut ids = vec![first["id"].clone(), limits["id"].clone()];
        for other in [
            json!({ "seats": 4, "notes": "a large one" }),
            json!({ "seats": 3, "notes": "a larger one" }),
            json!({ "seats": 3, "notes": "a large one", "metadata": { "po": 1 } }),
            json!({ "seats": 3, "notes": "a large one", "lease_days": 7 }),
            json!({ "seats": 3, "notes": "a large one", "activation_limit": 9 }),
            json!({ "seats": 3, "notes": "a large one", "id": "PO-1" }),
            json!({ "seats": 3, "notes": "a large one", "customer": { "email": "b@other.example" } }),
        ] {
            let asked = ask(other).await;
            assert!(!ids.contains(&asked["id"]), "{asked}");
            ids.push(asked["id"].clone());
        }
        assert_eq!(waiting(&kit).await, ids.len());

        // Also if they come all at once.
        let replies = at_once((0..20).map(|_| kit.post("/licenses", long_trial("c@other.example"))).collect()).await;
        assert!(replies.iter().all(|reply| reply.status == 202 && reply.body == replies[0].body), "{replies:?}");
        assert_eq!(waiting(&kit).await, ids.len() + 1);
        let entries = async |action: &str| kit.get(&format!("/audit?action={action}")).await.is(200)["data"].clone();
        assert_eq!(entries("approval.requested").await.as_array().unwrap().len(), ids.len() + 1);
        // Each refusal by the policy is in the log.
        let again = entries("approval.requested-again").await;
        assert_eq!(again.as_array().unwrap().len(), 2 + 19);
        assert_eq!(again[0]["entry"]["detail"], "trial-too-long");
        kit
    });
}

#[test]
fn who_asked_takes_it_back_and_asks_again() {
    on_both("withdrawn", async |kit: Kit| {
        let asked = kit.post("/licenses", long_trial("ada@other.example")).await.is(202);
        let withdraw = format!("{}/withdraw", path(&asked));
        let because = json!({ "reason": "a shorter one is enough" });
        // Another person's token, and one that may not order.
        let by = keyward_ledger::By::new("Ada", kit.by().at);
        let scopes = Scope::ALL.into_iter().collect();
        let (_, other) = kit.ledger().create_token(&"shop".parse().unwrap(), scopes, None, &by).await.unwrap();
        kit.post(&withdraw, because.clone()).token(other.reveal()).await.fails(403, "asked-by-another");
        let reader = kit.token(&[Scope::LicensesRead]).await;
        kit.post(&withdraw, because.clone()).token(&reader).await.fails(403, "scope-missing");
        assert_eq!(waiting(&kit).await, 1);

        // A token counts as its maker.
        let clerk = kit.token(&[Scope::LicensesIssue, Scope::CustomersRead]).await;
        let done = kit.post(&withdraw, because.clone()).token(&clerk).await.is(200);
        assert_eq!((&done["state"], &done["order"]), (&json!("withdrawn"), &asked["order"]));
        assert_eq!(kit.post(&withdraw, because).token(&clerk).once("k").await.is(200), done);
        let log = kit.get("/audit?action=approval.withdrawn").await.is(200);
        assert_eq!(log["data"].as_array().unwrap().len(), 1);
        assert_eq!(log["data"][0]["reason"], "a shorter one is enough");
        let again = kit.post("/licenses", long_trial("ada@other.example")).await.is(202);
        assert_ne!(again["id"], asked["id"]);
        assert_eq!(again["order_digest"], asked["order_digest"]);
        kit
    });
}

#[test]
fn no_token_approves_and_nothing_changes_what_was_asked_for() {
    on_sqlite(async |kit: Kit| {
        let clerk = kit.token(&[Scope::LicensesIssue, Scope::CustomersRead]).await;
        let asked = kit.post("/licenses", long_trial("ada@other.example")).token(&clerk).await.is(202);
        let at = path(&asked);
        let id = asked["id"].clone();
        // A clerk who may not read licenses does not read it, and uses it for nothing.
        kit.get(&at).token(&clerk).await.fails(403, "scope-missing");
        for more in [json!({ "approved_by": "Grace" }), json!({ "approved_by": "Grace", "reason": "a holiday" })] {
            let order = with(long_trial("ada@other.example"), more);
            kit.post("/licenses", order).token(&clerk).await.fails(422, "approval-by-token");
        }
        for name in ["approval", "approval_id", "approved", "approval_reason"] {
            let order = with(long_trial("ada@other.example"), json!({ name: id }));
            kit.post("/licenses", order).token(&clerk).await.fails(422, "order-invalid");
        }
        let approved = with(
            long_trial("b@other.example"),
            json!({ "request_approval": { "reason": "x", "approved_by": "Grace" } }),
        );
        let problem = kit.post("/licenses", approved).await.fails(422, "unknown-field");
        assert_eq!(problem["errors"][0]["pointer"], "/request_approval/approved_by");
        // Not even the token with all scopes approves or edits it.
        for action in ["approve", "decide", "decline", "record", "approved"] {
            kit.post(&format!("{at}/{action}"), json!({ "reason": "fine" })).await.fails(404, "no-such-address");
        }
        for method in [Method::PATCH, Method::PUT, Method::DELETE, Method::POST] {
            let edit = json!({ "state": "approved", "order": { "term": "300d" }, "reason": "fine" });
            let refused = kit.call(method, &at).with("if-match", "*").json(&edit).await;
            refused.fails(405, "wrong-method");
        }
        let seen = kit.get(&at).await.is(200);
        for name in ["state", "order", "order_digest", "reason", "refusals"] {
            assert_eq!(seen[name], asked[name]);
        }
        assert_eq!(kit.get("/licenses").await.is(200)["data"], json!([]));
        // Each environment has its own.
        let staging = kit.token_of(Environment::Staging, &Scope::ALL, None).await;
        kit.get(&at).token(staging.reveal()).await.fails(404, "no-approval");
        kit.get(&format!("/staging/v1{at}")).token(staging.reveal()).await.fails(404, "no-approval");
        kit.get(&format!("/production/v1{at}")).token(staging.reveal()).await.fails(403, "wrong-environment");
        let withdraw = kit.post(&format!("{at}/withdraw"), json!({})).token(staging.reveal()).await;
        withdraw.fails(404, "no-approval");
        assert_eq!(kit.get("/approvals").token(staging.reveal()).await.is(200)["data"], json!([]));
        kit
    });
}

#[test]
fn the_address_of_an_approval_is_below_the_base_of_the_call() {
    on_sqlite(async |kit: Kit| {
        let reply = kit.post("/production/v1/licenses", long_trial("ada@other.example")).await;
        let place = reply.header("location").unwrap().to_owned();
        assert_eq!(place, format!("/production/v1{}", path(&reply.is(202))));
        kit.get(&place).await.is(200);
        let staging = kit.token_of(Environment::Staging, &Scope::ALL, None).await;
        let reply = kit.post("/licenses", long_trial("ada@other.example")).token(staging.reveal()).await;
        let place = reply.header("location").unwrap().to_owned();
        assert!(place.starts_with("/v1/approvals/apr_"), "{place}");
        kit.get(&place).token(staging.reveal()).await.is(200);
        kit
    });
}

#[test]
fn a_reason_is_short_and_visible_and_has_no_key() {
    on_sqlite(async |kit: Kit| {
        let sold = kit.sold(json!({})).await;
        let key = sold["key"].as_str().unwrap();
        let asks = |requested: Value| {
            kit.post("/licenses", with(long_trial("new@other.example"), json!({ "request_approval": requested })))
        };
        let pem = "-----BEGIN PRIVATE KEY-----";
        for (code, reason) in [
            ("text-too-long", "say ".repeat(500) + "!"),
            ("text-too-long", "x".repeat(500_000)),
            ("invalid-reason", String::new()),
            ("invalid-reason", " \n ".to_owned()),
            ("invalid-reason", "…".to_owned()),
            ("invalid-reason", "a\u{1B}b".to_owned()),
            ("invalid-reason", "a\u{202E}b".to_owned()),
            ("invalid-reason", "a\u{200B}b".to_owned()),
            ("key-in-text", key.to_owned()),
            ("key-in-text", format!("they have {key}, and it ends")),
            ("key-in-text", key.replace('-', " ").to_lowercase()),
            ("key-in-text", key.replace('-', "")),
            ("key-in-text", format!("signed with {pem}")),
        ] {
            let problem = asks(json!({ "reason": reason })).await.fails(422, code);
            assert_eq!(problem["errors"][0]["pointer"], "/request_approval/reason");
            assert!(!problem.to_string().contains(&key[..23]), "{problem}");
        }
        asks(json!({})).await.fails(422, "missing-field");
        asks(json!({ "reason": 7 })).await.fails(422, "invalid-value");
        asks(json!({ "reason": "a holiday", "by": "Grace" })).await.fails(422, "unknown-field");
        for other in [json!("a holiday"), json!([]), json!(true)] {
            asks(other).await.fails(422, "invalid-value");
        }
        let named = with(long_trial("new@other.example"), json!({ "serial": "0123456789abcdef" }));
        kit.post("/licenses", named).await.fails(422, "order-invalid");
        // Who takes a request back says why in the same way.
        let asked = kit.post("/licenses", long_trial("it@acme.example")).await.is(202);
        let withdraw = format!("{}/withdraw", path(&asked));
        let problem = kit.post(&withdraw, json!({ "reason": key })).await.fails(422, "key-in-text");
        assert_eq!(problem["errors"][0]["pointer"], "/reason");
        kit.post(&withdraw, json!({})).await.is(200);
        // Nothing was asked, and no customer was made for it.
        assert_eq!(waiting(&kit).await, 0);
        assert_eq!(kit.get("/customers").await.is(200)["data"].as_array().unwrap().len(), 1);
        // With the white space around it, the first has as many bytes as a reason may have.
        for reason in ["say ".repeat(499) + "!!", "two\nlines".to_owned(), "3".to_owned()] {
            let asked = asks(json!({ "reason": format!(" {reason} ") })).await.is(202);
            assert_eq!(asked["reason"], reason);
            kit.post(&format!("{}/withdraw", path(&asked)), json!({})).await.is(200);
        }
        kit
    });
}

#[test]
fn a_request_for_an_approval_is_answered_once() {
    on_both("asked once", async |kit: Kit| {
        let body = long_trial("ada@other.example");
        let call = || kit.post("/licenses", body.clone()).once("trial 1");
        let replies = at_once((0..20).map(|_| call()).collect::<Vec<Call>>()).await;
        let first = replies.iter().find(|reply| reply.status == 202).unwrap().body.clone();
        kit.post(&format!("{}/withdraw", path(&first)), json!({})).await.is(200);
        let again = call().await;
        assert_eq!(again.header("idempotency-replayed"), Some("true"));
        assert_eq!(again.header("location"), Some(format!("/v1{}", path(&first)).as_str()));
        assert_eq!(again.is(202), first, "also after it was taken back");
        kit.post("/licenses", long_trial("b@other.example")).once("trial 1").await.fails(422, "idempotency-mismatch");

        // The server ends before it answers.
        let body = long_trial("c@other.example");
        let call = || kit.post("/licenses", body.clone()).once("trial 2");
        let (catalog, by) = (kit.served(Environment::Production).catalog(), kit.by());
        let details = CustomerDetails::of_email("c@other.example".parse().unwrap());
        let customer = kit.ledger().find_or_create_customer(&details, &by).await.unwrap().into_customer().id;
        let claimed = kit.ledger().claim(&request_id(&kit, "/licenses", "trial 2", &body).await, &by).await.unwrap();
        let Claimed::New(claim) = claimed else { panic!("{claimed:?}") };
        let mut order = Order::of_offer("pro-trial", random_serial().unwrap());
        order.end = Some(keyward_issuer::End::After("33d".parse().unwrap()));
        let new = NewLicense::new(order).for_customer(customer);
        let ask = Ask { reason: "a holiday".parse().unwrap(), maker: "Grace".to_owned() };
        let made = kit.ledger().create_or_ask(kit.issuing(&catalog), &new, &ask, &by.answering(&claim)).await.unwrap();
        let Ordered::Waiting(made) = made else { panic!("{made:?}") };
        kit.set_clock(&(by.at + TimeDelta::seconds(61)).to_rfc3339());
        for _ in 0..2 {
            let answer = call().await;
            assert_eq!(answer.header("idempotency-replayed"), Some("true"));
            assert_eq!(answer.header("location"), Some(format!("/v1/approvals/{}", made.id).as_str()));
            assert_eq!(answer.is(202)["id"], made.id.to_string());
        }
        assert_eq!(waiting(&kit).await, 1);
        kit
    });
}

#[test]
fn approvals_are_listed_by_state_in_pages() {
    on_both("pages", async |kit: Kit| {
        let mut ids = Vec::new();
        for number in 0..5 {
            kit.set_clock(&format!("2026-11-28T12:00:0{number}Z"));
            let asked = kit.post("/licenses", long_trial(&format!("c{number}@other.example"))).await.is(202);
            if number == 2 {
                kit.post(&format!("{}/withdraw", path(&asked)), json!({})).await.is(200);
            }
            ids.insert(0, asked["id"].clone());
        }
        let page = async |query: &str| {
            let page = kit.get(&format!("/approvals?{query}")).await.is(200);
            let ids: Vec<Value> = page["data"].as_array().unwrap().iter().map(|row| row["id"].clone()).collect();
            (ids, page["next"].as_str().map(str::to_owned))
        };
        assert_eq!(page("").await, (ids.clone(), None));
        assert_eq!(page("state=withdrawn").await, (vec![ids.remove(2)], None));
        let (first, next) = page("state=waiting&limit=3").await;
        let next = next.unwrap();
        // One that is added later does not move the pages.
        kit.post("/licenses", long_trial("late@other.example")).await.is(202);
        let (rest, end) = page(&format!("state=waiting&limit=3&after={next}")).await;
        assert_eq!(([first, rest].concat(), end), (ids, None));
        for other in ["", "state=withdrawn&"] {
            kit.get(&format!("/approvals?{other}after={next}")).await.fails(400, "invalid-cursor");
        }
        kit.get("/approvals?state=approved").await.fails(400, "invalid-query");
        kit.get("/approvals?reason=x").await.fails(400, "invalid-query");
        kit.get("/approvals/apr_0123456789abcdef0123456789abcdef").await.fails(404, "no-approval");
        let license = kit.sold(json!({})).await;
        kit.get(&format!("/approvals/{}", license["id"].as_str().unwrap())).await.fails(400, "invalid-id");
        // Without the right to read customers, their names stay away.
        let reader = kit.token(&[Scope::LicensesRead]).await;
        let seen = kit.get("/approvals").token(&reader).await.is(200);
        assert!(seen["data"].as_array().unwrap().iter().all(|row| row["customer"]["email"] == Value::Null), "{seen}");
        kit
    });
}
