use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use axum::response::IntoResponse;
use chrono::{DurationRound, SubsecRound, TimeDelta};
use keyward_issuer::files::SignableFile;
use keyward_ledger::LedgerError;
use keyward_verifier::files::{TimePurpose, TimeStatement};
use sha2::{Digest, Sha256};

use super::asked::Served;
use crate::problem::Problem;
use crate::shapes::SignedFile;

/// Read the trust bundle: the keys that products trust, signed by the root
#[utoipa::path(get, path = "/trust", tag = "products", responses((status = 200, body = SignedFile), (status = 304, description = "the caller has it")))]
pub(crate) async fn trust(served: Served, headers: HeaderMap) -> Result<Response<Body>, Problem> {
    Ok(file(&served.environment()?.keys.bundle_file, A_MINUTE, &headers))
}

/// Read the newest revocation list
#[utoipa::path(get, path = "/revocations", tag = "products", responses((status = 200, body = SignedFile), (status = 304, description = "the caller has it")))]
pub(crate) async fn revocations(served: Served, headers: HeaderMap) -> Result<Response<Body>, Problem> {
    let newest = served.environment()?.ledger.newest_list().await?;
    let text = newest.and_then(|list| list.file).ok_or_else(|| {
        let detail = "no revocation list is signed yet: try again in a minute";
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, "no-list", detail).with("retry_after", 60)
    })?;
    Ok(file(&text, A_MINUTE, &headers))
}

/// Read a statement of the time
///
/// It is signed, and says that the time is no earlier: evidence for a product whose clock may be set back. All servers answer with the
/// same statement for ten seconds.
#[utoipa::path(get, path = "/time", tag = "products", responses((status = 200, body = SignedFile), (status = 304, description = "the caller has it")))]
pub(crate) async fn time(served: Served, headers: HeaderMap) -> Result<Response<Body>, Problem> {
    let now = served.now();
    let time = now.duration_trunc(SAME_TIME).unwrap_or(now).trunc_subsecs(0);
    let unsigned = SignableFile::new(&TimeStatement::new(time, TimePurpose::Evidence));
    let mut statement = unsigned.map_err(LedgerError::SignedFile)?;
    statement.sign(&served.environment()?.keys.answers).map_err(LedgerError::Sign)?;
    Ok(file(&statement.to_string(), TEN_SECONDS, &headers))
}

/// How long the time of statements stays the same.
const SAME_TIME: TimeDelta = TimeDelta::seconds(10);

/// How long caches may keep a statement of the time.
const TEN_SECONDS: HeaderValue = HeaderValue::from_static("public, max-age=10");

/// How long caches may keep the other files.
const A_MINUTE: HeaderValue = HeaderValue::from_static("public, max-age=60");

/// A signed file.
fn file(text: &str, caches: HeaderValue, headers: &HeaderMap) -> Response<Body> {
    let etag = format!("\"{}\"", hex::encode(Sha256::digest(text)));
    let known = headers.get(header::IF_NONE_MATCH).and_then(|known| known.to_str().ok()).unwrap_or_default();
    let is_known = known.split(',').any(|known| known.trim() == etag || known.trim() == "*");
    let mut response = match is_known {
        true => StatusCode::NOT_MODIFIED.into_response(),
        false => text.to_owned().into_response(),
    };
    let fields = response.headers_mut();
    fields.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    fields.insert(header::CACHE_CONTROL, caches);
    if let Ok(etag) = HeaderValue::from_str(&etag) {
        fields.insert(header::ETAG, etag);
    }
    response
}
