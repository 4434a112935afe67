use serde_json::{Map, Value, json};

use super::examples;
use super::fields::id_pattern;
use crate::handlers::CODE_PATTERN;
use crate::once::is_kept;

/// Answers that say what was wrong: the status, a name, and when.
const PROBLEMS: [(&str, &str, &str); 11] = [
    ("400", "BadRequest", "The request can't be read: JSON, an id, a filter, a cursor or a header is wrong."),
    ("401", "Unauthorized", "The token is missing or unknown, or it has ended."),
    ("403", "Forbidden", "The token lacks the scope, or belongs to another environment."),
    ("404", "NotFound", "There is nothing with that id."),
    ("409", "Conflict", "The state does not allow it, or the same request is carried out at this moment."),
    ("412", "PreconditionFailed", "It was changed after the version in `If-Match`."),
    ("413", "ContentTooLarge", "The body is larger than 1 MiB."),
    ("415", "UnsupportedMediaType", "The body is not sent as `application/json`."),
    ("422", "UnprocessableContent", "A value of the body is wrong, or a rule of the catalogue forbids the order."),
    ("428", "PreconditionRequired", "The header `If-Match` is missing."),
    ("429", "TooManyRequests", "Too many calls: wait for the seconds in `Retry-After`."),
];

/// The answer of a server that can't carry the call out now.
const UNAVAILABLE: (&str, &str, &str) =
    ("503", "ServiceUnavailable", "The database or the signing key can't be used now: try again after `Retry-After`.");

/// Problems as components.
pub(super) fn responses() -> Value {
    let response = |(status, name, description): (&str, &str, &str)| {
        let mut headers = json!({ "X-Request-Id": header("X-Request-Id") });
        if matches!(status, "429" | "503") {
            headers["Retry-After"] = header("Retry-After");
        }
        if status == "429" {
            headers["RateLimit"] = header("RateLimit");
            headers["RateLimit-Policy"] = header("RateLimit-Policy");
        }
        if status == "401" {
            headers["WWW-Authenticate"] = header("WWW-Authenticate");
        }
        let schema = json!({ "schema": { "$ref": "#/components/schemas/Problem" } });
        let content = json!({ "application/problem+json": schema });
        (name.to_owned(), json!({ "description": description, "headers": headers, "content": content }))
    };
    Value::Object(PROBLEMS.into_iter().chain([UNAVAILABLE]).map(response).collect())
}

/// Headers of answers.
pub(super) fn headers() -> Value {
    let text = |description: &str, pattern: &str| {
        let schema = json!({ "type": "string", "pattern": pattern });
        json!({ "description": description, "schema": schema })
    };
    json!({
        "ETag": text("The version that was read, for `If-Match` or `If-None-Match`.", "^\".+\"$"),
        "Idempotency-Replayed": text("`true`: the request was carried out before.", "^true$"),
        "Location": text("The address of the approval for which the order waits.", "^/.+"),
        "RateLimit": text("The policy that refuses, and the seconds to wait.", "^\"[a-z]+\";r=0;t=[0-9]+$"),
        "RateLimit-Policy": text("The policy: calls in a window of seconds.", "^\"[a-z]+\";q=[0-9]+;w=[0-9]+$"),
        "Retry-After": {
            "description": "The seconds to wait.",
            "schema": { "type": "integer", "minimum": 1 },
        },
        "WWW-Authenticate": text("The scheme of tokens.", "^Bearer$"),
        "X-Request-Id": text("The id of the request, as in the log of the server.", "^[0-9a-f-]{36}$"),
    })
}

fn header(name: &str) -> Value {
    json!({ "$ref": format!("#/components/headers/{name}") })
}

