/// Bodies for examples.
const BODIES: [(&str, &str, &str); 27] = [
    ("post", "/validate", r#"{"key": "'"$KEY"'", "machine": "laptop-1"}"#),
    ("post", "/activate", r#"{"key": "'"$KEY"'", "machine": "laptop-1", "name": "Grace's laptop"}"#),
    ("post", "/deactivate", r#"{"key": "'"$KEY"'", "activation": "'"$ACTIVATION"'"}"#),
    ("post", "/activation-requests", r#"{"key": "'"$KEY"'", "request": "'"$REQUEST"'"}"#),
    (
        "post",
        "/licenses",
        r#"{"offer": "pro-annual", "seats": 10, "licensee": "Acme Ltd", "customer": {"name": "Acme Ltd", "email": "it@acme.example"}, "activation_limit": 2, "ticket": "DESK-17"}"#,
    ),
    ("patch", "/licenses/{id}", r#"{"activation_limit": 5, "reason": "a larger office"}"#),
    ("post", "/licenses/{id}/license-file", r#"{"note": "for the laboratory"}"#),
    ("post", "/licenses/{id}/validation-file", r#"{"activation": "'"$ACTIVATION"'"}"#),
    (
        "post",
        "/licenses/{id}/preview",
        r#"{"action": "reissue", "order": {"seats": 12, "reason": "two more seats", "ticket": "DESK-18"}}"#,
    ),
    ("post", "/licenses/search", r#"{"email": "it@acme.example"}"#),
    ("post", "/licenses/{id}/assign", r#"{"customer": "'"$CUSTOMER"'", "reason": "ordered by phone"}"#),
    ("post", "/licenses/{id}/suspend", r#"{"cause": "payment", "reason": "the card was refused"}"#),
    ("post", "/licenses/{id}/resume", r#"{"reason": "paid"}"#),
    ("post", "/licenses/{id}/inactivate", r#"{"reason": "asked for by the customer"}"#),
    ("post", "/licenses/{id}/reactivate", r#"{"reason": "asked for by the customer"}"#),
    ("post", "/licenses/{id}/revoke", r#"{"reason": "leaked", "notes": "posted on a forum"}"#),
    ("post", "/licenses/{id}/reissue", r#"{"seats": 12, "reason": "two more seats", "ticket": "DESK-18"}"#),
    ("post", "/licenses/{id}/renew", r#"{"ticket": "DESK-19"}"#),
    (
        "post",
        "/licenses/{id}/stopgap",
        r#"{"offer": "stopgap", "reason": "the purchase order is late", "ticket": "DESK-20"}"#,
    ),
    ("post", "/activations/{id}/release", r#"{"reason": "the laptop was replaced"}"#),
    ("post", "/approvals/{id}/withdraw", r#"{"reason": "a shorter trial is enough"}"#),
    (
        "post",
        "/customers",
        r#"{"name": "Acme Ltd", "email": "it@acme.example", "contacts": [{"email": "grace@acme.example", "role": "renewal"}]}"#,
    ),
    ("put", "/customers/{id}", r#"{"name": "Acme Limited", "email": "it@acme.example"}"#),
    ("post", "/customers/{id}/merge", r#"{"into": "'"$OTHER"'", "reason": "the same company"}"#),
    ("post", "/customers/{id}/erase", r#"{"reason": "asked for by the customer"}"#),
    (
        "post",
        "/generators",
        r#"{"name": "Resellers", "order": {"offer": "pro-annual", "seats": 1}, "signing": "on-assignment"}"#,
    ),
    ("post", "/generators/{id}/run", r#"{"count": 3}"#),
];

/// The call in curl. `$URL` is the address of the server with `/v1`, `$TOKEN` a token.
pub(super) fn curl(method: &str, path: &str, needs_token: bool) -> String {
    let body = BODIES.iter().find(|(of_method, of_path, _)| (*of_method, *of_path) == (method, path));
    let id = match path.split('/').nth(1) {
        Some("licenses") => "$LICENSE",
        Some("customers") => "$CUSTOMER",
        Some("activations") => "$ACTIVATION",
        Some("approvals") => "$APPROVAL",
        _ => "$GENERATOR",
    };
    let code = if path.starts_with("/offers") { "pro-annual" } else { "studio" };
    let path = path.replace("{id}", id).replace("{code}", code);
    let mut lines = vec![match method {
        "get" | "post" => format!("curl \"$URL{path}\""),
        _ => format!("curl -X {} \"$URL{path}\"", method.to_uppercase()),
    }];
    if method == "post" && body.is_none() {
        lines = vec![format!("curl -X POST \"$URL{path}\"")];
    }
    let is_request = path == "/activation-requests";
    if needs_token && !is_request {
        lines.push("-H \"Authorization: Bearer $TOKEN\"".to_owned());
    }
    if method == "post" && needs_token && !is_request {
        lines.push("-H \"Idempotency-Key: $(uuidgen)\"".to_owned());
    }
    if matches!(method, "patch" | "put" | "delete") {
        lines.push("-H 'If-Match: *'".to_owned());
    }
    if let Some((.., body)) = body {
        // A quote in a text of a shell.
        let body = body.replace("Grace's", "Grace'\\''s");
        lines.push(format!("--json '{body}'"));
    }
    lines.join(" \\\n    ")
}
