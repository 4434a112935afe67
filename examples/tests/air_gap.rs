//! The example `air-gap` comes to what it says, and the guide for vendors shows it as it is.
#![allow(dead_code, clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../air-gap.rs"]
mod air_gap;

#[test]
fn the_story_of_the_example_ends_as_it_should() {
    air_gap::main().unwrap();
}

#[test]
fn what_the_guide_for_vendors_shows_is_the_example() {
    let lines = |text: &str| -> Vec<String> { text.lines().map(|line| line.trim().to_owned()).collect() };
    let example = lines(include_str!("../air-gap.rs"));
    let guide = include_str!("../../docs/vendors.md");
    let blocks = guide.split("```rust\n").skip(1).map(|rest| lines(rest.split("\n```").next().unwrap()));
    let mut shown = 0;
    for block in blocks {
        assert!(example.windows(block.len()).any(|window| window == block), "not in the example: {block:#?}");
        shown += 1;
    }
    assert!(shown > 3, "the guide shows {shown} parts");
}
