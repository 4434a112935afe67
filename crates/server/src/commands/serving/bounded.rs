//! Bounds of connections: their number, and the time in which nothing is received or sent.

use std::future::{Ready, ready};
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Extension;
use axum::middleware::AddExtension;
use axum_server::Server;
use axum_server::accept::Accept;
use tokio::net::TcpStream;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_io_timeout::TimeoutStream;
use tower::Layer;

use crate::args::settings::Bounds;

/// Takes a connection if there are not too many.
#[derive(Debug, Clone)]
pub struct Bounded {
    free: Arc<Semaphore>,
    idle: Duration,
}

impl Bounded {
    pub fn new(bounds: &Bounds) -> Bounded {
        Bounded { free: Arc::new(Semaphore::new(bounds.most.get().into())), idle: seconds(bounds.idle_seconds) }
    }
}

impl<S> Accept<TcpStream, S> for Bounded {
    type Stream = Pin<Box<TimeoutStream<TcpStream>>>;
    /// The place of a connection is free again when its service is dropped.
    type Service = AddExtension<S, Arc<OwnedSemaphorePermit>>;
    type Future = Ready<io::Result<(Self::Stream, Self::Service)>>;

    fn accept(&self, stream: TcpStream, service: S) -> Self::Future {
        let Ok(place) = self.free.clone().try_acquire_owned() else {
            return ready(Err(io::Error::other("too many connections")));
        };
        let mut stream = TimeoutStream::new(stream);
        stream.set_read_timeout(Some(self.idle));
        stream.set_write_timeout(Some(self.idle));
        ready(Ok((Box::pin(stream), Extension(Arc::new(place)).layer(service))))
    }
}

/// Bounds what a connection may send before it is answered.
pub fn bound<A>(server: Server<SocketAddr, A>, bounds: &Bounds) -> Server<SocketAddr, A> {
    /// The most bytes of the head of a request.
    const MAX_HEAD: u32 = 32 << 10;
    /// The most calls at a time on one connection of HTTP/2.
    const MAX_STREAMS: u32 = 64;
    let head = seconds(bounds.head_seconds);
    let mut server = server.first_request_timeout(head);
    let builder = server.http_builder();
    builder.http1().header_read_timeout(head).max_buf_size(MAX_HEAD as usize);
    builder.http2().max_header_list_size(MAX_HEAD).max_concurrent_streams(MAX_STREAMS);
    builder.http2().keep_alive_interval(head).keep_alive_timeout(head);
    server
}

fn seconds(bound: std::num::NonZeroU16) -> Duration {
    Duration::from_secs(bound.get().into())
}
