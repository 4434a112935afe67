use keyward_issuer::order::Order;

use crate::commands::issuing::on_record::OnRecord;
use crate::commands::issuing::{EXIT_CODES, IssuingArgs};
use crate::exit::Exit;
use crate::io::streams::Streams;

/// Issue the next term of a license on record
///
/// The term begins on the day after the paid term, however early or late the renewal is, and whatever stopgap ran. It
/// has the same length, unless you say another. If a feature, a limit or the edition is not sold any more, name a
/// replacement with --feature, --limit or --edition.
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
    args.issuing.issue(&args.license.order(Order::renewal_of, None)?, Some(args.license.record()?), streams)
}
