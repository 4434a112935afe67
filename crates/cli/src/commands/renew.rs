use keyward_issuer::order::Order;

use crate::commands::issuing::on_record::OnRecord;
use crate::commands::issuing::{EXIT_CODES, IssuingArgs};
use crate::exit::Exit;
use crate::io::streams::Streams;

/// Issue the term after that of a license on record
///
/// It begins on the day after the paid term, however early or late it is bought and whatever stopgap ran, and lasts as
/// long as that term if nothing else is said. What is not sold any more is refused until --edition, --feature or --limit
/// says what to have without it.
///
/// For example: keyward renew --catalog catalog.toml --key vendor.key --record issued.jsonl --serial 0102030405060708
/// -o acme.txt
#[derive(Debug, clap::Args)]
#[command(
    after_help = EXIT_CODES,
    mut_arg("serial", |arg| arg.help("The license, or the stopgap that bridges it, by its serial")),
)]
pub struct Args {
    #[command(flatten)]
    license: OnRecord,
    #[command(flatten)]
    issuing: IssuingArgs,
}

pub fn run(args: &Args, streams: &mut Streams<'_>) -> anyhow::Result<Exit> {
    args.issuing.issue(&args.license.order(Order::renewal_of)?, Some(args.license.record()?), streams)
}
