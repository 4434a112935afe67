use std::path::{Path, PathBuf};

use keyward_issuer::order::Order;
use keyward_issuer::{Day, Serial};

use crate::args::overrides::{Overrides, serial};
use crate::io::record::existing;

/// The license on record to reissue or renew, with changes.
#[derive(Debug, clap::Args)]
pub struct OnRecord {
    /// The record with the license, to which the new one is appended
    #[arg(long, value_name = "FILE")]
    record: PathBuf,
    /// The license, by its serial
    #[arg(long, value_name = "HEX")]
    serial: Serial,
    /// The serial of the new key, 16 hex digits; without it, a random one
    #[arg(long, value_name = "HEX")]
    new_serial: Option<Serial>,
    /// Another edition, by its code
    #[arg(long, value_name = "EDITION")]
    edition: Option<String>,
    #[command(flatten)]
    overrides: Overrides,
}

impl OnRecord {
    /// The order for the license that follows.
    pub fn order(&self, follows: fn(Serial, Serial) -> Order, from: Option<Day>) -> anyhow::Result<Order> {
        let (serial, source) = serial(self.new_serial)?;
        let mut order = follows(self.serial, serial);
        order.from = from;
        order.edition.clone_from(&self.edition);
        Ok(self.overrides.apply(order, source))
    }

    /// The path of the record, which exists.
    pub fn record(&self) -> anyhow::Result<&Path> {
        existing(&self.record)
    }
}
