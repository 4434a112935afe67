//! The document of the API: OpenAPI 3.1.
//!
//! Each handler describes its own call beside its code (`#[utoipa::path]`), and the route table collects them. Here is what calls have
//! in common: the problems that they answer with, their headers, the forms of ids, and an example for curl.

#![allow(clippy::indexing_slicing, reason = "the document is made of the code alone, and tests make all of it")]

// Each module may use those to its left:
//     examples, schemas ← fields ← operations, page
mod examples;
mod fields;
mod operations;
mod page;
mod schemas;

pub(crate) use page::{STYLES, page};

use serde_json::{Value, json};
use utoipa::openapi::OpenApi;

/// Sections, in the order of the page.
const TAGS: [(&str, &str); 9] = [
    ("products", "Calls for products. They need no token: the license key is the credential."),
    ("licenses", "Licenses: make, assign, hold, renew and revoke them."),
    ("activations", "The machines of licenses."),
    ("approvals", "Orders that break rules which a person may lift: they wait. No token approves."),
    ("customers", "Customers, with their contacts."),
    ("generators", "Templates that make licenses for the pool."),
    ("catalog", "Products and offers."),
    ("audit", "The audit log."),
    ("me", "The token itself."),
];

/// Text of the first page.
const ABOUT: &str = "\
Calls for staff and programs need the header `Authorization: Bearer kw_…`. Make a token with `keyward-server admin create-token`. \
A token belongs to one environment, and has scopes: each call names the one that it needs. Calls for products need none.

Bodies are JSON in UTF-8, of at most 1 MiB. A field or filter that is unknown is an error. `null` means unlimited or perpetual. Days \
are like `2026-12-31`, times are in UTC (RFC 3339).

Errors are `application/problem+json` (RFC 9457): `code` is stable, `detail` says what to do. A POST with an `Idempotency-Key` is \
carried out once, and repeated with the same answer for 48 hours.";

/// The document. `calls` is what the handlers say; the addresses begin with `base`, such as `/v1`.
pub(crate) fn document(calls: &OpenApi, base: &str) -> Value {
    let mut document = serde_json::to_value(calls).unwrap_or_default();
    let mut described = schemas::named(document["components"]["schemas"].take());
    fields::describe(&mut described);
    described.extend(schemas::problems().map(|(name, schema)| (name.to_owned(), schema)));
    let mut paths = document["paths"].take();
    for (path, calls) in paths.as_object_mut().into_iter().flatten() {
        for (method, call) in calls.as_object_mut().into_iter().flatten() {
            operations::complete(method, path, call);
        }
    }
    schemas::rename_references(&mut paths);
    let tags = TAGS.map(|(name, description)| json!({ "name": name, "description": description }));
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Keyward",
            "version": "1",
            "description": ABOUT,
            "license": { "name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0" },
        },
        "servers": [{ "url": base, "description": "this server" }],
        "tags": tags,
        "paths": paths,
        "components": {
            "schemas": described,
            "responses": operations::responses(),
            "headers": operations::headers(),
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "A token of one environment. The call names the scope that the token needs.",
                },
            },
        },
    })
}
