mod create;
mod metadata;

use anyhow::bail;
use chrono::{DateTime, Utc};
use clap::Subcommand;
use keyward_issuer::files::SignableFile;
use keyward_verifier::Fingerprint;
use keyward_verifier::files::{FileKind, LicenseFile};

use crate::args::trust::TrustArgs;
use crate::commands::signed_files::{self, ShowArgs};
use crate::exit::Exit;
use crate::io::clock;
use crate::io::source::one_stdin;
use crate::io::streams::Streams;

/// Put license keys into a signed file, with contacts, a note and metadata
///
/// A license file has license keys, the licensee, contacts, a note, and metadata for the vendor's programs. It does not
/// expire; the licenses in it have their own dates. A validation file also has a time to live, and may be for one
/// machine. After its time to live it is refused as stale-file; the licenses in it still have their own dates.
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
/// With --trust, its signature is verified, and the time and the machine of a validation file. Without, its contents
/// are shown as not verified. The licenses in it are not verified: `keyward verify` does that.
///
/// Exits with 0, or with the exit code of the refusal, such as unknown-key or stale-file.
#[derive(Debug, clap::Args)]
struct Show {
    #[command(flatten)]
    trust: TrustArgs,
    /// The fingerprint of the machine that asks, 32 hex digits: a validation file may be for one machine
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
        _ => {
            let own: LicenseFile = SignableFile::read(bytes, kind)?.unverified_contents()?;
            let mut counts = true;
            let signed_by = signed_files::verified(&args.show, &args.trust, |trust| {
                let opened = trust.license_file(bytes)?;
                counts = *opened == own;
                Ok(opened)
            })?;
            if !counts {
                bail!(
                    "{}: only licenses count in it, since the key that signed it is compromised, and the rest may be a \
                     thief's: check the licenses with `keyward verify`, or leave out --trust to see all of it unverified",
                    args.show.source()
                );
            }
            Ok(signed_by)
        }
    };
    let to_verify = "To verify its signature, add --trust, such as --trust vendor.pub.";
    signed_files::show(&args.show, &[FileKind::LicenseFile, FileKind::ValidationFile], verify, to_verify, streams)
}
