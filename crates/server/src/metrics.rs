//! Figures for Prometheus. No label has an address, an id or a key: routes are templates.

use std::fmt;
use std::time::Duration;

use axum::http::{Method, StatusCode};
use keyward_ledger::{COMMITTED, SIGNED};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::Registry;
use tracing::field::{Field, Visit};
use tracing_subscriber::layer::{Context, Layer};

/// Names of labels, and their values.
type Labels<const N: usize> = [(&'static str, String); N];

/// What the ledgers do: it counts their events. As a layer of the subscriber it sees them all.
#[derive(Debug, Clone, Default)]
pub struct LedgerEvents {
    committed: Family<Labels<1>, Counter>,
    signed: Family<Labels<1>, Counter>,
}

impl<S: tracing::Subscriber> Layer<S> for LedgerEvents {
    fn on_event(&self, event: &tracing::Event<'_>, _: Context<'_, S>) {
        let (counted, label) = match event.metadata().target() {
            COMMITTED => (&self.committed, "action"),
            SIGNED => (&self.signed, "kind"),
            _ => return,
        };
        let mut found = Value(String::new());
        event.record(&mut found);
        counted.get_or_create(&[(label, found.0)]).inc();
    }
}

/// The text in the only field of such an event.
struct Value(String);

impl Visit for Value {
    fn record_str(&mut self, _: &Field, value: &str) {
        value.clone_into(&mut self.0);
    }

    fn record_debug(&mut self, _: &Field, _: &dyn fmt::Debug) {}
}

/// The figures of a server.
#[derive(Debug)]
pub(crate) struct Metrics {
    registry: Registry,
    requests: Family<Labels<3>, Counter>,
    seconds: Family<Labels<1>, Histogram, fn() -> Histogram>,
    running: Gauge,
    problems: Family<Labels<1>, Counter>,
    failures: Counter,
}

/// A call that runs. Dropped, it runs no more.
#[derive(Debug)]
pub(crate) struct Running(Gauge);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.dec();
    }
}

/// An answer that says what was wrong, by its code.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ProblemCode(pub(crate) &'static str);

impl Metrics {
    pub(crate) fn new(events: &LedgerEvents) -> Metrics {
        let mut metrics = Metrics {
            registry: Registry::with_prefix("keyward"),
            requests: Family::default(),
            seconds: Family::new_with_constructor(buckets),
            running: Gauge::default(),
            problems: Family::default(),
            failures: Counter::default(),
        };
        let registry = &mut metrics.registry;
        registry.register("requests", "Calls that were answered", metrics.requests.clone());
        registry.register("request_seconds", "The time until an answer", metrics.seconds.clone());
        registry.register("requests_running", "Calls that run", metrics.running.clone());
        registry.register("problems", "Answers that say what was wrong, by their code", metrics.problems.clone());
        registry.register("upkeep_failures", "Failures of what happens by itself", metrics.failures.clone());
        registry.register("changes", "Entries of the audit log, by action", events.committed.clone());
        registry.register("signatures", "Signatures, by what was signed", events.signed.clone());
        registry.register("build", "The version", Info::new([("version", env!("CARGO_PKG_VERSION"))]));
        metrics
    }

    /// Counts a call as one that runs.
    pub(crate) fn running(&self) -> Running {
        self.running.inc();
        Running(self.running.clone())
    }

    /// Counts an answer.
    pub(crate) fn answered(
        &self,
        (method, route, status): (&Method, &str, StatusCode),
        problem: Option<ProblemCode>,
        after: Duration,
    ) {
        let route = ("route", route.to_owned());
        let labels = [("method", known(method).to_owned()), route.clone(), ("status", status.as_str().to_owned())];
        self.requests.get_or_create(&labels).inc();
        self.seconds.get_or_create(&[route]).observe(after.as_secs_f64());
        if let Some(ProblemCode(code)) = problem {
            self.problems.get_or_create(&[("code", code.to_owned())]).inc();
        }
    }

    /// Counts a failure of what happens by itself.
    pub(crate) fn failed(&self) {
        self.failures.inc();
    }

    /// All figures, before those of this moment.
    pub(crate) const fn registry(&self) -> &Registry {
        &self.registry
    }
}

/// A caller may invent methods, and each label is kept.
fn known(method: &Method) -> &str {
    let known = [Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::PATCH, Method::DELETE, Method::OPTIONS];
    if known.contains(method) { method.as_str() } else { "other" }
}

/// From half a millisecond to 30 seconds, after which a call ends.
fn buckets() -> Histogram {
    Histogram::new([0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0])
}
