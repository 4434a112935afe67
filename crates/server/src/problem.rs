//! Errors as answers: RFC 9457, `application/problem+json`.

use axum::body::Body;
use axum::http::{HeaderValue, Response, StatusCode, header};
use axum::response::IntoResponse;
use keyward_issuer::policy::Refusals;
use keyward_ledger::{LedgerError, Scope};
use serde::Serialize;
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use crate::metrics::ProblemCode;

/// An answer that says what was wrong.
#[derive(Debug, Clone)]
pub(crate) struct Problem {
    pub(crate) status: StatusCode,
    pub(crate) code: &'static str,
    pub(crate) detail: String,
    pub(crate) errors: Vec<FieldProblem>,
    pub(crate) more: Map<String, Value>,
}

/// One of several things that are wrong.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct FieldProblem {
    /// Where it is in the body: a JSON pointer (RFC 6901).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) pointer: Option<String>,
    /// A stable code.
    pub(crate) code: String,
    /// What is wrong, and what to do.
    pub(crate) detail: String,
}

/// The body of an answer that says what was wrong (RFC 9457).
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ProblemBody {
    /// The kind of the problem, as a URI: `urn:keyward:problem:` and the code.
    #[serde(rename = "type")]
    kind: String,
    /// The status in words.
    title: &'static str,
    /// The status.
    status: u16,
    /// What was wrong, and what to do.
    detail: String,
    /// A stable code.
    code: &'static str,
    /// All that is wrong, where it is more than one thing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<FieldProblem>,
    /// Further facts, by the kind of the problem.
    #[serde(flatten)]
    more: Map<String, Value>,
}

impl Problem {
    pub(crate) fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Problem {
        Problem { status, code, detail: detail.into(), errors: Vec::new(), more: Map::new() }
    }

    pub(crate) fn bad_request(code: &'static str, detail: impl Into<String>) -> Problem {
        Problem::new(StatusCode::BAD_REQUEST, code, detail)
    }

    /// A body with one wrong value.
    pub(crate) fn invalid(pointer: impl Into<String>, code: &'static str, detail: impl Into<String>) -> Problem {
        let detail = detail.into();
        let error = FieldProblem { pointer: Some(pointer.into()), code: code.to_owned(), detail: detail.clone() };
        Problem { errors: vec![error], ..Problem::new(StatusCode::UNPROCESSABLE_ENTITY, code, detail) }
    }

    /// The same problem of a part of a body, whose pointers begin at that place.
    #[must_use]
    pub(crate) fn below(mut self, place: &str) -> Problem {
        for error in &mut self.errors {
            error.pointer = error.pointer.as_ref().map(|pointer| format!("{place}{pointer}"));
        }
        self
    }

    pub(crate) fn internal() -> Problem {
        let detail = "the server failed: try again, and ask its operator if it lasts";
        Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", detail)
    }

    pub(crate) fn with(mut self, name: &str, value: impl Into<Value>) -> Problem {
        self.more.insert(name.to_owned(), value.into());
        self
    }

    /// The body, as it is sent.
    pub(crate) fn body(&self) -> String {
        let body = ProblemBody {
            kind: format!("urn:keyward:problem:{}", self.code),
            title: self.status.canonical_reason().unwrap_or("Error"),
            status: self.status.as_u16(),
            detail: self.detail.clone(),
            code: self.code,
            errors: self.errors.clone(),
            more: self.more.clone(),
        };
        serde_json::to_string(&body).unwrap_or_default()
    }

    /// `RateLimit` and `RateLimit-Policy` of a call that was one too many.
    fn limit_headers(&self) -> Option<(HeaderValue, HeaderValue)> {
        let number = |name: &str| self.more.get(name).and_then(Value::as_u64);
        let policy = self.more.get("policy").and_then(Value::as_str)?;
        let (quota, window, wait) = (number("quota")?, number("window")?, number("retry_after")?);
        let rate = HeaderValue::from_str(&format!("\"{policy}\";r=0;t={wait}")).ok()?;
        Some((rate, HeaderValue::from_str(&format!("\"{policy}\";q={quota};w={window}")).ok()?))
    }

    fn refused(refusals: &Refusals) -> Problem {
        let error = |refusal: &keyward_issuer::policy::Refusal| FieldProblem {
            pointer: None,
            code: refusal.code().to_owned(),
            detail: refusal.to_string(),
        };
        let errors = refusals.as_slice().iter().map(error).collect();
        let detail = "the order breaks rules of the catalogue: each is listed with the nearest permitted value";
        Problem { errors, ..Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "order-refused", detail) }
    }
}

/// The media type of problems.
pub(crate) const PROBLEM_JSON: HeaderValue = HeaderValue::from_static("application/problem+json");

