//! A call, and its answer.

use std::sync::{Arc, LazyLock};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, Method, Request, Response, StatusCode, header};
use base64ct::{Base64, Encoding};
use http_body_util::{BodyExt, Full};
use keyward_verifier::LicenseKey;
use serde_json::Value;
use tower::ServiceExt;

use super::connections::{Connections, Lost};

/// The server that is asked.
#[derive(Clone)]
pub enum Target {
    /// A router in this process.
    Router(Router),
    /// A program.
    Program(Arc<Connections>),
}

impl Target {
    async fn answer(&self, request: Request<Full<Bytes>>) -> Result<Response<Bytes>, Lost> {
        match self {
            Target::Router(router) => {
                let (parts, body) = router.clone().oneshot(request.map(Body::new)).await?.into_parts();
                Ok(Response::from_parts(parts, body.collect().await?.to_bytes()))
            }
            Target::Program(connections) => connections.answer(request).await,
        }
    }
}

/// A call, to be sent.
#[derive(Clone)]
pub struct Call {
    pub target: Target,
    pub method: Method,
    pub path: String,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Call {
    pub fn json(self, body: &Value) -> Self {
        self.raw("application/json", body.to_string())
    }

    pub fn raw(mut self, kind: &str, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self.with(header::CONTENT_TYPE.as_str(), kind)
    }

    pub fn with(mut self, name: &str, value: impl AsRef<str>) -> Self {
        let name: header::HeaderName = name.parse().unwrap();
        self.headers.insert(name, value.as_ref().parse().unwrap());
        self
    }

    pub fn token(self, token: impl AsRef<str>) -> Self {
        self.with("authorization", format!("Bearer {}", token.as_ref()))
    }

    /// As a product asks.
    pub fn no_token(mut self) -> Self {
        self.headers.remove(header::AUTHORIZATION);
        self
    }

    pub fn if_match(self, version: &Value) -> Self {
        self.with("if-match", format!("\"{version}\""))
    }

    pub fn once(self, key: &str) -> Self {
        self.with("idempotency-key", key)
    }

    /// The status of an answer that has no body, whatever it is.
    pub async fn send_without_check(self) -> StatusCode {
        let mut request = Request::builder().method(self.method).uri(&self.path);
        *request.headers_mut().unwrap() = self.headers;
        self.target.answer(request.body(Full::default()).unwrap()).await.unwrap().status()
    }

    /// The answer.
    pub async fn send(self) -> Reply {
        self.try_send().await.unwrap()
    }

    /// The answer, if there is one.
    pub async fn try_send(self) -> Result<Reply, Lost> {
        let mut request = Request::builder().method(self.method.clone()).uri(&self.path);
        *request.headers_mut().unwrap() = self.headers;
        let request = request.body(Full::from(self.body)).unwrap();
        let (parts, body) = self.target.answer(request).await?.into_parts();
        let text = String::from_utf8(body.to_vec()).unwrap();
        let reply = Reply {
            call: format!("{} {}", self.method, self.path),
            status: parts.status,
            headers: parts.headers,
            body: serde_json::from_str(&text).unwrap_or(Value::Null),
            text,
        };
        reply.check();
        Ok(reply)
    }
}

impl IntoFuture for Call {
    type Output = Reply;
    type IntoFuture = std::pin::Pin<Box<dyn Future<Output = Reply> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.send())
    }
}

/// An answer.
#[derive(Debug, Clone)]
pub struct Reply {
    call: String,
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Value,
    pub text: String,
}

impl Reply {
    pub fn is(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}: {}", self.call, self.text);
        self.body
    }

    pub fn fails(self, status: u16, code: &str) -> Value {
        let found = (self.status.as_u16(), self.body["code"].as_str().unwrap_or_default());
        assert_eq!(found, (status, code), "{}: {}", self.call, self.text);
        self.body
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// Every error is a problem, and has no license key in it. The server never fails.
    fn check(&self) {
        let context = || format!("{}: {} {}", self.call, self.status, self.text);
        assert!(is_documented(&self.call, self.status), "an answer that the document does not have: {}", context());
        if self.status.as_u16() < 400 {
            return;
        }
        assert_ne!(self.status, 500, "{}", context());
        assert_eq!(self.header("content-type"), Some("application/problem+json"), "{}", context());
        let text = |name: &str| self.body[name].as_str().unwrap_or_default();
        assert!(!text("code").is_empty() && !text("detail").is_empty(), "{}", context());
        assert_eq!(self.body["status"], self.status.as_u16(), "{}", context());
        assert_eq!(text("type"), format!("urn:keyward:problem:{}", text("code")));
        assert_eq!(whole_keys(&self.body), [""; 0], "{}", context());
    }
}

/// Whether the document of the API has an answer with that status to the call, if it has the call.
fn is_documented(call: &str, status: StatusCode) -> bool {
    static DOCUMENT: LazyLock<Value> =
        LazyLock::new(|| serde_json::from_str(include_str!("../../openapi.json")).unwrap());
    let (method, address) = call.split_once(' ').unwrap();
    let path = address.split('?').next().unwrap();
    let Some((_, path)) = path.split_once("/v1") else { return true };
    let is_of = |template: &str| {
        let (parts, template): (Vec<_>, Vec<_>) = (path.split('/').collect(), template.split('/').collect());
        parts.len() == template.len()
            && parts.iter().zip(&template).all(|(part, of)| part == of || (of.starts_with('{') && !part.is_empty()))
    };
    let mut paths: Vec<_> = DOCUMENT["paths"].as_object().unwrap().iter().filter(|(path, _)| is_of(path)).collect();
    // An address without parameters comes first, as it does for the router.
    paths.sort_by_key(|(path, _)| path.matches('{').count());
    let call = paths.first().map(|(_, calls)| &calls[method.to_lowercase()]);
    call.is_none_or(|call| call.is_null() || call["responses"].get(status.as_str()).is_some())
}

/// The whole license keys in an answer, also in its signed files.
pub fn whole_keys(value: &Value) -> Vec<String> {
    let payload = value["payload"].as_str().and_then(|payload| Base64::decode_vec(payload).ok());
    let within: Option<Value> = payload.and_then(|payload| serde_json::from_slice(&payload).ok());
    if let Some(within) = within {
        return whole_keys(&within);
    }
    match value {
        Value::String(text) => text.parse::<LicenseKey>().map(|_| text.clone()).into_iter().collect(),
        Value::Array(values) => values.iter().flat_map(whole_keys).collect(),
        Value::Object(fields) => fields.values().flat_map(whole_keys).collect(),
        _ => Vec::new(),
    }
}