/// Completes what a handler says of its call.
pub(super) fn complete(method: &str, path: &str, call: &mut Value) {
    call["operationId"] = json!(operation_id(method, path));
    if call.get("security").is_none() {
        call["security"] = json!([]);
    }
    let needs_token = call["security"].as_array().is_some_and(|all| all.iter().any(|one| one.get("token").is_some()));
    let mut parameters = call["parameters"].as_array().cloned().unwrap_or_default();
    for parameter in &mut parameters {
        complete_parameter(method, path, parameter);
    }
    let conditional = parameters.iter().any(|parameter| parameter["name"] == "If-Match");
    let is_once = method == "post" && needs_token && path != "/activation-requests" && is_kept(path);
    if is_once {
        parameters.push(json!({
            "name": "Idempotency-Key",
            "in": "header",
            "description": "Another for each request, such as a UUID: the request is carried out once, however often it is sent.",
            "required": false,
            "schema": { "type": "string", "pattern": "^[!-~]([ -~]*[!-~])?$", "maxLength": 255 },
        }));
    }
    if !parameters.is_empty() {
        call["parameters"] = Value::Array(parameters);
    }
    let has_body = call.get("requestBody").is_some();
    let changes = method != "get";
    let mut answers = call["responses"].as_object().cloned().unwrap_or_default();
    for (status, answer) in &mut answers {
        complete_answer(status, answer, is_once);
    }
    for (status, name, _) in PROBLEMS.into_iter().chain([UNAVAILABLE]) {
        let applies = match status {
            "401" | "403" => needs_token,
            "404" => path.contains('{') || path == "/deactivate" || path == "/activation-requests",
            // An erased customer has nothing to export.
            "409" => (changes && path != "/validate") || path == "/customers/{id}/export",
            "412" => conditional,
            // A delivery has no fields, and a body with some is refused.
            "413" | "422" => has_body || path == "/licenses/{id}/deliver",
            "415" => has_body,
            "428" => conditional && method != "post",
            _ => true,
        };
        if applies {
            answers.insert(status.to_owned(), json!({ "$ref": format!("#/components/responses/{name}") }));
        }
    }
    call["responses"] = Value::Object(answers);
    call["x-codeSamples"] = json!([{ "lang": "curl", "source": examples::curl(method, path, needs_token) }]);
}

/// `post-licenses-id-revoke`: one for each call.
fn operation_id(method: &str, path: &str) -> String {
    let words = path.split('/').map(|part| part.trim_matches(['{', '}'])).filter(|part| !part.is_empty());
    words.fold(method.to_owned(), |id, word| format!("{id}-{word}"))
}

fn complete_parameter(method: &str, path: &str, parameter: &mut Value) {
    let prefix = match path.split('/').nth(1) {
        Some("licenses") => "lic",
        Some("customers") => "cus",
        Some("activations") => "act",
        Some("approvals") => "apr",
        _ => "gen",
    };
    match parameter["name"].as_str() {
        Some("id") => {
            parameter["schema"] = json!({ "type": "string", "pattern": id_pattern(prefix) });
            parameter["description"] = json!(format!("The id, `{prefix}_…`."));
        }
        Some("code") => {
            parameter["schema"] = json!({ "type": "string", "pattern": CODE_PATTERN });
            parameter["description"] = json!("The code in the catalogue.");
        }
        Some("customer") => parameter["schema"]["pattern"] = json!(id_pattern("cus")),
        Some("If-Match") => parameter["required"] = json!(method != "post"),
        _ => {}
    }
}

fn complete_answer(status: &str, answer: &mut Value, is_once: bool) {
    if answer["description"].as_str().is_none_or(str::is_empty) {
        answer["description"] = json!(match status {
            "201" => "It is made.",
            _ => "Done.",
        });
    }
    let schema = &answer["content"]["application/json"]["schema"]["$ref"];
    let has_version = schema.as_str().is_some_and(|name| {
        ["/LicenseShape", "/CustomerShape", "/CatalogShape", "/SignedFile"].iter().any(|end| name.ends_with(end))
    });
    let mut headers = Map::new();
    headers.insert("X-Request-Id".to_owned(), header("X-Request-Id"));
    if has_version {
        headers.insert("ETag".to_owned(), header("ETag"));
    }
    if status == "202" {
        headers.insert("Location".to_owned(), header("Location"));
    }
    if is_once {
        headers.insert("Idempotency-Replayed".to_owned(), header("Idempotency-Replayed"));
    }
    answer["headers"] = Value::Object(headers);
    if status == "204" {
        answer.as_object_mut().map(|answer| answer.remove("content"));
    }
}
