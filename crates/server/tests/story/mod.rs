//! Stories that are told of routers in this process and of programs with sockets alike.
#![allow(dead_code, reason = "not every test needs all of it")]

pub mod call;
pub mod client;
pub mod connections;
pub mod day;
pub mod races;

use std::ops::Deref;

use client::Client;

/// The time at which stories begin.
pub const TODAY: &str = "2026-11-28T12:00:00Z";

/// A vendor with a server, or with several on one database.
pub trait Vendor: Deref<Target = Client> {
    /// The servers' clocks show this time from now on.
    fn set_clock(&self, time: &str);

    /// A further token for production with all scopes.
    async fn another_token(&self) -> String;

    /// Has the revocation list signed that is due, as the server does each minute.
    async fn sign_lists(&self);
}
