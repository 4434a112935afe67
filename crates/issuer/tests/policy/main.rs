//! The permitted and the refused orders, rule by rule.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

#[path = "../common/mod.rs"]
mod common;
mod every_refusal;
mod locked;
mod new_orders;
mod offers;
mod reissues;
mod renewals;
mod stopgaps;
mod temporary_keys;
mod texts;
mod trials;
