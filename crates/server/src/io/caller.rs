use anyhow::bail;
use chrono::Datelike;
use keyward_issuer::one_line;
use keyward_ledger::By;
use keyward_server::Clock;

use crate::io::failure::usage;

/// The user of the program, and the time: the audit log names both.
pub fn now() -> anyhow::Result<By> {
    let now = Clock::system().now();
    // The first ledger is from 2026. Clocks without a battery begin in years such as 1970.
    if now.year() < 2026 {
        bail!("this machine's clock says {}; set it, so that nothing gets a wrong date", now.date_naive());
    }
    let user = user().ok_or_else(|| usage("the name of the user is unknown: set the environment variable USER"))?;
    Ok(By::new(user, now))
}

fn user() -> Option<String> {
    let visible = |text: String| one_line(&text).ok().filter(|name| !name.is_empty());
    let of_environment =
        ["USER", "LOGNAME", "USERNAME"].into_iter().find_map(|name| std::env::var(name).ok().and_then(visible));
    // Cron and containers set none of them.
    of_environment.or_else(|| whoami::username().ok().and_then(visible))
}
