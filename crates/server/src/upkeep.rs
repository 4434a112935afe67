//! What happens by itself.

use std::sync::Arc;
use std::time::Duration;

use keyward_ledger::{By, LedgerError};

use crate::environment_service::EnvironmentService;
use crate::metrics::Metrics;
use crate::service::Service;

/// The name of the server in the audit log.
const SERVER: &str = "keyward-server";

/// Each second, audit entries get their positions, and the newest catalogue is taken. Each minute, leases end, the revocation list
/// is signed if it is due, and answers that nobody repeats any more are removed. It never ends; drop it to stop it.
pub async fn keep_up(service: Arc<Service>) {
    let mut seconds = tokio::time::interval(Duration::from_secs(1));
    seconds.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut tick: u64 = 0;
    loop {
        seconds.tick().await;
        if tick.is_multiple_of(60)
            && let Some(limits) = service.limits()
        {
            limits.forget();
        }
        for served in service.environments() {
            let by = By::new(SERVER, service.now());
            let report = Report(service.metrics());
            report.of("the audit log has no positions for the newest entries", served.ledger.sequence().await);
            report.of("the catalogue can't be read", served.refresh_catalog().await);
            if tick.is_multiple_of(60) {
                each_minute(served, &by, report).await;
            }
        }
        tick = tick.wrapping_add(1);
    }
}

async fn each_minute(served: &EnvironmentService, by: &By, report: Report<'_>) {
    report.of("leases can't end", served.ledger.end_leases(by).await);
    report.of("no revocation list is signed", served.ledger.sign_list_if_due(&served.keys.answers, by).await);
    report.of("answers can't be removed", served.ledger.forget_requests(by).await);
}

/// A failure is logged and counted, and tried again the next time.
#[derive(Clone, Copy)]
struct Report<'a>(&'a Metrics);

impl Report<'_> {
    fn of<T>(self, what: &str, result: Result<T, LedgerError>) {
        if let Err(error) = result {
            self.0.failed();
            tracing::error!(%error, "{what}");
        }
    }
}
