//! A product that asks the server of its vendor, and believes what is signed.
//!
//! `cargo run --example online` tells its story. To embed it, copy [`product`], and use your own HTTP client in the place of
//! [`http`]. The rest plays the vendor, the customer, and those who want to fool the product.
#![allow(missing_docs, missing_debug_implementations, reason = "a program")]
#![allow(clippy::indexing_slicing, reason = "a field that JSON does not have is null")]

pub mod http;
pub mod product;
pub mod story;
pub mod vendor;
