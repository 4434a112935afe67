//! Requests with an `Idempotency-Key` are carried out once.

use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, Method, Response, StatusCode, header};
use axum::middleware::Next;
use axum::response::IntoResponse;
use http_body_util::{BodyExt, Limited};
use keyward_ledger::{ApprovalId, Claim, Claimed, CustomerId, LicenseId, RequestId, Wanted};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tracing::Instrument;

use crate::handlers::approvals::{shown, waiting};
use crate::handlers::licenses::create::{first_key, whole_key};
use crate::handlers::licenses::follow;
use crate::problem::{PROBLEM_JSON, Problem};
use crate::request::{Answer, Caller, KeyOf, Stored, unreadable};
use crate::shapes::{CustomerShape, license_answer};

/// The header by which a request is told from others.
pub(crate) const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// The header of an answer that was given before.
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// The most bytes of the header.
const MAX_KEY: usize = 255;

/// The most bytes of a body.
pub(crate) const MAX_BODY: usize = 1 << 20;

/// The ends of the paths of calls that change nothing.
const READS: [&str; 2] = ["/licenses/search", "/preview"];

/// Whether the answer to a POST with this path is kept under its `Idempotency-Key`. One that changes nothing is answered anew:
/// otherwise who only reads would fill the disk.
pub(crate) fn is_kept(path: &str) -> bool {
    !READS.iter().any(|end| path.ends_with(end))
}

/// Carries out each request with an `Idempotency-Key` once, and repeats its answer.
pub(crate) async fn once(request: Request, next: Next) -> Response<Body> {
    let is_change = request.method() == Method::POST && is_kept(request.uri().path());
    if !is_change || !request.headers().contains_key(IDEMPOTENCY_KEY) {
        return next.run(request).await;
    }
    keyed(request, next).await.unwrap_or_else(IntoResponse::into_response)
}

async fn keyed(request: Request, next: Next) -> Result<Response<Body>, Problem> {
    let (parts, body) = request.into_parts();
    let caller = Caller::admitted(&parts)?;
    let wrong = || {
        let detail = format!("Idempotency-Key: expected 1 to {MAX_KEY} visible characters, another for each request");
        Problem::bad_request("invalid-idempotency-key", detail)
    };
    let key = parts.headers.get(IDEMPOTENCY_KEY).and_then(|key| key.to_str().ok()).ok_or_else(wrong)?;
    if key.is_empty() || key.len() > MAX_KEY || !key.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
        return Err(wrong());
    }
    let body = Limited::new(body, MAX_BODY).collect().await.map_err(|error| {
        let is_long = error.is::<http_body_util::LengthLimitError>();
        unreadable(if is_long { StatusCode::PAYLOAD_TOO_LARGE } else { StatusCode::BAD_REQUEST })
    })?;
    let body = body.to_bytes();
    let id = request_id(&caller, parts.uri.path(), key, parts.headers.get(header::IF_MATCH), &body);
    // All of it is there. It goes on when its caller hangs up: the answer is there when it is asked for again.
    match tokio::spawn(carried_out(caller, id, parts, body, next).in_current_span()).await {
        Ok(answered) => answered,
        Err(ended) => match ended.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(_) => Err(Problem::internal()),
        },
    }
}

/// Carries out a request if nobody else does or did.
async fn carried_out(
    caller: Caller,
    id: RequestId,
    mut parts: Parts,
    body: Bytes,
    next: Next,
) -> Result<Response<Body>, Problem> {
    let ledger = caller.ledger()?.clone();
    let claim = match ledger.claim(&id, caller.by()).await? {
        Claimed::New(claim) => claim,
        Claimed::Answered { status, answer } => return replayed(&caller, status, &answer).await,
        Claimed::CarriedOut { subjects, claim } => {
            let answer = made_again(&caller, parts.uri.path(), &subjects).await?;
            let response = answer.into_response();
            return stored(&ledger, &claim, response).await.map(with_mark);
        }
        Claimed::InProgress => {
            let detail = "the same request is carried out at this moment: repeat it to have its answer";
            return Err(Problem::new(StatusCode::CONFLICT, "in-progress", detail).with("retry_after", 1));
        }
        Claimed::Mismatch => {
            let detail = "the Idempotency-Key was used for a request with another body or condition: give each request a key of its own";
            return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "idempotency-mismatch", detail));
        }
    };
    parts.extensions.insert(caller.answering(claim.clone()));
    let response = next.run(Request::from_parts(parts, Body::from(body))).await;
    stored(&ledger, &claim, response).await
}

/// Who asks, what for, under which key, with which condition and body.
fn request_id(caller: &Caller, path: &str, key: &str, condition: Option<&HeaderValue>, body: &Bytes) -> RequestId {
    let mut id = Sha256::new();
    for part in [caller.token().id.to_string().as_str(), "POST", path, key] {
        id.update((part.len() as u64).to_le_bytes());
        id.update(part);
    }
    // A line break is in no header.
    let body = Sha256::new()
        .chain_update(condition.map_or(&b""[..], HeaderValue::as_bytes))
        .chain_update("\n")
        .chain_update(body);
    RequestId { id: id.finalize().into(), body: body.finalize().into() }
}

