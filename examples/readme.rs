//! The README's code, compiled and run by the tests. The examples stand beside this file.
#![doc = include_str!("../README.md")]
