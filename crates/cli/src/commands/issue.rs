use std::path::PathBuf;

use keyward_issuer::order::Order;
use keyward_issuer::{Day, Kind, Serial};

use crate::args::overrides::{Overrides, serial};
use crate::commands::issuing::batch::BatchArgs;
use crate::commands::issuing::{EXIT_CODES, IssuingArgs};
use crate::exit::Exit;
use crate::io::failure::usage;
use crate::io::streams::Streams;

/// Issue a license: an offer or an edition of the catalogue, with changes
///
/// The order is checked against the catalogue and the record. An order that breaks a rule is refused, with the nearest
/// value that would pass. With --record, the license is in the record on disk before its key is written anywhere.
///
/// For example: keyward issue --catalog catalog.toml --key vendor.key --offer pro-annual --seats 25 --licensee "Acme
/// Ltd" --record issued.jsonl -o acme.txt
#[derive(Debug, clap::Args)]
#[command(after_help = EXIT_CODES)]
pub struct Args {
    /// An offer, by its code
    #[arg(long, value_name = "OFFER", required_unless_present_any = ["product", "batch"], conflicts_with = "product")]
    offer: Option<String>,
    /// A product, by its code
    #[arg(long, value_name = "PRODUCT", requires = "edition")]
    product: Option<String>,
    /// An edition, by its code
    #[arg(long, value_name = "EDITION")]
    edition: Option<String>,
    /// A trial
    #[arg(long, conflicts_with = "stopgap")]
    trial: bool,
    /// A stopgap, which bridges a late renewal
    #[arg(long)]
    stopgap: bool,
    /// The paid license that a stopgap bridges, by its serial; without it, the customer's license on record
    #[arg(long, value_name = "HEX")]
    bridges: Option<Serial>,
    /// The first day; without it, today at UTC
    #[arg(long, value_name = "DATE")]
    from: Option<Day>,
    /// The serial of the license, 16 hex digits; without it, a random one
    #[arg(long, value_name = "HEX")]
    serial: Option<Serial>,
    #[command(flatten)]
    overrides: Overrides,
    /// Append the license to this record before its key is written; the rules count the licenses in it
    #[arg(long, value_name = "FILE")]
    record: Option<PathBuf>,
    #[command(flatten)]
    batch: BatchArgs,
    #[command(flatten)]
    issuing: IssuingArgs,
}

pub fn run(args: &Args, streams: &mut Streams<'_>) -> anyhow::Result<Exit> {
    if let (Some(orders), Some(record)) = (args.batch.orders(), &args.record) {
        return args.batch.issue(orders, &args.issuing, record, streams);
    }
    let (serial, source) = serial(args.serial)?;
    let mut order = match (&args.offer, &args.product, &args.edition) {
        (Some(offer), ..) => {
            let mut order = Order::of_offer(offer, serial);
            order.edition.clone_from(&args.edition);
            order
        }
        (None, Some(product), Some(edition)) => Order::of_edition(product, edition, serial),
        _ => return Err(usage("there is nothing to issue: name --offer, or --product and --edition, or --batch")),
    };
    order.kind = args.trial.then_some(Kind::Trial).or(args.stopgap.then_some(Kind::Stopgap));
    order.bridges = args.bridges;
    order.from = args.from;
    args.issuing.issue(&args.overrides.apply(order, source), args.record.as_deref(), streams)
}
