//! All routes.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::body::HttpBody;
use axum::extract::{ConnectInfo, DefaultBodyLimit, Request};
use axum::http::header::CONTENT_TYPE;
use axum::http::{Method, StatusCode, header};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Extension, Router};
use tower_http::catch_panic::CatchPanicLayer;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::access::{Access, admit};
use crate::handlers::{activations, approvals, audit, catalog, customers, generators, licenses, me, products};
use crate::once::{IDEMPOTENCY_KEY, MAX_BODY, once};
use crate::openapi;
use crate::problem::Problem;
use crate::request::{Base, unreadable};
use crate::request_log::log;
use crate::service::Service;

/// All routes of the server. `/v1` is the API of the first environment; `/staging/v1` is that of staging alone.
pub fn router(service: Arc<Service>) -> Router {
    let mut router = Router::new().route("/healthz", get(|| async { "ok\n" })).route("/readyz", get(ready));
    let environments: Vec<_> = service.environments().iter().map(|served| served.environment()).collect();
    for (number, environment) in environments.into_iter().enumerate() {
        if number == 0 {
            router = router.nest("/v1", api(&service, "/v1").layer(Extension(Base::Default(environment))));
        }
        let path = format!("/{environment}/v1");
        router = router.nest(&path, api(&service, &path).layer(Extension(Base::Named(environment))));
    }
    let page: Arc<str> = openapi::page(&document("/v1")).into();
    router
        .merge(about("/v1"))
        .route("/docs/api", get(async move || page_answer("text/html; charset=utf-8", page.to_string())))
        .route("/docs/api.css", get(async || page_answer("text/css; charset=utf-8", openapi::STYLES.to_owned())))
        .fallback(not_found)
        .layer(from_fn_with_state(service.clone(), timed))
        .layer(CatchPanicLayer::custom(|_| Problem::internal().into_response()))
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(from_fn(unambiguous))
        .layer(from_fn_with_state(service.clone(), limited))
        .layer(from_fn(headers))
        .layer(from_fn_with_state(service.clone(), log))
        .with_state(service)
}

/// The document of the API under a base address.
fn about(base: &str) -> Router<Arc<Service>> {
    let text: Arc<str> = document(base).to_string().into();
    Router::new().route("/openapi.json", get(async move || ([(CONTENT_TYPE, "application/json")], text.to_string())))
}

/// The API, version 1.
fn api(service: &Arc<Service>, base: &str) -> Router<Arc<Service>> {
    let access = Access::new(service, staff().get_openapi(), base);
    let staff = Router::from(staff()).layer(from_fn(once)).layer(from_fn_with_state(access, admit));
    staff.merge(products()).merge(about(base)).method_not_allowed_fallback(wrong_method).fallback(not_found)
}

/// The calls for staff and programs. Each is described where it is: a route without a description is none.
fn staff() -> OpenApiRouter<Arc<Service>> {
    use licenses::{create, edit, file, follow, list, preview, search, states};
    OpenApiRouter::new()
        .routes(routes!(list::licenses, create::create))
        .routes(routes!(list::license, edit::edit, edit::delete))
        .routes(routes!(list::keys))
        .routes(routes!(list::activations))
        .routes(routes!(audit::events))
        .routes(routes!(file::license_file))
        .routes(routes!(file::validation_file))
        .routes(routes!(preview::preview))
        .routes(routes!(search::search))
        .routes(routes!(create::assign))
        .routes(routes!(create::deliver))
        .routes(routes!(states::suspend))
        .routes(routes!(states::resume))
        .routes(routes!(states::inactivate))
        .routes(routes!(states::reactivate))
        .routes(routes!(states::revoke))
        .routes(routes!(follow::reissue))
        .routes(routes!(follow::renew))
        .routes(routes!(follow::stopgap))
        .routes(routes!(activations::activations))
        .routes(routes!(activations::activation))
        .routes(routes!(activations::release))
        .routes(routes!(approvals::approvals))
        .routes(routes!(approvals::approval))
        .routes(routes!(approvals::withdraw))
        .routes(routes!(customers::customers, customers::create))
        .routes(routes!(customers::customer, customers::edit))
        .routes(routes!(customers::merge))
        .routes(routes!(customers::erase))
        .routes(routes!(customers::export))
        .routes(routes!(generators::generators, generators::create))
        .routes(routes!(generators::generator))
        .routes(routes!(generators::run))
        .routes(routes!(audit::audit))
        .routes(routes!(catalog::catalog))
        .routes(routes!(catalog::products))
        .routes(routes!(catalog::product))
        .routes(routes!(catalog::offers))
        .routes(routes!(catalog::offer))
        .routes(routes!(me::me))
}

