//! Each request has an id, and one line in the log: never its address, body or credentials.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderName, HeaderValue, Response};
use axum::middleware::Next;
use chrono::{DateTime, Utc};
use keyward_issuer::SysRng;
use keyward_issuer::rand_core::TryRng;
use tracing::Instrument;

use crate::metrics::ProblemCode;
use crate::service::Service;

/// The header with the id of the request.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// What is found out about a request while it is carried out, for its line in the log.
#[derive(Debug, Clone, Default)]
pub(crate) struct Asking(Arc<Mutex<Found>>);

#[derive(Debug, Default)]
struct Found {
    token: Option<String>,
    serial: Option<String>,
}

impl Asking {
    /// The id of the token with which it is asked.
    pub(crate) fn with_token(&self, id: impl ToString) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).token = Some(id.to_string());
    }

    /// The serial of the license key with which it is asked.
    pub(crate) fn with_serial(&self, serial: impl ToString) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).serial = Some(serial.to_string());
    }
}

/// Gives the request an id, logs it and counts it.
pub(crate) async fn log(
    State(service): State<Arc<Service>>,
    mut request: Request,
    next: Next,
) -> Response<axum::body::Body> {
    let (began, id) = (Instant::now(), id(service.now()));
    let running = service.metrics().running();
    let method = request.method().clone();
    // The template of the route: the path itself may have a license key in it.
    let route = request.extensions().get::<MatchedPath>().map_or("none", MatchedPath::as_str).to_owned();
    let asking = Asking::default();
    request.extensions_mut().insert(asking.clone());
    let span = tracing::info_span!("request", %id);
    let mut response = next.run(request).instrument(span.clone()).await;
    if let Ok(id) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    let found = asking.0.lock().unwrap_or_else(PoisonError::into_inner);
    let (token, serial) = (found.token.as_deref(), found.serial.as_deref());
    let elapsed = began.elapsed();
    let milliseconds = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX);
    let problem = response.extensions().get::<ProblemCode>().copied();
    service.metrics().answered((&method, &route, response.status()), problem, elapsed);
    drop(running);
    let status = response.status().as_u16();
    let _entered = span.enter();
    let code = problem.map(|ProblemCode(code)| code);
    tracing::info!(%method, route, status, code, milliseconds, token, serial, "answered");
    drop(found);
    response
}

/// A UUID of version 7 (RFC 9562). Without random bytes, its time alone tells requests apart.
fn id(now: DateTime<Utc>) -> String {
    let mut random = [0; 10];
    let _ = SysRng.try_fill_bytes(&mut random);
    let millis = u64::try_from(now.timestamp_millis()).unwrap_or_default();
    uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid().to_string()
}
