//! Answering calls on an address, until the program is asked to end.

// Each module may use those to its left:
//     bounded, certificates
mod bounded;
mod certificates;

use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::Context;
use axum_server::Handle;
use axum_server::tls_rustls::RustlsAcceptor;
use keyward_issuer::terminal_safe_text;
use keyward_server::{Service, keep_up, metrics_router, router};
use tokio::task::JoinHandle;

use self::bounded::{Bounded, bound};
use self::certificates::{Asked, Certificates};
use crate::args::settings::{Bounds, Tls};
use crate::commands::control::Socket;
use crate::io::signals::EndSignals;
use crate::io::streams::Streams;

/// How long calls may go on after the end was asked for.
const GRACE: Duration = Duration::from_secs(30);

/// An address that is listened on.
#[derive(Debug)]
pub struct Listener {
    listener: TcpListener,
    address: SocketAddr,
}

impl Listener {
    /// Listens on that address. Port 0 is a free port.
    pub fn bind(address: SocketAddr) -> anyhow::Result<Listener> {
        let listener = TcpListener::bind(address).with_context(|| {
            format!("{address} can't be listened on: another program may use it, or name another with --listen")
        })?;
        let address = listener.local_addr()?;
        Ok(Listener { listener, address })
    }

    /// The address, with the port.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }
}

/// A server, before it answers calls.
#[derive(Debug)]
pub struct Serving {
    pub service: Arc<Service>,
    pub listener: Listener,
    pub bounds: Bounds,
    certificates: Option<Certificates>,
    /// Where the figures are, if they are anywhere.
    pub metrics: Option<Listener>,
    signals: EndSignals,
    asked: Asked,
}

impl Serving {
    /// Reads the files of TLS.
    pub async fn new(
        service: Arc<Service>,
        listener: Listener,
        bounds: Bounds,
        tls: Option<&Tls>,
        signals: EndSignals,
    ) -> anyhow::Result<Serving> {
        let certificates = match tls {
            Some(files) => Some(Certificates::read(files).await?),
            None => None,
        };
        Ok(Serving { service, listener, bounds, certificates, metrics: None, signals, asked: Asked::new()? })
    }

    /// Answers calls until SIGTERM or Ctrl-C. Then the calls that run are answered, and the ledgers are closed; a second signal ends
    /// it at once. Commands reach the server through a socket in the folder.
    pub async fn run(self, folder: &Path, streams: &mut Streams<'_>) -> anyhow::Result<()> {
        let Serving { service, listener, bounds, certificates, metrics, signals, asked } = self;
        let mut beside = vec![tokio::spawn(keep_up(service.clone()))];
        match Socket::make(folder) {
            Ok(socket) => beside.push(tokio::spawn(socket.serve(service.clone()))),
            Err(error) => {
                let shown = terminal_safe_text(&folder.display().to_string());
                writeln!(
                    streams.messages,
                    "{shown}: no socket for commands ({error}): stop the server to make tokens"
                )?;
            }
        }
        if let Some(Listener { listener, .. }) = metrics {
            let page = metrics_router(service.clone()).into_make_service();
            let server = bound(axum_server::from_tcp(listener)?.acceptor(Bounded::new(&bounds)), &bounds);
            beside.push(tokio::spawn(async move { drop(server.serve(page).await) }));
        }
        let handle = Handle::new();
        let at_once = Arc::new(AtomicBool::new(false));
        beside.push(tokio::spawn(end_on_signals(signals, handle.clone(), at_once.clone())));
        let app = router(service.clone()).into_make_service_with_connect_info::<SocketAddr>();
        let server = axum_server::from_tcp(listener.listener)?.handle(handle);
        let served = match certificates {
            None => bound(server.acceptor(Bounded::new(&bounds)), &bounds).serve(app).await,
            Some(certificates) => {
                let acceptor = RustlsAcceptor::new(certificates.config()).acceptor(Bounded::new(&bounds));
                beside.push(tokio::spawn(certificates.keep(asked)));
                bound(server.acceptor(acceptor), &bounds).serve(app).await
            }
        };
        served.context("the server ended")?;
        stop(beside).await;
        // Asked a second time, it does not wait for transactions.
        if !at_once.load(Ordering::Acquire) {
            for served in service.environments() {
                served.ledger.close().await;
            }
        }
        Ok(())
    }
}

/// Stops what runs beside the calls. The socket for commands is removed with its task.
async fn stop(beside: Vec<JoinHandle<()>>) {
    for task in beside {
        task.abort();
        let _ = task.await;
    }
}

/// Ends the server after the calls that run, and on a second signal at once.
async fn end_on_signals(mut signals: EndSignals, handle: Handle<SocketAddr>, at_once: Arc<AtomicBool>) {
    signals.next().await;
    tracing::info!("the end was asked for: {} calls may go on", handle.connection_count());
    handle.graceful_shutdown(Some(GRACE));
    signals.next().await;
    at_once.store(true, Ordering::Release);
    handle.shutdown();
}