/// The calls for products.
fn products() -> OpenApiRouter<Arc<Service>> {
    use products::{activate, deactivate, files, request, validate};
    OpenApiRouter::new()
        .routes(routes!(validate::validate))
        .routes(routes!(activate::activate))
        .routes(routes!(deactivate::deactivate))
        .routes(routes!(request::activation_request))
        .routes(routes!(files::trust))
        .routes(routes!(files::revocations))
        .routes(routes!(files::time))
}

/// The document of the API (OpenAPI 3.1), for addresses under that base, such as `/v1`.
pub fn document(base: &str) -> serde_json::Value {
    openapi::document(&staff().merge(products()).into_openapi(), base)
}

/// A page of the server's own, with its own styles alone.
fn page_answer(kind: &'static str, text: String) -> impl IntoResponse {
    let policy = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
    ([(CONTENT_TYPE, kind), (header::CONTENT_SECURITY_POLICY, policy)], text)
}

/// How long a database may take to show that it can be used. Those who ask whether a server is ready wait no longer.
const READY: Duration = Duration::from_secs(2);

/// Whether the databases can be used.
async fn ready(axum::extract::State(service): axum::extract::State<Arc<Service>>) -> Result<&'static str, Problem> {
    for served in service.environments() {
        let answers = tokio::time::timeout(READY, served.ledger.catalog_number()).await;
        answers.map_err(|_| {
            let detail = format!("the database of {} does not answer", served.environment());
            Problem::new(StatusCode::SERVICE_UNAVAILABLE, "not-ready", detail).with("retry_after", 1)
        })??;
    }
    Ok("ready\n")
}

/// Ends a call that takes too long.
async fn timed(
    axum::extract::State(service): axum::extract::State<Arc<Service>>,
    request: Request,
    next: Next,
) -> Result<Response, Problem> {
    tokio::time::timeout(service.call_time(), next.run(request)).await.map_err(|_| {
        let detail = "the call took too long, and may have been carried out: repeat it with the same Idempotency-Key";
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, "timed-out", detail).with("retry_after", 1)
    })
}

/// The answer does not repeat the path: it may have a license key in it, which was pasted there.
async fn not_found() -> Problem {
    Problem::new(
        StatusCode::NOT_FOUND,
        "no-such-address",
        "there is no such address: see /openapi.json for all of them",
    )
}

async fn wrong_method(method: Method) -> Problem {
    let detail = format!("this address has no {method}: see /openapi.json");
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, "wrong-method", detail)
}

/// Counts the call against the limit of its address, and refuses a body that is said to be too long.
async fn limited(
    axum::extract::State(service): axum::extract::State<Arc<Service>>,
    request: Request,
    next: Next,
) -> Result<Response, Problem> {
    // Tests without a socket have no address.
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(peer)| peer.ip());
    if let (Some(limits), Some(peer)) = (service.limits(), peer) {
        let lines = request.headers().get_all("x-forwarded-for").iter();
        let lines: Vec<_> = lines.map(|line| line.to_str().unwrap_or_default().to_owned()).collect();
        limits.check_address(limits.caller(peer, lines.into_iter()))?;
    }
    // Before any of it is sent.
    if request.body().size_hint().lower() > u64::try_from(MAX_BODY).unwrap_or(u64::MAX) {
        return Err(unreadable(StatusCode::PAYLOAD_TOO_LARGE));
    }
    Ok(next.run(request).await)
}

/// Refuses a header that is there twice and says who asks, or for what: a proxy on the way may have read the other one.
async fn unambiguous(request: Request, next: Next) -> Result<Response, Problem> {
    for name in [&header::AUTHORIZATION, &IDEMPOTENCY_KEY, &header::IF_MATCH, &CONTENT_TYPE] {
        if request.headers().get_all(name).iter().nth(1).is_some() {
            let detail = format!("the header {name} is there twice: send it once");
            return Err(Problem::bad_request("repeated-header", detail));
        }
    }
    Ok(next.run(request).await)
}

/// The headers of all answers.
async fn headers(request: Request, next: Next) -> Response {
    use axum::http::HeaderValue;
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    let nothing = HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'");
    headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(nothing);
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    response
}
