use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use keyward_ledger::Expected;
use utoipa::IntoParams;
use utoipa::openapi::Required;
use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{ObjectBuilder, SchemaType, Type};

use crate::problem::Problem;
use crate::service::Service;

/// The version that a change was made to: the header `If-Match`, with an ETag or `*`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct IfMatch(Option<Expected>);

impl IfMatch {
    /// The version. Without the header, any.
    pub(crate) fn or_any(self) -> Expected {
        self.0.unwrap_or(Expected::Any)
    }

    /// The version. The header is needed.
    pub(crate) fn needed(self) -> Result<Expected, Problem> {
        self.0.ok_or_else(|| {
            let detail =
                "send the ETag that you have read in the header `If-Match`, or `*` to change whatever is there";
            Problem::new(StatusCode::PRECONDITION_REQUIRED, "if-match-missing", detail)
        })
    }
}

impl FromRequestParts<Arc<Service>> for IfMatch {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &Arc<Service>) -> Result<IfMatch, Problem> {
        let Some(header) = parts.headers.get(header::IF_MATCH) else { return Ok(IfMatch(None)) };
        let version = match header.to_str().unwrap_or_default().trim() {
            "*" => Some(Expected::Any),
            text => text
                .strip_prefix('"')
                .and_then(|text| text.strip_suffix('"'))
                .filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()))
                .and_then(|text| text.parse().ok())
                .map(Expected::Version),
        };
        let wrong = || {
            Problem::bad_request("invalid-if-match", "If-Match: expected the ETag of an answer, such as \"3\", or *")
        };
        version.map(|version| IfMatch(Some(version))).ok_or_else(wrong)
    }
}

impl IntoParams for IfMatch {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let parameter = ParameterBuilder::new().name("If-Match").parameter_in(ParameterIn::Header);
        let text =
            ObjectBuilder::new().schema_type(SchemaType::from(Type::String)).pattern(Some(r#"^(\*|"[0-9]{1,18}")$"#));
        let says = "The ETag that was read; `*` changes whatever is there.";
        vec![parameter.required(Required::False).description(Some(says)).schema(Some(text)).build()]
    }
}

/// The ETag of a version.
pub(crate) fn etag(version: i64) -> String {
    format!("\"{version}\"")
}
