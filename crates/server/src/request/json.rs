use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::{StatusCode, header};
use keyward_catalog::closest;
use serde::de::DeserializeOwned;
use serde_json::error::Category;
use serde_json::{Map, Value};
use serde_path_to_error::{Path, Segment};

use super::place::{below, shown};
use super::strict::Strict;
use super::texts;
use crate::problem::Problem;

/// A body of JSON. What it has too much is an error. Messages repeat no value: a pasted text may be a license key.
#[derive(Debug)]
pub(crate) struct Json<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Json<T>, Problem> {
        let kind = request.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        let kind = kind.split(';').next().unwrap_or_default().trim();
        if !kind.eq_ignore_ascii_case("application/json") {
            let detail = "the body has to be JSON: send the header `Content-Type: application/json`";
            return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "not-json", detail));
        }
        let bytes = Bytes::from_request(request, state).await.map_err(|rejection| unreadable(rejection.status()))?;
        parse(&bytes).map(Json)
    }
}

/// The body of a call without fields: nothing, or an empty object.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NoFields;

impl<S: Send + Sync> FromRequest<S> for NoFields {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<NoFields, Problem> {
        let bytes = Bytes::from_request(request, state).await.map_err(|rejection| unreadable(rejection.status()))?;
        if bytes.is_empty() {
            return Ok(NoFields);
        }
        let fields: Map<String, Value> = parse(&bytes)?;
        match fields.keys().next().map(|name| shown(name)) {
            None => Ok(NoFields),
            Some(name) => {
                let detail = format!("there is no field `{name}`: remove it");
                Err(Problem::invalid(format!("/{name}"), "unknown-field", detail))
            }
        }
    }
}

/// A body that could not be read.
pub(crate) fn unreadable(status: StatusCode) -> Problem {
    match status {
        StatusCode::PAYLOAD_TOO_LARGE => {
            Problem::new(status, "body-too-large", "the body is larger than 1 MiB: send less at once")
        }
        _ => Problem::bad_request("body-unreadable", "the body ended early, or was sent too slowly: send it again"),
    }
}

fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let Strict(value) = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let pointer = pointer(error.path());
        problem(pointer, error.inner())
    })?;
    reader.end().map_err(|error| problem(String::new(), &error))?;
    texts::check(&value)?;
    from_value(value)
}

/// A part of a body.
pub(crate) fn from_value<T: DeserializeOwned>(value: Value) -> Result<T, Problem> {
    serde_path_to_error::deserialize(value).map_err(|error| problem(pointer(error.path()), error.inner()))
}

fn problem(pointer: String, error: &serde_json::Error) -> Problem {
    if error.classify() != Category::Data {
        let (line, column) = (error.line(), error.column());
        let detail = format!("the body is not JSON at line {line}, column {column}: check quotes, commas and brackets");
        return Problem::bad_request("malformed-json", detail).with("line", line).with("column", column);
    }
    let text = error.to_string();
    let text = text.split(" at line ").next().unwrap_or_default();
    let (code, detail) = match text.split_once('`') {
        Some(("unknown field ", rest)) => ("unknown-field", unknown_field(rest)),
        Some(("missing field ", rest)) => {
            let name = rest.split('`').next().unwrap_or_default();
            ("missing-field", format!("the field `{name}` is missing: give it"))
        }
        Some(("duplicate field ", rest)) => {
            let name = shown(rest.split('`').next().unwrap_or_default());
            ("duplicate-field", format!("the field `{name}` is there twice: give it once"))
        }
        // Only what was expected is told: what was found may be a license key.
        _ => (
            "invalid-value",
            match text.rsplit_once("expected ") {
                Some((_, expected)) => format!("expected {expected}"),
                None => plain(text),
            },
        ),
    };
    Problem::invalid(pointer, code, detail)
}

/// Messages of our own types, which repeat no value.
fn plain(text: &str) -> String {
    text.to_owned()
}

fn unknown_field(rest: &str) -> String {
    let name = rest.split('`').next().unwrap_or_default();
    let shown = shown(name);
    let known = rest.split('`').skip(1).filter(|part| !part.contains(' ') && !part.is_empty());
    match closest(name, known) {
        Some(nearest) => format!("there is no field `{shown}`: did you mean `{nearest}`?"),
        None => format!("there is no field `{shown}`: remove it"),
    }
}

/// The place of a value as a JSON pointer (RFC 6901).
fn pointer(path: &Path) -> String {
    path.iter().fold(String::new(), |pointer, segment| match segment {
        Segment::Seq { index } => format!("{pointer}/{index}"),
        Segment::Map { key } | Segment::Enum { variant: key } => below(&pointer, key),
        _ => pointer,
    })
}
