//! Counts, times, paths and foreign text as messages show them.

use std::fmt::Display;
use std::path::Path;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
pub use keyward_issuer::terminal_safe_text as harmless;
use keyward_verifier::HighWaterMark;

/// A path, harmless for a terminal.
pub fn shown(path: &Path) -> String {
    harmless(&path.display().to_string())
}

/// The text with its first letter in upper case.
pub fn capitalised(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map(|first| first.to_uppercase().chain(characters).collect()).unwrap_or_default()
}

/// A count and its noun: "1 license", "2 licenses".
pub fn counted<N: Display + PartialEq + From<u8>>(count: N, noun: &str) -> String {
    let plural = if count == N::from(1) { "" } else { "s" };
    format!("{count} {noun}{plural}")
}

/// The items, separated by commas; "none" if there are none.
pub fn list(items: impl IntoIterator<Item = impl ToString>) -> String {
    let items: Vec<String> = items.into_iter().map(|item| item.to_string()).collect();
    if items.is_empty() { "none".to_owned() } else { items.join(", ") }
}

/// The first of many items, separated by semicolons, and the number of the rest.
pub fn few(items: impl IntoIterator<Item = String>) -> String {
    const MAX: usize = 20;
    let mut items = items.into_iter();
    let first = items.by_ref().take(MAX).collect::<Vec<_>>().join("; ");
    match items.count() {
        0 => first,
        more => format!("{first}; and {more} more"),
    }
}

/// The time in RFC 3339, in whole seconds.
pub fn written(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// A length of time in its largest unit: "120 days", "3 hours".
pub fn in_days(length: TimeDelta) -> String {
    match (length.num_days(), length.num_hours(), length.num_minutes()) {
        (0, 0, minutes) => counted(minutes, "minute"),
        (0, hours, _) => counted(hours, "hour"),
        (days, ..) => counted(days, "day"),
    }
}

/// How long ago a time was, or how far ahead it is: "3 days ago", "2 hours from now".
pub fn away(time: DateTime<Utc>, now: DateTime<Utc>) -> String {
    match now.signed_duration_since(time) {
        ahead if ahead < TimeDelta::zero() => format!("{} from now", in_days(ahead.abs())),
        // In whole days, like the age of a list.
        ago => format!("{} ago", counted(ago.num_days(), "day")),
    }
}

/// How often the clock went backward: "3 times, by 120 days at most"; `None` if it never did.
pub fn backward(mark: &HighWaterMark) -> Option<String> {
    let largest = in_days(mark.largest_step());
    match mark.backward_steps() {
        0 => None,
        1 => Some(format!("once, by {largest}")),
        count => Some(format!("{count} times, by {largest} at most")),
    }
}
