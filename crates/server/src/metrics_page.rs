//! The page with the figures. It is for a listener of its own, which the public can't reach.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::get;
use prometheus_client::encoding::text::{encode, encode_registry};
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use crate::service::Service;

/// The route `/metrics`, with the figures in the text format of OpenMetrics.
pub fn metrics_router(service: Arc<Service>) -> Router {
    Router::new().route("/metrics", get(page)).with_state(service)
}

async fn page(State(service): State<Arc<Service>>) -> Result<impl IntoResponse, StatusCode> {
    let mut text = String::new();
    let written =
        encode_registry(&mut text, service.metrics().registry()).and_then(|()| encode(&mut text, &now(&service)));
    written.map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
    Ok(([(header::CONTENT_TYPE, "application/openmetrics-text; version=1.0.0; charset=utf-8")], text))
}

/// What is as it is when it is asked for.
fn now(service: &Service) -> Registry {
    let mut registry = Registry::default();
    for (name, help, value) in [
        ("process_resident_memory_bytes", "Memory in use", memory("VmRSS:")),
        ("process_anonymous_memory_bytes", "Memory in use that is not of a file", memory("RssAnon:")),
        ("process_open_fds", "Open files", open_files()),
    ] {
        let gauge = Gauge::<i64>::default();
        if let Some(value) = value {
            gauge.set(value);
            registry.register(name, help, gauge);
        }
    }
    let (open, idle) = (Family::<_, Gauge>::default(), Family::<_, Gauge>::default());
    for served in service.environments() {
        let (connections, unused) = served.ledger.connections();
        let label = [("environment", served.environment().to_string())];
        open.get_or_create(&label).set(connections.into());
        idle.get_or_create(&label).set(i64::try_from(unused).unwrap_or(i64::MAX));
    }
    registry.register("keyward_database_connections", "Connections to the database", open);
    registry.register("keyward_database_connections_idle", "Connections that nothing uses", idle);
    registry
}

/// A line of `/proc/self/status`, in bytes. Linux alone has it.
fn memory(line: &str) -> Option<i64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let value = status.lines().find_map(|found| found.strip_prefix(line))?;
    value.trim().strip_suffix(" kB")?.trim().parse::<i64>().ok()?.checked_mul(1024)
}

fn open_files() -> Option<i64> {
    let files = std::fs::read_dir("/proc/self/fd").ok()?.count();
    i64::try_from(files).ok()
}
