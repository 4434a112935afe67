use keyward_issuer::Day;
use keyward_issuer::order::Order;

use crate::commands::issuing::on_record::OnRecord;
use crate::commands::issuing::{EXIT_CODES, IssuingArgs};
use crate::exit::Exit;
use crate::io::streams::Streams;

/// Issue a license on record once more, with changes
///
/// Everything else stays: product, edition, days, seats, features, licensee, customer. The new key has its own serial,
/// and the record names the license that it replaces. Customer and licensee change only with --approved-by.
///
/// For example: keyward reissue --catalog catalog.toml --key vendor.key --record issued.jsonl --serial 0102030405060708
/// --seats 40 --reason "grew" --ticket DESK-17 -o acme.txt
#[derive(Debug, clap::Args)]
#[command(after_help = EXIT_CODES, mut_arg("reason", |arg| arg.required(true)), mut_arg("ticket", |arg| arg.required(true)))]
pub struct Args {
    #[command(flatten)]
    license: OnRecord,
    /// Another first day
    #[arg(long, value_name = "DATE")]
    from: Option<Day>,
    #[command(flatten)]
    issuing: IssuingArgs,
}

pub fn run(args: &Args, streams: &mut Streams<'_>) -> anyhow::Result<Exit> {
    let order = args.license.order(Order::reissue_of, args.from)?;
    args.issuing.issue(&order, Some(args.license.record()?), streams)
}
