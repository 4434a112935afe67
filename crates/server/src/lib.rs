//! The server over the ledger: a REST API for products, shops and pipelines.
//!
//! It is for a vendor's own machine. What it answers to a product is signed, so a server that is spoofed, lost or switched off
//! can neither grant nor take away. It decides nothing by itself: `keyward-issuer` has the rules, and `keyward-ledger` the
//! licenses. The program `keyward-server` starts it.
//!
//! [`router`] has all routes, and answers without a socket:
//!
//! ```no_run
//! # async fn example(production: keyward_server::EnvironmentService) -> std::io::Result<()> {
//! use std::sync::Arc;
//! use keyward_server::{Clock, Service, router};
//!
//! let service = Service::new(vec![production], Clock::system());
//! let listener = tokio::net::TcpListener::bind("127.0.0.1:8320").await?;
//! axum::serve(listener, router(Arc::new(service))).await
//! # }
//! ```

// Each module may use those to its left:
//     environment_keys, metrics ← environment_service, problem ← limits ← service ← metrics_page, request_log ← request ← shapes ← handlers ← access, once ← openapi ← upkeep, routes
mod access;
mod environment_keys;
mod environment_service;
mod handlers;
mod limits;
mod metrics;
mod metrics_page;
mod once;
mod openapi;
mod problem;
mod request;
mod request_log;
mod routes;
mod service;
mod shapes;
mod upkeep;

pub use environment_keys::{EnvironmentKeys, KeysError};
pub use environment_service::EnvironmentService;
pub use limits::{Limits, Rates};
pub use metrics::LedgerEvents;
pub use metrics_page::metrics_router;
pub use routes::{document, router};
pub use service::{Clock, Service};
pub use upkeep::keep_up;