impl IntoResponse for Problem {
    fn into_response(self) -> Response<Body> {
        let mut response = (self.status, self.body()).into_response();
        response.headers_mut().insert(header::CONTENT_TYPE, PROBLEM_JSON);
        response.extensions_mut().insert(ProblemCode(self.code));
        if self.status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if let Some(seconds) = self.more.get("retry_after").and_then(Value::as_u64) {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if let Some((rate, policy)) = self.limit_headers() {
            response.headers_mut().insert("ratelimit", rate);
            response.headers_mut().insert("ratelimit-policy", policy);
        }
        response
    }
}

impl From<LedgerError> for Problem {
    fn from(error: LedgerError) -> Problem {
        let detail = error.to_string();
        let of = |status: StatusCode, code: &'static str| Problem::new(status, code, detail.clone());
        let (not_found, conflict) = (StatusCode::NOT_FOUND, StatusCode::CONFLICT);
        let unprocessable = StatusCode::UNPROCESSABLE_ENTITY;
        match error {
            LedgerError::NoLicense { .. } => of(not_found, "no-license"),
            LedgerError::NoCustomer { .. } => of(not_found, "no-customer"),
            LedgerError::NoActivation { .. } => of(not_found, "no-activation"),
            LedgerError::NoGenerator { .. } => of(not_found, "no-generator"),
            LedgerError::NoToken { .. } => of(not_found, "no-token"),
            LedgerError::NoApproval { .. } => of(not_found, "no-approval"),
            LedgerError::TakesForGood => {
                of(StatusCode::FORBIDDEN, "scope-missing").with("scope", Scope::LicensesManage.name())
            }
            LedgerError::AskedByAnother { .. } => of(StatusCode::FORBIDDEN, "asked-by-another"),
            LedgerError::NotOnRecord { .. } => of(not_found, "not-on-record"),
            LedgerError::Transition(transition) => {
                let allowed: Vec<_> = transition.allowed.iter().map(|action| action.code().to_owned()).collect();
                of(conflict, transition.code()).with("state", transition.state.code()).with("allowed", allowed)
            }
            LedgerError::ChangedMeanwhile { current, .. } => {
                of(StatusCode::PRECONDITION_FAILED, "changed-meanwhile").with("version", current)
            }
            LedgerError::Refused(refusals) => Problem::refused(&refusals),
            LedgerError::LimitReached { limit, in_use } => of(conflict, "activation-limit-reached")
                .with("limit", json!(limit.number()))
                .with("activations", in_use),
            LedgerError::TooFewComponents(refusal) => Problem::invalid("/machine", refusal.code(), detail),
            LedgerError::ActivationNotNeeded => of(conflict, "activation-not-needed"),
            LedgerError::HeldByKey { id } => of(conflict, "held-by-key").with("activation", id.to_string()),
            LedgerError::ReleasesUsedUp { per_30d, next_at } => of(conflict, "releases-used-up")
                .with("limit", per_30d.get())
                .with("next_at", next_at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)),
            LedgerError::KeyHasLeft { .. } => of(conflict, "key-has-left"),
            LedgerError::KeyRevoked { .. } => of(conflict, "revoked"),
            LedgerError::ActivationEnded { .. } => of(conflict, "activation-ended"),
            LedgerError::Recipient(refusal) => of(unprocessable, refusal.code()),
            LedgerError::Unassigned { .. } => of(conflict, "not-assigned"),
            LedgerError::NoKey { .. } => of(conflict, "no-key"),
            LedgerError::SerialUsed { .. } => of(conflict, "serial-used"),
            LedgerError::Repeated { .. } => of(conflict, "order-repeated"),
            LedgerError::OrderOfAnother { license } => {
                of(conflict, "order-of-another").with("license", license.to_string())
            }
            LedgerError::Follows { license } => of(unprocessable, "follows").with("license", license.to_string()),
            LedgerError::CustomerMerged { into, .. } => of(conflict, "customer-merged").with("into", into.to_string()),
            LedgerError::CustomerErased { .. } => of(conflict, "customer-erased"),
            LedgerError::EmailTaken { customer } => of(conflict, "email-taken").with("customer", customer.to_string()),
            LedgerError::SameCustomer => of(unprocessable, "same-customer"),
            LedgerError::CustomerMissing { .. } => of(unprocessable, "customer-missing"),
            LedgerError::CustomerDetails(_) => of(unprocessable, "customer-details"),
            LedgerError::ActivationsOutOfRange { .. } => {
                Problem::invalid("/activation_limit", "activations-out-of-range", detail)
            }
            LedgerError::OrderEnvironment { .. } => of(unprocessable, "wrong-environment"),
            LedgerError::NotForGenerator => of(unprocessable, "not-for-generator"),
            LedgerError::TooMany { .. } => of(unprocessable, "too-many"),
            LedgerError::Order(_) => of(unprocessable, "order-invalid"),
            LedgerError::SignedFile(_) => of(unprocessable, "file-invalid"),
            LedgerError::Busy => of(StatusCode::SERVICE_UNAVAILABLE, "busy").with("retry_after", 1),
            LedgerError::ClaimLost => of(conflict, "in-progress").with("retry_after", 1),
            LedgerError::Sign(error) => {
                tracing::error!(%error, "a license could not be signed");
                Problem::new(
                    StatusCode::SERVICE_UNAVAILABLE,
                    "signer-failed",
                    "the signing key can't be used: try again",
                )
                .with("retry_after", 5)
            }
            LedgerError::Unconfirmed(error) => {
                tracing::error!(%error, "the database failed at a commit");
                let detail = "the database failed, and the change may have been made: repeat the request with the same \
                              Idempotency-Key";
                Problem::new(StatusCode::SERVICE_UNAVAILABLE, "unconfirmed", detail).with("retry_after", 1)
            }
            LedgerError::Database(error) => {
                tracing::error!(%error, "the database failed");
                Problem::new(StatusCode::SERVICE_UNAVAILABLE, "database-failed", "the database failed: try again")
                    .with("retry_after", 1)
            }
            error => {
                tracing::error!(%error, "a call of the ledger failed");
                Problem::internal()
            }
        }
    }
}
