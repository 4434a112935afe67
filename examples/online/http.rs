//! The smallest HTTP client that the example needs. A product uses the one that it has, with TLS: the signatures need none, and
//! the license key is sent.

use std::time::Duration;

use anyhow::{Context, Result};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Bytes;
use hyper::client::conn::http1::handshake;
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HOST};
use hyper::{Method, Request};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpStream;
use tokio::time::timeout;

/// A user waits no longer for an answer, and the product goes on without one.
const PATIENCE: Duration = Duration::from_secs(10);

/// No answer is longer. Without a bound, somebody in the place of the server could fill the memory.
const MAX_ANSWER: usize = 4 << 20;

/// A server, by its address and port.
#[derive(Clone)]
pub struct Server(pub String);

/// An answer, of whomever.
pub struct Answer {
    pub status: u16,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn json(&self) -> Result<Value> {
        serde_json::from_slice(&self.body).context("its answer is no JSON")
    }
}

impl Server {
    pub fn get(&self, path: &str) -> Result<Answer> {
        self.call(Request::builder().method(Method::GET).uri(path), Bytes::new())
    }

    pub fn post(&self, path: &str, body: &Value) -> Result<Answer> {
        let request = Request::builder().method(Method::POST).uri(path);
        self.call(request.header(CONTENT_TYPE, "application/json"), body.to_string().into())
    }

    /// As staff and programs call, with a token.
    pub fn post_with_token(&self, path: &str, body: &Value, token: &str) -> Result<Answer> {
        let request =
            Request::builder().method(Method::POST).uri(path).header(AUTHORIZATION, format!("Bearer {token}"));
        self.call(request.header(CONTENT_TYPE, "application/json"), body.to_string().into())
    }

    fn call(&self, request: hyper::http::request::Builder, body: Bytes) -> Result<Answer> {
        let request = request.header(HOST, &self.0).body(Full::new(body))?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(async { timeout(PATIENCE, self.exchange(request)).await.context("it does not answer")? })
    }

    async fn exchange(&self, request: Request<Full<Bytes>>) -> Result<Answer> {
        let connection = TokioIo::new(TcpStream::connect(&self.0).await?);
        let (mut requests, connection) = handshake(connection).await?;
        tokio::spawn(connection);
        let (parts, body) = requests.send_request(request).await?.into_parts();
        let body = Limited::new(body, MAX_ANSWER).collect().await.map_err(anyhow::Error::from_boxed)?;
        Ok(Answer { status: parts.status.as_u16(), body: body.to_bytes().into() })
    }
}
