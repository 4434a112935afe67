//! Every state with every action over HTTP, as the one table of transitions has it.

use keyward_ledger::state::{Action, Effect, State};
use serde_json::{Value, json};

use crate::kit::{Call, Kit, on_sqlite};
use crate::scopes::request;

/// Within the grace period of no license that was sold on the first day.
const LATE: &str = "2028-02-01T12:00:00Z";

/// How a license came into its state.
#[derive(Debug, Clone, Copy)]
struct Story {
    state: State,
    was_activated: bool,
}

/// All states, each with and without an activation before.
fn stories() -> Vec<Story> {
    let story = |state, was_activated| Story { state, was_activated };
    let never = State::ALL.iter().filter(|state| **state != State::Active).map(|state| story(*state, false));
    let was = State::ALL.iter().filter(|state| **state > State::Assigned).map(|state| story(*state, true));
    never.chain(was).collect()
}

/// A license in that state, and its whole key. An expired one is expired from [`LATE`] on.
async fn license(kit: &Kit, story: Story) -> Value {
    if story.state == State::Available {
        return kit.post("/licenses", json!({ "offer": "pro-annual", "activation_limit": null })).await.is(201);
    }
    let license = kit.sold(json!({})).await;
    if story.was_activated {
        kit.post("/activate", json!({ "key": license["key"], "machine": "before" })).no_token().await.is(201);
    }
    let action = match story.state {
        State::Suspended => "suspend",
        State::Inactive => "inactivate",
        State::Revoked => "revoke",
        _ => return license,
    };
    let body = if action == "revoke" { json!({ "reason": "refunded" }) } else { json!({}) };
    kit.post(&format!("/licenses/{}/{action}", license["id"].as_str().unwrap()), body).await.is(200);
    license
}

/// The call of an action; none if no route has it.
fn call(kit: &Kit, action: Action, license: &Value) -> Option<Call> {
    let path = format!("/licenses/{}", license["id"].as_str().unwrap());
    let at = |name: &str, body: Value| Some(kit.post(&format!("{path}/{name}"), body));
    let follows = json!({ "reason": "asked for", "ticket": "DESK-1" });
    match action {
        Action::Assign => at("assign", json!({ "customer": { "email": "it@acme.example" } })),
        Action::Activate => {
            Some(kit.post("/activate", json!({ "key": license["key"], "machine": "laptop-1" })).no_token())
        }
        Action::Deliver => at("deliver", json!({})),
        // It needs an approval.
        Action::Reassign => None,
        Action::Edit => Some(kit.patch(&path, json!({ "notes": "called" })).with("if-match", "*")),
        Action::Reissue => at("reissue", follows),
        Action::Renew => at("renew", follows),
        Action::Stopgap => at("stopgap", json!({ "offer": "pro-stopgap" })),
        Action::Suspend => at("suspend", json!({})),
        Action::Resume => at("resume", json!({})),
        Action::Inactivate => at("inactivate", json!({})),
        Action::Reactivate => at("reactivate", json!({})),
        Action::Revoke => at("revoke", json!({ "reason": "leaked" })),
        Action::Delete => Some(kit.delete(&path).with("if-match", "*")),
    }
}

#[test]
fn l30_every_state_allows_the_actions_of_the_table_and_no_others() {
    on_sqlite(async |kit: Kit| {
        let mut licenses = Vec::new();
        for story in stories() {
            for action in Action::ALL {
                licenses.push((story, *action, license(&kit, story).await));
            }
        }
        let (expired, others): (Vec<_>, Vec<_>) =
            licenses.into_iter().partition(|(story, ..)| story.state == State::Expired);
        for (story, action, license) in &others {
            pair(&kit, *story, *action, license).await;
        }
        kit.set_clock(LATE);
        for (story, action, license) in &expired {
            pair(&kit, *story, *action, license).await;
        }
        kit
    });
}

async fn pair(kit: &Kit, story: Story, action: Action, license: &Value) {
    let Story { state, was_activated } = story;
    let path = format!("/licenses/{}", license["id"].as_str().unwrap());
    let context = format!("{action} of {story:?}");
    assert_eq!(kit.get(&path).await.is(200)["state"], state.code(), "{context}");
    // No key of the pool leaves.
    if (state, action) == (State::Available, Action::Activate) {
        return;
    }
    let Some(call) = call(kit, action, license) else { return };
    let reply = call.await;
    if !action.allowed_in(state, was_activated) {
        assert_eq!(reply.status, 409, "{context}: {}", reply.text);
        let problem = reply.body;
        if action == Action::Activate {
            assert_eq!(problem["code"], state.code(), "{context}");
        } else {
            let allowed: Vec<_> = state.actions(was_activated).map(Action::code).collect();
            assert_eq!(problem["code"], "not-allowed-in-state", "{context}");
            assert_eq!((&problem["state"], &problem["allowed"]), (&json!(state.code()), &json!(allowed)), "{context}");
        }
        assert_eq!(kit.get(&path).await.is(200)["state"], state.code(), "{context}");
        return;
    }
    // The policy of orders wants more than the state: a later last day, or a license that ends soon.
    let by_policy = [Action::Reissue, Action::Stopgap].contains(&action) && reply.status == 422;
    let after = if by_policy { Some(state) } else { after(state, was_activated, action) };
    if by_policy {
        reply.fails(422, "order-refused");
    } else {
        assert!(reply.status.is_success(), "{context}: {} {}", reply.status, reply.text);
    }
    match after {
        Some(state) => assert_eq!(kit.get(&path).await.is(200)["state"], state.code(), "{context}"),
        None => drop(kit.get(&path).await.fails(404, "no-license")),
    }
}

/// The state afterwards; none if the license is gone.
fn after(state: State, was_activated: bool, action: Action) -> Option<State> {
    match action.effect_in(state).unwrap() {
        // The product has to be activated.
        Effect::Stays | Effect::BecomesActiveWithoutActivation => Some(state),
        Effect::Becomes(state) => Some(state),
        Effect::Returns => Some(if was_activated { State::Active } else { State::Assigned }),
        Effect::Removes => None,
    }
}

#[test]
fn l23_a_license_of_the_pool_is_activated_by_nobody() {
    on_sqlite(async |kit: Kit| {
        let pool = kit.post("/licenses", json!({ "offer": "pro-annual" })).await.is(201);
        assert_eq!((&pool["state"], &pool["customer"]), (&json!("available"), &Value::Null));
        assert!(crate::kit::whole_keys(&pool).is_empty(), "no key of the pool leaves: {pool}");
        let asked = kit.post("/activation-requests", json!({ "request": request(&pool) })).await;
        asked.fails(409, "not-allowed-in-state");
        kit
    });
}
