use std::io::{IsTerminal, stderr};

use keyward_server::LedgerEvents;
use tracing_subscriber::filter::{EnvFilter, FilterFn};
use tracing_subscriber::layer::{Layer, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;

/// Logs go to standard error: as text on a terminal, otherwise as lines of JSON. KEYWARD_LOG sets how much, such as `debug`. The
/// events of the ledgers are counted, whatever is logged.
pub fn start() -> LedgerEvents {
    let filter = EnvFilter::try_from_env("KEYWARD_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    let lines = tracing_subscriber::fmt::layer().with_writer(stderr);
    let lines = if stderr().is_terminal() { lines.boxed() } else { lines.json().boxed() };
    let events = LedgerEvents::default();
    let counted = FilterFn::new(|event| event.target().starts_with("keyward_ledger::"));
    let counts = events.clone().with_filter(counted.with_max_level_hint(tracing::Level::DEBUG));
    // A second start in one process keeps the first.
    let _ = tracing_subscriber::registry().with(lines.with_filter(filter)).with(counts).try_init();
    events
}
