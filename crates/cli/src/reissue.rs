use std::path::PathBuf;

use keyward_issuer::policy::Order;
use keyward_issuer::{Day, Serial};

use crate::desk::{self, Desk, EXIT_CODES};
use crate::differs::{Differs, serial};
use crate::outcome::Exit;
use crate::streams::Streams;

/// Issue a license on record once more, with what differs
///
/// What is not said is as it was: product, edition, days, seats, features, licensee, customer. The new key has a serial
/// of its own, and the record says which license it takes the place of. Customer and licensee change only with
/// --approved-by.
///
/// For example: keyward reissue --catalog catalog.toml --key vendor.key --record issued.jsonl --serial 0102030405060708
/// --seats 40 --reason "grew" --ticket DESK-17 -o acme.txt
#[derive(Debug, clap::Args)]
#[command(after_help = EXIT_CODES, mut_arg("reason", |arg| arg.required(true)), mut_arg("ticket", |arg| arg.required(true)))]
pub struct Args {
    /// The record with the license, to which the new one is appended
    #[arg(long, value_name = "FILE")]
    record: PathBuf,
    /// The license that is to be issued once more
    #[arg(long, value_name = "HEX")]
    serial: Serial,
    /// The serial of the new key, 16 hex digits; drawn at random if left out
    #[arg(long, value_name = "HEX")]
    new_serial: Option<Serial>,
    /// Another edition, by its code
    #[arg(long, value_name = "EDITION")]
    edition: Option<String>,
    /// Another first day
    #[arg(long, value_name = "DATE")]
    from: Option<Day>,
    #[command(flatten)]
    differs: Differs,
    #[command(flatten)]
    desk: Desk,
}

pub fn run(args: &Args, streams: &mut Streams<'_>) -> anyhow::Result<Exit> {
    let mut order = Order::reissue_of(args.serial, serial(args.new_serial)?);
    order.edition.clone_from(&args.edition);
    order.from = args.from;
    args.desk.issue(&args.differs.apply(order), Some(desk::existing(&args.record)?), streams)
}
