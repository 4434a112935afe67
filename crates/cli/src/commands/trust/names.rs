use std::path::PathBuf;

use keyward_issuer::files::public_names;
use keyward_verifier::files::TrustBundle;

use crate::args::issued_at::IssuedAt;
use crate::args::names::read_catalog;
use crate::commands::signed_files::Draft;
use crate::exit::Exit;
use crate::io::source::Source;
use crate::io::streams::Streams;
use crate::words::counted;

/// Put the public names of a catalogue into a trust bundle, in place of the old names
///
/// Keys carry products, editions, features and limits as numbers; these names let products show them. Offers, prices
/// and policy stay out.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    issued_at: IssuedAt,
    /// The trust bundle, which is changed in place
    #[arg(value_name = "BUNDLE")]
    bundle: PathBuf,
    /// The catalogue: a path, env:NAME, or - for standard input
    #[arg(value_name = "CATALOG")]
    catalog: Source,
}

pub fn run(args: &Args, streams: &mut Streams<'_>) -> anyhow::Result<Exit> {
    let Some(catalog) = read_catalog(&args.catalog, streams)? else { return Ok(Exit::FAILURE) };
    let mut draft = Draft::<TrustBundle>::read(&args.bundle)?;
    let names = public_names(&catalog);
    let changed = format!("has the names of {}", counted(names.products.len(), "product"));
    draft.contents_mut().names = names;
    draft.write(&args.issued_at, &changed, streams)?;
    Ok(Exit::SUCCESS)
}
