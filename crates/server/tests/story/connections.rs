//! Connections to a program.

use std::net::SocketAddr;
use std::sync::Mutex;
use std::time::Duration;

use axum::body::Bytes;
use axum::http::{HeaderValue, Request, Response, header};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::sync::Semaphore;

/// No answer: nobody knows whether the call was carried out.
#[derive(Debug)]
pub struct Lost(#[allow(dead_code, reason = "shown by Debug")] Box<dyn std::error::Error + Send + Sync>);

impl<E: Into<Box<dyn std::error::Error + Send + Sync>>> From<E> for Lost {
    fn from(error: E) -> Lost {
        Lost(error.into())
    }
}

/// Connections to one program. Each carries one call at a time, and is used again.
pub struct Connections {
    address: Mutex<SocketAddr>,
    free: Semaphore,
    idle: Mutex<Vec<SendRequest<Full<Bytes>>>>,
}

/// A program that takes longer hangs.
const PATIENCE: Duration = Duration::from_secs(60);

impl Connections {
    pub fn to(address: SocketAddr, at_most: usize) -> Connections {
        Connections { address: Mutex::new(address), free: Semaphore::new(at_most), idle: Mutex::default() }
    }

    /// The program was started again, and listens there.
    pub fn moved_to(&self, address: SocketAddr) {
        *self.address.lock().unwrap() = address;
        self.idle.lock().unwrap().clear();
    }

    pub async fn answer(&self, request: Request<Full<Bytes>>) -> Result<Response<Bytes>, Lost> {
        let _one = self.free.acquire().await?;
        tokio::time::timeout(PATIENCE, self.exchange(request)).await.unwrap()
    }

    async fn exchange(&self, mut request: Request<Full<Bytes>>) -> Result<Response<Bytes>, Lost> {
        let address = *self.address.lock().unwrap();
        request.headers_mut().insert(header::HOST, HeaderValue::from_str(&address.to_string())?);
        let mut connection = self.connection(address).await?;
        let (parts, body) = connection.send_request(request).await?.into_parts();
        let body = body.collect().await?.to_bytes();
        self.idle.lock().unwrap().push(connection);
        Ok(Response::from_parts(parts, body))
    }

    async fn connection(&self, address: SocketAddr) -> Result<SendRequest<Full<Bytes>>, Lost> {
        let idle = self.idle.lock().unwrap().pop();
        if let Some(mut connection) = idle
            && connection.ready().await.is_ok()
        {
            return Ok(connection);
        }
        let (requests, connection) = handshake(TokioIo::new(TcpStream::connect(address).await?)).await?;
        tokio::spawn(connection);
        Ok(requests)
    }
}
