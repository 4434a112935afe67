mod bundle_key;
mod compromise;
mod init;
mod keys;
mod limits;
mod names;
mod rotate;
mod show;

use clap::Subcommand;

use crate::commands::signed_files::SignArgs;
use crate::exit::Exit;
use crate::io::streams::Streams;

/// Name the signing keys that products trust, and what each may sign
///
/// A product embeds the roots: a few keys, kept apart, of which some must sign, such as 2 of 3. The roots sign a trust
/// bundle, which names the signing keys and what each may sign. So a signing key can be limited, retired or declared
/// compromised without a new version of the product.
///
/// The bundle is a file: `init` creates it, `add`, `limit`, `retire`, `compromise` and `names` change it, and each root
/// signs it with `sign`. A change removes its signatures; if it was signed, here or into another file, the change makes
/// the next version: the folder keeps the numbers that were signed, in keyward.numbers. A product that embeds plain
/// public keys needs no bundle.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Init(init::Args),
    Add(keys::Add),
    Limit(keys::Limit),
    Retire(keys::Retire),
    Compromise(compromise::Args),
    Names(names::Args),
    Sign(SignArgs),
    RotateRoots(rotate::Args),
    Show(show::Args),
}

pub fn run(args: &Args, streams: &mut Streams<'_>) -> anyhow::Result<Exit> {
    match &args.command {
        Command::Init(args) => init::run(args, streams),
        Command::Add(args) => keys::add(args, streams),
        Command::Limit(args) => keys::limit(args, streams),
        Command::Retire(args) => keys::retire(args, streams),
        Command::Compromise(args) => compromise::run(args, streams),
        Command::Names(args) => names::run(args, streams),
        Command::Sign(args) => args.run(streams),
        Command::RotateRoots(args) => rotate::run(args, streams),
        Command::Show(args) => show::run(args, streams),
    }
}
