//! Signed files for products.

use axum::http::Method;
use chrono::{DateTime, Utc};
use keyward_issuer::Environment;
use keyward_verifier::files::{TimePurpose, Trust};

use crate::kit::{Kit, on_both, on_sqlite};
use crate::scopes::{call, routes};

#[test]
fn the_time_is_stated_by_a_key_that_products_trust_for_it() {
    on_both("time", async |kit: Kit| {
        let ask = || kit.get("/time").no_token();
        let (first, second) = (ask().await, ask().await);
        assert_eq!(first.text, second.text, "two servers state the same");
        assert_eq!(first.header("cache-control"), Some("public, max-age=10"));
        let etag = first.header("etag").unwrap().to_owned();
        assert_eq!(ask().with("if-none-match", &etag).await.status, 304);
        for (time, stated) in
            [("2026-11-28T12:00:19.5Z", "2026-11-28T12:00:10Z"), ("2027-01-01T00:00:00Z", "2027-01-01T00:00:00Z")]
        {
            kit.set_clock(time);
            let reply = ask().with("if-none-match", &etag).await;
            assert_eq!(reply.status, 200, "{}", reply.text);
            let bundle = &kit.served(Environment::Production).keys.bundle;
            let statement = Trust::Bundle(bundle).time_statement(reply.text.as_bytes()).unwrap();
            assert_eq!(
                (statement.issued_at, statement.purpose),
                (stated.parse::<DateTime<Utc>>().unwrap(), TimePurpose::Evidence)
            );
            // That of another environment is signed by another key.
            let staging = &kit.served(Environment::Staging).keys.bundle;
            assert!(Trust::Bundle(staging).time_statement(reply.text.as_bytes()).is_err());
        }
        assert_eq!(kit.call(Method::HEAD, "/time").no_token().send_without_check().await, 200);
        kit
    });
}

#[test]
fn each_answer_states_its_type_and_nothing_is_cached_but_public_files() {
    on_sqlite(async |kit: Kit| {
        kit.sign_lists().await;
        for route in routes() {
            let caches = match route.path.as_str() {
                "/trust" | "/revocations" => "public, max-age=60",
                "/time" => "public, max-age=10",
                _ => "no-store",
            };
            let usual = call(&kit, &route).await;
            let refused = usual.clone().token("kw_production_unknown").await;
            assert!(refused.status.is_success() || refused.header("cache-control") == Some("no-store"), "{route:?}");
            let reply = usual.await;
            assert!(reply.status.is_success(), "{route:?}: {}", reply.text);
            assert_eq!(reply.header("cache-control"), Some(caches), "{route:?}");
            let kind = Some("application/json").filter(|_| !reply.text.is_empty());
            assert_eq!(reply.header("content-type"), kind, "{route:?}");
            assert_eq!(reply.header("x-content-type-options"), Some("nosniff"), "{route:?}");
        }
        kit
    });
}
