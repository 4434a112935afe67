use std::collections::BTreeSet;
use std::io;
use std::num::NonZeroU8;
use std::path::PathBuf;

use anyhow::bail;
use clap::ArgAction;
use keyward_issuer::files::{SignedNumbers, public_names};
use keyward_issuer::{Overwrite, write_public};
use keyward_verifier::files::{FileKind, PublicNames, RootSet, TrustBundle};

use crate::args::issued_at::IssuedAt;
use crate::args::names::read_catalog;
use crate::args::trust::trusted_key;
use crate::commands::signed_files::{first_number, is_signed, unsigned};
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
    let roots = RootSet::first(args.issued_at.or_now()?, args.threshold, keys);
    let root_set = unsigned(&roots)?.to_string();
    let names = match &args.catalog {
        Some(source) => {
            let Some(catalog) = read_catalog(source, streams)? else { return Ok(Exit::FAILURE) };
            public_names(&catalog)
        }
        None => PublicNames::default(),
    };
    let mut locked = args.lock()?;
    let version = args.numbers(&mut locked)?;
    let mut bundle = TrustBundle::new(version, args.issued_at.or_now()?, Vec::new())?;
    bundle.names = names;
    let bundle = unsigned(&bundle)?.to_string();
    write_public(&args.roots, &root_set, args.overwrite)?;
    write_public(&args.bundle, &bundle, args.overwrite)?;
    drop(locked);

    let (roots, bundle, threshold) = (shown(&args.roots), shown(&args.bundle), args.threshold);
    writeln!(
        streams.messages,
        "{roots}: root set 1, {threshold} of {count} keys must sign. Sign it: keyward trust sign --key ROOT.key {roots}"
    )?;
    writeln!(
        streams.messages,
        "{bundle}: version {version}, without a signing key. Add one: keyward trust add {bundle} vendor.pub --name vendor"
    )?;
    Ok(Exit::SUCCESS)
}

impl Args {
    /// Locks the folders of both files, in one order, so that two commands never wait for each other.
    fn lock(&self) -> anyhow::Result<Vec<SignedNumbers>> {
        let folders = [&self.bundle, &self.roots].map(|path| destination::folder_of(path).canonicalize());
        let folders: BTreeSet<PathBuf> = folders.into_iter().collect::<io::Result<_>>()?;
        Ok(folders.iter().map(|folder| SignedNumbers::lock(folder)).collect::<Result<_, _>>()?)
    }

    /// The version of the new bundle. Refuses a second root set 1.
    fn numbers(&self, locked: &mut [SignedNumbers]) -> anyhow::Result<u32> {
        let was_signed = locked.iter().any(|numbers| numbers.newest(FileKind::RootSet) > 0);
        if was_signed || is_signed(&self.roots, FileKind::RootSet) {
            bail!(
                "a root set was signed in the folder of {} before, and another root set 1 would be taken for an attack: make \
                 the next with `keyward trust rotate-roots`, or begin in another folder",
                shown(&self.roots)
            );
        }
        let versions = locked.iter_mut().map(|numbers| first_number::<TrustBundle>(numbers, &self.bundle));
        Ok(versions.collect::<anyhow::Result<Vec<_>>>()?.into_iter().max().unwrap_or(1))
    }
}
