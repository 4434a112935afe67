//! Any text as the license key of a product that asks, while the database is away: only a genuine key may need it.
#![no_main]

use axum::http::StatusCode;
use keyward_fuzz_server::{Call, Server};
use keyward_verifier::Authenticator;
use keyward_verifier::files::{TrustBundle, Verified};
use libfuzzer_sys::fuzz_target;
use serde_json::{Value, json};

thread_local! {
    static SERVER: (Server, Verified<TrustBundle>) = {
        let server = Server::new();
        server.lose_database();
        let bundle = server.bundle();
        (server, bundle)
    };
}

/// A text may have words around the key, and no more than that.
const MAX_BYTES: usize = 8 << 10;

fuzz_target!(|text: &str| {
    SERVER.with(|(server, bundle)| {
        let found = Authenticator::with_bundle(bundle).authenticate(text);
        let validate = Call::post("/validate", json!({ "key": text, "machine": "laptop-1" })).by_product();
        let activation = format!("act_{}", "0".repeat(32));
        let calls = [
            Call::post("/activate", json!({ "key": text, "machine": "laptop-1" })),
            Call::post("/deactivate", json!({ "key": text, "activation": activation })),
            Call::post("/activation-requests", json!({ "key": text, "request": server.named("$REQUEST") })),
        ];
        let reply = server.send(&validate).expect("a call that can be sent");
        match &found {
            // It is looked up, and the database is away.
            Ok(_) => reply.check_form(&validate),
            Err(_) if text.contains('\0') || text.len() > MAX_BYTES => {
                reply.check(&validate);
                assert!(reply.status.is_client_error(), "{reply:?}");
            }
            Err(refusal) => {
                reply.check(&validate);
                assert_eq!(reply.status, StatusCode::OK, "{reply:?}");
                assert_eq!((&reply.body["outcome"], &reply.body["usable"]), (&refusal.code().into(), &false.into()));
                assert_eq!((&reply.body["license"], &reply.body["validation_file"]), (&Value::Null, &Value::Null));
            }
        }
        for call in calls.map(Call::by_product) {
            let reply = server.send(&call).expect("a call that can be sent");
            assert!(!reply.status.is_success(), "{call:?}: {reply:?}");
            match &found {
                Ok(_) => reply.check_form(&call),
                Err(_) => reply.check(&call),
            }
        }
    });
});
