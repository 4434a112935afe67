//! What is carried across an air gap: signed here, and opened by what products embed.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;
mod story;
