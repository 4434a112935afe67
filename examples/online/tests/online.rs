//! Each scene of the example `online` comes out as it is told.

use anyhow::Result;
use keyward_online::story;

#[test]
fn a_mistyped_key_is_corrected_and_takes_a_slot() -> Result<()> {
    story::play(story::a_key_is_entered)
}

#[test]
fn without_the_server_it_runs_for_a_day_whatever_the_clock_says() -> Result<()> {
    story::play(story::the_server_is_away)
}

#[test]
fn a_machine_in_use_keeps_its_slot_and_one_that_is_not_seen_for_long_loses_it() -> Result<()> {
    story::play(story::a_machine_is_not_seen_for_long)
}

#[test]
fn a_slot_that_is_handed_back_is_free_and_copied_files_work_for_a_day_at_most() -> Result<()> {
    story::play(story::the_license_moves)
}

#[test]
fn a_key_of_one_machine_works_without_a_network_until_its_license_ends() -> Result<()> {
    story::play(story::a_machine_without_a_network)
}

#[test]
fn a_renewed_license_arrives_by_itself() -> Result<()> {
    story::play(story::the_license_is_renewed)
}

#[test]
fn a_license_that_is_held_or_revoked_stops_and_keeping_files_away_does_not_help() -> Result<()> {
    story::play(story::the_license_is_held_and_revoked)
}

#[test]
fn a_server_with_another_key_neither_grants_nor_takes_away() -> Result<()> {
    story::play(story::a_server_with_another_key)
}

#[test]
fn an_answer_for_another_machine_or_of_yesterday_neither_grants_nor_takes_away() -> Result<()> {
    story::play(story::an_answer_is_replayed)
}

#[test]
fn a_byte_that_is_changed_on_the_way_neither_grants_nor_takes_away() -> Result<()> {
    story::play(story::somebody_changes_a_byte)
}
