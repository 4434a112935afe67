use std::num::NonZeroU8;
use std::path::PathBuf;

use clap::ArgAction;
use keyward_issuer::files::public_names;
use keyward_issuer::{Overwrite, write_public};
use keyward_verifier::files::{FileKind, RootSet, TrustBundle};

use crate::args::issued_at::IssuedAt;
use crate::args::names::read_catalog;
use crate::args::trust::trusted_key;
use crate::commands::signed_files::unsigned;
use crate::exit::Exit;
use crate::io::destination;
use crate::io::failure::usage;
use crate::io::source::{Source, one_stdin};
use crate::io::streams::Streams;
use crate::words::shown;

/// Create a root set with these keys, and a trust bundle without signing keys
///
/// Both are unsigned drafts. Make each root key with `keyward keygen`, on its own machine, which stays offline; this
/// command needs the public keys alone. The root set goes into the product after its own keys have signed it.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The public key of a root: a path, env:NAME, or - for standard input. Repeat it for each root, 16 at most
    #[arg(long = "root", value_name = "KEY", required = true, allow_hyphen_values = true)]
    root: Vec<Source>,
    /// How many of the roots must sign
    #[arg(long, value_name = "N")]
    threshold: NonZeroU8,
    /// Put the public names of this catalogue into the bundle: a path, env:NAME, or -
    #[arg(long, value_name = "CATALOG")]
    catalog: Option<Source>,
    /// The file for the root set
    #[arg(long, value_name = "ROOTS")]
    roots: PathBuf,
    /// Replace existing files
    #[arg(long = "force", action = ArgAction::SetTrue, value_parser = destination::overwrite())]
    overwrite: Overwrite,
    #[command(flatten)]
    issued_at: IssuedAt,
    /// The file for the trust bundle
    #[arg(value_name = "BUNDLE")]
    bundle: PathBuf,
}

pub fn run(args: &Args, streams: &mut Streams<'_>) -> anyhow::Result<Exit> {
    let sources = || args.root.iter().chain(&args.catalog);
    one_stdin(sources())?;
    if args.roots == args.bundle {
        return Err(usage("the root set and the trust bundle are two files: give them different names"));
    }
    for (path, kind) in [(&args.roots, FileKind::RootSet), (&args.bundle, FileKind::TrustBundle)] {
        destination::check_not_read(path, sources())?;
        destination::check(path, args.overwrite)?;
        destination::check_kind(path, kind)?;
    }
    let keys = args.root.iter().map(trusted_key).collect::<anyhow::Result<Vec<_>>>()?;
    let count = keys.len();
    let roots = RootSet::first(args.issued_at.or_now(), args.threshold, keys);
    let mut bundle = TrustBundle::new(1, args.issued_at.or_now(), Vec::new())?;
    if let Some(source) = &args.catalog {
        let Some(catalog) = read_catalog(source, streams)? else { return Ok(Exit::FAILURE) };
        bundle.names = public_names(&catalog);
    }
    let (root_set, bundle) = (unsigned(&roots)?.to_string(), unsigned(&bundle)?.to_string());
    write_public(&args.roots, &root_set, args.overwrite)?;
    write_public(&args.bundle, &bundle, args.overwrite)?;

    let (roots, bundle, threshold) = (shown(&args.roots), shown(&args.bundle), args.threshold);
    writeln!(
        streams.messages,
        "{roots}: root set 1, {threshold} of {count} keys must sign. Sign it: keyward trust sign --key ROOT.key {roots}"
    )?;
    writeln!(
        streams.messages,
        "{bundle}: version 1, without a signing key. Add one: keyward trust add {bundle} vendor.pub --name vendor"
    )?;
    Ok(Exit::SUCCESS)
}
