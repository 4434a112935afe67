//! The README's program, compiled by the tests with the public key of the test vectors in `vendor.pub`.
#![doc = include_str!("../../README.md")]
