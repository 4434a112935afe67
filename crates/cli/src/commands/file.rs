mod create;
mod metadata;

use chrono::{DateTime, Utc};
use clap::Subcommand;
use keyward_verifier::Fingerprint;
use keyward_verifier::files::FileKind;

use crate::args::trust::TrustArgs;
use crate::commands::signed_files::{self, ShowArgs};
use crate::exit::Exit;
use crate::io::clock;
use crate::io::source::one_stdin;
use crate::io::streams::Streams;

/// Carry license keys in a signed file, with what a key is too short for
///
/// A license file holds license keys, who they were sold to, whom to ask, a note, and what else the vendor's programs want
/// to know. It has no life of its own: the licenses in it have their dates. A validation file is the same with a time to
/// live, and for one machine if asked for; when its time is over it is refused as stale-file, and the licenses in it still
/// have their own dates.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Create(Box<create::Args>),
    Show(Show),
}

/// Show a license file or a validation file
///
/// With --trust its signature is verified, and of a validation file its time and its machine; without it, what it says is
/// shown as not verified. The licenses in it are not judged: give each to `keyward verify`, as a product would.
///
/// Exits with 0, or with the exit code of the outcome by which it is refused, such as unknown-key or stale-file.
#[derive(Debug, clap::Args)]
struct Show {
    #[command(flatten)]
    trust: TrustArgs,
    /// The fingerprint of the machine that asks, 32 hex digits: a validation file may be for another
    #[arg(long, value_name = "HEX")]
    fingerprint: Option<Fingerprint>,
    /// Ask about a day (at noon UTC) or a time instead of now
    #[arg(long, value_name = "DATE|TIME", value_parser = clock::parse_at)]
    at: Option<DateTime<Utc>>,
    #[command(flatten)]
    show: ShowArgs,
}

pub fn run(args: &Args, streams: &mut Streams<'_>) -> anyhow::Result<Exit> {
    match &args.command {
        Command::Create(args) => create::run(args, streams),
        Command::Show(args) => show(args, streams),
    }
}

fn show(args: &Show, streams: &mut Streams<'_>) -> anyhow::Result<Exit> {
    one_stdin(args.trust.sources().chain([args.show.source()]))?;
    let now = args.at.unwrap_or_else(clock::now);
    let verify = |bytes: &[u8], kind| match kind {
        FileKind::ValidationFile => signed_files::verified(&args.show, &args.trust, |trust| {
            trust.validation_file(bytes, now, args.fingerprint.as_ref())
        }),
        _ => signed_files::verified(&args.show, &args.trust, |trust| trust.license_file(bytes)),
    };
    let to_verify = "Name what you trust, such as --trust vendor.pub, to have its signature verified.";
    signed_files::show(&args.show, &[FileKind::LicenseFile, FileKind::ValidationFile], verify, to_verify, streams)
}