/// Stores the answer. One that may differ the next time is not stored.
async fn stored(
    ledger: &keyward_ledger::Ledger,
    claim: &Claim,
    response: Response<Body>,
) -> Result<Response<Body>, Problem> {
    let status = response.status();
    if status.is_server_error() || [StatusCode::TOO_MANY_REQUESTS, StatusCode::FORBIDDEN].contains(&status) {
        ledger.give_back(claim).await?;
        return Ok(response);
    }
    let (parts, body) = response.into_parts();
    let body = body.collect().await.map_err(|_| Problem::internal())?.to_bytes();
    let kept = match parts.extensions.get::<Stored>() {
        Some(stored) => stored.clone(),
        None => {
            let body = serde_json::from_slice(&body).unwrap_or(Value::Null);
            Stored { body, version: None, key: None, location: None }
        }
    };
    ledger.answer(claim, status.as_u16(), &json!(kept).to_string()).await?;
    Ok(Response::from_parts(parts, Body::from(body)))
}

/// The answer that was given before. Its license key is put back.
async fn replayed(caller: &Caller, status: u16, answer: &str) -> Result<Response<Body>, Problem> {
    let status = StatusCode::from_u16(status).map_err(|_| Problem::internal())?;
    let stored: Stored = serde_json::from_str(answer).map_err(|_| Problem::internal())?;
    let mut answer = Answer::of_stored(status, stored);
    if let Some(of) = answer.key().cloned() {
        let key = key_again(caller, &of).await?;
        answer.put_key(key);
    }
    let mut response = answer.into_response();
    if status.is_client_error() {
        response.headers_mut().insert(header::CONTENT_TYPE, PROBLEM_JSON);
    }
    Ok(with_mark(response))
}

/// The license key with that serial, if it is still the one to use.
async fn key_again(caller: &Caller, of: &KeyOf) -> Result<Option<String>, Problem> {
    let Ok(license) = of.license.parse::<LicenseId>() else { return Ok(None) };
    let Ok(serial) = of.serial.parse() else { return Ok(None) };
    let (catalog, wanted) = (caller.catalog()?, Wanted::Serial(serial));
    let delivered = match caller.ledger()?.deliver_key(license, wanted, &catalog, caller.by()).await {
        Ok(delivered) => delivered,
        Err(keyward_ledger::LedgerError::NoLicense { .. } | keyward_ledger::LedgerError::Transition(_)) => {
            return Ok(None);
        }
        Err(error) => return Err(error.into()),
    };
    Ok(delivered.keys.first().map(|key| key.key.to_string()))
}

/// Calls that sign a key which follows another.
const FOLLOW: [&str; 3] = ["/reissue", "/renew", "/stopgap"];

/// The answer to a request that was carried out by a process that ended before it answered: what it made or changed, as it is now.
async fn made_again(caller: &Caller, path: &str, subjects: &[String]) -> Result<Answer, Problem> {
    let ids: Vec<LicenseId> = subjects.iter().filter_map(|subject| subject.parse().ok()).collect();
    let customers: Vec<CustomerId> = subjects.iter().filter_map(|subject| subject.parse().ok()).collect();
    if let [asked] = subjects
        && let Ok(id) = asked.parse::<ApprovalId>()
    {
        let approval = caller.ledger()?.approval(id).await?;
        return if path.ends_with("/withdraw") {
            shown(caller, &approval).await
        } else {
            waiting(caller, &approval).await
        };
    }
    match (ids.as_slice(), customers.as_slice()) {
        _ if path.ends_with("/run") => Answer::new(StatusCode::CREATED, &json!({ "data": subjects })),
        ([id], _) if path.ends_with("/licenses") => first_key(caller, *id, StatusCode::CREATED).await,
        ([id], _) if path.ends_with("/deliver") => whole_key(caller, *id, Wanted::Paid, StatusCode::OK).await,
        ([id], _) if FOLLOW.iter().any(|end| path.ends_with(end)) => match caller.ledger()?.followed(*id).await? {
            Some(followed) => follow::answer(caller, *id, followed).await,
            None => license_answer(caller, *id, StatusCode::OK).await,
        },
        ([id], _) => license_answer(caller, *id, StatusCode::OK).await,
        ([], [id]) if path.ends_with("/customers") => {
            let customer = caller.ledger()?.customer(*id).await?;
            Ok(Answer::new(StatusCode::CREATED, &CustomerShape::of(&customer)?)?.of_version(customer.version))
        }
        _ => Answer::ok(&json!({ "data": subjects })),
    }
}

fn with_mark(mut response: Response<Body>) -> Response<Body> {
    response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
    response
}
