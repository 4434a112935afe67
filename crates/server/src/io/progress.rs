use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Shows on a terminal that something runs, and for how long. Elsewhere nothing is shown.
pub fn spinner(doing: &'static str) -> ProgressBar {
    let spinner = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr()).with_message(doing);
    spinner.enable_steady_tick(Duration::from_millis(100));
    with_style(spinner, "{spinner} {msg}, for {elapsed}")
}

/// Shows on a terminal how much of so many bytes is done.
pub fn bar(bytes: u64, doing: &'static str) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(bytes), ProgressDrawTarget::stderr()).with_message(doing);
    with_style(bar, "{msg}: {bar:30} {percent}%, {eta} left")
}

fn with_style(bar: ProgressBar, template: &str) -> ProgressBar {
    bar.with_style(ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()))
}
