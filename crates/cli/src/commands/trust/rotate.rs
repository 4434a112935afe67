use std::num::NonZeroU8;

use anyhow::Context;
use keyward_issuer::write_public;
use keyward_verifier::files::{FileKind, RootSet};

use crate::args::issued_at::IssuedAt;
use crate::args::trust::{RootsArgs, trusted_key};
use crate::commands::signed_files::unsigned;
use crate::exit::Exit;
use crate::io::destination::{Destination, Output};
use crate::io::failure::usage;
use crate::io::source::{Source, one_stdin};
use crate::io::streams::Streams;
use crate::words::shown;

/// Create the root set that follows the current one
///
/// Name all keys of the new set, also those that stay. It is an unsigned draft: enough of the old roots must sign it,
/// and enough of the new ones. Products that embed the old set follow to the new one when they are given it, and every
/// set between, oldest first.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    roots: RootsArgs,
    /// The public key of a root in the new set: a path, env:NAME, or -. Repeat it for each root, 16 at most
    #[arg(long = "root", value_name = "KEY", required = true, allow_hyphen_values = true)]
    root: Vec<Source>,
    /// How many of the new roots must sign; without it, as many as of the old ones
    #[arg(long, value_name = "N")]
    threshold: Option<NonZeroU8>,
    #[command(flatten)]
    issued_at: IssuedAt,
    #[command(flatten)]
    destination: Destination,
}

pub fn run(args: &Args, streams: &mut Streams<'_>) -> anyhow::Result<Exit> {
    let sources = || args.roots.sources().chain(&args.root);
    one_stdin(sources())?;
    let output = args.destination.check(Output::Signed(FileKind::RootSet), sources())?;
    let Some(old) = args.roots.read(None)? else {
        return Err(usage("--roots is missing: name the current root set, and those before it, oldest first"));
    };
    let keys = args.root.iter().map(trusted_key).collect::<anyhow::Result<Vec<_>>>()?;
    let threshold = args.threshold.unwrap_or(old.threshold());
    let mut next = RootSet::first(args.issued_at.or_now()?, threshold, keys);
    next.version = old.version().checked_add(1).with_context(|| {
        format!("root set {} is the last that is possible: no set follows it, and nothing was written", old.version())
    })?;
    let text = unsigned(&next)?.to_string();
    let name = match output {
        Some((path, overwrite)) => {
            write_public(path, &text, overwrite)?;
            shown(path)
        }
        None => {
            streams.data.write_all(text.as_bytes())?;
            "the root set".to_owned()
        }
    };
    writeln!(
        streams.messages,
        "{name}: root set {}. {} of the old roots and {threshold} of the new ones must sign it: keyward trust sign \
         --roots OLD.json --key ROOT.key",
        next.version,
        old.threshold(),
    )?;
    writeln!(
        streams.messages,
        "Then sign the trust bundle with the new roots: a product that follows to them accepts no other."
    )?;
    Ok(Exit::SUCCESS)
}
