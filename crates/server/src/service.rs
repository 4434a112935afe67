//! What all requests share.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use std::time::SystemTime;

use chrono::{DateTime, Utc};
use keyward_issuer::Environment;

use crate::environment_service::EnvironmentService;
use crate::limits::Limits;
use crate::metrics::{LedgerEvents, Metrics};

/// Everything that the server serves. No state of a request is kept here: several servers share one PostgreSQL.
#[derive(Debug)]
pub struct Service {
    environments: Vec<EnvironmentService>,
    clock: Clock,
    limits: Option<Limits>,
    metrics: Metrics,
    call_time: Duration,
}

impl Service {
    /// Serves these environments. The first is the one of addresses that name none.
    pub fn new(environments: Vec<EnvironmentService>, clock: Clock) -> Service {
        let (metrics, call_time) = (Metrics::new(&LedgerEvents::default()), Duration::from_secs(30));
        Service { environments, clock, limits: None, metrics, call_time }
    }

    /// The same, with figures of these events of its ledgers.
    #[must_use]
    pub fn with_events(self, events: &LedgerEvents) -> Service {
        Service { metrics: Metrics::new(events), ..self }
    }

    /// The same, with limits of calls.
    #[must_use]
    pub fn with_limits(self, limits: Limits) -> Service {
        Service { limits: Some(limits), ..self }
    }

    pub(crate) const fn limits(&self) -> Option<&Limits> {
        self.limits.as_ref()
    }

    /// The same, with that time for a call, its body included. Without it, it is half a minute.
    #[must_use]
    pub fn with_call_time(self, call_time: Duration) -> Service {
        Service { call_time, ..self }
    }

    pub(crate) const fn call_time(&self) -> Duration {
        self.call_time
    }

    pub(crate) const fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    /// All environments.
    pub fn environments(&self) -> &[EnvironmentService] {
        &self.environments
    }

    /// The time.
    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    pub(crate) fn environment(&self, environment: Environment) -> Option<&EnvironmentService> {
        self.environments.iter().find(|served| served.environment() == environment)
    }
}

/// Where the time comes from: the machine's clock, or that of a test.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>);

impl Clock {
    /// The clock of the machine.
    pub fn system() -> Clock {
        // `Utc::now` panics under a clock before 1970, which some systems have without a battery.
        Clock(Arc::new(|| SystemTime::now().into()))
    }

    /// The time that it shows.
    pub fn now(&self) -> DateTime<Utc> {
        (self.0)()
    }

    /// A clock that shows what the function gives.
    pub fn of(now: impl Fn() -> DateTime<Utc> + Send + Sync + 'static) -> Clock {
        Clock(Arc::new(now))
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Clock(…)")
    }
}
