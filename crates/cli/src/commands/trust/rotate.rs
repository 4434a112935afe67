use std::num::NonZeroU8;

use keyward_issuer::write_public;
use keyward_verifier::files::RootSet;

use crate::args::issued_at::IssuedAt;
use crate::args::trust::{RootsArgs, trusted_key};
use crate::commands::signed_files::unsigned;
use crate::exit::Exit;
use crate::io::destination::Destination;
use crate::io::failure::usage;
use crate::io::source::{Source, one_stdin};
use crate::io::streams::Streams;
use crate::words::shown;

/// Make the root set that comes after the one in use
///
/// Name all the keys that the new set is to have, also those that stay. It is a draft: as many of the old roots have to
/// sign it as ever, and as many of the new as it says. Products that embed the old set walk to the new one when they are
/// given it; carry every set between, oldest first.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    roots: RootsArgs,
    /// The public key of a root of the new set: a path, env:NAME, or -. To be repeated, 16 at most
    #[arg(long = "root", value_name = "KEY", required = true, allow_hyphen_values = true)]
    root: Vec<Source>,
    /// How many of the new roots have to sign; without it, as many as of the old
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
    let output = args.destination.check(sources())?;
    let Some(old) = args.roots.read(None)? else {
        return Err(usage("--roots is missing: name the root set in use, and those before it, oldest first"));
    };
    let keys = args.root.iter().map(trusted_key).collect::<anyhow::Result<Vec<_>>>()?;
    let threshold = args.threshold.unwrap_or(old.threshold());
    let mut next = RootSet::first(args.issued_at.or_now(), threshold, keys);
    next.version = old.version().saturating_add(1);
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
        "{name}: root set {}. Sign it with {} of the old roots and {threshold} of the new: keyward trust sign --roots OLD.json --key ROOT.key",
        next.version,
        old.threshold(),
    )?;
    writeln!(streams.messages, "Then sign the trust bundle with the new roots too: who walks to them takes no other.")?;
    Ok(Exit::SUCCESS)
}
