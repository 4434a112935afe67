//! What a license allows at a given time.
#![no_std]
