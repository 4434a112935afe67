use std::path::{Path, PathBuf};

use keyward_issuer::Serial;
use keyward_issuer::order::Order;

use crate::args::overrides::{Overrides, serial};
use crate::io::record::existing;

/// The license on record that another follows, and what differs. The same for `reissue` and `renew`.
#[derive(Debug, clap::Args)]
pub struct OnRecord {
    /// The record with the license, to which the new one is appended
    #[arg(long, value_name = "FILE")]
    record: PathBuf,
    /// The license, by its serial
    #[arg(long, value_name = "HEX")]
    serial: Serial,
    /// The serial of the new key, 16 hex digits; drawn at random if left out
    #[arg(long, value_name = "HEX")]
    new_serial: Option<Serial>,
    /// Another edition, by its code
    #[arg(long, value_name = "EDITION")]
    edition: Option<String>,
    #[command(flatten)]
    overrides: Overrides,
}

impl OnRecord {
    /// The order: what follows that license under the serial of the new one.
    pub fn order(&self, follows: fn(Serial, Serial) -> Order) -> anyhow::Result<Order> {
        let mut order = follows(self.serial, serial(self.new_serial)?);
        order.edition.clone_from(&self.edition);
        Ok(self.overrides.apply(order))
    }

    /// The record, which is there.
    pub fn record(&self) -> anyhow::Result<&Path> {
        existing(&self.record)
    }
}
