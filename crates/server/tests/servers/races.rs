//! Calls at once, by 64 connections.

use crate::kit::{Kit, on_both};
use crate::story::races;

#[test]
fn a_request_that_is_sent_100_times_at_once_makes_one_license() {
    on_both("a_request_that_is_sent_100_times_at_once_makes_one_license", async |kit: &Kit| {
        races::a_request_makes_one_license(kit).await;
    });
}

#[test]
fn activations_at_once_take_exactly_the_limit() {
    on_both("activations_at_once_take_exactly_the_limit", async |kit: &Kit| {
        races::activations_take_exactly_the_limit(kit).await;
    });
}

#[test]
fn of_edits_with_one_etag_one_wins() {
    on_both("of_edits_with_one_etag_one_wins", async |kit: &Kit| races::of_edits_one_wins(kit).await);
}
