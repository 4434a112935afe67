use std::path::PathBuf;

use keyward_issuer::Serial;
use keyward_issuer::policy::Order;

use crate::desk::{self, Desk, EXIT_CODES};
use crate::differs::{Differs, serial};
use crate::outcome::Exit;
use crate::streams::Streams;

/// Issue the term after that of a license on record
///
/// It begins on the day after the paid term, however early or late it is bought and whatever stopgap ran, and lasts as
/// long as that term if nothing else is said.
///
/// For example: keyward renew --catalog catalog.toml --key vendor.key --record issued.jsonl --serial 0102030405060708
/// -o acme.txt
#[derive(Debug, clap::Args)]
#[command(after_help = EXIT_CODES)]
pub struct Args {
    /// The record with the license, to which the new one is appended
    #[arg(long, value_name = "FILE")]
    record: PathBuf,
    /// The license that is to be renewed, or the stopgap that bridges it
    #[arg(long, value_name = "HEX")]
    serial: Serial,
    /// The serial of the new key, 16 hex digits; drawn at random if left out
    #[arg(long, value_name = "HEX")]
    new_serial: Option<Serial>,
    /// Another edition, by its code
    #[arg(long, value_name = "EDITION")]
    edition: Option<String>,
    #[command(flatten)]
    differs: Differs,
    #[command(flatten)]
    desk: Desk,
}

pub fn run(args: &Args, streams: &mut Streams<'_>) -> anyhow::Result<Exit> {
    let mut order = Order::renewal_of(args.serial, serial(args.new_serial)?);
    order.edition.clone_from(&args.edition);
    args.desk.issue(&args.differs.apply(order), Some(desk::existing(&args.record)?), streams)
}
