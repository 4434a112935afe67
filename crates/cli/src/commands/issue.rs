use std::path::PathBuf;

use keyward_issuer::order::Order;
use keyward_issuer::{Day, Kind, Serial};

use crate::args::activation_request::RequestArgument;
use crate::args::overrides::{Overrides, serial};
use crate::commands::issuing::batch::BatchArgs;
use crate::commands::issuing::{EXIT_CODES, IssuingArgs};
use crate::exit::Exit;
use crate::io::failure::usage;
use crate::io::record::existing;
use crate::io::source::one_stdin;
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
    #[arg(long, value_name = "OFFER", required_unless_present_any = ["product", "request", "batch"], conflicts_with = "product")]
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
    /// Issue a key for one machine, which shows this activation request: its text, the path of a file with it, env:NAME, or
    /// - for standard input
    ///
    /// The request names a license on record. Its key for this machine says what the license says, and stands beside it:
    /// the license stays in force, and may have such keys for other machines. It may end earlier, with --through.
    #[arg(long, value_name = "REQUEST|FILE|-", requires = "record", conflicts_with_all = NOT_OF_A_REQUEST)]
    request: Option<RequestArgument>,
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

/// Options that contradict a request: its license has their values.
const NOT_OF_A_REQUEST: [&str; 23] = [
    "offer",
    "product",
    "edition",
    "trial",
    "stopgap",
    "bridges",
    "from",
    "serial",
    "seats",
    "term",
    "perpetual",
    "updates_through",
    "feature",
    "limit",
    "grace_days",
    "environment",
    "fingerprint",
    "activations",
    "licensee",
    "customer",
    "subscription",
    "subscription_name",
    "batch",
];

pub fn run(args: &Args, streams: &mut Streams<'_>) -> anyhow::Result<Exit> {
    if let (Some(orders), Some(record)) = (args.batch.orders(), &args.record) {
        return args.batch.issue(orders, &args.issuing, record, streams);
    }
    let (serial, source) = serial(args.serial)?;
    if let (Some(request), Some(record)) = (&args.request, &args.record) {
        one_stdin(args.issuing.sources().chain(request.source()))?;
        let order = Order::locked(&request.read(streams)?, serial);
        return args.issuing.issue(&args.overrides.apply(order, source), Some(existing(record)?), streams);
    }
    let mut order = match (&args.offer, &args.product, &args.edition) {
        (Some(offer), ..) => {
            let mut order = Order::of_offer(offer, serial);
            order.edition.clone_from(&args.edition);
            order
        }
        (None, Some(product), Some(edition)) => Order::of_edition(product, edition, serial),
        _ => {
            return Err(usage(
                "there is nothing to issue: name --offer, or --product and --edition, or --request, or --batch",
            ));
        }
    };
    order.kind = args.trial.then_some(Kind::Trial).or(args.stopgap.then_some(Kind::Stopgap));
    order.bridges = args.bridges;
    order.from = args.from;
    args.issuing.issue(&args.overrides.apply(order, source), args.record.as_deref(), streams)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use clap::error::ErrorKind;
    use clap::{ArgAction, Args as _, Command};

    use super::*;

    /// The options that a batch takes. Every other option changes one license.
    const OF_A_BATCH: [&str; 14] = [
        "record",
        "batch",
        "refused",
        "catalog",
        "signing_key",
        "public",
        "passphrase_file",
        "trust",
        "revocations",
        "revocations_signed_by",
        "issued_by",
        "output",
        "overwrite",
        "help",
    ];

    #[test]
    fn a_batch_refuses_every_option_that_changes_one_license() {
        let mut command = Args::augment_args(Command::new("issue").no_binary_name(true));
        command.build();
        let mut refused = 0;
        for arg in command.get_arguments().filter(|arg| !OF_A_BATCH.contains(&arg.get_id().as_str())) {
            let name = format!("--{}", arg.get_long().unwrap());
            let value = match (arg.get_action(), arg.get_id().as_str()) {
                (ArgAction::SetTrue, _) => None,
                (_, "seats" | "activations" | "grace_days") => Some("1"),
                (_, "through" | "updates_through" | "from") => Some("2026-12-31"),
                (_, "term") => Some("1d"),
                (_, "limit") => Some("projects=5"),
                (_, "environment") => Some("staging"),
                (_, "fingerprint") => Some("01112233445566778899aabbccddeeff"),
                (_, "bridges" | "serial") => Some("0000000000000001"),
                _ => Some("text"),
            };
            let given = "--batch b.csv --record r --catalog c.toml --key v.key".split(' ');
            let error = command.clone().try_get_matches_from(given.chain([&*name]).chain(value)).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::ArgumentConflict, "{name}: {error}");
            assert!(error.to_string().contains(&name), "{error}");
            refused += 1;
        }
        assert!(refused > 25, "{refused} options");
    }
}
